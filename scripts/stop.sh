#!/usr/bin/env bash
# Stops the service that scripts/quickstart.sh left running, and its private database. What is registered stays on disk.
. "$(dirname "$0")/lib.sh"
need_dotnet

if service_pid >/dev/null; then
  stop_service
  say "The service is stopped."
else
  say "The service is not running."
fi
[ ! -f "$SERVICE_DLL" ] || dotnet "$SERVICE_DLL" database stop
