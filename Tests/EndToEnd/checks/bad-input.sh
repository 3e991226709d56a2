# shellcheck shell=bash
# Act 5: what no receiver may take at face value.

say "Bad input"

post_signal() { api_status alertmanager -H 'Content-Type: application/json' --data-binary "@$1" "/v1/signals/${2:-alertmanager}"; }
# problem FIELD-REGEX: the last answer is problem details (RFC 9457) that name the field.
problem() {
  grep -i '^content-type: application/problem+json' "$NOTES/headers" || { cat "$NOTES/headers"; return 1; }
  jq -e '.title and .status and .detail' "$NOTES/body"
  expect_match "field" "$(jq -r '.field // ""' "$NOTES/body")" "$1"
}
body() { put 644 - /root/request; }

a_body_over_1_MiB_is_refused_with_413() {
  head -c 1100000 /dev/zero | tr '\0' ' ' | body
  expect "status" "$(post_signal /root/request)" 413
  problem ''
}

a_body_that_is_not_json_is_refused_with_400() {
  echo 'firing!' | body
  expect "status" "$(post_signal /root/request)" 400
  problem ''
}

a_wrong_shape_is_refused_with_400_naming_the_field() {
  jq -nc '{version: "4", status: "firing", groupKey: "k", alerts: "none"}' | body
  expect "status" "$(post_signal /root/request)" 400
  problem alerts
  jq -nc '{title: "no id"}' | body
  expect "status" "$(post_signal /root/request generic)" 400
  problem incident_id
}

deeply_nested_json_is_refused_with_400() {
  python3 -c 'print("[" * 200000 + "]" * 200000)' | body
  expect "status" "$(post_signal /root/request)" 400
}

an_unknown_source_is_404() {
  echo '{}' | body
  expect "status" "$(post_signal /root/request nagios)" 404
  problem ''
}

unknown_incidents_and_bundles_are_404() {
  expect "incident" "$(api_status sre /v1/incidents/INC-NONE)" 404
  expect "bundle" "$(api_status sre /v1/bundles/01AAAAAAAAAAAAAAAAAAAAAAAA/content)" 404
  expect "path" "$(api_status sre '/v1/bundles/..%2f..%2fexhibit.sqlite/content')" 404
  fails 66 exhibit show INC-NONE
}

a_wrong_token_is_401_with_one_audit_line() {
  local before after
  before=$(audit_lines)
  expect "status" "$(api_status intruder -d '{}' /v1/signals/alertmanager)" 401
  grep -i '^www-authenticate: bearer' "$NOTES/headers"
  rig_exec journalctl --sync
  after=$(audit_lines)
  expect "audit lines" $((after - before)) 1
}
audit_lines() {
  # The structured field, not the text: it is what a query would ask for.
  rig_sh 'journalctl -q --no-pager -o json -u exhibit.service EXHIBIT_AUDIT_ACTION=request.refused' | wc -l
}

# signed_event SIGNATURE: PagerDuty's event in /root/request.
signed_event() { api_status "" -H "X-PagerDuty-Signature: $1" --data-binary @/root/request /v1/signals/pagerduty; }
fixture() { body <"$E2E/../Fixtures/signals/$1"; }

a_published_signature_is_taken_and_fits_no_other_body() {
  local signature=v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd
  fixture pagerduty-incident.priority_updated.signed.json
  expect "no signature" "$(api_status "" --data-binary @/root/request /v1/signals/pagerduty)" 401
  expect "a token instead" "$(api_status alertmanager --data-binary @/root/request /v1/signals/pagerduty)" 401
  expect "signed" "$(signed_event "$signature")" 202
  expect "incident" "$(jq -r .incident_id "$NOTES/body")" PGR0VU2
  expect "again" "$(signed_event "v1=00,$signature")" 202
  expect "duplicate" "$(jq -r .duplicate "$NOTES/body")" true
  echo >>"$RIG_ROOT/root/request"
  expect "altered" "$(signed_event "$signature")" 401
}

# grafana_event SECRET SECONDS: signed as Grafana signs, at that time.
grafana_event() {
  local signature
  signature=$({ printf '%s:' "$2"; cat "$RIG_ROOT/root/request"; } | openssl dgst -sha256 -hmac "$1" -r | cut -d' ' -f1)
  api_status "" -H "X-Grafana-Alerting-Signature: $signature" -H "X-Grafana-Alerting-Timestamp: $2" \
    --data-binary @/root/request /v1/signals/grafana
}

a_secret_is_changed_by_a_reload_and_old_signatures_are_stale() {
  local now new
  now=$(date +%s)
  new=$(random_text "$ALNUM" 40)
  fixture grafana-firing-v12.json
  expect "signed" "$(grafana_event "$(noted secret-grafana)" "$now")" 202
  expect "an hour old" "$(grafana_event "$(noted secret-grafana)" $((now - 3600)))" 401
  expect "not yet" "$(grafana_event "$new" "$now")" 401
  printf %s "$new" | put 600 - /etc/exhibit/secrets/grafana
  rig_exec chown exhibit:exhibit /etc/exhibit/secrets/grafana
  rig_exec systemctl reload exhibit.service
  expect "the old one" "$(grafana_event "$(noted secret-grafana)" "$now")" 401
  expect "the new one" "$(grafana_event "$new" "$now")" 202
}

what_a_message_says_is_explained_on_the_host() {
  fixture pagerduty-incident.annotated.json
  expect "phase" "$(rig_exec exhibit signals explain --source pagerduty --json /root/request | jq -r .phase)" ignored
  rig_exec exhibit signals list | grep -E '^grafana .*X-Grafana-Alerting-Signature'
}

no_token_is_401_and_a_wrong_role_is_403() {
  expect "no token" "$(api_status "" /v1/incidents)" 401
  expect "signal role reads" "$(api_status alertmanager /v1/incidents)" 403
  expect "read role signals" "$(api_status sre -d '{}' /v1/signals/generic)" 403
}

the_socket_is_closed_to_other_users() {
  fails 77 rig_exec setpriv --reuid=65534 --regid=65534 --clear-groups exhibit incidents
}

usage_errors_have_their_exit_codes() {
  fails 64 exhibit no-such-command
  fails 66 exhibit verify /root/no-such.tar.gz
  fails 69 exhibit incidents --socket /run/none.sock
}

a_broken_configuration_is_reported_all_at_once_with_exit_78() {
  printf 'state_directory: /var/lib/exhibit\ncapture:\n  window: "15"\njournal:\n  retenton: 5m\n' |
    put 644 - /root/broken.yaml
  fails 78 exhibit config check --config /root/broken.yaml 2>"$NOTES/broken"
  grep -E 'broken.yaml:3: .*unit' "$NOTES/broken"
  grep -E 'broken.yaml:5: .*retenton' "$NOTES/broken"
  fails 78 exhibit agent --config /root/broken.yaml
}

the_agent_is_none_the_worse() {
  expect "restarts" "$(rig_exec systemctl show -P NRestarts exhibit.service)" 0
  expect "readyz" "$(api_status "" /readyz)" 200
}

check a_body_over_1_MiB_is_refused_with_413
check a_body_that_is_not_json_is_refused_with_400
check a_wrong_shape_is_refused_with_400_naming_the_field
check deeply_nested_json_is_refused_with_400
check an_unknown_source_is_404
check unknown_incidents_and_bundles_are_404
check a_wrong_token_is_401_with_one_audit_line
check a_published_signature_is_taken_and_fits_no_other_body
check a_secret_is_changed_by_a_reload_and_old_signatures_are_stale
check what_a_message_says_is_explained_on_the_host
check no_token_is_401_and_a_wrong_role_is_403
check the_socket_is_closed_to_other_users
check usage_errors_have_their_exit_codes
check a_broken_configuration_is_reported_all_at_once_with_exit_78
check the_agent_is_none_the_worse
