# shellcheck shell=bash
# Act 6: the API against its own description, by schemathesis: an agent of its own on this machine, whose queue takes
# whatever comes.

say "The API and its description"

API=$RIG_WORK/api
# Seconds of the whole run.
API_SECONDS=45

an_agent_with_one_bundle_answers() {
  mkdir -p "$API/etc" "$API/journal"
  API_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  echo "$API_PORT" | note api-port
  (umask 077 && random_text "$ALNUM" 40 >"$API/token")
  cat >"$API/exhibit.yaml" <<YAML
state_directory: $API/state
listen: {http: "127.0.0.1:$API_PORT", socket: $API/exhibit.sock, max_failures: 100000}
tokens: [{name: schemathesis, roles: [admin], file: $API/token}]
capture: {queue_limit: 100000}
journal: {directory: $API/journal, freeze: {enabled: false}}
config_history: {paths: [$API/etc]}
packages: {enabled: false}
bundles: {disk_floor: 16MiB, reserve: 0B}
YAML
  "$EXHIBIT" agent --config "$API/exhibit.yaml" 2>"$API/agent.log" &
  echo $! | note api-agent
  eventually 20 curl -sf -o /dev/null "http://127.0.0.1:$API_PORT/readyz"
  "$EXHIBIT" capture --incident INC-1 --title schemathesis --socket "$API/exhibit.sock"
}

nothing_it_answers_is_undocumented_or_a_server_error() {
  # One worker: with more, CPython 3.11 fails in its parser. What is not checked: which valid requests are accepted, for
  # what a source or an incident's name may be is more than a schema says; and whether one user sees the objects of
  # another, for tokens are not users.
  (cd "$API" && "$RIG_REPO/.build/tools/bin/schemathesis" run "http://127.0.0.1:$(noted api-port)/openapi.json" \
    --header "Authorization: Bearer $(cat "$API/token")" --workers 1 --max-time "$API_SECONDS" --request-timeout 10 \
    --checks all --exclude-checks positive_data_acceptance,object_level_authorization --warnings off) ||
    { grep -m 5 '"error"\|error' "$API/agent.log"; return 1; }
}

the_agent_of_the_api_ends_as_it_is_told() {
  kill -TERM "$(noted api-agent)"
  eventually 30 has_ended "$(noted api-agent)"
}
has_ended() { ! kill -0 "$1" 2>/dev/null; }

check an_agent_with_one_bundle_answers
check nothing_it_answers_is_undocumented_or_a_server_error
check the_agent_of_the_api_ends_as_it_is_told
