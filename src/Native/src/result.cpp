#include "result.h"

#include "call_state.h"
#include "errors.h"
#include "runtime.h"

t2j_result::t2j_result() { t2j::counters().results++; }

t2j_result::~t2j_result() {
  t2j::counters().tensors -= static_cast<int64_t>(tensors.size());
  t2j::counters().results--;
}

void t2j_result::fill(t2j::RunContext& context, t2j::Tensors arrays) {
  structure = std::move(context.structure);
  for (const auto& warning : context.warnings) warnings += warning + '\n';
  for (const auto dtype : context.function_dtypes) function_dtypes.push_back(static_cast<t2j_dtype>(dtype));
  tensors = std::move(arrays);
  t2j::counters().tensors += static_cast<int64_t>(tensors.size());
  if (t2j::call_state().account != nullptr) peak_bytes = t2j::call_state().account->peak();
}

extern "C" {

int32_t t2j_result_count(const t2j_result* result) { return static_cast<int32_t>(result->tensors.size()); }

t2j_status t2j_result_buffer(const t2j_result* result, int32_t index, t2j_buffer* buffer) {
  if (index < 0 || index >= t2j_result_count(result)) return T2J_INVALID_ARGUMENT;
  const at::Tensor& tensor = result->tensors[index];
  buffer->data = tensor.is_meta() || result->inferred_by != 0 ? nullptr : tensor.data_ptr();
  buffer->dims = tensor.sizes().data();
  buffer->rank = static_cast<int32_t>(tensor.dim());
  buffer->dtype = static_cast<t2j_dtype>(tensor.scalar_type());
  buffer->kept = nullptr;
  return T2J_OK;
}

const char* t2j_result_structure(const t2j_result* result) { return result->structure.c_str(); }

const t2j_dtype* t2j_result_function_dtypes(const t2j_result* result, int32_t* count) {
  *count = static_cast<int32_t>(result->function_dtypes.size());
  return result->function_dtypes.data();
}

const char* t2j_result_warnings(const t2j_result* result) { return result->warnings.c_str(); }

int32_t t2j_result_inferred_by(const t2j_result* result) { return result->inferred_by; }

int64_t t2j_result_peak_bytes(const t2j_result* result) { return result->peak_bytes; }

void t2j_result_free(t2j_result* result) {
  if (result == nullptr) return;
  t2j::guard(nullptr, [&] { delete result; });
}
}
