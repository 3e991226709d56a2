# shellcheck shell=bash
# Act 4: what changes on a host is in the bundle, each with its time, who did it and the difference, in order, and
# nothing else is.

say "What changed, and nothing else"

CHANGES=$NOTES/INC-CHANGES/data

# Who wrote is known by fanotify alone, which needs a drop-in.
the_watch_names_who_wrote() {
  rig_exec install -D -m 644 /usr/share/doc/exhibit/examples/watch-by-fanotify.conf -t /etc/systemd/system/exhibit.service.d
  rig_exec systemctl daemon-reload
  rig_exec systemctl restart exhibit.service
  eventually 30 fanotify_watches
}
fanotify_watches() { api "" /metrics | grep -x 'exhibit_config_watch_active{mechanism="fanotify"} 1.0' && scanned_files; }

# package VERSION TIMEOUT: with two files of configuration and a unit.
package() {
  local root=$NOTES/shop-proxy-$1
  mkdir -p "$root/DEBIAN" "$root/etc/shop-proxy" "$root/usr/lib/systemd/system"
  printf '%s\n' 'Package: shop-proxy' "Version: $1" 'Architecture: all' 'Maintainer: Ops <ops@example.com>' \
    'Description: proxy of the shop' >"$root/DEBIAN/control"
  printf '%s\n' /etc/shop-proxy/proxy.conf /etc/shop-proxy/routes.conf >"$root/DEBIAN/conffiles"
  printf 'timeout = %s\n' "$2" >"$root/etc/shop-proxy/proxy.conf"
  printf 'route = /v%s shop\n' "$1" >"$root/etc/shop-proxy/routes.conf"
  printf '%s\n' '[Unit]' 'Description=Proxy of the shop' '[Service]' 'ExecStart=/bin/sleep infinity' \
    >"$root/usr/lib/systemd/system/shop-proxy.service"
  dpkg-deb --root-owner-group --build "$root" "$RIG_ROOT/root/shop-proxy_$1.deb"
}

# One after the other: the logs of packages know whole seconds only.
step() { sleep 1.2; }

a_host_changes() {
  package 1.0 30
  package 2.0 5
  step
  date -u +%Y-%m-%dT%H:%M:%S.%NZ | note changes-begin
  step
  rig_exec apt-get install -y /root/shop-proxy_1.0.deb
  rig_exec systemctl start shop-proxy.service
  step
  # An editor that writes another file and renames it.
  rig_exec sed -i 's/^color = blue$/color = green/' /etc/shop/theme.conf
  rig_exec sed -i 's/shop$/shop-2/' /etc/shop-proxy/routes.conf
  step
  rig_sh 'mkdir /etc/systemd/system/shop-proxy.service.d
    printf "[Service]\nLimitNOFILE=4096\n" >/etc/systemd/system/shop-proxy.service.d/limits.conf'
  step
  rig_exec systemctl daemon-reload
  step
  rig_exec systemctl restart shop-proxy.service
  step
  rig_exec apt-get install -y -o Dpkg::Options::=--force-confold /root/shop-proxy_2.0.deb
  step
  exhibit deploy record --service shop-proxy --version 2.0 --previous 1.0 --actor alice --outcome success
  step
  manual INC-CHANGES
}

# since JQ-TIME: of the rows that begin with the act.
since() { jq -r --arg begin "$(noted changes-begin)" "select($1 >= \$begin) | $2" "$3"; }
# same WHAT EXPECTED: as the lines of stdin.
same() { diff <(printf '%s\n' "$2") - || { echo "$1 differ: < expected, > got"; return 1; }; }

all_changes_of_the_configuration_are_told_and_no_other() {
  since .first_seen_at '"\(.kind) \(.name // .path)"' "$CHANGES/config/changes.jsonl" | LC_ALL=C sort |
    same changes "$(noted expected-changes)"
}

each_names_who_made_it() {
  local path
  for path in '/etc/shop/theme.conf sed' '/etc/shop-proxy/routes.conf sed' '/etc/shop-proxy/proxy.conf dpkg' \
    '/usr/lib/systemd/system/shop-proxy.service dpkg' '/etc/systemd/system/shop-proxy.service.d/limits.conf bash'; do
    since .first_seen_at 'select(.path == "'"${path% *}"'" and .name == null) | .actor' "$CHANGES/config/changes.jsonl" |
      grep -F "${path#* }" || { echo "not known to be by ${path#* }: ${path% *}"; return 1; }
  done
}

each_shows_the_difference() {
  local line patch=$CHANGES/config/changes.patch
  for line in '-color = blue' '+color = green' '+timeout = 5' '+route = /v1.0 shop-2' '+LimitNOFILE=4096'; do
    grep -Fx -- "$line" "$patch" || { echo "not in the patch: $line"; return 1; }
  done
  # Of the versions in between only the last one is the state at the end.
  ! grep -F 'timeout = 30' "$patch"
  jq -e 'select(.name == "shop-proxy.service [Service] LimitNOFILE" and .after == "4096")' "$CHANGES/config/changes.jsonl"
  jq -e 'select(.name == "/etc/shop-proxy/routes.conf" and (.after | test("changed.*dpkg-dist")))' "$CHANGES/config/changes.jsonl"
}

the_packages_and_the_deploy_are_told_and_no_other() {
  since .at '"\(.action) \(.package) \(.old_version // "-") \(.new_version)"' "$CHANGES/deploys/packages.jsonl" |
    same packages "$(printf '%s\n' 'install shop-proxy - 1.0' 'upgrade shop-proxy 1.0 2.0')"
  since .context.timestamp '"\(.subject.id) \(.customData.version) \(.customData.actor // "-")"' "$CHANGES/deploys/deploys.jsonl" |
    same deploys 'shop-proxy 2.0 alice'
  since .at .kind "$CHANGES/deploys/observed.jsonl" | same observed ''
}

the_timeline_has_each_in_order_and_nothing_else() {
  since .datetime 'select(.kind | test("^(config|package|deploy|system|clock|boot|unit)")) | "\(.kind) \(.message)"' \
    "$CHANGES/timeline.jsonl" | tee "$NOTES/changes-timeline" | sed -E 's/ \([0-9]+ (versions|values):.*//' |
    same timeline "$(noted expected-timeline)"
}

the_rank_of_a_change_is_in_its_row() {
  jq -se 'any(.rank == 1)' "$CHANGES/ranked-changes.jsonl"
  jq -e 'select(.path == "/etc/shop/theme.conf") | .rank >= 1 and .points == (.reasons | map(.points) | add)' \
    "$CHANGES/config/changes.jsonl"
}

everything_is_as_it_was_before_the_act() {
  rig_exec rm /etc/systemd/system/exhibit.service.d/watch-by-fanotify.conf
  rig_exec systemctl daemon-reload
  rig_exec systemctl restart exhibit.service
  eventually 20 ready
}

note expected-changes <<'X'
X
note expected-timeline <<'X'
X
must the_watch_names_who_wrote
must a_host_changes
check all_changes_of_the_configuration_are_told_and_no_other
check each_names_who_made_it
check each_shows_the_difference
check the_packages_and_the_deploy_are_told_and_no_other
check the_timeline_has_each_in_order_and_nothing_else
check the_rank_of_a_change_is_in_its_row
must everything_is_as_it_was_before_the_act
