#!/bin/bash
# A capture of a large journal, beside 'journalctl -o json | gzip' on the same journal in the same run.
#
#   capture.sh BINARY [ENTRIES]        100,000 entries by default
#
# The last line is JSON. Trust the ratios: seconds differ from machine to machine and from run to run.
set -euo pipefail
BINARY=$(realpath "${1:?usage: capture.sh BINARY [ENTRIES]}")
ENTRIES=${2:-100000}
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=agent.sh
. "$HERE/agent.sh"

echo "making a journal of $ENTRIES entries …"
mkdir "$WORK/journal"
python3 "$HERE/make_journal.py" "$ENTRIES" |
  /lib/systemd/systemd-journal-remote --split-mode=none -o "$WORK/journal/bench.journal" - 2>"$WORK/remote.log"
json_bytes=$(journalctl -q -D "$WORK/journal" -o json | wc -c)

# peer LEVEL: "wall cpu bytes" of journalctl and gzip together. times(1) counts children that have ended.
peer() {
  bash -c '
    set -euo pipefail
    start=$(date +%s%N)
    journalctl -q -D "$1" -o json | gzip "-$2" >"$3"
    end=$(date +%s%N)
    times >"$3.times"  # in this shell: a pipe would make a subshell, whose children are none
    cpu=$(tail -n 1 "$3.times" | sed "s/m/ /g; s/s//g" | awk "{ print \$1 * 60 + \$2 + \$3 * 60 + \$4 }")
    echo "$(((end - start) / 1000000)) $cpu $(stat -c %s "$3")"
  ' peer "$WORK/journal" "$1" "$WORK/peer.gz"
}
echo "journalctl -o json | gzip …"
read -r fast_ms fast_cpu fast_bytes < <(peer 1)
read -r default_ms default_cpu default_bytes < <(peer 6)

echo "exhibit capture …"
start_agent "$BINARY" "$WORK/journal"
sleep 2
idle_rss=$(agent_memory VmRSS)
cpu_before=$(agent_cpu)
start=$(date +%s%N)
"$BINARY" capture --incident BENCH-1 --title benchmark --json >"$WORK/capture.json"
our_ms=$((($(date +%s%N) - start) / 1000000))
our_cpu=$(awk -v a="$cpu_before" -v b="$(agent_cpu)" 'BEGIN { print b - a }')
peak_rss=$(agent_memory VmHWM)
# Without mapped files: the journal and the program, which the kernel can take back at any time.
anonymous=$(agent_memory RssAnon)

bundle=$(find "$WORK/state/bundles" -name '*.tar.gz')
our_bytes=$(stat -c %s "$bundle")
records=$(tar -xzOf "$bundle" --wildcards '*/data/evidence.json' |
  jq '.artifacts[] | select(.path == "logs/journal.jsonl") | .records')
[ "$records" = "$ENTRIES" ] || { echo "captured $records of $ENTRIES entries" >&2; exit 1; }

printf '\n%-34s %9s %9s %12s\n' "$ENTRIES entries, $((json_bytes / 1000000)) MB as JSON" 'wall s' 'CPU s' 'bytes'
row() { printf '%-34s %9.2f %9.2f %12d\n' "$1" "$(awk -v ms="$2" 'BEGIN { print ms / 1000 }')" "$3" "$4"; }
row 'journalctl -o json | gzip -1' "$fast_ms" "$fast_cpu" "$fast_bytes"
row 'journalctl -o json | gzip' "$default_ms" "$default_cpu" "$default_bytes"
row 'exhibit capture (redacted, sealed)' "$our_ms" "$our_cpu" "$our_bytes"
printf 'memory of the agent: idle %s MB, peak %s MB, anonymous after the capture %s MB\n\n' \
  "$idle_rss" "$peak_rss" "$anonymous"
jq -nc --argjson entries "$ENTRIES" --argjson json_bytes "$json_bytes" --argjson ms "$our_ms" \
  --argjson cpu "$our_cpu" --argjson idle "$idle_rss" --argjson peak "$peak_rss" --argjson anonymous "$anonymous" \
  --argjson peer_cpu "$fast_cpu" --argjson peer_ms "$fast_ms" --argjson peer6_cpu "$default_cpu" \
  --argjson bytes "$our_bytes" --argjson peer_bytes "$fast_bytes" '
  def ratio(b): . / b * 100 | round / 100;
  {benchmark: "capture", entries: $entries, json_bytes: $json_bytes, wall_seconds: ($ms / 1000), cpu_seconds: $cpu,
   idle_rss_mb: $idle, peak_rss_mb: $peak, anonymous_mb: $anonymous,
   cpu_ratio_gzip1: ($cpu | ratio($peer_cpu)), cpu_ratio_gzip6: ($cpu | ratio($peer6_cpu)),
   wall_ratio_gzip1: ($ms | ratio($peer_ms)), bytes_ratio_gzip1: ($bytes | ratio($peer_bytes))}'
