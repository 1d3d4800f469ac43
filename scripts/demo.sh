#!/usr/bin/env bash
# From a fresh Debian 12 to a ship being discharged in your browser: installs, builds, starts the demo.
# Arguments go to `beltwarden demo`, for example: scripts/demo.sh --port 8080 --speed 120
. "$(dirname "$0")/lib.sh"

scripts/build.sh
say "Starting the demo; Ctrl-C ends it"
exec build/beltwarden demo "$@"
