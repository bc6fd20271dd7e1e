#!/usr/bin/env bash
# Measures an area against its peer in one run: scripts/bench.sh AREA, where bench/areas/AREA.sh exists.
# Each row is a line "NAME ratio=1.18 goal=1.30 ok" (or "short"); bench/results/AREA.md keeps the numbers.
. "$(dirname "$0")/lib.sh"

area=${1:-}
script=$ROOT/bench/areas/$area.sh
if [ -z "$area" ] || [ ! -f "$script" ]; then
  fail "usage: scripts/bench.sh AREA, one of: $(cd "$ROOT/bench/areas" && echo *.sh | sed 's/\.sh//g')"
fi
shift
. "$script"
