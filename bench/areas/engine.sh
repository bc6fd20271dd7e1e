# The engine against libtorch called straight from C++ (sourced by scripts/bench.sh).
need_build_tools
build "$ROOT/bench/Engine.Bench/Torch2Jax.Engine.Bench.csproj"

work=$(mktemp -d /tmp/t2j.XXXXXX)
chmod 711 "$work"
bench() { dotnet "$ROOT/bench/Engine.Bench/bin/$CONFIGURATION/net10.0/Torch2Jax.Engine.Bench.dll" "$@"; }
trap 'bench stop "$work/data" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

g++ -std=c++17 -O2 "$ROOT/bench/peers/floor.cpp" -o "$work/floor" -I/usr/include/torch/csrc/api/include \
  -ltorch -ltorch_cpu -lc10
mkdir -p "$ROOT/bench/results"
OMP_NUM_THREADS=1 bench engine "$work/floor" "$ROOT/bench/peers/functions" "$work/data" "$ROOT/bench/results/engine.md"
