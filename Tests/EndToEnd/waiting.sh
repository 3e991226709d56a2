# shellcheck shell=bash

# eventually SECONDS COMMAND...: repeats the command until it succeeds; its last output is shown if it never does.
eventually() {
  local deadline=$((SECONDS + $1)) output
  shift
  until output=$("$@" 2>&1); do
    if [ "$SECONDS" -ge "$deadline" ]; then
      printf 'not in time: %s\n%s\n' "$*" "$output"
      return 1
    fi
    sleep 0.1
  done
}
