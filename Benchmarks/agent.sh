# shellcheck shell=bash
# An agent for a benchmark: its own state in a temporary folder, loopback only, ended with the script.
# Usage: . agent.sh; start_agent BINARY [JOURNAL-FOLDER]

WORK=$(mktemp -d "${TMPDIR:-/tmp}/exhibit-bench.XXXXXX")
AGENT=""
end_agent() {
  local status=$?
  trap - EXIT
  if [ -n "$AGENT" ] && kill -TERM "$AGENT" 2>/dev/null; then wait "$AGENT" || true; fi
  [ "$status" = 0 ] || tail -n 5 "$WORK/agent.log" >&2 || true
  rm -rf "$WORK"
  exit "$status"
}
trap end_agent EXIT
trap 'exit 130' INT TERM HUP

# shellcheck source=../Tests/EndToEnd/waiting.sh
. "$(dirname "${BASH_SOURCE[0]}")/../Tests/EndToEnd/waiting.sh"

start_agent() {
  PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  export EXHIBIT_SOCKET=$WORK/exhibit.sock
  (umask 077 && python3 -c 'import secrets; print(secrets.token_hex(24), end="")' >"$WORK/token")
  mkdir -p "$WORK/etc" "${2:-$WORK/journal}"
  cat >"$WORK/exhibit.yaml" <<YAML
state_directory: $WORK/state
listen: {http: "127.0.0.1:$PORT", socket: $EXHIBIT_SOCKET, max_connections: 2048, max_connections_per_address: 2048, max_requests: 100000}
tokens:
  - {name: bench, roles: [admin], file: $WORK/token}
capture: {queue_limit: 100000, window: 7d}
journal: {directory: "${2:-$WORK/journal}", max_bytes: 64GiB, timeout: 1h, fields: ${FIELDS:-contexts}, freeze: {enabled: false}}
config_history: {paths: [$WORK/etc], watch: ${WATCH:-auto}, timeout: 10m}
packages: {enabled: false}
YAML
  "$1" agent --config "$WORK/exhibit.yaml" 2>"$WORK/agent.log" &
  AGENT=$!
  eventually 20 curl -sf -o /dev/null "http://127.0.0.1:$PORT/readyz"
}

# CPU seconds of the agent so far, user and system.
agent_cpu() { awk -v tick="$(getconf CLK_TCK)" '{ print ($14 + $15) / tick }' "/proc/$AGENT/stat"; }
# memory_of FIELD, of /proc/PID/status, in MB.
agent_memory() { awk -v field="$1:" '$1 == field { printf "%.1f", $2 / 1024 }' "/proc/$AGENT/status"; }
