#!/usr/bin/env bash
# Stops the service that scripts/quickstart.sh left running, and its database. What is registered stays on disk.
. "$(dirname "$0")/lib.sh"

if service_pid >/dev/null; then
  stop_service
  say "The service is stopped."
else
  say "The service is not running."
fi
