#!/bin/bash
# 'make demo': one incident through an agent of your own, from signal to verified bundle.
#
#   demo.sh BINARY
#
# The agent's state, its configuration, its log and the bundle are in ./.exhibit and stay there. The host that it
# observes is a stand-in: a journal, a config file and a deploy record that hold random secrets made for this run;
# they lie in a temporary folder and are removed.
set -euo pipefail
BINARY=$(realpath "${1:?usage: demo.sh BINARY}")
E2E=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=secrets.sh
. "$E2E/secrets.sh"
# shellcheck source=waiting.sh
. "$E2E/waiting.sh"

STATE=$PWD/.exhibit
HOST=$(mktemp -d "${TMPDIR:-/tmp}/exhibit-demo.XXXXXX")
AGENT=""
stop() {
  local status=$?
  trap - EXIT
  if [ -n "$AGENT" ] && kill -TERM "$AGENT" 2>/dev/null; then wait "$AGENT" || true; fi
  rm -rf "$HOST"
  if [ "$status" != 0 ]; then
    echo "demo: failed; the last lines of $STATE/agent.log:" >&2
    tail -n 10 "$STATE/agent.log" >&2 || true
  fi
  exit "$status"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

step() { printf '\n\033[1m%s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9]*m//g'; fi; }
# run COMMAND...: as a transcript.
run() { printf '$ %s\n' "$(printf '%q ' "$@" | sed -e "s|$BINARY|exhibit|" -e "s|$PWD/||g")"; "$@"; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

lay_out() {
  rm -rf "$STATE"
  mkdir -m 700 "$STATE" "$HOST/etc" "$HOST/journal"
  make_secrets
  SECRET["token"]=$(random_text "$ALNUM" 40)
  write_secrets "$HOST/secrets"
  (umask 077 && printf %s "${SECRET["token"]}" >"$HOST/token")
  fill_template "$E2E/files/app.yaml" >"$HOST/etc/app.yaml"
  fill_template "$E2E/files/checkout.log" >"$HOST/start.log"
  PORT=$(free_port)
  export EXHIBIT_SOCKET=$STATE/exhibit.sock
  # A unix socket's path has at most 107 bytes.
  [ ${#EXHIBIT_SOCKET} -le 107 ] || EXHIBIT_SOCKET=$HOST/exhibit.sock
  cat >"$STATE/exhibit.yaml" <<YAML
state_directory: $STATE/state
listen:
  http: 127.0.0.1:$PORT
  socket: $EXHIBIT_SOCKET
tokens:
  - {name: alertmanager, roles: [signal], file: $HOST/token}
capture:
  window: 15m
journal:
  directory: "$1"
  # A demo does not copy the journal of this machine where it may not link it.
  freeze: {max_copy: 0B}
config_history:
  paths: [$HOST/etc]
  scan_interval: 5s
redaction:
  rules_directory: $STATE/redaction.d
YAML
}

has_journal() { [ -S /run/systemd/journal/stdout ] && journalctl -q -n 1 >/dev/null 2>&1; }

# entries AGE UNIT PRIORITY FIELD...: lines of stdin as Journal Export Format, the first AGE seconds ago.
entries() {
  awk -v now="$(date +%s%6N)" -v age="$1" -v unit="$2" -v priority="$3" -v fields="${*:4}" \
    -v boot="$(tr -d - </proc/sys/kernel/random/boot_id)" -v host="$(uname -n)" '
    {
      time = now - age * 1000000 + NR * 1000
      printf "__REALTIME_TIMESTAMP=%.0f\n__MONOTONIC_TIMESTAMP=%.0f\n_BOOT_ID=%s\n", time, time % 1000000000000, boot
      printf "_HOSTNAME=%s\n_SYSTEMD_UNIT=%s\nPRIORITY=%s\n", host, unit, priority
      gsub(" ", "\n", fields)
      printf "%s\nMESSAGE=%s\n\n", fields, $0
    }'
}
to_journal() { /lib/systemd/systemd-journal-remote --split-mode=none -o "$HOST/journal/$1.journal" - 2>"$HOST/remote.log"; }

CHECKOUT=(_TRANSPORT=stdout _PID=4127 _COMM=checkout SYSLOG_IDENTIFIER=checkout)
SYSTEMD=(_TRANSPORT=journal _PID=1 _COMM=systemd _UID=0 SYSLOG_IDENTIFIER=systemd)

# The service starts: before the agent, so that the secrets are in the journal when it comes.
log_start() {
  if [ -z "$JOURNAL" ]; then systemd-cat -t checkout cat "$HOST/start.log"; return; fi
  entries 300 checkout.service 6 "${CHECKOUT[@]}" <"$HOST/start.log" | to_journal start
}
# The service fails. MESSAGE_ID is systemd's own of a failed unit.
log_failure() {
  if [ -z "$JOURNAL" ]; then systemd-cat -t checkout -p err cat "$E2E/files/checkout-failure.log"; return; fi
  {
    entries 2 checkout.service 3 "${CHECKOUT[@]}" <"$E2E/files/checkout-failure.log"
    echo "checkout.service: Failed with result 'exit-code'." |
      entries 1 init.scope 4 "${SYSTEMD[@]}" UNIT=checkout.service UNIT_RESULT=exit-code \
        MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c
  } | to_journal failure
}

alert() {
  jq -nc --arg now "$(date -u +%FT%TZ)" --arg secret "${SECRET[alert_password]}" '
    {alertname: "CheckoutDown", service: "checkout", severity: "page"} as $labels |
    {summary: "checkout answers nothing", description: "the probe said password=\($secret)"} as $annotations |
    {version: "4", status: "firing", receiver: "exhibit", groupKey: "{}:{alertname=\"CheckoutDown\"}",
     truncatedAlerts: 0, groupLabels: {alertname: "CheckoutDown"}, commonLabels: $labels,
     commonAnnotations: $annotations, externalURL: "http://alertmanager.internal:9093",
     alerts: [{status: "firing", labels: $labels, annotations: $annotations, startsAt: $now,
               endsAt: "0001-01-01T00:00:00Z", generatorURL: "", fingerprint: "16557fe7eb85835d"}]}'
}

url() { echo "http://127.0.0.1:$PORT$1"; }
ready() { kill -0 "$AGENT" && curl -sf -o /dev/null "$(url /readyz)"; }
scanned() { curl -sf "$(url /metrics)" | grep -E '^exhibit_config_scan_files [1-9]'; }
captured() { "$BINARY" show "$INCIDENT" --json | jq -e '[.. | objects | .state?] | any(. == "done")'; }

JOURNAL=$HOST/journal
if has_journal; then JOURNAL=""; fi
lay_out "$JOURNAL"

step "A host"
if [ -n "$JOURNAL" ]; then
  echo "This machine has no readable journal: one was made from Tests/EndToEnd/files/checkout*.log, with the times of now."
else
  echo "The journal is this machine's own; the lines of the demo are in it as 'checkout'."
fi
log_start
echo "${#SECRET[@]} random secrets are planted in a journal, a config file, a deploy record and the alert."

step "The agent"
run "$BINARY" config check --config "$STATE/exhibit.yaml"
"$BINARY" agent --config "$STATE/exhibit.yaml" 2>"$STATE/agent.log" &
AGENT=$!
eventually 20 ready
eventually 20 scanned >/dev/null
echo "It listens on 127.0.0.1:$PORT and $EXHIBIT_SOCKET; its log is .exhibit/agent.log."

step "Things change"
run "$BINARY" deploy record --service checkout --version 2.32.0 --previous 2.31.0 --actor alice \
  --url "https://ci:${SECRET[deploy_password]}@ci.internal/checkout/918"
sed -i -e 's/^pool_size: 50$/pool_size: 5/' -e "s|password: .*|password: \"${SECRET[config_new_password]}\"|" \
  "$HOST/etc/app.yaml"
echo "In app.yaml the pool shrinks from 50 to 5 connections, and the database password is changed."
log_failure
echo "The service fails."

step "Alertmanager fires"
ANSWER=$(alert | curl -sS --fail-with-body -H "Authorization: Bearer ${SECRET["token"]}" \
  -H 'Content-Type: application/json' --data-binary @- "$(url /v1/signals/alertmanager)")
echo "POST /v1/signals/alertmanager → 202 $ANSWER"
INCIDENT=$(jq -er .incident_id <<<"$ANSWER")

step "The evidence"
echo "waiting for the capture …"
eventually 60 captured >/dev/null
run "$BINARY" incidents
run "$BINARY" pull "$INCIDENT" -o "$STATE/bundle.tar.gz"
run "$BINARY" verify "$STATE/bundle.tar.gz" --signers "$STATE/state/allowed_signers"
run "$BINARY" timeline "$STATE/bundle.tar.gz"

mkdir "$STATE/unpacked"
tar -xzf "$STATE/bundle.tar.gz" -C "$STATE/unpacked" --strip-components=1
EVIDENCE=$STATE/unpacked/data/evidence.json
step "What is missing"
jq -r '"\(.completeness.complete) of \(.completeness.expected) expected artifacts are complete.",
  (.gaps[] | "gap in \(.artifact): \(.cause): \(.detail)")' "$EVIDENCE"
step "What was redacted"
jq -r '.redaction | "\(.total) places, by the rules \(.ruleset):", (.by_rule[] | "  \(.count)\t\(.rule)")' \
  "$EVIDENCE"

step "The same with other people's tools"
(
  cd "$STATE/unpacked"
  if python3 -c 'import bagit' 2>/dev/null; then
    python3 -m bagit --validate --quiet . && echo "bagit.py --validate: valid"
  fi
  if command -v ssh-keygen >/dev/null; then
    ssh-keygen -Y verify -f ../state/allowed_signers -I exhibit -n exhibit-evidence \
      -s tagmanifest-sha256.txt.sig <tagmanifest-sha256.txt
  fi
  if command -v git >/dev/null; then
    cp -r data/config/current "$HOST/current"
    cd "$HOST/current"
    git init -q
    # From the current files back to the old ones, and forward again.
    git apply -R "$STATE/unpacked/data/config/changes.patch"
    git apply --check "$STATE/unpacked/data/config/changes.patch"
    echo "git apply --check changes.patch: applies to the old files"
  fi
)

step "Secrets"
find_secrets "$HOST/secrets" "$STATE"
echo "None of the ${#SECRET[@]} planted secrets is found by grep in .exhibit: not in the bundle, the database, the log."

step "The bundle"
ls -l "$STATE/bundle.tar.gz"
echo "Open it:  tar -tzf .exhibit/bundle.tar.gz   or look into .exhibit/unpacked/data/"
