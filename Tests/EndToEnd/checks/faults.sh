# shellcheck shell=bash
# Act 9: hostile paths, kills, reloads, a full disk.

say "Faults"

# After the first scan, so that they are changes; by the shell in the container, whose bytes are the names.
hostile_paths_appear_under_etc() {
  mkdir -p "$RIG_ROOT/etc/hostile"
  cd "$RIG_ROOT/etc/hostile" || return
  mkfifo pipe
  truncate -s 10G sparse.img
  ln -s loop-b loop-a
  ln -s loop-a loop-b
  ln -s . self
  echo 'x = 1' >$'invalid-\xff\xfe.conf'
  echo 'x = 1' >$'line\nbreak.conf'
  echo 'x = 1' >'100%.conf'
  echo 'x = 1' >unreadable.conf
  chmod 0 unreadable.conf
  mkdir -m 0 unreadable.d
}

a_capture_by_hand_gets_past_hostile_paths() {
  manual INC-HOSTILE
  python3 -m bagit --validate --quiet "$NOTES/INC-HOSTILE"
  "$EXHIBIT" verify "$RIG_ROOT/root/INC-HOSTILE.tar.gz"
}

hostile_paths_are_recorded_and_not_followed() {
  local name changes=$NOTES/INC-HOSTILE/data/config/changes.jsonl
  jq -e . "$changes" >/dev/null
  for name in pipe sparse.img loop-a self invalid- break.conf 100 unreadable.conf; do
    grep -F "hostile/" "$changes" | grep -F "$name" >/dev/null || { echo "not recorded: $name"; return 1; }
  done
  [ "$(stat -c %s "$RIG_ROOT/root/INC-HOSTILE.tar.gz")" -lt 50000000 ]
}

what_could_not_be_read_is_a_named_gap() {
  jq -e '[.gaps[] | select(.cause == "permission")] | length > 0' "$NOTES/INC-HOSTILE/data/evidence.json"
}

a_secret_in_a_title_is_redacted() {
  find_secrets "$NOTES/secrets" "$NOTES/INC-HOSTILE" "$RIG_ROOT/var/lib/exhibit"
  grep -rF '[REDACTED:' "$NOTES/INC-HOSTILE/data/incident.json"
}

# Long enough for a capture to be caught in its middle.
a_service_logs_150000_lines() {
  rig_sh 'seq -f "burst line %.0f of a service that cannot stop talking, with some text to fill it" 150000 |
    systemd-cat -t burst; journalctl --sync'
}

a_kill_in_mid_capture_loses_nothing() {
  request_capture INC-KILL
  eventually 10 capture_is INC-KILL running
  rig_exec systemctl kill -s KILL exhibit.service
  visible_bundles_are_whole
  eventually 30 ready
  eventually 90 capture_is INC-KILL "done"
  expect "attempts" "$(api_socket /v1/incidents/INC-KILL | jq -r '.captures[-1].attempts')" 2
  expect "bundles" "$(find "$RIG_ROOT/var/lib/exhibit/bundles" -name 'INC-KILL--*.tar.gz' | wc -l)" 1
  visible_bundles_are_whole
}
visible_bundles_are_whole() {
  local bundle
  while read -r bundle; do
    "$EXHIBIT" verify "$bundle" >/dev/null || { echo "not whole: $bundle"; return 1; }
  done < <(find "$RIG_ROOT/var/lib/exhibit/bundles" -name '*.tar.gz')
}

nothing_of_the_killed_capture_is_left_behind() {
  expect "spooled files" "$(find "$RIG_ROOT/var/lib/exhibit" -name '*.part' | wc -l)" 0
}

sighup_takes_a_good_configuration() {
  put_token intruder newcomer
  sed -i 's|^config_history:|  - {name: newcomer, roles: [read], file: /etc/exhibit/tokens/newcomer}\n&|' \
    "$RIG_ROOT/etc/exhibit/exhibit.yaml"
  rig_exec systemctl reload exhibit.service
  eventually 10 newcomer_may_read
}
newcomer_may_read() { expect "newcomer" "$(api_status intruder /v1/incidents)" 200; }

sighup_refuses_a_bad_configuration_and_keeps_the_old_one() {
  echo 'retenton: 5' >>"$RIG_ROOT/etc/exhibit/exhibit.yaml"
  rig_exec systemctl reload exhibit.service || true
  eventually 10 the_refusal_is_logged
  expect "state" "$(rig_exec systemctl is-active exhibit.service)" active
  newcomer_may_read
}
the_refusal_is_logged() { rig_sh 'journalctl -q --no-pager -o json -u exhibit.service' | grep -F 'retenton' >/dev/null; }

sigterm_in_mid_capture_stops_within_the_deadline() {
  local before=$SECONDS
  request_capture INC-STOP
  eventually 10 capture_is INC-STOP running
  rig_exec systemctl stop exhibit.service
  expect "result" "$(rig_exec systemctl show -P Result exhibit.service)" success
  [ $((SECONDS - before)) -le 30 ] || { echo "took $((SECONDS - before)) s"; return 1; }
  visible_bundles_are_whole
  rig_exec systemctl start exhibit.service
  eventually 90 capture_is INC-STOP "done"
}

# A small file system as state folder, above the disk floor (16 MiB) when the capture begins, and filled by somebody
# else in the middle of it.
a_full_disk_fails_the_capture_with_its_cause() {
  rig_sh 'systemctl stop exhibit.service
    mount -t tmpfs -o size=64m,mode=0700 tmpfs /var/lib/exhibit
    chown exhibit:exhibit /var/lib/exhibit
    systemctl start exhibit.service'
  eventually 20 ready
  eventually 20 scanned_files
  request_capture INC-FULL
  eventually 10 capture_is INC-FULL running
  rig_sh 'dd if=/dev/zero of=/var/lib/exhibit/ballast bs=1M status=none || true'
  eventually 90 the_capture_names_the_full_disk
  expect "state" "$(rig_exec systemctl is-active exhibit.service)" active
  expect "bundles" "$(rig_sh 'find /var/lib/exhibit/bundles -name "*.tar.gz" | wc -l')" 0
}
the_capture_names_the_full_disk() {
  api_socket /v1/incidents/INC-FULL | jq -e '.captures[-1].error | strings | test("disk-full")'
}

the_capture_is_retried_once_there_is_space() {
  rig_exec rm /var/lib/exhibit/ballast
  eventually 120 capture_is INC-FULL "done"
  rig_sh 'cp /var/lib/exhibit/bundles/INC-FULL--*.tar.gz /root/full.tar.gz'
  "$EXHIBIT" verify "$RIG_ROOT/root/full.tar.gz"
}

# The whole of it, before the signal comes: neither the database nor the bundle has room without the reserve.
a_signal_on_a_full_disk_is_taken_in_and_captured() {
  rig_sh 'systemctl stop exhibit.service
    umount /var/lib/exhibit
    mount -t tmpfs -o size=96m,mode=0700 tmpfs /var/lib/exhibit
    chown exhibit:exhibit /var/lib/exhibit'
  sed -i 's|^bundles:|&\n  reserve: 32MiB|' "$RIG_ROOT/etc/exhibit/exhibit.yaml"
  rig_sh 'systemctl start exhibit.service'
  eventually 20 ready
  eventually 20 reserved 33554432
  rig_sh 'dd if=/dev/zero of=/var/lib/exhibit/ballast bs=1M status=none || true'
  echo '{"incident_id": "INC-DISK", "title": "the disk is full"}' | put 644 - /root/request
  expect "status" "$(api_status alertmanager --data-binary @/root/request /v1/signals/generic)" 202
  eventually 90 capture_is INC-DISK "done"
  reserved 0
  rig_sh 'cp /var/lib/exhibit/bundles/INC-DISK--*.tar.gz /root/disk.tar.gz'
  "$EXHIBIT" verify "$RIG_ROOT/root/disk.tar.gz"
}
reserved() { expect "reserve" "$(api "" /metrics | awk '$1 == "exhibit_reserve_bytes" { printf "%d", $2 }')" "$1"; }

the_reserve_is_made_again_when_there_is_room() {
  rig_exec rm /var/lib/exhibit/ballast
  eventually 90 reserved 33554432
}

the_last_word_is_that_no_secret_leaked() {
  rig_sh 'journalctl -q --no-pager -a -o export -u exhibit.service' >"$NOTES/agent.log"
  find_secrets "$NOTES/secrets" "$NOTES/agent.log" "$RIG_ROOT/var/lib/exhibit"
}

check hostile_paths_appear_under_etc
check a_capture_by_hand_gets_past_hostile_paths
check hostile_paths_are_recorded_and_not_followed
check what_could_not_be_read_is_a_named_gap
check a_secret_in_a_title_is_redacted
check a_service_logs_150000_lines
check a_kill_in_mid_capture_loses_nothing
check nothing_of_the_killed_capture_is_left_behind
check sighup_takes_a_good_configuration
cp "$RIG_ROOT/etc/exhibit/exhibit.yaml" "$NOTES/good.yaml"
check sighup_refuses_a_bad_configuration_and_keeps_the_old_one
cp "$NOTES/good.yaml" "$RIG_ROOT/etc/exhibit/exhibit.yaml"
check sigterm_in_mid_capture_stops_within_the_deadline
check a_full_disk_fails_the_capture_with_its_cause
check the_capture_is_retried_once_there_is_space
check a_signal_on_a_full_disk_is_taken_in_and_captured
check the_reserve_is_made_again_when_there_is_room
rig_sh 'systemctl stop exhibit.service; umount /var/lib/exhibit || true; systemctl start exhibit.service'
check the_last_word_is_that_no_secret_leaked
