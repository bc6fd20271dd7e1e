// Plain libtorch on a GPU, with pinned host memory and one stream.
//
//   device call DEVICE SOURCE.ts ENTRY ROWS COLS CALLS   a float32 [ROWS, COLS] array in, a TorchScript call, its result out
//   device copies DEVICE BYTES CALLS                     so many bytes in and out, nothing computed
//   device matmul DEVICE N DTYPE CALLS                   the sum of a product of two [N, N] arrays that are there already
//
// Prints {"ns_per_call": median of 5}. CUDA's library is loaded as libtorch2jax loads it, so no CUDA header is needed.
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <torch/jit.h>
#include <torch/script.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <sstream>
#include <vector>

namespace {

at::Tensor pinned(at::IntArrayRef sizes, at::ScalarType dtype) {
  return at::empty(sizes, at::TensorOptions(dtype).pinned_memory(true)).fill_(1);
}

std::function<void()> make_call(const c10::Device& device, char** argv) {
  std::ifstream file(argv[0]);
  std::stringstream source;
  source << file.rdbuf();
  auto unit = torch::jit::compile(source.str());
  auto* function = &unit->get_function(argv[1]);
  auto input = pinned({std::atoll(argv[2]), std::atoll(argv[3])}, at::kFloat);
  auto output = pinned(input.sizes(), at::kFloat);
  return [=] {
    torch::jit::Stack stack;
    stack.emplace_back(input.to(device, at::kFloat, /*non_blocking=*/true));
    function->run(stack);
    output.copy_(stack.front().toTensor(), /*non_blocking=*/true);
    (void)unit;
  };
}

std::function<void()> make_copies(const c10::Device& device, char** argv) {
  auto host = pinned({std::atoll(argv[0])}, at::kByte);
  auto there = at::empty(host.sizes(), host.options().device(device));
  return [=]() mutable {
    there.copy_(host, true);
    host.copy_(there, true);
  };
}

std::function<void()> make_matmul(const c10::Device& device, char** argv) {
  const auto dtype = std::string(argv[1]) == "bfloat16" ? at::kBFloat16 : at::kFloat;
  const int64_t n = std::atoll(argv[0]);
  auto a = at::rand({n, n}).to(dtype).to(device), b = at::rand({n, n}).to(dtype).to(device);
  return [=] { at::mm(a, b).sum().to(at::kCPU); };
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 4 ? argv[1] : "";
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    std::fprintf(stderr, "there is no libtorch_cuda.so\n");
    return 3;
  }
  const c10::Device device(argv[2]);
  const c10::impl::VirtualGuardImpl guard(device.type());
  guard.setDevice(device);
  c10::InferenceMode inference;
  const auto run = mode == "call"     ? make_call(device, argv + 3)
                   : mode == "copies" ? make_copies(device, argv + 3)
                   : mode == "matmul" ? make_matmul(device, argv + 3)
                                      : std::function<void()>();
  if (!run) return 2;
  const int64_t calls = std::atoll(argv[argc - 1]);
  const auto call = [&] {
    run();
    guard.synchronizeStream(guard.getStream(device));
  };
  for (int i = 0; i < 10; i++) call();
  std::vector<double> ns;
  for (int repeat = 0; repeat < 5; repeat++) {
    const auto start = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < calls; i++) call();
    ns.push_back(std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / calls);
  }
  std::sort(ns.begin(), ns.end());
  std::printf("{\"ns_per_call\":%.0f}\n", ns[2]);
}
