#!/bin/bash
# The front door: how fast signals are durable and answered, what a storm and idle connections cost, and how fast a bundle
# is downloaded beside nginx's sendfile on the same file in the same run.
#
#   signals.sh BINARY [SIGNALS]        6,000 distinct signals by default, 10,000 in the storm
#
# The last line is JSON. Trust the ratio to nginx: the other figures differ from machine to machine.
set -euo pipefail
BINARY=$(realpath "${1:?usage: signals.sh BINARY [SIGNALS]}")
SIGNALS=${2:-6000}
STORM=10000
IDLE=1000
BUNDLE_MB=512
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=agent.sh
. "$HERE/agent.sh"
ulimit -n 8192

load() { python3 "$HERE/signals.py" post "$PORT" "$WORK/token" "$@"; }
api() { curl -sSf -H "Authorization: Bearer $(cat "$WORK/token")" "http://127.0.0.1:$PORT$1"; }
stop() {
  kill -TERM "$AGENT"
  wait "$AGENT" || true
  AGENT=""
}
# fresh: an agent without a past.
fresh() {
  [ -z "$AGENT" ] || stop
  rm -rf "$WORK/state"
  start_agent "$BINARY"
}

fresh
echo "$IDLE idle keep-alive connections …"
before_idle=$(agent_memory VmRSS)
coproc CONNECTIONS { python3 "$HERE/signals.py" idle "$PORT" "$IDLE"; }
connections=$CONNECTIONS_PID
read -r -u "${CONNECTIONS[0]}" _
sleep 1
with_idle=$(agent_memory VmRSS)
eval "exec ${CONNECTIONS[1]}>&-"
wait "$connections"

fresh
echo "$SIGNALS signals of as many incidents, 500 a second …"
paced=$(load "$SIGNALS" 64 distinct 500)
fresh
echo "$SIGNALS signals of as many incidents, as fast as they are answered …"
flat_out=$(load "$SIGNALS" 32 distinct)

fresh
echo "a storm of $STORM alerts of one incident …"
load 100 8 distinct >/dev/null
quiet() { [ "$(api /v1/captures?state=queued | jq '.captures | length')" = 0 ]; }
eventually 60 quiet
before_storm=$(agent_memory VmRSS)
known=$(api '/v1/incidents?limit=500' | jq '.incidents | length')
storm=$(load "$STORM" 64 same)
opened=$(($(api '/v1/incidents?limit=500' | jq '.incidents | length') - known))
after_storm=$(agent_memory VmRSS)

# A bundle that is large, and the same for both: its content makes no difference to a download.
echo "a bundle of $BUNDLE_MB MB …"
"$BINARY" capture --incident LARGE --title large >/dev/null
stop
python3 - "$WORK/state" "$BUNDLE_MB" <<'PY'
import os, sqlite3, sys
state, size = sys.argv[1], int(sys.argv[2]) << 20
database = sqlite3.connect(state + "/exhibit.sqlite")
name, = database.execute("SELECT bundle_name FROM capture WHERE incident_id = 'LARGE'").fetchone()
database.execute("UPDATE capture SET bundle_bytes = ? WHERE incident_id = 'LARGE'", (size,))
database.commit()
path = f"{state}/bundles/{name}"
os.unlink(path)
with open(path, "wb") as file:
    for _ in range(size >> 20):
        file.write(os.urandom(1 << 20))
PY
start_agent "$BINARY"
bundle=$(api '/v1/bundles?incident=LARGE' | jq -r '.bundles[0].id')
nginx=$(command -v nginx || true)
if [ -z "$nginx" ]; then
  # The binary alone, out of Debian's package: no service of this machine.
  tools=$HERE/../.build/tools/nginx
  [ -x "$tools/usr/sbin/nginx" ] ||
    (mkdir -p "$tools" && cd "$tools" && apt-get -q download nginx >/dev/null && dpkg-deb -x nginx_*.deb .)
  nginx=$tools/usr/sbin/nginx
fi
NGINX_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -p "$WORK/nginx"
cat >"$WORK/nginx/nginx.conf" <<NGINX
$([ "$(id -u)" != 0 ] || echo "user root;")
worker_processes 1;
daemon off;
pid $WORK/nginx/pid;
error_log $WORK/nginx/error.log;
events {}
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path $WORK/nginx; proxy_temp_path $WORK/nginx; fastcgi_temp_path $WORK/nginx;
  uwsgi_temp_path $WORK/nginx; scgi_temp_path $WORK/nginx;
  server { listen 127.0.0.1:$NGINX_PORT; root $WORK/state/bundles; }
}
NGINX
"$nginx" -c "$WORK/nginx/nginx.conf" -e "$WORK/nginx/error.log" -p "$WORK/nginx" &
NGINX=$!
file=$(basename "$WORK"/state/bundles/LARGE--*)
eventually 10 curl -sf -o /dev/null -r 0-0 "http://127.0.0.1:$NGINX_PORT/$file"

# speed CURL-ARGUMENTS...: MB a second.
speed() { curl -sSf -o /dev/null -w '%{speed_download}' "$@" | awk '{ printf "%.0f", $1 / 1000000 }'; }
ours=0 theirs=0
for _ in 1 2 3 4 5 6; do
  mb=$(speed "http://127.0.0.1:$NGINX_PORT/$file")
  theirs=$((mb > theirs ? mb : theirs))
  mb=$(speed -H "Authorization: Bearer $(cat "$WORK/token")" "http://127.0.0.1:$PORT/v1/bundles/$bundle/content")
  ours=$((mb > ours ? mb : ours))
done
kill "$NGINX"
wait "$NGINX" || true
after_download=$(agent_memory VmHWM)

row() { printf '%-58s %12s %s\n' "$@"; }
row 'distinct incidents at 500 a second, signal to 202, p99' "$(jq .p99_ms <<<"$paced")" ms
row 'distinct incidents, flat out' "$(jq .per_second <<<"$flat_out")" 'a second'
row 'alerts of one incident, flat out' "$(jq .per_second <<<"$storm")" 'a second'
row "incidents of $STORM alerts" "$opened" ''
row 'memory before and after the storm' "$before_storm, $after_storm" MB
row "memory without and with $IDLE idle connections" "$before_idle, $with_idle" MB
row "download of $BUNDLE_MB MB, nginx's sendfile" "$theirs" MB/s
row "download of $BUNDLE_MB MB, exhibit" "$ours" MB/s
row 'peak memory of the agent that served it' "$after_download" MB
refused=$(jq -s 'map(.refused) | add' <<<"$paced$flat_out$storm")
[ "$refused" = 0 ] || { echo "$refused signals were refused" >&2; exit 1; }
[ "$opened" = 1 ] || { echo "the storm opened $opened incidents" >&2; exit 1; }
echo
jq -nc --argjson paced "$paced" --argjson flat "$flat_out" --argjson storm "$storm" --argjson idle "$with_idle" \
  --argjson before "$before_storm" --argjson after "$after_storm" --argjson ours "$ours" --argjson theirs "$theirs" '
  {benchmark: "signals", distinct_p99_ms: $paced.p99_ms, distinct_per_second: $flat.per_second,
   distinct_flat_out_p99_ms: $flat.p99_ms, same_per_second: $storm.per_second, same_p99_ms: $storm.p99_ms,
   storm_growth_mb: ($after - $before | . * 10 | round / 10), idle_1000_mb: $idle,
   download_ratio_nginx: ($ours / $theirs * 100 | round / 100), download_mb_s: $ours}'
