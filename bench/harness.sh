# What the areas that use bench/Engine.Bench share (sourced by bench/areas/*.sh).

# run_engine_bench AREA PEER.cpp: builds both, runs them in turn, writes bench/results/AREA.md.
run_engine_bench() {
  need_build_tools
  build "$ROOT/bench/Engine.Bench/Torch2Jax.Engine.Bench.csproj"
  work=$(mktemp -d /tmp/t2j.XXXXXX)
  chmod 711 "$work"
  trap 'bench stop "$work/data" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
  g++ -std=c++17 -O2 "$ROOT/bench/peers/$2" -o "$work/peer" -I/usr/include/torch/csrc/api/include \
    -ltorch -ltorch_cpu -lc10 -lpthread
  mkdir -p "$ROOT/bench/results"
  OMP_NUM_THREADS=1 bench "$1" "$work/peer" "$ROOT/bench/peers/functions" "$work/data" "$ROOT/bench/results/$1.md"
}

bench() { dotnet "$ROOT/bench/Engine.Bench/bin/$CONFIGURATION/net10.0/Torch2Jax.Engine.Bench.dll" "$@"; }
