#!/bin/bash
# Installs what building, testing and the demo need and what is not there yet: Debian packages, and three Python tools
# into .build/tools. Run it as often as you like; it says what it cannot do.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=(
  pkg-config libsystemd-dev zlib1g-dev libzstd-dev liblz4-dev liblzma-dev libisal-dev  # build
  libpcre2-dev libsqlite3-dev
  systemd systemd-journal-remote openssh-client jq curl git patch procps libarchive-tools zstd  # what the tests open bundles with
  python3 python3-venv shellcheck
  systemd-container debootstrap util-linux                                # the end-to-end test's container
)
python_tools=(bagit jsonschema schemathesis)
tools=.build/tools

say() { echo "setup: $*"; }

if ! command -v swift >/dev/null; then
  say "there is no swift in PATH or /opt/swift/usr/bin: install Swift 6.2 or later (https://www.swift.org/install)" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  say "installing ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    say "this is no Debian or Ubuntu: install what these packages hold yourself" >&2
    exit 1
  fi
  sudo=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { say "needs root or sudo to install them" >&2; exit 1; }
    sudo=(sudo)
  fi
  apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q)
  # Package lists that were never fetched, or are too old, are the usual reason for a failure.
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" ||
    { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; }
fi

if ! "$tools/bin/python3" -c "import $(IFS=,; echo "${python_tools[*]}")" 2>/dev/null; then
  say "installing ${python_tools[*]} into $tools"
  /usr/bin/python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check "${python_tools[@]}" ||
    { say "pip could not fetch ${python_tools[*]}: the checks that use them will fail" >&2; exit 1; }
fi
