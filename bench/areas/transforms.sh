# Derivatives, batches and shards against the same written with plain libtorch (sourced by scripts/bench.sh).
. "$ROOT/bench/harness.sh"
run_engine_bench transforms transforms.cpp
