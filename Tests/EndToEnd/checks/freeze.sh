# shellcheck shell=bash
# Act 7: journald rotates and deletes between the signal and the reading.

say "The journal at the signal"

# A disk that is nearly full keeps a capture waiting for as long as the test likes, after its signal was accepted: a
# state folder of 64 MiB, and a disk floor of 16 MiB.
captures_have_to_wait() {
  rig_sh 'systemctl stop exhibit.service
    mount -t tmpfs -o size=64m,mode=0700 tmpfs /var/lib/exhibit
    chown exhibit:exhibit /var/lib/exhibit
    systemctl start exhibit.service'
  eventually 20 ready
  eventually 20 scanned_files
  # shellcheck disable=SC2016
  rig_sh 'dd if=/dev/zero of=/var/lib/exhibit/ballast bs=1M count=$(($(stat -f -c "%a * %S" /var/lib/exhibit) / 1048576 - 10)) status=none'
}

# In the main journal and in one of its namespaces.
a_service_logs_400_lines() {
  rig_sh "seq -f 'marker-$1 %.0f' 300 | systemd-cat -t freeze-test
    systemd-run --quiet --wait -p LogNamespace=orders bash -c \"seq -f 'marker-$1 of orders %.0f' 100\""
}

a_signal_pins_the_journal_before_its_capture_begins() {
  captures_have_to_wait
  a_service_logs_400_lines first
  request_capture INC-FREEZE
  eventually 10 links_are_there
  eventually 10 capture_is INC-FREEZE queued
  expect "files of others in the folder" \
    "$(rig_sh 'find /var/log/journal/.exhibit ! -group systemd-journal | wc -l')" 0
}
links() { rig_sh 'find /var/log/journal/.exhibit /run/log/journal/.exhibit -name "*.journal" 2>/dev/null || true'; }
links_are_there() { [ "$(links | wc -l)" -ge 2 ]; }
no_link_is_there() { expect "links" "$(links)" ""; }

vacuum() {
  # shellcheck disable=SC2016
  rig_sh 'for option in "" --namespace=orders; do
    journalctl $option --rotate
    journalctl $option --vacuum-size=1 --vacuum-files=1
  done'
}
in_the_journal() {
  rig_sh "{ journalctl -q --no-pager -o cat; journalctl -q --no-pager -o cat --namespace=orders; } | grep -c '^$1' || true"
}

# journalctl reads no link, and its vacuum takes none.
journald_rotates_and_deletes_all_of_it() {
  expect "markers before" "$(in_the_journal 'marker-first')" 400
  vacuum
  expect "markers after" "$(in_the_journal 'marker-first')" 0
  links_are_there
  rig_exec systemctl is-active exhibit.service
}

# The freeze outlives the agent.
the_agent_is_killed_and_starts_again() {
  rig_exec systemctl kill -s KILL exhibit.service
  eventually 30 ready
  links_are_there
}

the_bundle_has_every_entry_of_the_window() {
  rig_exec rm /var/lib/exhibit/ballast
  eventually 120 capture_is INC-FREEZE "done"
  unpack_of INC-FREEZE
  local data=$NOTES/INC-FREEZE/data
  expect "entries" "$(markers first "$data" | wc -l)" 400
  expect "distinct entries" "$(markers first "$data" | sort -u | wc -l)" 400
  # The host is younger than the window; that is all that the journal lacks.
  jq -e '[.gaps[] | select(.artifact == "logs/journal.jsonl") | .cause] | . == ["history-start"]' "$data/evidence.json" ||
    { jq '.gaps[] | select(.artifact == "logs/journal.jsonl")' "$data/evidence.json"; return 1; }
  jq -e '.journal_freeze | .sync == "done" and .linked >= 2 and .unpinned == 0 and .copied == 0 and .notes == []' \
    "$data/evidence.json"
}
markers() { jq -r --arg start "marker-$1 " '.MESSAGE | strings | select(startswith($start))' "$2/logs/journal.jsonl"; }
unpack_of() {
  exhibit pull "$1" -o "/root/$1.tar.gz" >/dev/null
  "$EXHIBIT" verify "$RIG_ROOT/root/$1.tar.gz" >/dev/null
  mkdir -p "$NOTES/$1"
  tar -xzf "$RIG_ROOT/root/$1.tar.gz" -C "$NOTES/$1" --strip-components=1
}

after_the_sealing_no_link_is_left() {
  eventually 10 no_link_is_there
  expect "folder" "$(rig_sh 'ls -d /var/log/journal/.exhibit 2>/dev/null || true')" ""
  expect "records" "$(rig_sh 'ls /var/lib/exhibit/freezes')" ""
}

the_freeze_is_held_and_counted() {
  api "" /metrics | grep -E '^exhibit_journal_freeze_files_total\{method="link"\} [1-9]'
  api "" /metrics | grep -E '^exhibit_journal_freezes_total\{sync="done"\} 1'
  api "" /metrics | grep -E '^exhibit_journal_freezes_held 1'
}
the_bytes_that_it_kept_are_counted() {
  api "" /metrics | grep -E '^exhibit_journal_released_bytes_total [1-9]'
  api "" /metrics | grep -E '^exhibit_journal_freezes_held 0'
}

# A user who may not speak to the agent may not speak to its helper either.
the_helper_serves_the_agent_alone_and_ends_when_idle() {
  expect "socket" "$(rig_exec stat -c '%U:%G %a' /run/exhibit-freeze.sock)" "root:exhibit 660"
  eventually 40 the_helper_has_ended
  rig_exec systemctl is-active exhibit-freeze.socket
}
the_helper_has_ended() { expect "state" "$(rig_exec systemctl show -P ActiveState exhibit-freeze.service)" inactive; }

without_the_helper_the_files_are_copied_and_the_bundle_says_so() {
  rig_exec systemctl stop exhibit-freeze.socket exhibit-freeze.service
  a_service_logs_400_lines second
  request_capture INC-COPY
  eventually 90 capture_is INC-COPY "done"
  unpack_of INC-COPY
  local data=$NOTES/INC-COPY/data
  expect "entries" "$(markers second "$data" | wc -l)" 400
  jq -e '.journal_freeze | .sync == "refused" and .linked == 0 and .copied >= 1 and (.notes | length) > 0' \
    "$data/evidence.json"
  expect "copies" "$(rig_sh 'ls /var/lib/exhibit/freezes')" ""
  rig_exec systemctl start exhibit-freeze.socket
}

check a_signal_pins_the_journal_before_its_capture_begins
check the_freeze_is_held_and_counted
check journald_rotates_and_deletes_all_of_it
check the_agent_is_killed_and_starts_again
check the_bundle_has_every_entry_of_the_window
check after_the_sealing_no_link_is_left
check the_bytes_that_it_kept_are_counted
check the_helper_serves_the_agent_alone_and_ends_when_idle
check without_the_helper_the_files_are_copied_and_the_bundle_says_so
rig_sh 'systemctl stop exhibit.service; umount /var/lib/exhibit || true; systemctl start exhibit.service'
eventually 20 ready
