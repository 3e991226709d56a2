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
fanotify_watches() {
  api "" /metrics >"$NOTES/metrics"
  grep -x 'exhibit_config_watch_active{mechanism="fanotify"} 1.0' "$NOTES/metrics" && scanned_files &&
    grep -E '^exhibit_host_state_samples_total [1-9]' "$NOTES/metrics"
}

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
  # Most packages have a script that takes its time: who is gone when the event is read is not known.
  printf '#!/bin/sh\nsleep 1\n' >"$root/DEBIAN/postinst"
  chmod 755 "$root/DEBIAN/postinst"
  dpkg-deb --root-owner-group --build "$root" "$RIG_ROOT/root/shop-proxy_$1.deb"
}

# edit PATH FROM TO: as editors do it, in another file that is renamed; and they live on.
edit() {
  # shellcheck disable=SC2016
  rig_exec perl -e 'my ($path, $from, $to) = @ARGV;
    open(my $in, "<", $path) or die; my $text = join("", <$in>);
    $text =~ s/$from/$to/ or die "nothing to edit";
    open(my $out, ">", "$path.new") or die; print $out $text; close($out) or die;
    rename("$path.new", $path) or die; sleep 1' "$@"
}

# One after the other: the logs of packages know whole seconds only.
step() { sleep 1.2; }

a_host_changes() {
  package 1.0 30
  package 2.0 5
  rig_exec systemctl start shop.service
  step
  date -u +%Y-%m-%dT%H:%M:%S.%NZ | note changes-begin
  step
  rig_exec apt-get install -y /root/shop-proxy_1.0.deb
  step
  rig_exec systemctl start shop-proxy.service
  step
  edit /etc/shop/theme.conf 'color = blue' 'color = green'
  edit /etc/shop-proxy/routes.conf 'shop$' shop-2
  step
  # shellcheck disable=SC2016
  rig_exec perl -e 'my ($folder, $text) = @ARGV; mkdir($folder) or die;
    open(my $out, ">", "$folder/limits.conf") or die; print $out $text; close($out) or die; sleep 1' \
    /etc/systemd/system/shop.service.d $'[Service]\nLimitNOFILE=4096\n'
  step
  rig_exec systemctl daemon-reload
  step
  rig_exec systemctl restart shop.service
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
same() { diff <(printf %s "${2:+$2$'\n'}") - || { echo "$1 differ: < expected, > got"; return 1; }; }

all_changes_of_the_configuration_are_told_and_no_other() {
  since .first_seen_at '"\(.kind) \(.name // .path)"' "$CHANGES/config/changes.jsonl" | LC_ALL=C sort |
    same changes "$(noted expected-changes)"
}

each_names_who_made_it() {
  local path
  # Of dpkg the part that unpacks may be gone so soon that only its number is known.
  for path in '/etc/shop/theme.conf perl' '/etc/shop-proxy/routes.conf perl' '/etc/shop-proxy/proxy.conf dpkg' \
    '/usr/lib/systemd/system/shop-proxy.service dpkg|gone' '/etc/systemd/system/shop.service.d/limits.conf perl'; do
    since .first_seen_at 'select(.path == "'"${path% *}"'" and .name == null) | .actor' "$CHANGES/config/changes.jsonl" |
      tee "$NOTES/actor" | grep -E "${path#* }" ||
      { echo "not known to be by ${path#* }: ${path% *}, but $(noted actor)"; return 1; }
  done
}

each_shows_the_difference() {
  local line patch=$CHANGES/config/changes.patch
  for line in '-color = blue' '+color = green' '+timeout = 5' '+route = /v1.0 shop-2' '+LimitNOFILE=4096'; do
    grep -Fx -- "$line" "$patch" || { echo "not in the patch: $line"; return 1; }
  done
  # Of the versions in between only the last one is the state at the end.
  ! grep -F 'timeout = 30' "$patch"
  jq -se 'any(.name == "shop.service [Service] LimitNOFILE" and .before == null and .after == "4096")' "$CHANGES/config/changes.jsonl"
  jq -se 'any(.name == "/etc/shop-proxy/routes.conf" and (.after | test("changed.*dpkg-dist")))' "$CHANGES/config/changes.jsonl"
}

the_packages_and_the_deploy_are_told_and_no_other() {
  since .at '"\(.action) \(.package) \(.old_version // "-") \(.new_version)"' "$CHANGES/deploys/packages.jsonl" |
    same packages "$(printf '%s\n' 'install shop-proxy - 1.0' 'upgrade shop-proxy 1.0 2.0')"
  since .context.timestamp '"\(.subject.id) \(.customData.version) \(.customData.actor // "-")"' "$CHANGES/deploys/deploys.jsonl" |
    same deploys 'shop-proxy 2.0 alice'
  since .at .kind "$CHANGES/deploys/observed.jsonl" | same observed ''
}

# Until the capture was asked for, which is a change of its own: it starts a helper. When a folder was made is told
# between what was put into it, as the case may be.
the_timeline_has_each_in_order_and_nothing_else() {
  since .datetime 'select(.kind | test("^(config|package|deploy|system|clock|boot|unit|incident.opened)"))
    | "\(.kind) \(.message)"' "$CHANGES/timeline.jsonl" |
    sed -E -e '/^incident.opened /Q' -e '/^config [^ ]*\/(shop-proxy|shop.service.d) created$/d' -e 's/ \([0-9]+ (versions|values):.*//' |
    same timeline "$(noted expected-timeline)"
}

the_rank_of_a_change_is_in_its_row() {
  jq -se 'any(.rank == 1)' "$CHANGES/ranked-changes.jsonl"
  jq -se 'any(.path == "/etc/shop/theme.conf" and .rank >= 1 and .points == (.reasons | map(.points) | add))' \
    "$CHANGES/config/changes.jsonl"
}

everything_is_as_it_was_before_the_act() {
  rig_exec rm /etc/systemd/system/exhibit.service.d/watch-by-fanotify.conf
  rig_exec systemctl daemon-reload
  rig_exec systemctl restart exhibit.service
  eventually 20 ready
}

note expected-changes <<'X'
created /etc/shop-proxy
created /etc/shop-proxy/proxy.conf
created /etc/shop-proxy/routes.conf
created /etc/shop-proxy/routes.conf.dpkg-dist
created /etc/systemd/system/shop.service.d
created /etc/systemd/system/shop.service.d/limits.conf
created /usr/lib/systemd/system/shop-proxy.service
modified /etc/shop/theme.conf
package_config /etc/shop-proxy/proxy.conf
package_config /etc/shop-proxy/routes.conf
unit shop-proxy.service
unit shop.service [Service] LimitNOFILE
X
note expected-timeline <<'X'
package apt installed 1 package: shop-proxy 1.0 (apt-get install -y /root/shop-proxy_1.0.deb)
config /usr/lib/systemd/system/shop-proxy.service created
config unit shop-proxy.service: not-found → loaded
unit.started shop-proxy.service started
config /etc/shop/theme.conf modified
config /etc/shop-proxy/routes.conf created
config /etc/systemd/system/shop.service.d/limits.conf created
config unit shop.service [Service] LimitNOFILE: new: 4096
unit.reloaded systemd read its units anew (daemon-reload)
unit.stopped shop.service stopped
unit.started shop.service started
package apt upgraded 1 package: shop-proxy 1.0→2.0 (apt-get install -y -o Dpkg::Options::=--force-confold /root/shop-proxy_2.0.deb)
config /etc/shop-proxy/proxy.conf created
config /etc/shop-proxy/routes.conf.dpkg-dist created
deploy shop-proxy upgraded 1.0→2.0
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
