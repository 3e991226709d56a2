#!/bin/bash
# Feeds damaged journal files to the native reader, built with AddressSanitizer and libFuzzer, for a bounded time.
# Usage: run.sh [SECONDS]. What makes it fail is kept below .build/fuzz-journal.
set -euo pipefail
cd "$(dirname "$0")/../../.."
seconds=${1:-60}
build=.build/fuzz-journal
mkdir -p "$build/found"

# The reader alone: what renders and redacts would bring other packages in.
mapfile -t sources < <(grep -L 'import Redaction' Sources/Journal/*.swift Sources/Journal/Native/*.swift \
  Sources/Journal/Freeze/*.swift)
flags=(
  # The blocks of a file are one allocation: what reads from one into the next is found by the checks of a debug build.
  -swift-version 6 -O -assert-config Debug -gline-tables-only -package-name exhibit -parse-as-library -sanitize=address
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature NonisolatedNonsendingByDefault
)
for module in CSystemd CZstd CLZ4 CLZMA CLinux; do flags+=(-I "Sources/$module"); done

echo "fuzz-journal: building"
swiftc "${flags[@]}" -wmo -emit-module -emit-object -module-name Evidence -emit-module-path "$build/Evidence.swiftmodule" \
  -o "$build/Evidence.o" Sources/Evidence/*.swift
swiftc "${flags[@]}" -wmo -sanitize=fuzzer -use-ld=lld -module-name FuzzJournal -I "$build" -o "$build/fuzz" \
  "${sources[@]}" Tests/Fuzz/Journal/FuzzTarget.swift "$build/Evidence.o" \
  -lsystemd -lzstd -llz4 -llzma

if [ -z "$(ls "$build/corpus" 2>/dev/null)" ]; then
  echo "fuzz-journal: letting journald write the corpus"
  root=()
  [ "$(id -u)" = 0 ] || root=(sudo --preserve-env=PATH)
  "${root[@]}" Tests/Fuzz/Journal/make-corpus.sh "$build/corpus"
fi

echo "fuzz-journal: $(find "$build/corpus" -type f | wc -l) files, $seconds seconds"
mkdir -p "$build/evolved"
# Swift's own backtraces would take the signals from the sanitizer. What outlives main is no leak.
ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no "$build/fuzz" -max_total_time="$seconds" -timeout=10 \
  -rss_limit_mb=1024 -max_len=200000 -seed=1 -use_value_profile=1 -artifact_prefix="$build/found/" \
  -print_final_stats=1 "$build/evolved" "$build/corpus" >"$build/log" 2>&1 || {
  tail -n 60 "$build/log"
  echo "fuzz-journal: failed; the input is in $build/found"
  exit 1
}
rm -rf /dev/shm/exhibit-fuzz-*
grep -E '^(Done|stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb))' "$build/log" | sed 's/^/fuzz-journal: /'
