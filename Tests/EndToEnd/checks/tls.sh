# shellcheck shell=bash
# Act 8: the same agent behind TLS, as other hosts would reach it.

say "TLS"

# A private authority, the agent's certificate, and one for Alertmanager, which then needs no token.
authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout "$NOTES/$1.key" -out "$NOTES/$1.pem"; }
# certificate NAME EXTENSION
certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$NOTES/$1.key" -out "$NOTES/$1.csr"
  openssl x509 -req -in "$NOTES/$1.csr" -CA "$NOTES/authority.pem" -CAkey "$NOTES/authority.key" -CAcreateserial \
    -days 1 -extfile <(echo "$2") -out "$NOTES/$1.pem"
}
put_server_certificate() {
  certificate web-1 'subjectAltName=DNS:localhost,IP:127.0.0.1'
  put 600 "$NOTES/web-1.key" /etc/exhibit/tls/server.key
  put 644 "$NOTES/web-1.pem" /etc/exhibit/tls/server.pem
  rig_exec chown exhibit:exhibit /etc/exhibit/tls/server.key
}

# Published with the Standard Webhooks specification.
WEBHOOKS_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw

the_agent_starts_with_tls() {
  authority authority
  authority stranger
  put 644 "$NOTES/stranger.pem" /etc/exhibit/tls/stranger.pem
  put_server_certificate
  certificate alertmanager.example.com 'extendedKeyUsage=clientAuth'
  put 644 "$NOTES/authority.pem" /etc/exhibit/tls/authority.pem
  printf %s "$WEBHOOKS_SECRET" | put 600 - /etc/exhibit/secrets/webhooks
  rig_exec chown exhibit:exhibit /etc/exhibit/secrets/webhooks
  cp "$RIG_ROOT/etc/exhibit/exhibit.yaml" "$NOTES/plain.yaml"
  {
    printf '%s\n' 'listen:' '  tls:' '    certificate: /etc/exhibit/tls/server.pem' '    key: /etc/exhibit/tls/server.key' \
      '    client_ca: /etc/exhibit/tls/authority.pem' \
      '  certificates:' '    - {name: alertmanager.example.com, roles: [signal]}' '    - {name: laptop.example.com, roles: [read]}'
    sed 's|^  sources:$|&\n    - {name: standardwebhooks, secrets: [/etc/exhibit/secrets/webhooks]}|' "$NOTES/plain.yaml"
  } | put 644 - /etc/exhibit/exhibit.yaml
  rig_exec systemctl restart exhibit.service
  eventually 20 over_tls /healthz
}

# over_tls CURL-ARGUMENTS... PATH
over_tls() { rig_exec curl -sSf --max-time 20 --cacert /etc/exhibit/tls/authority.pem "${@:1:$#-1}" "https://localhost:9464${!#}"; }
# tls_status CURL-ARGUMENTS... PATH: the HTTP status; the body is in /root/body.
tls_status() {
  rig_exec curl -sS --max-time 20 --cacert /etc/exhibit/tls/authority.pem -o /root/body -w '%{http_code}' \
    "${@:1:$#-1}" "https://localhost:9464${!#}"
}
answer() { jq -er "$1" "$RIG_ROOT/root/body"; }

nobody_gets_in_without_tls_or_by_an_old_version() {
  fails 52 rig_exec curl -sS --max-time 5 http://127.0.0.1:9464/healthz
  fails 35 rig_exec curl -sS --max-time 5 --cacert /etc/exhibit/tls/authority.pem --tls-max 1.1 https://localhost:9464/healthz
  fails 60 rig_exec curl -sS --max-time 5 --cacert /etc/exhibit/tls/stranger.pem https://localhost:9464/healthz
  expect "no token" "$(tls_status /v1/incidents)" 401
  expect "a token" "$(tls_status -H "Authorization: Bearer $(noted token-sre)" /v1/incidents)" 200
}

alertmanager_opens_an_incident_by_its_certificate() {
  local name=alertmanager.example.com
  put 644 "$NOTES/$name.pem" /etc/prometheus/client.pem
  put 644 "$NOTES/$name.key" /etc/prometheus/client.key
  cp "$RIG_ROOT/etc/exhibit/tls/authority.pem" "$RIG_ROOT/etc/prometheus/authority.pem"
  sed -e 's|http://|https://|' -e '/authorization:/,$d' "$E2E/files/alertmanager.yml" |
    { cat; printf '%s\n' '          tls_config:' '            ca_file: /etc/prometheus/authority.pem' \
      '            cert_file: /etc/prometheus/client.pem' '            key_file: /etc/prometheus/client.key'; } |
    put 644 - /etc/prometheus/alertmanager.yml
  rig_exec systemctl reload prometheus-alertmanager.service
  amtool alert add BehindTLS service=tls severity=page --annotation=summary='seen through TLS'
  eventually 20 the_alert_has_opened_an_incident ||
    { rig_exec journalctl -q --no-pager -o cat -n 10 -u prometheus-alertmanager.service; return 1; }
}
the_alert_has_opened_an_incident() {
  api_socket '/v1/incidents?state=open' | jq -e '.incidents[] | select(.title | test("seen through TLS|BehindTLS"))'
}

grafana_opens_an_incident_by_its_signature() {
  local now signature
  now=$(date +%s)
  # The groups of the fixture opened an incident earlier; these are others.
  sed 's/"groupKey": *"[^"]*"/"groupKey":"tls"/' "$E2E/../Fixtures/signals/grafana-firing-v12.json" | body
  signature=$({ printf '%s:' "$now"; cat "$RIG_ROOT/root/request"; } |
    openssl dgst -sha256 -hmac "$(cat "$RIG_ROOT/etc/exhibit/secrets/grafana")" -r | cut -d' ' -f1)
  expect "signed" "$(tls_status -H "X-Grafana-Alerting-Signature: $signature" -H "X-Grafana-Alerting-Timestamp: $now" \
    --data-binary @/root/request /v1/signals/grafana)" 202
  the_answer_names_an_open_incident
}

pagerduty_opens_an_incident_by_its_published_vector() {
  fixture pagerduty-incident.priority_updated.signed.json
  expect "signed" "$(tls_status --data-binary @/root/request -H \
    "X-PagerDuty-Signature: v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd" /v1/signals/pagerduty)" 202
  the_answer_names_an_open_incident
}

# The published message is of 2021, and stale; its secret signs one of today.
a_standard_webhook_opens_an_incident_and_the_published_one_is_stale() {
  local id=msg_p5jXN8AQM9LWM0D4loKWxJek now signature key
  printf '{"test": 2432232314}' | body
  expect "published" "$(webhook "$id" 1614265330 g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=)" 401
  fixture standardwebhooks-incident.created.json
  now=$(date +%s)
  key=$(printf %s "${WEBHOOKS_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
  signature=$({ printf '%s.%s.' "$id" "$now"; cat "$RIG_ROOT/root/request"; } |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
  expect "of today" "$(webhook "$id" "$now" "$signature")" 202
  the_answer_names_an_open_incident
}
webhook() {
  tls_status -H "webhook-id: $1" -H "webhook-timestamp: $2" -H "webhook-signature: v1,$3" \
    --data-binary @/root/request /v1/signals/standardwebhooks
}
the_answer_names_an_open_incident() {
  local id
  id=$(answer .incident_id)
  expect "state" "$(api_socket "/v1/incidents/$id" | jq -r .state)" open
}

a_renewed_certificate_is_served_without_a_restart() {
  put_server_certificate
  eventually 30 the_new_certificate_is_served
}
the_new_certificate_is_served() {
  expect "certificate" "$(served_certificate)" "$(openssl x509 -in "$NOTES/web-1.pem" -noout -fingerprint -sha256)"
}
served_certificate() {
  rig_exec curl -sS --max-time 5 --cacert /etc/exhibit/tls/authority.pem -w '%{certs}' -o /dev/null https://localhost:9464/healthz |
    openssl x509 -noout -fingerprint -sha256
}

the_command_line_pulls_by_its_certificate() {
  local name=laptop.example.com incident
  certificate "$name" 'extendedKeyUsage=clientAuth'
  put 644 "$NOTES/$name.pem" /root/laptop.pem
  put 600 "$NOTES/$name.key" /root/laptop.key
  local from_afar=(--server https://127.0.0.1:9464 --cert /root/laptop.pem --cert-key /root/laptop.key)
  fails 77 rig_exec exhibit incidents "${from_afar[@]}"
  from_afar+=(--cacert /etc/exhibit/tls/authority.pem)
  incident=$(rig_exec exhibit incidents --json "${from_afar[@]}" |
    jq -er '[.[] | select(any(.captures[]; .bundle))][0].id')
  rig_exec exhibit pull "$incident" "${from_afar[@]}" -o /root/from-afar.tar.gz
  rig_exec exhibit verify /root/from-afar.tar.gz
  # A reader asks for nothing.
  fails 77 rig_exec exhibit capture --incident "$incident" "${from_afar[@]}"
}

must the_agent_starts_with_tls
check nobody_gets_in_without_tls_or_by_an_old_version
check the_command_line_pulls_by_its_certificate
check alertmanager_opens_an_incident_by_its_certificate
check grafana_opens_an_incident_by_its_signature
check pagerduty_opens_an_incident_by_its_published_vector
check a_standard_webhook_opens_an_incident_and_the_published_one_is_stale
check a_renewed_certificate_is_served_without_a_restart
# The acts to come ask over plain HTTP again.
cp "$NOTES/plain.yaml" "$RIG_ROOT/etc/exhibit/exhibit.yaml"
rig_exec systemctl restart exhibit.service
eventually 20 ready
