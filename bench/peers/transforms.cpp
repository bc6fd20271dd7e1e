// The same transforms as a C++ programmer writes them with libtorch alone: autograd calls and loops around a TorchScript
// function, with from_blob in and a copy out, one thread (two for `sharded`).
//
//   transforms KIND SOURCE.ts ENTRY ROWS COLS CALLS
//
// KIND: forward | grad | jvp | hessian | vmap_sequential | vmap_whole | vmap_batched | sharded. The input is float32
// [ROWS, COLS] ([COLS] where ROWS is 0); vmap maps the rows, sharded cuts them in two. Prints {"ns_per_call": median of 5}.
//
//   g++ -std=c++17 -O2 transforms.cpp -o transforms -I/usr/include/torch/csrc/api/include -ltorch -ltorch_cpu -lc10 -lpthread
#include <ATen/Parallel.h>
#include <ATen/functorch/BatchedTensorImpl.h>
#include <ATen/functorch/DynamicLayer.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/jit.h>
#include <torch/script.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <future>
#include <map>
#include <sstream>
#include <vector>

namespace {

using torch::Tensor;
using torch::autograd::grad;

torch::jit::Function* function = nullptr;

Tensor run(const Tensor& x) {
  torch::jit::Stack stack{x};
  function->run(stack);
  return stack.front().toTensor();
}

Tensor take_grad(const Tensor& input) {
  const Tensor x = input.detach().requires_grad_();
  return grad({run(x)}, {x})[0];
}

// The derivative of the cotangent map, which is linear in the cotangent.
Tensor take_jvp(const Tensor& input) {
  const Tensor x = input.detach().requires_grad_();
  const Tensor y = run(x);
  const Tensor u = torch::zeros_like(y).requires_grad_();
  const Tensor g = grad({y}, {x}, {u}, c10::nullopt, true)[0];
  return grad({g}, {u}, {torch::ones_like(x)})[0];
}

Tensor take_hessian(const Tensor& input) {
  const Tensor x = input.detach().requires_grad_();
  const Tensor g = grad({run(x)}, {x}, {}, c10::nullopt, true)[0];
  std::vector<Tensor> rows;
  for (int64_t i = 0; i < g.numel(); i++) rows.push_back(grad({g[i]}, {x}, {}, true)[0]);
  return torch::stack(rows);
}

Tensor map_rows(const Tensor& x) {
  c10::InferenceMode mode;
  std::vector<Tensor> rows;
  for (int64_t i = 0; i < x.size(0); i++) rows.push_back(run(x[i]));
  return torch::stack(rows);
}

Tensor map_batched(const Tensor& x) {
  c10::InferenceMode mode;
  const int64_t level = at::functorch::initAndPushDynamicLayer(at::functorch::TransformType::Vmap, x.size(0),
                                                               at::functorch::RandomnessType::Different);
  const Tensor y = run(at::functorch::addBatchDim(x, 0, level));
  at::functorch::popDynamicLayerAndDeleteMetadata();
  auto* batched = at::functorch::maybeGetBatchedImpl(y);
  return batched->value().movedim(batched->bdim(), 0);
}

Tensor forward(const Tensor& x) {
  c10::InferenceMode mode;
  return run(x);
}

Tensor sharded(const Tensor& x) {
  const auto halves = x.chunk(2, 0);
  auto other = std::async(std::launch::async, [&] {
    at::set_num_threads(1);
    return forward(halves[1]);
  });
  const Tensor first = forward(halves[0]);
  c10::InferenceMode mode;
  return torch::cat({first, other.get()});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: transforms KIND SOURCE.ts ENTRY ROWS COLS CALLS\n");
    return 2;
  }
  const std::map<std::string, Tensor (*)(const Tensor&)> kinds = {
      {"forward", forward},          {"grad", take_grad},     {"jvp", take_jvp},
      {"hessian", take_hessian},     {"vmap_sequential", map_rows}, {"vmap_whole", forward},
      {"vmap_batched", map_batched}, {"sharded", sharded}};
  const auto kind = kinds.find(argv[1]);
  if (kind == kinds.end()) return 2;
  std::ifstream file(argv[2]);
  std::stringstream source;
  source << file.rdbuf();
  const int64_t rows = std::atoll(argv[4]), cols = std::atoll(argv[5]), calls = std::atoll(argv[6]);
  const std::vector<int64_t> shape = rows == 0 ? std::vector<int64_t>{cols} : std::vector<int64_t>{rows, cols};

  at::set_num_threads(1);
  auto unit = torch::jit::compile(source.str());
  function = &unit->get_function(argv[3]);
  std::vector<float> input(std::max<int64_t>(rows, 1) * cols), output;
  for (size_t i = 0; i < input.size(); i++) input[i] = float(i % 97) / 97.0f;
  auto call = [&] {
    const Tensor result = kind->second(torch::from_blob(input.data(), shape, torch::kFloat32)).detach();
    output.resize(result.numel());
    torch::NoGradGuard no_grad;
    torch::from_blob(output.data(), result.sizes(), torch::kFloat32).copy_(result);
  };
  for (int i = 0; i < 10; i++) call();
  std::vector<double> ns;
  for (int repeat = 0; repeat < 5; repeat++) {
    const auto start = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < calls; i++) call();
    ns.push_back(std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / calls);
  }
  std::sort(ns.begin(), ns.end());
  std::printf("{\"kind\":\"%s\",\"ns_per_call\":%.0f}\n", argv[1], ns[2]);
}
