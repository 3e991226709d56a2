# shellcheck shell=bash
# Times of a pipe, children included. Usage: . peer.sh; peer FORM FOLDER OUTPUT

# peer FORM FOLDER OUTPUT: "wall-ms cpu-s bytes" of 'journalctl -o FORM | gzip' over the journal files in FOLDER.
peer() {
  bash -c '
    set -euo pipefail
    start=$(date +%s%N)
    journalctl -q -D "$2" -o "$1" | gzip >"$3"
    end=$(date +%s%N)
    times >"$3.times"  # in this shell: a pipe would make a subshell, whose children are none
    cpu=$(tail -n 1 "$3.times" | sed "s/m/ /g; s/s//g" | awk "{ print \$1 * 60 + \$2 + \$3 * 60 + \$4 }")
    echo "$(((end - start) / 1000000)) $cpu $(stat -c %s "$3")"
  ' peer "$1" "$2" "$3"
}
