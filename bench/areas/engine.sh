# The engine against libtorch called straight from C++ (sourced by scripts/bench.sh).
. "$ROOT/bench/harness.sh"
run_engine_bench engine floor.cpp
