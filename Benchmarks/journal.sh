#!/bin/bash
# The capture of a whole journal (redacted, checksummed, in a sealed bundle) beside 'journalctl | gzip' on the same files
# in the same run; how its cost grows; one unit's five minutes out of it; a cold cache; many small files.
#
#   journal.sh BINARY [ENTRIES]        1,000,000 entries by default; SIZES="10000 100000 10000000" adds sizes
#
# Journals are made once and kept in .build/bench, some 560 bytes an entry, until they are six days old. The last line
# is JSON: ratios are the peer's cost divided by ours. Trust the ratios: seconds differ from machine to machine.
set -euo pipefail
BINARY=$(realpath "${1:?usage: journal.sh BINARY [ENTRIES]}")
ENTRIES=${2:-1000000}
SIZES=${SIZES:-"10000 100000"}
HERE=$(cd "$(dirname "$0")" && pwd)
CACHE=$(cd "$HERE/.." && pwd)/.build/bench
# shellcheck source=agent.sh
. "$HERE/agent.sh"
# shellcheck source=peer.sh
. "$HERE/peer.sh"
REMOTE=/lib/systemd/systemd-journal-remote

# make_journal FOLDER ENTRIES FILES: files of entries that end now.
make_journal() {
  local folder=$CACHE/$1 share=$(($2 / $3)) file
  [ -n "$(find "$folder" -maxdepth 1 -name made -mtime -6 2>/dev/null)" ] && return
  echo "making a journal of $2 entries in .build/bench/$1 …"
  rm -rf "$folder"
  mkdir -p "$folder"
  for ((file = 0; file < $3; file++)); do
    # One after the other, as journald rotates them.
    python3 "$HERE/gen_journal.py" --entries "$share" --seed $((file + 1)) \
      --minutes "$(awk -v n="$3" 'BEGIN { print 60 / n }')" --end-epoch $(($(date +%s) - 3600 * ($3 - 1 - file) / $3)) |
      "$REMOTE" --split-mode=none -o "$folder/part$file.journal" - 2>>"$WORK/remote.log"
  done
  touch "$folder/made"
}

# ours FOLDER [FIELDS]: sets wall (ms), cpu (s), bytes, peak (anonymous MB) and records of a capture.
ours() {
  FIELDS=${2:-contexts} start_agent "$BINARY" "$CACHE/$1"
  local before start bundle watcher
  # One process for all looks: a new one for each would take a tenth of a core from what is measured.
  python3 "$HERE/watch_memory.py" "$AGENT" >"$WORK/peak" &
  watcher=$!
  sleep 1
  before=$(agent_cpu)
  start=$(date +%s%N)
  "$BINARY" capture --incident BENCH-1 --title benchmark --json >"$WORK/capture.json"
  wall=$((($(date +%s%N) - start) / 1000000))
  cpu=$(awk -v a="$before" -v b="$(agent_cpu)" 'BEGIN { print b - a }')
  kill -TERM "$watcher"
  wait "$watcher" || true
  peak=$(cat "$WORK/peak")
  bundle=$(find "$WORK/state/bundles" -name '*.tar.*')
  bytes=$(stat -c %s "$bundle")
  records=$(tar -xOf "$bundle" --wildcards '*/data/evidence.json' |
    jq '.artifacts[] | select(.path == "logs/journal.jsonl") | .records')
  kill -TERM "$AGENT"
  wait "$AGENT" || true
  AGENT=""
  rm -rf "$WORK/state"
}
row() {
  printf '%-46s %9.2f %9.2f %12s %8s\n' "$1" "$(awk -v ms="$2" 'BEGIN { print ms / 1000 }')" "$3" "$4" "${5:-}"
}
# Takes the files out of the page cache; the disk's own cache stays.
make_cold() {
  python3 - "$1" <<'PY'
import os, pathlib, sys
for path in pathlib.Path(sys.argv[1]).glob("*.journal"):
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)
PY
}

make_journal "$ENTRIES" "$ENTRIES" 1
make_journal "$ENTRIES-in-200" "$ENTRIES" 200
for size in $SIZES; do make_journal "$size" "$size" 1; done
version=$(journalctl --version | awk 'NR == 1 { print $2 }')
files=$(find "$CACHE/$ENTRIES" -name '*.journal' -printf '%s\n' | awk '{ sum += $1 } END { print int(sum / 1e6) }')
cat "$CACHE/$ENTRIES"/*.journal >/dev/null

ours "$ENTRIES"
[ "$records" = "$ENTRIES" ] || { echo "captured $records of $ENTRIES entries" >&2; exit 1; }
our_ms=$wall our_cpu=$cpu our_peak=$peak
our_row=$(row 'exhibit capture, fields: contexts (default)' "$wall" "$cpu" "$bytes" "$peak")
ours "$ENTRIES" all
all_row=$(row 'exhibit capture, fields: all' "$wall" "$cpu" "$bytes" "$peak")
ours "$ENTRIES" minimal
minimal_row=$(row 'exhibit capture, fields: minimal' "$wall" "$cpu" "$bytes" "$peak")
read -r export_ms export_cpu export_bytes < <(peer export "$CACHE/$ENTRIES" "$WORK/export.gz")
read -r json_ms json_cpu json_bytes < <(peer json "$CACHE/$ENTRIES" "$WORK/json.gz")

printf '\n%-46s %9s %9s %12s %8s\n' "$ENTRIES entries, $files MB of journal files" 'wall s' 'CPU s' 'bytes' 'anon MB'
row "journalctl $version -o json | gzip" "$json_ms" "$json_cpu" "$json_bytes"
row "journalctl $version -o export | gzip" "$export_ms" "$export_cpu" "$export_bytes"
printf '%s\n' "$our_row" "$all_row" "$minimal_row"
for size in $SIZES; do
  ours "$size"
  row "exhibit capture, $size entries" "$wall" "$cpu" "$bytes" "$peak"
done
make_cold "$CACHE/$ENTRIES"
ours "$ENTRIES"
row "exhibit capture, cold cache" "$wall" "$cpu" "$bytes" "$peak"
ours "$ENTRIES-in-200"
row "exhibit capture, 200 small files" "$wall" "$cpu" "$bytes" "$peak"

# The middle five minutes of one unit.
last=$(stat -c %Y "$CACHE/$ENTRIES/made")
since=$(date -u -d "@$((last - 1800))" +'%Y-%m-%d %H:%M:%S')
until=$(date -u -d "@$((last - 1500))" +'%Y-%m-%d %H:%M:%S')
unit_ms=$(
  for _ in 1 2 3 4 5; do
    start=$(date +%s%N)
    "$BINARY" logs -D "$CACHE/$ENTRIES" -u nginx --since "$since" --until "$until" -o json >"$WORK/unit.json"
    echo $((($(date +%s%N) - start) / 1000000))
  done | sort -n | head -n 1
)
printf 'five minutes of one unit: %s entries in %s ms, process start included\n\n' "$(wc -l <"$WORK/unit.json")" "$unit_ms"

jq -nc --argjson entries "$ENTRIES" --argjson ms "$our_ms" --argjson cpu "$our_cpu" --argjson peak "$our_peak" \
  --argjson jms "$json_ms" --argjson jcpu "$json_cpu" --argjson ems "$export_ms" --argjson ecpu "$export_cpu" \
  --argjson unit "$unit_ms" '
  def ratio(b): b / . * 10 | round / 10;
  {cpu_ratio: ($cpu | ratio($jcpu)), wall_ratio: ($ms | ratio($jms)), cpu_ratio_export: ($cpu | ratio($ecpu)),
   wall_ratio_export: ($ms | ratio($ems)), peak_rss_mb: $peak, unit_ms: $unit, entries: $entries}'
