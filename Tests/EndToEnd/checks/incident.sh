# shellcheck shell=bash
# Act 2: things change, a service dies, Alertmanager fires, the bundle is pulled.

say "An incident"

a_real_service_logs_through_the_real_journal() {
  rig_exec systemctl start checkout.service
  eventually 10 the_journal_has 'cache warm: 1532 products'
}
the_journal_has() { rig_exec journalctl --no-pager -q -u checkout.service | grep -F "$1"; }

a_package_is_installed_with_apt() {
  local root=$NOTES/deb
  mkdir -p "$root/DEBIAN"
  printf '%s\n' 'Package: checkout-fonts' 'Version: 1.4-1' 'Architecture: all' \
    'Maintainer: Ops <ops@example.com>' 'Description: fonts of the checkout' >"$root/DEBIAN/control"
  dpkg-deb --root-owner-group --build "$root" "$RIG_ROOT/root/checkout-fonts.deb"
  rig_exec apt-get install -y /root/checkout-fonts.deb
}

a_deployment_is_recorded_by_command_line() {
  exhibit deploy record --service checkout --version 2.32.0 --previous 2.31.0 --environment production \
    --commit 4f1c2aa --actor alice --outcome success \
    --url "https://ci:$(secret_of deploy_password)@ci.internal/checkout/918"
}
secret_of() { printf %s "${SECRET[$1]}"; }

a_deployment_is_recorded_over_http() {
  local body
  body=$(jq -nc '{service: "stock", version: "7.0.1", environment: "production"}')
  expect "status" "$(api_status pipeline -H 'Content-Type: application/json' -d "$body" /v1/deploys/generic)" 202
  jq -e '.deploy_id and (.duplicate == false)' "$NOTES/body"
}

# Older than the window of the bundle: what was running when it began.
a_deployment_of_yesterday_is_recorded() {
  exhibit deploy record --service stock --version 7.0.0 --environment production \
    --time "$(date -u -d '2 days ago' +%FT%TZ)"
}

github_tells_of_a_deployment_by_its_signature() {
  local body signature
  body=$(jq -nc --arg now "$(date -u +%FT%TZ)" '{action: "created", repository: {name: "search", full_name: "shop/search"},
    deployment: {id: 918, sha: "4f1c2aa9be69ededfced8c1bb6e6d24616b46802", ref: "main", environment: "production",
      created_at: $now, creator: {login: "alice"}},
    deployment_status: {state: "success", created_at: $now}}')
  signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$(noted token-github)" -r | cut -d' ' -f1)
  expect "status" "$(api_status "" -H "X-Hub-Signature-256: sha256=${signature/[0-9]/x}" -d "$body" /v1/deploys/github)" 401
  expect "status" "$(api_status "" -H "X-Hub-Signature-256: sha256=$signature" -d "$body" /v1/deploys/github)" 202
  expect "status" "$(api_status "" -H "X-Hub-Signature-256: sha256=$signature" -d "$body" /v1/deploys/github)" 202
  jq -e '.duplicate' "$NOTES/body"
}

a_deployment_is_dropped_as_a_file() {
  local folder=$RIG_ROOT/var/spool/exhibit
  printf '{"service":"cart","version":"3.2"}' >"$folder/cart.json.tmp"
  mv "$folder/cart.json.tmp" "$folder/cart.json"
  printf '{"service":"cart"}' >"$folder/wrong.json"
  eventually 10 the_drop_folder_was_looked_at
  grep -F '/version is missing' "$folder/rejected/wrong.json.reason"
}
the_drop_folder_was_looked_at() { expect files "$(cd "$RIG_ROOT/var/spool/exhibit" && echo *)" rejected; }

units_are_read_anew() { rig_exec systemctl daemon-reload; }

# After the first scan, before the signal: what the config history is for.
a_config_file_changes_and_the_service_dies_of_it() {
  local file=$RIG_ROOT/etc/checkout/app.yaml
  sed -i -e 's/^pool_size: 50$/pool_size: 5/' \
    -e "s/password: .*/password: \"$(secret_of config_new_password)\"/" "$file"
  printf 'retry: off\n' >"$RIG_ROOT/etc/checkout/new.conf"
  rm "$RIG_ROOT/etc/checkout/legacy.ini"
  rig_exec systemctl restart checkout.service || true
  eventually 10 the_service_has_failed
}
the_service_has_failed() { expect state "$(rig_exec systemctl show -P ActiveState checkout.service)" failed; }

alertmanager_fires_and_an_incident_opens() {
  rig_exec systemctl start prometheus-alertmanager.service
  eventually 15 rig_exec curl -sfS http://127.0.0.1:9093/-/ready
  amtool alert add CheckoutDown service=checkout severity=page \
    --annotation=summary='checkout answers nothing' \
    --annotation=description="probe said password=$(secret_of alert_password)"
  eventually 15 one_incident_is_open
  api sre '/v1/incidents?state=open' | jq -er '.incidents[0].id' | note incident
}
amtool() { rig_exec amtool --alertmanager.url=http://127.0.0.1:9093 "$@"; }
one_incident_is_open() { api sre '/v1/incidents?state=open' | jq -e '.incidents | length == 1'; }

the_incident_carries_what_the_alert_said() {
  expect "source" "$(incident .source)" alertmanager
  expect "severity" "$(incident .severity)" page
  expect_match "title" "$(incident .title)" 'checkout answers nothing|CheckoutDown'
}

the_capture_is_done_in_time() {
  eventually 60 the_capture_of_phase_is opened "done"
  incident '.captures[] | select(.phase == "opened") | .bundle.id' | note bundle-id
}
the_capture_of_phase_is() {
  incident ".captures[] | select(.phase == \"$1\") | .state" | grep -x "$2" || { incident .captures; return 1; }
}

the_command_line_lists_and_shows_the_incident() {
  exhibit incidents --json | jq -e --arg id "$(noted incident)" '.. | objects | select(.id? == $id)' >/dev/null
  expect_match "show" "$(exhibit show "$(noted incident)")" "$(noted incident)"
}

the_bundle_is_pulled_with_the_command_line() {
  exhibit pull "$(noted incident)" -o /root/bundle.tar.gz
  cp "$RIG_ROOT/root/bundle.tar.gz" "$NOTES/bundle.tar.gz"
}

the_bundle_is_pulled_in_pieces_with_curl_ranges() {
  local path etag bytes
  path=/v1/bundles/$(noted bundle-id)/content
  expect "first piece" "$(api_status sre -r 0-4095 "$path")" 206
  etag=$(sed -n 's/^etag: //Ip' "$NOTES/headers")
  cp "$NOTES/body" "$NOTES/pieces"
  expect "rest" "$(api_status sre -r 4096- -H "If-Range: $etag" "$path")" 206
  cat "$NOTES/body" >>"$NOTES/pieces"
  expect "ETag is the SHA-256" "$etag" "\"$(sha256sum <"$NOTES/pieces" | cut -d' ' -f1)\""
  cmp "$NOTES/pieces" "$NOTES/bundle.tar.gz"
  bytes=$(stat -c %s "$NOTES/bundle.tar.gz")
  expect "stale If-Range" "$(api_status sre -r 4096- -H 'If-Range: "stale"' "$path")" 200
  expect "whole again" "$(stat -c %s "$NOTES/body")" "$bytes"
  expect "past the end" "$(api_status sre -r "$bytes-" "$path")" 416
  expect "HEAD" "$(api_status sre -I "$path")" 200
}

the_same_alert_again_opens_no_second_incident() {
  amtool alert add CheckoutDown service=checkout severity=page instance=web-2
  sleep 2
  one_incident_is_open
}

a_resolved_alert_closes_the_incident() {
  local end
  end=$(date -u +%FT%TZ)
  amtool alert add CheckoutDown service=checkout severity=page --end="$end"
  amtool alert add CheckoutDown service=checkout severity=page instance=web-2 --end="$end"
  eventually 20 the_incident_is_resolved
  expect "open incidents" "$(api sre '/v1/incidents?state=open' | jq '.incidents | length')" 0
}
the_incident_is_resolved() { incident .state | grep -xE 'resolved|closed'; }

the_end_is_captured_from_where_the_opening_ended() {
  local id
  eventually 60 the_capture_of_phase_is resolved "done"
  id=$(incident '.captures[] | select(.phase == "resolved") | .bundle.id')
  api sre "/v1/bundles/$id/content" >"$NOTES/resolved.tar.gz"
  evidence_of "$NOTES/resolved.tar.gz" >"$NOTES/resolved.json"
  evidence_of "$NOTES/bundle.tar.gz" >"$NOTES/opened.json"
  expect "parent" "$(jq -r .parent "$NOTES/resolved.json")" "$(noted bundle-id)"
  expect "no hole, no overlap" "$(jq -r .window.from "$NOTES/resolved.json")" "$(jq -r .window.to "$NOTES/opened.json")"
  expect_match "time to resolve" "$(exhibit show "$(noted incident)")" 'Time to resolve .*, from when the fault began'
}
evidence_of() { tar -xzOf "$1" --wildcards '*/data/evidence.json'; }

must a_real_service_logs_through_the_real_journal
check a_package_is_installed_with_apt
sleep 1.1 # The package logs know whole seconds only; the order in the timeline is checked later.
check a_deployment_is_recorded_by_command_line
check a_deployment_is_recorded_over_http
check a_deployment_of_yesterday_is_recorded
check github_tells_of_a_deployment_by_its_signature
check a_deployment_is_dropped_as_a_file
check units_are_read_anew
check a_config_file_changes_and_the_service_dies_of_it
must alertmanager_fires_and_an_incident_opens
check the_incident_carries_what_the_alert_said
must the_capture_is_done_in_time
check the_command_line_lists_and_shows_the_incident
must the_bundle_is_pulled_with_the_command_line
check the_bundle_is_pulled_in_pieces_with_curl_ranges
check the_same_alert_again_opens_no_second_incident
check a_resolved_alert_closes_the_incident
check the_end_is_captured_from_where_the_opening_ended
