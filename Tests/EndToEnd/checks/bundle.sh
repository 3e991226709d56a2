# shellcheck shell=bash
# Act 3: the bundle is opened, on this machine, with the tools that SREs have, and its content is read.

say "The bundle"

BUNDLE=$NOTES/bundle.tar.gz
UNPACKED=$NOTES/unpacked
# GNU tar unpacks it; every later check reads the one folder in it.
gnu_tar_unpacks_one_folder_named_as_the_bundle() {
  mkdir -p "$UNPACKED"
  tar -xzf "$BUNDLE" -C "$UNPACKED"
  expect "top folders" "$(find "$UNPACKED" -mindepth 1 -maxdepth 1 | wc -l)" 1
  basename "$UNPACKED"/* | note name
  expect_match "name" "$(noted name)" "^$(noted incident)--web-1--[0-9]{3}-opened$"
}
bag() { echo "$UNPACKED/$(noted name)${1:+/$1}"; }
gzip_finds_nothing_wrong() { gzip -t "$BUNDLE"; }
tar_entries_carry_no_user_and_no_odd_mode() {
  local odd
  odd=$(tar --numeric-owner -tvzf "$BUNDLE" | grep -vE '^(-rw-r--r--|drwxr-xr-x) 0/0 ' || true)
  expect "other entries" "$odd" ""
}
bagit_validates_the_bag() { python3 -m bagit --validate "$(bag)"; }

ssh_keygen_verifies_the_seal() {
  cp "$RIG_ROOT/var/lib/exhibit/allowed_signers" "$RIG_ROOT/var/lib/exhibit/sealing.pub" "$NOTES/"
  ssh-keygen -Y verify -f "$NOTES/allowed_signers" -I exhibit -n exhibit-evidence \
    -s "$(bag tagmanifest-sha256.txt.sig)" <"$(bag tagmanifest-sha256.txt)"
}

exhibit_verify_accepts_it() {
  "$EXHIBIT" verify "$BUNDLE" --signers "$NOTES/allowed_signers"
  "$EXHIBIT" verify "$BUNDLE" --key "$NOTES/sealing.pub"
  "$EXHIBIT" verify "$BUNDLE" --json | jq -e .
}

exhibit_verify_refuses_the_signature_of_another_host() {
  ssh-keygen -q -t ed25519 -N '' -f "$NOTES/other"
  fails 1 "$EXHIBIT" verify "$BUNDLE" --key "$NOTES/other.pub"
}

a_flipped_byte_anywhere_fails_verification_with_its_place() {
  local size offset output
  size=$(stat -c %s "$BUNDLE")
  for offset in 0 3 9 $((size / 3)) $((size / 2)) $((size - 60)) $((size - 1)) $((SRANDOM % size)); do
    python3 "$E2E/flip_byte.py" "$BUNDLE" "$offset" >"$NOTES/flipped.tar.gz"
    output=$(fails 1 "$EXHIBIT" verify "$NOTES/flipped.tar.gz" 2>&1) ||
      { printf 'byte %s: %s\n' "$offset" "$output"; return 1; }
    [ -n "$output" ] || { echo "byte $offset: no word about where"; return 1; }
  done
}

every_json_file_parses() {
  local file
  find "$(bag data)" -name '*.json' -o -name '*.jsonl' | note json-files
  [ "$(wc -l <"$NOTES/json-files")" -ge 6 ]
  while read -r file; do jq -e . "$file" >/dev/null || { echo "$file"; return 1; }; done <"$NOTES/json-files"
}

every_json_file_fits_its_published_schema() { python3 "$E2E/check_schemas.py" "$(bag)" "$E2E/../../docs/schema"; }

entries() { jq -c "select($1)" "$(bag data/logs/journal.jsonl)"; }
# The lines of the service, in order, without those that held a secret.
the_log_lines_of_the_service_are_there() {
  local line
  for line in 'starting checkout 2.31.0 on port 8443' 'cache warm: 1532 products in 0.31s ✓' \
    'pool exhausted: 5 of 5 connections busy, 212 waiting' 'giving up after 3 attempts'; do
    entries "._SYSTEMD_UNIT == \"checkout.service\" and .MESSAGE == \"$line\"" | grep . >/dev/null ||
      { echo "missing: $line"; return 1; }
  done
}

# By the cursors, which exhibit logs makes of the parts that the lines have: all of them, in journalctl's order.
the_journal_has_the_entries_that_journalctl_shows() {
  local first last records
  records=$(jq '.artifacts[] | select(.path == "logs/journal.jsonl") | .records' "$(bag data/evidence.json)")
  "$EXHIBIT" logs "$BUNDLE" -o json | jq -r .__CURSOR | note cursors
  first=$(head -n 1 "$NOTES/cursors")
  last=$(tail -n 1 "$NOTES/cursors")
  expect "records" "$(wc -l <"$NOTES/cursors")" "$records"
  rig_sh "journalctl -q --no-pager -o json --cursor='$first' >/root/journal.json"
  jq -r .__CURSOR "$RIG_ROOT/root/journal.json" | awk -v last="$last" '{ print } $0 == last { exit }' |
    note journalctl-cursors
  diff "$NOTES/journalctl-cursors" "$NOTES/cursors"
}

secrets_became_tokens_in_place() {
  local kept
  for kept in 'connecting to postgres://checkout:\[REDACTED:[a-z0-9-]+:[a-z2-7]+\]@db-1.internal:5432/shop' \
    'Authorization: Bearer \[REDACTED:' '"user\\*":\\*"svc-cart' 'tenant t-42'; do
    entries '._SYSTEMD_UNIT == "checkout.service"' | grep -E "$kept" >/dev/null || { echo "missing: $kept"; return 1; }
  done
}

the_config_diff_shows_what_changed() {
  local patch
  patch=$(bag data/config/changes.patch)
  grep -x -- '-pool_size: 50' "$patch"
  grep -x -- '+pool_size: 5' "$patch"
  # The old and the new password are two different tokens: a rotated secret shows as a change.
  grep -E -- '^-  password: "\[REDACTED:' "$patch"
  grep -E -- '^\+  password: "\[REDACTED:' "$patch"
  grep -F -- '+retry: off' "$patch"
  grep -F 'legacy.ini' "$patch"
}

# The patch leads from the old tree to the current one, so taken back from the current one it gives the old tree.
git_applies_the_config_patch() {
  local tree=$NOTES/config
  cp -r "$(bag data/config/current)" "$tree"
  cd "$tree" || return
  git init -q
  git apply --check -R "$(bag data/config/changes.patch)"
  git apply -R "$(bag data/config/changes.patch)"
  grep -rx 'pool_size: 50' .
  git apply --check "$(bag data/config/changes.patch)"
  git apply "$(bag data/config/changes.patch)"
  rm -rf .git
  diff -r "$(bag data/config/current)" .
}

patch_applies_the_config_patch() {
  local tree=$NOTES/patched
  cp -r "$(bag data/config/current)" "$tree"
  patch -d "$tree" -p1 -R --no-backup-if-mismatch <"$(bag data/config/changes.patch)"
  patch -d "$tree" -p1 --dry-run <"$(bag data/config/changes.patch)"
}

# place JQ-FILTER: the line of the first such event in the timeline.
place() { jq -c "$1" "$(bag data/timeline.jsonl)" | awk '/true/ && !n { n = NR } END { print n; exit !n }'; }
the_timeline_tells_the_story_in_order() {
  local kind before=0 here
  for kind in '.kind == "package" and (.message | test("checkout-fonts"))' \
    '.kind == "deploy" and (.message | test("checkout"))' \
    '.kind == "config" and (.message | test("app.yaml"))' \
    '.kind == "unit.failed" and (.message | test("checkout"))' \
    '.kind == "incident.opened"'; do
    here=$(place "$kind") || { echo "not in the timeline: $kind"; return 1; }
    [ "$here" -gt "$before" ] || { echo "too early ($here, after $before): $kind"; return 1; }
    before=$here
  done
}

the_timeline_is_chronological_and_fit_for_timesketch() {
  jq -se 'map(.timestamp) == (map(.timestamp) | sort)' "$(bag data/timeline.jsonl)" >/dev/null
  jq -se 'all(.message and .datetime and .timestamp_desc and .kind)' "$(bag data/timeline.jsonl)" >/dev/null
}

the_timeline_for_people_names_the_same_events() {
  local word
  for word in checkout-fonts 2.32.0 app.yaml checkout.service; do
    grep -qF "$word" "$(bag data/timeline.md)" || { echo "missing: $word"; return 1; }
  done
}

deploys_and_packages_are_recorded() {
  local deploys
  deploys=$(bag data/deploys/deploys.jsonl)
  jq -se 'map(.subject.id + " " + .customData.version[:7]) | sort
    == ["cart 3.2", "checkout 2.32.0", "search 4f1c2aa", "stock 7.0.0", "stock 7.0.1"]' "$deploys"
  jq -se '(map(select(.customData.baseline)) | map(.customData.version)) == ["7.0.0"]' "$deploys"
  jq -se 'any(.subject.id == "stock" and .customData.previous_version == "7.0.0")' "$deploys"
  jq -se 'any(.customData.deploy_id == "github:shop/search/918")' "$deploys"
  jq -se 'any(.kind == "unit.reloaded" and (.message | test("daemon-reload")))' "$(bag data/timeline.jsonl)"
  jq -se 'any(.package == "checkout-fonts" and .new_version == "1.4-1")' "$(bag data/deploys/packages.jsonl)"
}

what_changed_before_it_broke_is_ranked_with_reasons() {
  local ranked
  ranked=$(bag data/ranked-changes.jsonl)
  jq -se '.[0].rank == 1 and .[0].kind == "deploy" and .[0].service == "checkout"' "$ranked"
  jq -se 'any(.kind == "config" and (.message | test("app.yaml")))' "$ranked"
  jq -se 'all(.points == (.reasons | map(.points) | add))' "$ranked"
  grep -F 'What changed before it broke' "$(bag data/timeline.md)"
}

evidence_json_accounts_for_every_artifact() {
  local evidence
  evidence=$(bag data/evidence.json)
  expect "format" "$(jq .format "$evidence")" 1
  jq -e '.completeness.ratio > 0 and .completeness.ratio <= 1' "$evidence"
  jq -e '.redaction.total >= 15' "$evidence"
  jq -er '.artifacts[] | [.path, .bytes, .sha256] | @tsv' "$evidence" | note artifacts
  local path bytes sha256
  while IFS=$'\t' read -r path bytes sha256; do
    [ -n "$sha256" ] || continue
    expect "$path bytes" "$(stat -c %s "$(bag "data/${path#data/}")")" "$bytes"
    expect "$path sha256" "$(sha256sum "$(bag "data/${path#data/}")" | cut -d' ' -f1)" "$sha256"
  done <"$NOTES/artifacts"
}

every_gap_has_a_cause_and_no_artifact_failed() {
  jq -e 'all(.gaps[]; .artifact and .cause)' "$(bag data/evidence.json)"
  jq -e 'all(.artifacts[]; .state != "missing")' "$(bag data/evidence.json)" ||
    { jq -c '.artifacts[] | select(.state == "missing"), (.gaps? // empty)' "$(bag data/evidence.json)"; return 1; }
}

exhibit_reads_logs_and_timeline_from_the_file() {
  "$EXHIBIT" logs "$BUNDLE" -u checkout.service | grep -F 'pool exhausted'
  "$EXHIBIT" logs "$BUNDLE" -u checkout.service -o json | jq -es 'length > 10' >/dev/null
  "$EXHIBIT" timeline "$BUNDLE" | grep -F app.yaml
  "$EXHIBIT" timeline "$BUNDLE" --json | jq -es 'length > 4' >/dev/null
}

# journalctl itself reads what we export.
systemd_journal_remote_imports_the_exported_logs() {
  "$EXHIBIT" logs "$BUNDLE" -u checkout.service -o export |
    /lib/systemd/systemd-journal-remote --split-mode=none -o "$NOTES/imported.journal" -
  journalctl --no-pager -q --file "$NOTES/imported.journal" -o cat | grep -F 'pool exhausted'
}

no_planted_secret_is_in_the_bundle() { find_secrets "$NOTES/secrets" "$UNPACKED"; }
no_planted_secret_is_in_the_state_folder() { find_secrets "$NOTES/secrets" "$RIG_ROOT/var/lib/exhibit"; }
no_planted_secret_is_in_the_agents_own_log() {
  rig_sh 'journalctl -q --no-pager -a -o export -u exhibit.service' >"$NOTES/agent.log"
  [ -s "$NOTES/agent.log" ]
  find_secrets "$NOTES/secrets" "$NOTES/agent.log"
}
# The check above means something only if the secrets were there to be captured.
the_planted_secrets_were_in_the_journal() {
  local name
  rig_sh 'journalctl -q --no-pager -a -o json -u checkout.service' >"$NOTES/raw.json"
  for name in env_password bearer pem_2 aws_key jwt command_password; do
    grep -qF "$(secret_of "$name")" "$NOTES/raw.json" || { echo "not planted: $name"; return 1; }
  done
}

must gnu_tar_unpacks_one_folder_named_as_the_bundle
check gzip_finds_nothing_wrong
check tar_entries_carry_no_user_and_no_odd_mode
check bagit_validates_the_bag
check ssh_keygen_verifies_the_seal
check exhibit_verify_accepts_it
check exhibit_verify_refuses_the_signature_of_another_host
check a_flipped_byte_anywhere_fails_verification_with_its_place
check every_json_file_parses
check every_json_file_fits_its_published_schema
check the_log_lines_of_the_service_are_there
check the_journal_has_the_entries_that_journalctl_shows
check secrets_became_tokens_in_place
check the_config_diff_shows_what_changed
check git_applies_the_config_patch
check patch_applies_the_config_patch
check the_timeline_tells_the_story_in_order
check the_timeline_is_chronological_and_fit_for_timesketch
check the_timeline_for_people_names_the_same_events
check deploys_and_packages_are_recorded
check what_changed_before_it_broke_is_ranked_with_reasons
check evidence_json_accounts_for_every_artifact
check every_gap_has_a_cause_and_no_artifact_failed
check exhibit_reads_logs_and_timeline_from_the_file
check systemd_journal_remote_imports_the_exported_logs
check the_planted_secrets_were_in_the_journal
check no_planted_secret_is_in_the_bundle
check no_planted_secret_is_in_the_state_folder
check no_planted_secret_is_in_the_agents_own_log
