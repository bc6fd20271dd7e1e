// Output shapes without data: on meta tensors, which hold no elements, else on zeros.
#include <ATen/record_function.h>

#include "call_state.h"
#include "errors.h"
#include "program.h"
#include "result.h"
#include "run.h"

namespace t2j {
namespace {

// What the watch on this thread has seen.
struct Seen {
  int depth = 0;
  std::string outermost;       // the operator that the function itself called
  std::string data_dependent;  // the first whose output shape depends on data
};
thread_local Seen seen;

bool gives_shapes_by_data(const std::string& name) {
  static const std::unordered_set<std::string> names = {
      "aten::nonzero",  "aten::nonzero_numpy",     "aten::masked_select",         "aten::_unique",
      "aten::_unique2", "aten::unique_dim",        "aten::unique_consecutive",    "aten::bincount",
      "aten::argwhere", "aten::repeat_interleave", "aten::unique_dim_consecutive"};
  return names.count(name) != 0;
}

// Operators call others: only what the function calls shows in its shapes (a loss may select inside and reduce after),
// but indexing by a mask, and `where` of a condition alone, are known by the nonzero they call.
std::unique_ptr<at::ObserverContext> enter(const at::RecordFunction& function) {
  const std::string name = function.name();
  if (seen.depth++ == 0) seen.outermost = name;
  const bool by_mask = name == "aten::nonzero" && (seen.outermost == "aten::index" || seen.outermost == "aten::where");
  if (seen.data_dependent.empty() && ((seen.depth == 1 && gives_shapes_by_data(name)) || by_mask))
    seen.data_dependent = seen.outermost;
  return nullptr;
}

void leave(const at::RecordFunction&, at::ObserverContext*) { seen.depth--; }

// While it lives, operators of this thread whose output shapes depend on data are noticed.
class ShapeWatch {
 public:
  ShapeWatch()
      : handle_(at::addThreadLocalCallback(
            at::RecordFunctionCallback(&enter, &leave).scopes({at::RecordScope::FUNCTION}))) {
    seen = Seen();
  }
  ~ShapeWatch() { at::removeCallback(handle_); }
  ShapeWatch(const ShapeWatch&) = delete;
  ShapeWatch& operator=(const ShapeWatch&) = delete;

 private:
  at::CallbackHandle handle_;
};

Tensors placeholders(const t2j_buffer* inputs, int32_t count, const c10::Device& device, bool meta) {
  Tensors tensors;
  for (int32_t i = 0; i < count; i++) {
    const auto options = at::TensorOptions(dtype_of(inputs[i]));
    tensors.push_back(meta ? at::empty(sizes_of(inputs[i]), options.device(at::kMeta))
                           : at::zeros(sizes_of(inputs[i]), options.device(device)));
  }
  return tensors;
}

// Bytes of the inputs, or nothing where they do not fit into 63 bits.
c10::optional<int64_t> bytes_of(const t2j_buffer* inputs, int32_t count) {
  int64_t total = 0;
  for (int32_t i = 0; i < count; i++) {
    int64_t bytes = static_cast<int64_t>(c10::elementSize(dtype_of(inputs[i])));
    for (const int64_t size : sizes_of(inputs[i]))
      if (__builtin_mul_overflow(bytes, size, &bytes)) return c10::nullopt;
    if (__builtin_add_overflow(total, bytes, &total)) return c10::nullopt;
  }
  return total;
}

std::unique_ptr<t2j_result> infer(const Program& program, const Tensors& inputs, const t2j_call_options* options,
                                  int32_t by) {
  RunContext context;
  context.placeholders = true;
  context.device = inputs.empty() ? c10::Device(c10::DeviceType::CPU) : inputs[0].device();
  context.streams.add(context.device);
  const CallStreams::Entered entered(context.streams);
  Tensors outputs = run_program(program, inputs, options, context);
  auto result = std::make_unique<t2j_result>();
  for (auto& output : outputs) output = output.detach();
  result->fill(context, std::move(outputs));
  result->inferred_by = by;
  return result;
}

[[noreturn]] void depends_on_data(const std::string& why) {
  fail(T2J_DATA_DEPENDENT_SHAPE, "the shapes of the outputs cannot be known without data: " + why +
                                     "; give outputShapes, or call the function on real arrays");
}

std::unique_ptr<t2j_result> infer_on_zeros(const Program& program, const t2j_buffer* inputs, int32_t count,
                                           const t2j_call_options* options) {
  const int64_t limit = options == nullptr ? 0 : options->max_bytes;
  const auto bytes = bytes_of(inputs, count);
  if (!bytes || (limit > 0 && *bytes > limit))
    depends_on_data("an operator needs real arrays, and zeros of these shapes are over the limit of " +
                    std::to_string(limit) + " bytes");
  const c10::Device device = parse_device(options == nullptr ? nullptr : options->device);
  const ShapeWatch watch;
  auto result = infer(program, placeholders(inputs, count, device, false), options, T2J_INFER_ZEROS);
  if (!seen.data_dependent.empty())
    depends_on_data(seen.data_dependent + " gives as many elements as its input's values say");
  return result;
}

}  // namespace
}  // namespace t2j

extern "C" t2j_status t2j_program_infer(const t2j_program* program, const t2j_buffer* inputs, int32_t input_count,
                                        int32_t modes, const t2j_call_options* options, t2j_result** result,
                                        t2j_error** error) {
  using namespace t2j;
  return guard(error, [&] {
    check_inputs(program->impl, inputs, input_count);
    const CallScope scope(options == nullptr ? 0 : options->max_bytes, options == nullptr ? 0 : options->timeout_ms);
    std::unique_ptr<t2j_result> found;
    if ((modes & T2J_INFER_META) != 0) {
      try {
        // A function without arrays has nothing that meta tensors could stand for.
        if (input_count > 0)
          found = infer(program->impl, placeholders(inputs, input_count, at::kMeta, true), options, T2J_INFER_META);
      } catch (const std::exception&) {
        if ((modes & T2J_INFER_ZEROS) == 0) throw;
      }
    }
    if (found == nullptr && (modes & T2J_INFER_ZEROS) != 0)
      found = infer_on_zeros(program->impl, inputs, input_count, options);
    if (found == nullptr) depends_on_data("no way of inferring them was allowed");
    *result = found.release();
  });
}
