#include "run.h"

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>

#include <random>

#include "device.h"
#include "errors.h"
#include "runtime.h"

namespace t2j {
namespace {

// Random operators draw from the device's default generator. Calls that use it take turns, each with a seed of its own,
// so that a seed means the same whatever else runs.
class SeededTurn {
 public:
  SeededTurn(const c10::Device& device, const t2j_call_options* options) : lock_(mutex()) {
    uint64_t seed = 0;
    if (options != nullptr && options->has_seed != 0) {
      seed = static_cast<uint64_t>(options->seed);
    } else {
      std::random_device fresh;
      seed = (static_cast<uint64_t>(fresh()) << 32) | fresh();
    }
    set(at::detail::getDefaultCPUGenerator(), seed);
    if (is_accelerator(device)) set(at::globalContext().defaultGenerator(device), seed);
  }

 private:
  static std::mutex& mutex() {
    static std::mutex turn;
    return turn;
  }
  static void set(const at::Generator& generator, uint64_t seed) {
    at::Generator mine = generator;
    std::lock_guard<std::mutex> lock(mine.mutex());
    mine.set_current_seed(seed);
  }
  std::unique_lock<std::mutex> lock_;
};

Tensors run_unseeded(const Program& program, const Tensors& inputs, RunContext& context) {
  if (!program.differentiates) {
    // Inference mode saves autograd's bookkeeping; functorch's wrappers work under it as they do without.
    const c10::InferenceMode mode;
    return program.root->run(inputs, context, false);
  }
  const c10::AutoGradMode mode(false);
  return program.root->run(inputs, context, false);
}

}  // namespace

c10::IntArrayRef sizes_of(const t2j_buffer& buffer) {
  if (buffer.rank < 0 || buffer.rank > 64 || (buffer.rank > 0 && buffer.dims == nullptr))
    fail(T2J_INVALID_ARGUMENT, "a buffer's rank is out of range");
  return {buffer.dims, static_cast<size_t>(buffer.rank)};
}

at::ScalarType dtype_of(const t2j_buffer& buffer) {
  switch (buffer.dtype) {
    case T2J_UINT8:
    case T2J_INT8:
    case T2J_INT16:
    case T2J_INT32:
    case T2J_INT64:
    case T2J_FLOAT16:
    case T2J_FLOAT32:
    case T2J_FLOAT64:
    case T2J_COMPLEX64:
    case T2J_COMPLEX128:
    case T2J_BOOL:
    case T2J_BFLOAT16:
      return static_cast<at::ScalarType>(buffer.dtype);
    default:
      fail(T2J_UNSUPPORTED_DTYPE, "dtype number " + std::to_string(buffer.dtype) + " is not one of this library's");
  }
}

at::Tensor borrow(const t2j_buffer& buffer) {
  const auto sizes = sizes_of(buffer);
  const auto dtype = dtype_of(buffer);
  if (buffer.data == nullptr && c10::multiply_integers(sizes) != 0)
    fail(T2J_INVALID_ARGUMENT, "a buffer with elements has no data");
  return at::for_blob(buffer.data, sizes).options(at::TensorOptions(dtype)).make_tensor();
}

void check_inputs(const Program& program, const t2j_buffer* inputs, int32_t count) {
  if (count != program.inputs)
    fail(T2J_INVALID_ARGUMENT,
         "the program takes " + std::to_string(program.inputs) + " arrays, " + std::to_string(count) + " were given");
  if (count > 0 && inputs == nullptr) fail(T2J_INVALID_ARGUMENT, "inputs is NULL");
}

Tensors run_program(const Program& program, const Tensors& inputs, const t2j_call_options* options,
                    RunContext& context) {
  apply_thread_count();
  if (!program.function->random) return run_unseeded(program, inputs, context);
  const SeededTurn turn(context.device, options);
  return run_unseeded(program, inputs, context);
}

}  // namespace t2j
