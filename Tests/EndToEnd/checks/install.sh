# shellcheck shell=bash
# Act 1: install, boot, ready.

say "Install and boot"

make_secrets
make_tokens() {
  local name
  for name in alertmanager pipeline sre intruder github; do
    SECRET["token_$name"]=$(random_text "$ALNUM" 40)
    printf %s "${SECRET["token_$name"]}" | note "token-$name"
  done
}
make_tokens
# Published with PagerDuty's own library, with the signature that Tests/Fixtures/signals/signature-vectors.json has.
PAGERDUTY_SECRET=lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK
SECRET["grafana"]=$(random_text "$ALNUM" 40)
printf %s "${SECRET["grafana"]}" | note secret-grafana
write_secrets "$NOTES/secrets"

# put MODE SOURCE PATH: into the container; SOURCE - reads stdin.
put() {
  mkdir -p "$(dirname "$RIG_ROOT$3")"
  if [ "$2" = - ]; then cat >"$RIG_ROOT$3"; else cp "$2" "$RIG_ROOT$3"; fi
  chmod "$1" "$RIG_ROOT$3"
}

lay_out_the_host() {
  cp -a "$STAGE/." "$RIG_ROOT/"
  put 644 "$E2E/files/exhibit.yaml" /etc/exhibit/exhibit.yaml
  put 644 "$E2E/files/exhibit-credentials.conf" /etc/systemd/system/exhibit.service.d/credentials.conf
  noted token-alertmanager | put 600 - /root/exhibit-credentials/alertmanager
  printf %s "$PAGERDUTY_SECRET" | put 600 - /root/exhibit-credentials/pagerduty
  noted token-github | put 600 - /root/exhibit-credentials/github
  printf 'd /var/spool/exhibit 0770 exhibit exhibit\n' | put 644 - /etc/tmpfiles.d/exhibit-drop.conf
  # The journal keeps every line, also of the burst in the last act.
  printf '[Journal]\nRateLimitBurst=0\n' | put 644 - /etc/systemd/journald.conf.d/all.conf

  put 755 "$E2E/files/checkout" /opt/checkout/checkout
  fill_template "$E2E/files/checkout.log" | put 644 - /opt/checkout/start.log
  put 644 "$E2E/files/checkout-failure.log" /opt/checkout/failure.log
  fill_template "$E2E/files/checkout.service" | put 644 - /etc/systemd/system/checkout.service
  fill_template "$E2E/files/app.yaml" | put 644 - /etc/checkout/app.yaml
  fill_template "$E2E/files/legacy.ini" | put 644 - /etc/checkout/legacy.ini

  printf 'color = blue\nfont = serif\n' | put 644 - /etc/shop/theme.conf
  printf '[Service]\nExecStart=/bin/sleep infinity\n' | put 644 - /etc/systemd/system/shop.service

  put 644 "$E2E/files/alertmanager.yml" /etc/prometheus/alertmanager.yml
  echo 'ARGS="--web.listen-address=127.0.0.1:9093 --cluster.listen-address="' |
    put 644 - /etc/default/prometheus-alertmanager
  noted token-alertmanager | put 644 - /var/lib/prometheus/exhibit-token
}

the_staged_install_holds_all_parts() {
  local part
  for part in usr/bin/exhibit usr/lib/systemd/system/exhibit.service \
    usr/lib/systemd/system/exhibit-freeze.socket usr/lib/systemd/system/exhibit-freeze.service usr/lib/sysusers.d/exhibit.conf \
    usr/lib/tmpfiles.d/exhibit.conf etc/exhibit/exhibit.yaml \
    usr/share/bash-completion/completions/exhibit; do
    [ -e "$STAGE/$part" ] || { echo "missing: $part"; return 1; }
  done
}

systemd_boots_in_the_container() { expect "system state" "$(rig_exec systemctl is-system-running)" running; }

sysusers_and_tmpfiles_made_the_user_and_its_folders() {
  rig_exec id exhibit
  rig_exec test -d /var/lib/exhibit
  rig_exec test -d /etc/exhibit/secrets
}

# The agent's user may read a token file, and nobody else.
put_token() {
  noted "token-$1" | put 600 - "/etc/exhibit/tokens/$2"
  rig_exec chown exhibit:exhibit "/etc/exhibit/tokens/$2"
}

UNITS=(exhibit.service exhibit-freeze.socket exhibit-freeze.service)
the_unit_files_are_valid() { expect "systemd-analyze verify" "$(rig_exec systemd-analyze verify "${UNITS[@]}" 2>&1)" ""; }

the_units_are_hardened_to_an_exposure_of_at_most_1_5() {
  rig_exec systemd-analyze security --no-pager --threshold=15 exhibit.service
  rig_exec systemd-analyze security --no-pager --threshold=15 exhibit-freeze.service
}

# With the credentials where the unit would have them.
the_configuration_is_valid() {
  rig_exec env CREDENTIALS_DIRECTORY=/root/exhibit-credentials exhibit config check
}

the_agent_starts_and_tells_systemd_that_it_is_ready() {
  rig_exec systemctl start exhibit.service
  expect "state" "$(rig_exec systemctl is-active exhibit.service)" active
  expect "type" "$(rig_exec systemctl show -P Type exhibit.service)" notify
  expect_match "status text" "$(rig_exec systemctl show -P StatusText exhibit.service)" '.+'
}

health_and_readiness_are_answered_without_a_token() {
  expect "healthz" "$(api_status "" /healthz)" 200
  eventually 20 ready
}
ready() { expect "readyz" "$(api_status "" /readyz)" 200; }

# The history begins here: what changes after this is a change.
the_first_scan_of_the_configuration_is_over() { eventually 20 scanned_files; }
scanned_files() { api "" /metrics | grep -E '^exhibit_config_scan_files [1-9]'; }

# Exits with 1 where evidence would be missing.
the_doctor_finds_no_problem() { exhibit doctor >"$NOTES/doctor" && grep -E '^(✓|!) journal ' "$NOTES/doctor"; }

the_agent_runs_as_its_own_user() {
  expect "user" "$(rig_exec ps -o user= -p "$(rig_exec systemctl show -P MainPID exhibit.service)")" exhibit
}

rig_mount
lay_out_the_host
check the_staged_install_holds_all_parts
if ! rig_boot; then finish; fi
must systemd_boots_in_the_container
must sysusers_and_tmpfiles_made_the_user_and_its_folders
put_token pipeline pipeline
put_token sre sre
noted secret-grafana | put 600 - /etc/exhibit/secrets/grafana
rig_exec chown exhibit:exhibit /etc/exhibit/secrets/grafana
check the_unit_files_are_valid
check the_units_are_hardened_to_an_exposure_of_at_most_1_5
must the_configuration_is_valid
must the_agent_starts_and_tells_systemd_that_it_is_ready
must health_and_readiness_are_answered_without_a_token
must the_first_scan_of_the_configuration_is_over
check the_agent_runs_as_its_own_user
check the_doctor_finds_no_problem
