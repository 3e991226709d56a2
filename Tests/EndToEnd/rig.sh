#!/bin/bash
# A real systemd (PID 1), journald and D-Bus in a container on this machine, for the end-to-end tests.
#
#   rig.sh prepare    make the base system once (about a minute; kept in .build/rig)
#   rig.sh shell      boot a throw-away container and open a root shell in it
#
# Other scripts source this file and call the rig_* functions, inside rig_enter.
#
# Nothing can be left behind, whatever kills us: rig_enter puts the whole run into mount and PID namespaces
# of its own. The container's disk is a tmpfs of that mount namespace, and the kernel ends every process of the PID
# namespace with its first one. Only empty cgroup directories can survive a SIGKILL; the next run removes them.
set -euo pipefail

RIG_REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
RIG_CACHE=${RIG_CACHE:-$RIG_REPO/.build/rig}
RIG_PACKAGES=systemd,systemd-sysv,dbus,procps,curl,jq,prometheus-alertmanager,libsqlite3-0,libstdc++6,zlib1g,libisal2,libzstd1
RIG_MACHINE=exhibit-e2e

# shellcheck source=/dev/null
RIG_RELEASE=$(. /etc/os-release && echo "$VERSION_CODENAME")
RIG_BASE=$RIG_CACHE/base-$RIG_RELEASE-$(echo "$RIG_PACKAGES" | md5sum | cut -c1-8)

rig_say() { echo "rig: $*" >&2; }

# Fails with the reason when this machine cannot run containers.
rig_check_host() {
  [ "$(id -u)" = 0 ] || { rig_say "needs root (it mounts, and boots a system in a container)"; return 1; }
  local tool
  for tool in systemd-nspawn debootstrap nsenter unshare; do
    command -v "$tool" >/dev/null || { rig_say "needs $tool; run 'make setup'"; return 1; }
  done
  unshare --mount --propagation private --pid --fork --mount-proc mount -t tmpfs tmpfs /mnt ||
    { rig_say "the kernel refuses mount or PID namespaces here"; return 1; }
}

# The mirror that apt itself is set up with, for the release of this machine: the binary that was linked here
# has to find the same libraries in there.
rig_mirror() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$RIG_RELEASE" '$2 == release && $3 == "main" { print $1; exit }'
}

rig_prepare() {
  [ ! -d "$RIG_BASE" ] || return 0
  rig_check_host
  local mirror partial=$RIG_BASE.partial components=main
  mirror=$(rig_mirror)
  [ -n "$mirror" ] || { rig_say "apt knows no mirror for $RIG_RELEASE; run 'apt-get update'"; return 1; }
  if grep -q '^ID=ubuntu' /etc/os-release; then components=main,universe; fi
  rig_say "installing a $RIG_RELEASE base system into ${RIG_BASE#"$RIG_REPO"/} (once; a minute or two)"
  rm -rf "$partial"
  mkdir -p "$partial"
  debootstrap --variant=minbase --components="$components" --include="$RIG_PACKAGES" \
    "$RIG_RELEASE" "$partial" "$mirror" 2>&1 | tee "$RIG_CACHE/debootstrap.log" |
    grep --line-buffered -E '^(E|W): |^I: (Retrieving Rel|Resolving|Extracting|Unpacking|Configuring|Base)' |
    awk '$2 != last { last = $2; print "rig:   " $2 " …"; fflush() }' >&2 ||
    { rig_say "debootstrap failed; see $RIG_CACHE/debootstrap.log"; return 1; }
  rig_trim "$partial"
  mv "$partial" "$RIG_BASE"
}

# What has no place in a test container: timers, alertmanager before it is configured, somebody's machine id.
rig_trim() {
  local unit
  for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer \
    console-getty.service; do
    ln -sfn /dev/null "$1/etc/systemd/system/$unit"
  done
  rm -f "$1/etc/systemd/system/multi-user.target.wants/prometheus-alertmanager.service"
  mkdir -p "$1/var/log/journal"
  : >"$1/etc/machine-id"
  rm -rf "$1/etc/resolv.conf" "$1/var/cache/apt/archives/"*.deb "$1/var/lib/apt/lists/"*
}

# Runs the calling script again inside namespaces of its own. Call it first: rig_enter "$0" "$@"
rig_enter() {
  if [ -z "${RIG_INSIDE:-}" ]; then
    RIG_INSIDE=$$ exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$@"
  fi
  # Only an empty folder outside this mount namespace: parallel runs do not meet here.
  RIG_WORK=$RIG_CACHE/run
  mkdir -p "$RIG_WORK"
  mount -t tmpfs -o size=2g,mode=0755 tmpfs "$RIG_WORK"
  RIG_ROOT=$RIG_WORK/root
  RIG_CGROUP=exhibit-e2e-$RIG_INSIDE
  trap rig_leave EXIT
  trap 'exit 130' INT TERM HUP
}

# Makes a fresh copy of the base at RIG_ROOT: lay files over it before rig_boot. No overlay, for fanotify(7) watches only
# file systems that have file handles, as nearly all have that a host is on.
rig_mount() {
  mkdir -p "$RIG_ROOT" /run/systemd/nspawn
  mount -t tmpfs tmpfs /run/systemd/nspawn
  mount --bind "$RIG_ROOT" "$RIG_ROOT"
  cp -a "$RIG_BASE/." "$RIG_ROOT/"
  echo web-1 >"$RIG_ROOT/etc/hostname"
}

# nspawn makes its cgroups below the one it is started in, so it gets one of ours in each hierarchy it uses.
rig_join_cgroup() {
  local hierarchy
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
    [ -f "$hierarchy/cgroup.procs" ] || continue
    find "$hierarchy" -mindepth 1 -depth -type d -path "$hierarchy/exhibit-e2e-*" \
      -exec rmdir --ignore-fail-on-non-empty {} + 2>/dev/null || true
    mkdir -p "$hierarchy/$RIG_CGROUP"
    echo "$BASHPID" >"$hierarchy/$RIG_CGROUP/cgroup.procs"
  done
}

# --register=no --keep-unit: no machined and no D-Bus is needed on this machine.
# The capabilities and system calls: without them IPAddressDeny= and the D-Bus descriptor limit have no effect, and nobody
# may use fanotify.
rig_boot() {
  (
    rig_join_cgroup
    exec env SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --boot --directory="$RIG_ROOT" \
      --machine="$RIG_MACHINE" --console=read-only --register=no --keep-unit --link-journal=no \
      --resolv-conf=off --timezone=off --private-network --capability=all \
      --system-call-filter="bpf perf_event_open fanotify_init fanotify_mark @clock @keyring" </dev/null >"$RIG_WORK/console.log" 2>&1
  ) &
  RIG_NSPAWN=$!
  local state="" _
  for _ in $(seq 400); do
    [ -d "/proc/$RIG_NSPAWN" ] || break
    RIG_LEADER=$(awk '{ print $1 }' "/proc/$RIG_NSPAWN/task/$RIG_NSPAWN/children" 2>/dev/null || true)
    if [ -n "$RIG_LEADER" ] && [ "$(cat "/proc/$RIG_LEADER/comm" 2>/dev/null)" = systemd ]; then
      state=$(rig_exec systemctl is-system-running 2>/dev/null || true)
      case "$state" in running | degraded) break ;; esac
    fi
    sleep 0.05
  done
  [ "$state" = running ] && return 0
  rig_say "the container did not come up (state: ${state:-none})"
  tail -n 20 "$RIG_WORK/console.log" >&2
  [ "$state" != degraded ] || rig_exec systemctl --failed --no-pager >&2
  return 1
}

# Runs a command as root in the container; its exit status is the command's.
rig_exec() {
  nsenter -t "$RIG_LEADER" -a -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LANG=C.UTF-8 TERM="${RIG_TERM:-dumb}" "$@"
}

rig_sh() { rig_exec bash -euo pipefail -c "$*"; }

rig_leave() {
  local status=$? _ hierarchy
  trap - EXIT
  if [ -n "${RIG_NSPAWN:-}" ] && [ -d "/proc/$RIG_NSPAWN" ]; then
    # SIGRTMIN+4 to PID 1 is systemctl poweroff.
    [ -z "${RIG_LEADER:-}" ] || kill -s SIGRTMIN+4 "$RIG_LEADER" 2>/dev/null || true
    for _ in $(seq 100); do
      [ -d "/proc/$RIG_NSPAWN" ] || break
      sleep 0.1
    done
    kill -KILL "$RIG_NSPAWN" 2>/dev/null || true
    wait "$RIG_NSPAWN" 2>/dev/null || true
  fi
  umount -l "$RIG_ROOT" 2>/dev/null || true
  umount -l "$RIG_WORK" 2>/dev/null || true
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
    [ -d "$hierarchy/$RIG_CGROUP" ] || continue
    find "$hierarchy/$RIG_CGROUP" -depth -type d -exec rmdir --ignore-fail-on-non-empty {} + 2>/dev/null || true
  done
  exit "$status"
}

rig_main() {
  case "${1:-}" in
    prepare) rig_check_host && rig_prepare ;;
    shell)
      rig_enter "$0" "$@"
      rig_prepare
      rig_mount
      rig_boot
      RIG_TERM=${TERM:-dumb} rig_exec bash -l || true
      ;;
    *)
      sed -n '2,8p' "$0" >&2
      return 64
      ;;
  esac
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then rig_main "$@"; fi
