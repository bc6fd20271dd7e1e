# Calls in worker processes against the same calls in this process (sourced by scripts/bench.sh).
. "$ROOT/bench/harness.sh"
need_build_tools
build "$ROOT/bench/Engine.Bench/Torch2Jax.Engine.Bench.csproj"
mkdir -p "$ROOT/bench/results"
OMP_NUM_THREADS=1 bench isolation "$ROOT/bench/results/isolation.md"
