#!/bin/bash
# The end-to-end test: a real systemd boots in a container, the installed unit runs the agent, a real service logs
# and dies, a real Alertmanager fires, and the evidence bundle is opened with the tools that SREs have.
#
#   run.sh STAGE      STAGE is what 'make install DESTDIR=STAGE' has filled
#
# One container, nine acts, in order: each file in checks/ starts where the one before it ended.
set -euo pipefail
E2E=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STAGE=$(realpath "${1:?usage: run.sh STAGE}")
# shellcheck source=rig.sh
. "$E2E/rig.sh"
rig_check_host
rig_prepare
rig_enter "$0" "$STAGE"

# shellcheck source=waiting.sh
. "$E2E/waiting.sh"
# shellcheck source=lib.sh
. "$E2E/lib.sh"
# shellcheck source=secrets.sh
. "$E2E/secrets.sh"
# The same binary, on this machine: what needs no agent runs here.
# shellcheck disable=SC2034
EXHIBIT=$STAGE/usr/bin/exhibit
mkdir -p "$NOTES"
started=$SECONDS

for act in install incident bundle changes bad-input openapi freeze tls faults; do
  # shellcheck source=/dev/null
  . "$E2E/checks/$act.sh"
done
echo "took $((SECONDS - started)) s"
finish
