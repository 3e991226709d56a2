#!/bin/bash
# How long a signal takes to be durable and answered (202): with the agent idle, and while captures run.
#
#   intake.sh BINARY [SIGNALS]         2,000 signals by default
#
# The last line is JSON.
set -euo pipefail
BINARY=$(realpath "${1:?usage: intake.sh BINARY [SIGNALS]}")
SIGNALS=${2:-2000}
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=agent.sh
. "$HERE/agent.sh"

echo "making a journal for the captures …"
mkdir "$WORK/journal"
python3 "$HERE/make_journal.py" 100000 |
  /lib/systemd/systemd-journal-remote --split-mode=none -o "$WORK/journal/bench.journal" - 2>"$WORK/remote.log"
start_agent "$BINARY" "$WORK/journal"
sleep 1
post() { python3 "$HERE/post_signals.py" "$PORT" "$WORK/token" "$SIGNALS"; }

# The first signal of the storm opens an incident, which is captured: let that be over.
python3 "$HERE/post_signals.py" "$PORT" "$WORK/token" 1 >/dev/null
sleep 8
echo "$SIGNALS signals to an idle agent …"
idle=$(post)

echo "$SIGNALS signals while captures run …"
for number in $(seq 20); do
  "$BINARY" capture --incident "LOAD-$number" --title load --no-wait >/dev/null
done
sleep 0.5
busy=$(post)
left=$(curl -sS -H "Authorization: Bearer $(cat "$WORK/token")" "http://127.0.0.1:$PORT/v1/incidents?limit=100" |
  jq '[.incidents[].captures[] | select(.state == "running" or .state == "queued")] | length')
[ "$left" -gt 0 ] || echo "note: the captures were over before the signals were" >&2

printf '\n%-24s %9s %9s %9s\n' 'signal to 202, ms' p50 p99 max
for run in idle busy; do
  printf '%-24s %9s %9s %9s\n' "$run" "$(jq .p50_ms <<<"${!run}")" "$(jq .p99_ms <<<"${!run}")" "$(jq .max_ms <<<"${!run}")"
done
echo
jq -nc --argjson idle "$idle" --argjson busy "$busy" --argjson left "$left" \
  '{benchmark: "intake", idle: $idle, while_capturing: $busy, captures_still_running: $left}'
