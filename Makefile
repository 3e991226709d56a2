# Exhibit. 'make' lists what there is to do; 'make demo' and 'make test' need nothing but the Swift toolchain.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Both builds share .build, and they have the machine's cores to themselves one after the other.
.NOTPARALLEL:

DESTDIR ?=
PREFIX ?= /usr
UNITDIR ?= /usr/lib/systemd/system
SYSCONFDIR ?= /etc

# What setup installs for this checkout only (bagit, jsonschema) comes first.
export PATH := $(CURDIR)/.build/tools/bin:$(PATH):/opt/swift/usr/bin

SWIFT ?= swift
FUZZ_SECONDS ?= 20
RELEASE_FLAGS := --configuration release --static-swift-stdlib --product exhibit
BINARY := .build/release/exhibit
STAGE := .build/stage
LOGS := .build/logs
UNITS := systemd/exhibit.service systemd/exhibit-freeze.socket systemd/exhibit-freeze.service
SCRIPTS := .ci/run $(shell find Tests/EndToEnd Tests/Fuzz Benchmarks -name '*.sh') Tests/EndToEnd/files/checkout

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## Install the Debian packages and Python tools that are missing
	@Tests/EndToEnd/setup.sh

.PHONY: build
build: ## Build the release binary, .build/release/exhibit
	$(SWIFT) build $(RELEASE_FLAGS)

.PHONY: demo
demo: setup build ## Run an incident through an agent of your own (Tests/EndToEnd/demo.sh)
	@Tests/EndToEnd/demo.sh $(BINARY)

.PHONY: test
test: setup lint units swift-test fuzz fuzz-journal build stage verify end-to-end ## Run everything that CI runs (E2E=0 leaves out the end-to-end test)
	@echo
	@grep -hE '^. Test run with|^Executed .* tests' $(LOGS)/swift-test.log || true
	@tail -n 1 $(LOGS)/end-to-end.log

.PHONY: lint
lint: ## Check format and scripts
	@echo "lint: swift format"
	@$(SWIFT) format lint --strict --parallel --configuration .swift-format --recursive Package.swift Sources Tests
	@echo "lint: scripts"
	@for script in $(SCRIPTS); do bash -n "$$script"; done
	@if command -v shellcheck >/dev/null; then shellcheck --external-sources --source-path=SCRIPTDIR $(SCRIPTS); \
	  else echo "lint: no shellcheck here, bash -n only"; fi
	@python3 -c 'import ast, pathlib; [ast.parse(p.read_text(), str(p)) for d in ("Tests/EndToEnd", "Benchmarks") for p in pathlib.Path(d).rglob("*.py")]'

.PHONY: bench
bench: setup build bench-journal ## Measure capture and intake (Benchmarks/)
	@Benchmarks/intake.sh $(BINARY)

.PHONY: bench-journal
bench-journal: setup build ## Measure the capture of a million journal entries beside journalctl | gzip
	@Benchmarks/journal.sh $(BINARY)

.PHONY: bench-redaction
bench-redaction: setup build ## Measure redaction beside its peers (Benchmarks/redaction.sh)
	@Benchmarks/redaction.sh $(BINARY)

.PHONY: bench-changes
bench-changes: setup build ## Measure the config history beside git on 41,000 files
	@Benchmarks/changes.sh $(BINARY)

.PHONY: bench-signals
bench-signals: setup build ## Measure the intake of signals, and downloads beside nginx
	@Benchmarks/signals.sh $(BINARY)

.PHONY: install
install: ## Install what 'make build' made (DESTDIR, PREFIX, UNITDIR, SYSCONFDIR)
	@test -x $(BINARY) || { echo "there is no $(BINARY): run 'make build' first"; exit 1; }
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/exhibit
	@# Two fifths of the file serve debuggers alone; the names of functions, for backtraces, stay.
	strip --strip-debug $(DESTDIR)$(PREFIX)/bin/exhibit
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) $(UNITS)
	sed -i 's|/usr/bin/exhibit|$(PREFIX)/bin/exhibit|' $(patsubst systemd/%,$(DESTDIR)$(UNITDIR)/%,$(UNITS))
	install -D -m 644 systemd/exhibit.sysusers.conf $(DESTDIR)/usr/lib/sysusers.d/exhibit.conf
	install -D -m 644 systemd/exhibit.tmpfiles.conf $(DESTDIR)/usr/lib/tmpfiles.d/exhibit.conf
	install -D -m 644 systemd/exhibit.catalog $(DESTDIR)/usr/lib/systemd/catalog/exhibit.catalog
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/exhibit README.md CHANGELOG.md LICENSE
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/exhibit/examples systemd/drop-ins/*.conf \
	  config/exhibit.yaml config/redaction.d/*.yaml
	@# An administrator's configuration is never overwritten.
	test -e $(DESTDIR)$(SYSCONFDIR)/exhibit/exhibit.yaml || \
	  install -D -m 644 config/exhibit.yaml $(DESTDIR)$(SYSCONFDIR)/exhibit/exhibit.yaml
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	  $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(BINARY) --generate-completion-script bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/exhibit
	$(BINARY) --generate-completion-script zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_exhibit
	$(BINARY) --generate-completion-script fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/exhibit.fish

.PHONY: clean
clean: ## Remove .build and .exhibit
	rm -rf .build .exhibit

# The parts of 'make test', in their order: the cheapest first.

.PHONY: units
units:
	@for unit in $(filter %.service,$(UNITS)); do \
	  echo "units: exposure of $$unit"; \
	  systemd-analyze security --offline=true --threshold=15 --no-pager $$unit | tail -n 1; done

ALONE := KillTests|AgentAttackTests|DoorLimitTests|CaptureEventTests

.PHONY: swift-test
swift-test: | $(LOGS)
	@# Suites that overload the machine, or measure what an overloaded one does, have it for themselves. All others at
	@# once held 4,300 descriptors open, and with over 1,350 of them Foundation's Process reads past the end of its
	@# listing of /proc/self/fd; with this many tests at a time it is 550.
	@SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=16 $(SWIFT) test --skip '$(ALONE)' 2>&1 | tee $(LOGS)/swift-test.log
	@$(SWIFT) test --skip-build --no-parallel --filter '$(ALONE)' 2>&1 | tee -a $(LOGS)/swift-test.log
	@# A test that cannot run here is no passed test: NO_SKIP=1 (CI) fails on it. The runner's own arrow tells a skip:
	@# the names of tests and suites may hold any word.
	@skipped=$$(grep -cE '^➜ .* skipped' $(LOGS)/swift-test.log || true); \
	  if [ "$$skipped" -gt 0 ]; then \
	    echo "swift test: $$skipped tests were skipped:"; grep -E '^➜ .* skipped' $(LOGS)/swift-test.log; \
	    [ -z "$${NO_SKIP:-}" ] || exit 1; fi

# Debug builds of the tests run without AddressSanitizer: this is where reads beyond memory show.
.PHONY: fuzz-journal
fuzz-journal: ## Feed damaged journal files to the reader for a minute (FUZZ_SECONDS=)
	@Tests/Fuzz/Journal/run.sh $${FUZZ_SECONDS:-60}

# A build of its own, in which the sanitizer watches the redactor and the decoders of signals; hostile bytes for a
# bounded time, with the payloads of the fixtures to begin with. Another run is repeated with FUZZ_SEED=.
.PHONY: fuzz
fuzz:
	@echo "fuzz: $(FUZZ_SECONDS) s under AddressSanitizer"
	@$(SWIFT) build --quiet --sanitize=address --scratch-path .build/asan --product exhibit-fuzz
	@.build/asan/debug/exhibit-fuzz $(FUZZ_SECONDS) $${FUZZ_SEED:-$$(date +%s)} Tests/Fixtures/signals

.PHONY: stage
stage:
	@rm -rf $(STAGE)
	@$(MAKE) --no-print-directory install DESTDIR=$(STAGE) >/dev/null

# systemd wants the program to exist: the units are checked with the binary of this build.
.PHONY: verify
verify:
	@echo "verify: $(UNITS)"
	@mkdir -p .build/units
	@for unit in $(UNITS); do \
	  sed 's|/usr/bin/exhibit|$(abspath $(BINARY))|' $$unit >.build/units/$${unit##*/}; done
	@test -z "$$(systemd-analyze verify $(patsubst systemd/%,.build/units/%,$(UNITS)) 2>&1 | tee /dev/stderr)"

.PHONY: end-to-end
end-to-end: | $(LOGS)
	@if [ "$${E2E:-1}" = 0 ]; then \
	  echo "end-to-end: SKIPPED, because of E2E=0: no systemd, journald or Alertmanager was tried" | \
	    tee $(LOGS)/end-to-end.log; \
	else $$([ "$$(id -u)" = 0 ] || echo sudo --preserve-env=PATH) Tests/EndToEnd/run.sh $(STAGE) 2>&1 | \
	  tee $(LOGS)/end-to-end.log || { \
	    echo "end-to-end: failed, or could not run (see above); E2E=0 leaves it out"; exit 1; }; fi

$(LOGS):
	@mkdir -p $@
