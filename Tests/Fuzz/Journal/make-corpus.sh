#!/bin/bash
# Fills a folder with small journal files that a real journald wrote: compact and not, keyed and not, with long and
# binary messages. Usage: make-corpus.sh FOLDER. Wants root: journald runs in a mount namespace of its own.
set -euo pipefail
folder=$(realpath -m "$1")
mkdir -p "$folder"

write() { # NAME VARIABLE=VALUE…
  local name=$1 out
  shift
  out=$(mktemp -d)
  # shellcheck disable=SC2016  # expanded inside of the namespace
  env "$@" OUT="$out" unshare --mount --pid --fork --mount-proc --propagation private bash -c '
    set -e
    mount -t tmpfs tmpfs /run
    mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal
    mount --bind "$OUT" /run/log/journal
    [ -s /etc/machine-id ] || { printf "%032d\n" 1 >/run/id; mount --bind /run/id /etc/machine-id; }
    printf "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRuntimeMaxFileSize=512K\nRateLimitBurst=0\n" \
      >/run/systemd/journald.conf.d/fuzz.conf
    /lib/systemd/systemd-journald & journald=$!
    for i in $(seq 100); do [ -S /run/systemd/journal/stdout ] && break; sleep 0.05; done
    for i in $(seq 15); do echo "request $i answered"; done | systemd-cat -t checkout -p warning
    head -c 600 /dev/zero | tr "\0" x | systemd-cat -t checkout
    printf "\001\002\033[1m\n" | systemd-cat -t noise
    sleep 0.3
    kill -TERM $journald
    wait $journald || true'
  # The file ends behind its last object, and the header says so: what is not written need not be mutated.
  python3 - "$folder/$name" "$out"/*/system.journal <<'PYTHON'
import struct, sys
data = bytearray(open(sys.argv[2], 'rb').read())
tail, = struct.unpack_from('<Q', data, 136)
size, = struct.unpack_from('<Q', data, tail + 8)
header, = struct.unpack_from('<Q', data, 88)
end = (tail + size + 7) & ~7
struct.pack_into('<Q', data, 96, end - header)
open(sys.argv[1], 'wb').write(data[:end])
PYTHON
  rm -rf "$out"
}

write compact X=1
write regular SYSTEMD_JOURNAL_COMPACT=0
write unkeyed SYSTEMD_JOURNAL_KEYED_HASH=0
write plain SYSTEMD_JOURNAL_COMPACT=0 SYSTEMD_JOURNAL_KEYED_HASH=0
