# shellcheck shell=bash
# What the end-to-end checks are written with.

PASSED=0
FAILED=0
# What one check leaves for a later one: small files, since each check runs in a subshell.
NOTES=$RIG_WORK/notes

say() { printf '\n%s\n' "$*"; }

# check NAME: runs the function NAME; its name, read as a sentence, is what is reported.
check() {
  local log=$NOTES/check.log status
  set +e
  (
    set -euo pipefail
    "$1"
  ) >"$log" 2>&1
  status=$?
  set -e
  if [ "$status" = 0 ]; then
    PASSED=$((PASSED + 1))
    printf '  ✓ %s\n' "${1//_/ }"
    return
  fi
  FAILED=$((FAILED + 1))
  printf '  ✗ %s (exit %s)\n' "${1//_/ }" "$status"
  sed 's/^/      /' "$log" | tail -n 40
}

# must NAME: a check without which the rest cannot mean anything.
must() {
  local before=$FAILED
  check "$1"
  if [ "$FAILED" -gt "$before" ]; then
    rig_exec systemctl status --no-pager --lines=0 exhibit.service || true
    rig_exec journalctl --no-pager -o cat -n 30 -u exhibit.service || true
    finish
  fi
}

finish() {
  printf '\nend-to-end: %d passed, %d failed\n' "$PASSED" "$FAILED"
  [ "$FAILED" = 0 ] || exit 1
  exit 0
}

# expect WHAT ACTUAL WANTED
expect() { [ "$2" = "$3" ] || { printf '%s: got "%s", expected "%s"\n' "$1" "$2" "$3"; return 1; }; }

# expect_match WHAT TEXT REGEX
expect_match() { [[ $2 =~ $3 ]] || { printf '%s: "%s" does not match "%s"\n' "$1" "$2" "$3"; return 1; }; }

# fails STATUS COMMAND...: the command has to end with exactly that exit status.
fails() {
  local wanted=$1 status=0
  shift
  "$@" || status=$?
  expect "exit status of $*" "$status" "$wanted"
}

note() { cat >"$NOTES/$1"; }
noted() { cat "$NOTES/$1"; }

exhibit() { rig_exec exhibit "$@"; }

# api TOKEN CURL-ARGUMENTS... PATH: over TCP with one of the test's tokens ("" sends none).
api() {
  local token=$1 path=${!#} header=()
  [ -z "$token" ] || header=(-H "Authorization: Bearer $(noted "token-$token")")
  rig_exec curl -sS --max-time 20 "${header[@]}" "${@:2:$#-2}" "http://127.0.0.1:9464$path"
}

# api_status TOKEN CURL-ARGUMENTS... PATH: the HTTP status; the body is in $NOTES/body, the headers in $NOTES/headers.
api_status() {
  local status
  rm -f "$RIG_ROOT/root/body"
  status=$(api "$1" -o /root/body -D /root/headers -w '%{http_code}' "${@:2}")
  tr -d '\r' <"$RIG_ROOT/root/headers" >"$NOTES/headers"
  cp "$RIG_ROOT/root/body" "$NOTES/body" 2>/dev/null || : >"$NOTES/body"
  echo "$status"
}

# incident JQ-FILTER: of the incident that the tests are about.
incident() { api sre "/v1/incidents/$(noted incident)" | jq -er "$1"; }

# Over the socket of the agent, as an administrator.
api_socket() { rig_exec curl -sS --max-time 20 --unix-socket /run/exhibit/exhibit.sock "${@:1:$#-1}" "http://localhost${!#}"; }
request_capture() { api_socket -X POST -H 'Content-Type: application/json' -d '{"title":"fault"}' "/v1/incidents/$1/captures"; }
capture_state() { api_socket "/v1/incidents/$1" | jq -r '.captures[-1].state'; }
capture_is() { expect "state" "$(capture_state "$1")" "$2"; }

# manual INCIDENT: opens a capture by command line and waits for it.
manual() {
  exhibit capture --incident "$1" --title "by hand, password=$(secret_of title_password)" --json >"$NOTES/capture.json"
  exhibit pull "$1" -o "/root/$1.tar.gz"
  mkdir -p "$NOTES/$1"
  tar -xzf "$RIG_ROOT/root/$1.tar.gz" -C "$NOTES/$1" --strip-components=1
}
