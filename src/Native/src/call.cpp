// Calls on real arrays. Results of a plain function are written in place where libtorch lets us: the allocator gives
// the caller's buffer to the operator that makes the result (see function_node.cpp); everything else is copied.
#include "call_state.h"
#include "device.h"
#include "device_watch.h"
#include "errors.h"
#include "program.h"
#include "result.h"
#include "run.h"

namespace t2j {
namespace {

constexpr size_t kWorthArming = 1 << 16;  // below this a copy costs less than the bookkeeping

bool overlap(const void* a, size_t a_bytes, const void* b, size_t b_bytes) {
  const auto* x = static_cast<const char*>(a);
  const auto* y = static_cast<const char*>(b);
  return a_bytes > 0 && b_bytes > 0 && x < y + b_bytes && y < x + a_bytes;
}

// What one call works with: its limits, its streams, its inputs where it runs.
class Call {
 public:
  Call(const t2j_program* program, const t2j_buffer* inputs, int32_t count, const t2j_call_options* options)
      : scope_(options == nullptr ? 0 : options->max_bytes, options == nullptr ? 0 : options->timeout_ms),
        program_(program->impl),
        options_(options) {
    context.device = parse_device(options == nullptr ? nullptr : options->device);
    context.streams.add(context.device);
    for (const auto& device : program_.devices) context.streams.add(device);
    entered_.emplace(context.streams);
    check_inputs(program_, inputs, count);
    inputs_ = watch_.watched([&] {
      Tensors taken;
      taken.reserve(count);
      for (int32_t i = 0; i < count; i++) taken.push_back(take_input(inputs[i]));
      return taken;
    });
  }

  // The inputs stay: an output may share their memory.
  Tensors run() {
    return watch_.watched([&] { return run_program(program_, inputs_, options_, context); });
  }

  RunContext context;

 private:
  at::Tensor take_input(const t2j_buffer& buffer) const {
    if (buffer.kept == nullptr) return copy_in(borrow(buffer), context.device);
    const at::Tensor& kept = buffer.kept->tensor;
    if (kept.device() != context.device || kept.sizes() != sizes_of(buffer) || kept.scalar_type() != dtype_of(buffer))
      fail(T2J_INVALID_ARGUMENT, "a kept array is " + describe(kept) + " on " + kept.device().str() +
                                     ", which is not what the call says of it");
    return kept;
  }

  const CallScope scope_;
  const WatchScope watch_{call_state().account};
  const Program& program_;
  const t2j_call_options* options_;
  c10::optional<CallStreams::Entered> entered_;
  Tensors inputs_;
};

// A dense row-major tensor without lazy conjugation, of one of the header's dtypes.
at::Tensor dense(const at::Tensor& tensor) {
  if (tensor.is_quantized() || tensor.layout() != at::kStrided)
    fail(T2J_UNSUPPORTED_DTYPE, "a result is " + describe(tensor) + " in a layout or dtype that is no plain array");
  const t2j_buffer probe{nullptr, nullptr, 0, static_cast<t2j_dtype>(tensor.scalar_type()), nullptr};
  if (tensor.scalar_type() == at::ScalarType::ComplexHalf)
    fail(T2J_UNSUPPORTED_DTYPE, "Unsupported dtype: torch.complex32");
  dtype_of(probe);
  return tensor.detach().resolve_conj().resolve_neg().contiguous();
}

size_t bytes_of(const t2j_buffer& buffer) {
  return static_cast<size_t>(c10::multiply_integers(sizes_of(buffer))) * c10::elementSize(dtype_of(buffer));
}

// Whether the reference package would call the buffer's shape and dtype those of the output.
void check_output(const at::Tensor& output, const t2j_buffer& buffer, size_t index) {
  const auto sizes = sizes_of(buffer);
  const auto dtype = dtype_of(buffer);
  if (output.sizes() == sizes && output.scalar_type() == dtype) return;
  fail(T2J_OUTPUT_MISMATCH, "torch2jax: output " + std::to_string(index) + " of the torch function is " +
                                describe(output) + ", but " +
                                describe(at::empty(sizes, at::TensorOptions(dtype).device(at::kMeta))) +
                                " was expected (check `output_shapes`)");
}

std::vector<LentBuffer> lend(const Program& program, const c10::Device& device, const t2j_buffer* inputs,
                             int32_t input_count, const t2j_buffer* outputs, int32_t output_count) {
  std::vector<LentBuffer> lent;
  if (!program.plain || is_accelerator(device)) return lent;
  for (int32_t k = 0; k < output_count; k++) {
    const size_t bytes = bytes_of(outputs[k]);
    bool arm = bytes >= kWorthArming && reinterpret_cast<uintptr_t>(outputs[k].data) % 16 == 0;
    for (int32_t i = 0; arm && i < input_count; i++)
      arm = !overlap(outputs[k].data, bytes, inputs[i].data, bytes_of(inputs[i]));
    lent.push_back(arm ? LentBuffer{outputs[k].data, bytes} : LentBuffer{nullptr, 0});
  }
  return lent;
}

void write_outputs(Tensors& results, const t2j_buffer* outputs, const std::vector<LentBuffer>& lent) {
  for (size_t k = 0; k < results.size(); k++) check_output(results[k], outputs[k], k);
  // A result that lies in another output's buffer moves out before anything is copied.
  for (size_t k = 0; k < results.size(); k++) {
    results[k] = dense(results[k]);
    if (is_accelerator(results[k].device())) continue;
    for (size_t other = 0; other < lent.size(); other++) {
      if (!overlap(results[k].data_ptr(), results[k].nbytes(), lent[other].data, lent[other].bytes)) continue;
      if (results[k].data_ptr() != outputs[k].data) results[k] = results[k].clone();
    }
  }
  for (size_t k = 0; k < results.size(); k++) {
    if (results[k].nbytes() == 0) continue;
    if (is_accelerator(results[k].device())) {
      borrow(outputs[k]).copy_(results[k], /*non_blocking=*/true);
    } else if (results[k].data_ptr() != outputs[k].data) {
      std::memcpy(outputs[k].data, results[k].data_ptr(), results[k].nbytes());
    }
  }
}

// Arrays that share memory with an input, a constant of the graph or one another become arrays of their own.
void own_outputs(Tensors& results) {
  for (auto& result : results) {
    result = dense(result);
    if (is_accelerator(result.device())) {
      result = copy_out(result);
      continue;
    }
    if (result.storage().use_count() > 1) result = result.clone(at::MemoryFormat::Contiguous);
  }
}

}  // namespace
}  // namespace t2j

extern "C" {

t2j_status t2j_program_call(const t2j_program* program, const t2j_buffer* inputs, int32_t input_count,
                            const t2j_call_options* options, t2j_result** result, t2j_error** error) {
  using namespace t2j;
  return guard(error, [&] {
    Call call(program, inputs, input_count, options);
    Tensors outputs = call.run();
    own_outputs(outputs);
    call.context.streams.wait();
    auto filled = std::make_unique<t2j_result>();
    filled->fill(call.context, std::move(outputs));
    *result = filled.release();
  });
}

t2j_status t2j_program_call_into(const t2j_program* program, const t2j_buffer* inputs, int32_t input_count,
                                 const t2j_buffer* outputs, int32_t output_count, const t2j_call_options* options,
                                 t2j_result** result, t2j_error** error) {
  using namespace t2j;
  return guard(error, [&] {
    Call call(program, inputs, input_count, options);
    const std::vector<LentBuffer> lent =
        lend(program->impl, call.context.device, inputs, input_count, outputs, output_count);
    call_state().lent = &lent;
    Tensors results = call.run();
    if (static_cast<int32_t>(results.size()) != output_count)
      fail(T2J_OUTPUT_MISMATCH, "torch2jax: the torch function returned " + std::to_string(results.size()) +
                                    " outputs, but " + std::to_string(output_count) + " were expected");
    write_outputs(results, outputs, lent);
    call.context.streams.wait();
    if (result != nullptr) {
      auto filled = std::make_unique<t2j_result>();
      filled->fill(call.context, {});
      *result = filled.release();
    }
  });
}
}
