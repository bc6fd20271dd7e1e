#!/usr/bin/env bash
# From a fresh clone to PyTorch functions that answer over HTTP: installs what is missing, builds, starts the service
# with its own database, registers and calls both samples, restarts the service and calls them again.
# The service is left running; scripts/stop.sh ends it.
. "$(dirname "$0")/lib.sh"
started=$SECONDS

need_build_tools
stop_service # a second run replaces the assemblies that the service of the first one has open
build "$ROOT/samples/Quickstart/Torch2Jax.Samples.Quickstart.csproj" # and, through it, the service
samples() { dotnet "$ROOT/samples/Quickstart/bin/$CONFIGURATION/net10.0/Torch2Jax.Samples.Quickstart.dll" "$ADDRESS" "$ROOT/samples" "$@"; }

say "Starting the service and its database ..."
start_service
samples register
samples call "As first started"

say "Restarting the service ..."
stop_service
start_service
samples call "After a restart"

say "
The service is running (log: $STATE/service.log).
  Try it in a browser:  $ADDRESS/swagger
  Stop it:              scripts/stop.sh
Done in $((SECONDS - started)) s."
