# Batches over files against the engine's own calls on the same arrays (sourced by scripts/bench.sh).
. "$ROOT/bench/harness.sh"
need_build_tools
build "$ROOT/bench/Engine.Bench/Torch2Jax.Engine.Bench.csproj"
work=$(mktemp -d /tmp/t2j.XXXXXX)
chmod 711 "$work"
trap 'bench stop "$work/data" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
mkdir -p "$ROOT/bench/results"
OMP_NUM_THREADS=1 bench batch "$work/data" "$ROOT/bench/results/batch.md"
