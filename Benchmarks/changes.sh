#!/bin/bash
# The config history on a tree like a large /etc: what a scan of everything, a changed file, a window of 300 changes
# and idling cost the agent, beside 'git add -A && git commit' on the same tree in the same run.
#
#   changes.sh BINARY [FILES]        41,000 files by default; WATCH=fanotify|inotify|poll, auto by default
#
# The last line is JSON: cpu_ratio_git is git's CPU time a change divided by ours. Trust the ratio: seconds differ from
# machine to machine.
set -euo pipefail
BINARY=$(realpath "${1:?usage: changes.sh BINARY [FILES]}")
FILES=${2:-41000}
HERE=$(cd "$(dirname "$0")" && pwd)
CHANGES=300
# So many of them one by one, each looked at and stored before the next; the others as fast as they can be written.
SINGLE=100
GIT_CHANGES=10
# A look at the host's state is in it, which comes each minute.
IDLE_SECONDS=60
# shellcheck source=agent.sh
. "$HERE/agent.sh"
TREE=$WORK/etc
HISTORY=$WORK/state/config-history.sqlite

metric() { # metric NAME[{LABELS}]: 0 where there is none yet
  curl -sf "http://127.0.0.1:$PORT/metrics" | awk -v name="$1" '$1 == name { value = $2 } END { print value + 0 }'
}
watch_cpu() { metric exhibit_config_watch_cpu_seconds_total; }
history_bytes() { stat -c %s "$HISTORY" "$HISTORY-wal" 2>/dev/null | awk '{ sum += $1 } END { print sum + 0 }'; }
scanned() { [ "$(metric 'exhibit_config_scans_total{of="everything"}')" -ge 1 ] && [ "$(watch_cpu)" != 0 ]; }
stored() { [ "$(metric exhibit_config_versions_total)" -ge "$1" ]; }
# The CPU time is told a second after the last change.
settled_cpu() { sleep 7; watch_cpu; }
start() {
  start_agent "$BINARY"
  eventually 300 scanned
}
stop() {
  kill -TERM "$AGENT"
  wait "$AGENT" || true
  AGENT=""
}
change() { printf '# change %s\nvalue_%s = %s\n' "$1" "$1" "$RANDOM" >>"$2"; }
minus() { awk -v a="$1" -v b="$2" 'BEGIN { print a - b }'; }
per() { awk -v a="$1" -v n="$2" 'BEGIN { printf "%.3f", a * 1000 / n }'; }

mkdir -p "$TREE"
python3 "$HERE/make_etc.py" "$TREE" "$FILES" 1
mapfile -t files < <(find "$TREE" -type f -name '*.conf' -size -20k | LC_ALL=C sort | shuf -n "$CHANGES" --random-source=<(yes))
bytes=$(du -sb "$TREE" | cut -f 1)
echo "$(find "$TREE" -mindepth 1 | wc -l) entries, $((bytes / 1000000)) MB, $(uname -r)"

# The first scan reads and stores everything; the second agent finds all of it unchanged. Times that are too fresh to be
# trusted are read again: hence the pause.
sleep 3
start
first_cpu=$(settled_cpu)
stop
start
scan_cpu=$(settled_cpu)
stop

start
echo "watched by $(curl -sf "http://127.0.0.1:$PORT/metrics" | sed -n 's/^exhibit_config_watch_active{mechanism="\(.*\)"} 1.*/\1/p'), $(metric exhibit_config_watch_folders) folders"
before=$(settled_cpu)
size=$(history_bytes)
from=$(date -u +%Y-%m-%dT%H:%M:%SZ)
sleep 1
for ((number = 0; number < SINGLE; number++)); do
  change "$number" "${files[number]}"
  eventually 30 stored $((number + 1))
done
single_cpu=$(minus "$(settled_cpu)" "$before")
for ((number = SINGLE; number < CHANGES; number++)); do change "$number" "${files[number]}"; done
eventually 60 stored "$CHANGES"
all_cpu=$(minus "$(settled_cpu)" "$before")
grown=$(($(history_bytes) - size))
to=$(date -u +%Y-%m-%dT%H:%M:%SZ)

# /proc/PID/stat knows hundredths of a second, which is a sixth of what may be used. The kernel's CPU clock of the process
# (clock_getcpuclockid(3)) knows nanoseconds, with the threads that have ended.
exact_cpu() { python3 -c 'import sys, time; print(time.clock_gettime((~int(sys.argv[1]) << 3) | 2))' "$AGENT"; }
idle_before=$(exact_cpu)
sleep "$IDLE_SECONDS"
idle_cpu=$(awk -v a="$idle_before" -v b="$(exact_cpu)" 'BEGIN { print b - a }')
idle=$(awk -v cpu="$idle_cpu" -v seconds="$IDLE_SECONDS" 'BEGIN { printf "%.3f", cpu / seconds * 100 }')
look_ms=$(per "$(metric exhibit_host_state_cpu_seconds_total)" "$(metric exhibit_host_state_samples_total)")
memory=$(agent_memory VmRSS)

best=999999
for _ in 1 2 3 4 5; do
  begin=$(date +%s%N)
  "$BINARY" config diff --config "$WORK/exhibit.yaml" --from "$from" --to "$to" >"$WORK/changes.patch"
  took=$((($(date +%s%N) - begin) / 1000000))
  best=$((took < best ? took : best))
done
# Some of the files are binary: a note in the patch, and no section.
sections=$(grep -c -e '^diff --git' -e 'its content is not kept (binary)$' "$WORK/changes.patch")
[ "$sections" = "$CHANGES" ] || { echo "the diff has $sections of $CHANGES changes" >&2; exit 1; }
stop

# git, on the same tree: its index knows all files, and each commit looks at all of them.
export GIT_CONFIG_NOSYSTEM=1 HOME=$WORK GIT_AUTHOR_NAME=b GIT_AUTHOR_EMAIL=b@b GIT_COMMITTER_NAME=b GIT_COMMITTER_EMAIL=b@b
git -C "$TREE" init -q
git -C "$TREE" -c gc.auto=0 add -A
git -C "$TREE" -c gc.auto=0 commit -q -m first
sleep 2
children_cpu() { awk -v tick="$(getconf CLK_TCK)" '{ print ($16 + $17) / tick }' "/proc/$$/stat"; }
git_before=$(children_cpu)
for ((number = 0; number < GIT_CHANGES; number++)); do
  change "git-$number" "${files[number]}"
  git -C "$TREE" -c gc.auto=0 add -A
  git -C "$TREE" -c gc.auto=0 commit -q -m "change $number"
done
git_cpu=$(minus "$(children_cpu)" "$git_before")

store_ms=$(per "$single_cpu" "$SINGLE")
git_ms=$(per "$git_cpu" "$GIT_CHANGES")
row() { printf '%-58s %12s %s\n' "$@"; }
row 'first scan, everything read and stored' "$first_cpu" 'CPU s'
row 'scan of everything, nothing changed, warm' "$scan_cpu" 'CPU s'
row "one changed file, one by one ($SINGLE)" "$store_ms" 'CPU ms'
row "one changed file, all $CHANGES" "$(per "$all_cpu" "$CHANGES")" 'CPU ms'
row "git add -A && git commit, one changed file ($GIT_CHANGES)" "$git_ms" 'CPU ms'
row "diff of a window with $CHANGES changes, process start included" "$best" 'ms'
row "history of $CHANGES changes on disk" "$((grown / 1000))" 'kB'
row "one look at the host's sockets, mounts and packages" "$look_ms" 'CPU ms'
row "idle, $IDLE_SECONDS s with one such look" "$idle" '% of a core'
row 'memory of the agent' "$memory" 'MB'

jq -nc --argjson git "$git_ms" --argjson store "$store_ms" --argjson scan "$scan_cpu" --argjson diff "$best" \
  --argjson grown "$grown" --argjson idle "$idle" --argjson look "$look_ms" '
  {cpu_ratio_git: ($git / $store | round), scan_cpu_s: ($scan * 1000 | round / 1000), store_ms: $store, diff_ms: $diff,
   history_mb: ($grown / 100000 | round / 10), idle_percent: $idle, look_ms: $look}'
