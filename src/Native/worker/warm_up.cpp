#include "warm_up.h"

#include <cstdio>
#include <cstring>

#include "t2j.h"

namespace t2j::worker {
namespace {

// What looks at the machine once: threads, the BLAS, convolutions, a random generator. Nothing here differentiates:
// autograd does not outlive a fork.
constexpr char kSource[] =
    "import torch.nn.functional as F\n"
    "def f(x):\n"
    "    y = F.conv2d(x.reshape(1, 1, 8, 8), x[:3, :3].reshape(1, 1, 3, 3)).sum()\n"
    "    return torch.matmul(x, x).exp().sum() + y + torch.rand(1) * F.softmax(x, 0).mean()\n";

void report(t2j_error* error) {
  std::fprintf(stderr, "torch2jax-worker: the warm-up failed: %s\n", t2j_error_message(error));
  t2j_error_free(error);
}

}  // namespace

void warm_up() {
  t2j_error* error = nullptr;
  t2j_set_threads(1, nullptr);
  t2j_function* function = nullptr;
  if (t2j_function_compile(kSource, std::strlen(kSource), nullptr, &function, &error) != T2J_OK) return report(error);
  t2j_program* program = nullptr;
  if (t2j_program_new(function, "*0;", "", &program, &error) != T2J_OK) return report(error);
  float values[64];
  for (int i = 0; i < 64; i++) values[i] = static_cast<float>(i) / 64;
  const int64_t dims[] = {8, 8};
  const t2j_buffer input{values, dims, 2, T2J_FLOAT32, nullptr};
  t2j_call_options options{};
  t2j_result* result = nullptr;
  if (t2j_program_call(program, &input, 1, &options, &result, &error) != T2J_OK) report(error);
  t2j_result_free(result);
  t2j_program_free(program);
  t2j_function_free(function);
}

}  // namespace t2j::worker
