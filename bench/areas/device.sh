# Calls on a GPU against plain libtorch there (sourced by scripts/bench.sh). On a machine without the .NET SDK: a
# self-contained publish of bench/Engine.Bench is run with the same arguments (docs/devices.md).
. "$ROOT/bench/harness.sh"
need_build_tools
build "$ROOT/bench/Engine.Bench/Torch2Jax.Engine.Bench.csproj"
work=$(mktemp -d /tmp/t2j.XXXXXX)
trap 'rm -rf "$work"' EXIT
torch=${TORCH2JAX_LIBTORCH:-}
g++ -std=c++17 -O2 "$ROOT/bench/peers/device.cpp" -o "$work/peer" \
  ${torch:+-I"$torch/include" -I"$torch/include/torch/csrc/api/include" -L"$torch/lib" -Wl,-rpath,"$torch/lib"} \
  -I/usr/include/torch/csrc/api/include -ltorch_cpu -lc10 -ldl -lpthread
mkdir -p "$ROOT/bench/results"
bench device "$work/peer" "$ROOT/bench/peers/functions" "${MATMUL:-8192}" "$ROOT/bench/results/device.md"
