#include "requests.h"

#include <algorithm>

#include "buffers.h"
#include "sandbox.h"
#include "t2j_isolation.h"

namespace t2j::worker {
namespace {

constexpr int64_t kLogBytes = 64 << 10;

void write_log(Writer& out) {
  char text[kLogBytes];
  const int64_t count = t2j_take_log(text, sizeof text);
  out.text({text, static_cast<size_t>(count)});
}

}  // namespace

struct Requests::Call {
  std::vector<int64_t> dims;  // of all arrays, one after the other
  std::vector<t2j_buffer> inputs, outputs;
  std::string device;
  t2j_call_options options{};
};

void Requests::serve(const char* request, char* answer) {
  Reader in(request, T2J_CHANNEL_AREA);
  Writer out(answer, T2J_CHANNEL_AREA);
  t2j_status status = T2J_INTERNAL;
  std::string message;
  try {
    const int64_t kind = in.word();
    const auto threads = static_cast<int32_t>(in.word());
    if (threads != threads_ && t2j_set_threads(threads, nullptr) == T2J_OK) threads_ = threads;
    for (int64_t left = in.word(); left > 0; left--) let_go(in.word());
    out.word(T2J_OK);
    t2j_error* error = nullptr;
    status = handle(kind, in, out, &error);
    if (status == T2J_OK) {
      write_log(out);
      return;
    }
    message = t2j_error_message(error);
    t2j_error_free(error);
  } catch (const ArenaFull& full) {
    status = results_.empty() ? T2J_OUT_OF_MEMORY : T2J_OVERLOADED;
    message = full.what();
  } catch (const std::exception& other) {
    message = other.what();
  }
  if (status == T2J_OUT_OF_MEMORY || status == T2J_OVERLOADED) {
    rest();
    spent_ = !has_room();
  }
  out.rewind(0);
  out.word(status == T2J_OK ? T2J_INTERNAL : status);
  out.text(std::string_view(message).substr(0, kLogBytes));
  write_log(out);
}

void Requests::rest() {
  if (outputs_.first != nullptr) memory_.arena->give(outputs_.first, outputs_.second);
  outputs_ = {nullptr, 0};
  t2j_trim();
}

t2j_status Requests::handle(int64_t kind, Reader& in, Writer& out, t2j_error** error) {
  switch (kind) {
    case kCompile:
      return compile(in, out, error);
    case kLoad:
      return load(in, out, error);
    case kProgram:
      return make_program(in, out, error);
    case kCall:
      return call(in, out, error);
    case kInfer:
      return infer(in, out, error);
    case kRest:
      rest();
      return T2J_OK;
    case kProbe:
      out.word(probe_sandbox());
      return T2J_OK;
    default:
      throw std::out_of_range("a request of an unknown kind");
  }
}

t2j_status Requests::compile(Reader& in, Writer& out, t2j_error** error) {
  const int64_t id = in.word();
  const auto source = in.text();
  const std::string entry(in.word() != 0 ? in.text() : std::string_view());
  t2j_function* function = nullptr;
  const auto status = t2j_function_compile(source.data(), static_cast<int64_t>(source.size()),
                                           entry.empty() ? nullptr : entry.c_str(), &function, error);
  if (status != T2J_OK) return status;
  functions_[id] = function;
  out.text(t2j_function_schema(function));
  return T2J_OK;
}

t2j_status Requests::load(Reader& in, Writer& out, t2j_error** error) {
  const int64_t id = in.word();
  const int64_t offset = in.word(), length = in.word();
  const std::string method(in.text());
  const auto functional = static_cast<int32_t>(in.word());
  t2j_function* function = nullptr;
  const auto status = t2j_function_load(memory_.inputs + offset, length, method.c_str(), functional, &function, error);
  if (status != T2J_OK) return status;
  functions_[id] = function;
  out.text(t2j_function_schema(function));
  return T2J_OK;
}

t2j_status Requests::make_program(Reader& in, Writer& out, t2j_error** error) {
  const int64_t id = in.word();
  const auto* function = functions_.at(in.word());
  const std::string arguments(in.text()), transforms(in.text());
  t2j_program* program = nullptr;
  const auto status = t2j_program_new(function, arguments.c_str(), transforms.c_str(), &program, error);
  if (status != T2J_OK) return status;
  programs_[id] = program;
  out.word(t2j_program_inputs(program));
  return T2J_OK;
}

// Dims move while they are gathered, so buffers point to them only when all are there.
void Requests::read_arrays(Reader& in, std::vector<int64_t>& dims, std::vector<t2j_buffer>& buffers) {
  for (int64_t left = in.word(); left > 0; left--) {
    t2j_buffer buffer{};
    buffer.dtype = static_cast<t2j_dtype>(in.word());
    buffer.rank = static_cast<int32_t>(in.word());
    int64_t bytes = size_of(buffer.dtype);
    for (int32_t i = 0; i < buffer.rank; i++) {
      dims.push_back(in.word());
      bytes *= dims.back();
    }
    const int64_t place = in.word();
    // The library never writes into inputs; those in the shared memory could not even be written.
    if (place == kInline) buffer.data = const_cast<char*>(in.array(bytes));
    if (place == kInputs) buffer.data = const_cast<char*>(memory_.inputs + in.word());
    buffers.push_back(buffer);
  }
}

void Requests::read_options(Reader& in, Call& call) {
  call.device = in.text();
  call.options.device = call.device.empty() ? nullptr : call.device.c_str();
  call.options.seed = in.word();
  call.options.has_seed = static_cast<int32_t>(in.word());
  call.options.timeout_ms = static_cast<int32_t>(in.word());
  call.options.max_bytes = in.word();
}

void Requests::point_to_dims(Call& call) {
  const int64_t* next = call.dims.data();
  for (auto* buffers : {&call.inputs, &call.outputs}) {
    for (auto& buffer : *buffers) {
      buffer.dims = next;
      next += buffer.rank;
    }
  }
}

t2j_status Requests::call(Reader& in, Writer& out, t2j_error** error) {
  Call call;
  const auto* program = programs_.at(in.word());
  const int64_t id = in.word();
  read_options(in, call);
  read_arrays(in, call.dims, call.inputs);
  read_arrays(in, call.dims, call.outputs);
  point_to_dims(call);
  limit_processor_time(int64_t{call.options.timeout_ms} * threads_);
  if (!call.outputs.empty()) return call_into(program, out, call, error);
  t2j_result* result = nullptr;
  const auto status = t2j_program_call(program, call.inputs.data(), static_cast<int32_t>(call.inputs.size()),
                                       &call.options, &result, error);
  if (status != T2J_OK) return status;
  HeldResult held{result, {}};
  try {
    const bool keeps = write_arrays(out, held);
    out.word(keeps);
    write_rest(out, result);
    if (keeps) {
      results_[id] = std::move(held);
      return T2J_OK;
    }
  } catch (...) {
    free_result(held);
    throw;
  }
  free_result(held);
  return T2J_OK;
}

// Results that the host copies into arrays of its own before it asks for anything else: in the answer, or in a block
// that is kept for this.
t2j_status Requests::call_into(const t2j_program* program, Writer& out, Call& call, t2j_error** error) {
  int64_t total = 0;
  for (const auto& buffer : call.outputs)
    total += (bytes_of(buffer) + kArrayAlignment - 1) / kArrayAlignment * kArrayAlignment;
  const bool fits = total <= kInlineBytes;
  if (!fits && outputs_.second < static_cast<size_t>(total)) {
    rest();
    outputs_ = {static_cast<char*>(memory_.arena->take(static_cast<size_t>(total))), static_cast<size_t>(total)};
    if (outputs_.first == nullptr) {
      outputs_.second = 0;
      throw ArenaFull(total, memory_.arena->bytes());
    }
  }
  char* next = outputs_.first;
  out.word(static_cast<int64_t>(call.outputs.size()));
  for (auto& buffer : call.outputs) {
    const int64_t bytes = bytes_of(buffer);
    write_head(out, buffer);
    out.word(fits ? kInline : kArena);
    if (fits) {
      buffer.data = out.array(bytes);
    } else {
      out.word(next - memory_.region);
      buffer.data = next;
      next += (bytes + kArrayAlignment - 1) / kArrayAlignment * kArrayAlignment;
    }
  }
  t2j_result* result = nullptr;
  const auto status =
      t2j_program_call_into(program, call.inputs.data(), static_cast<int32_t>(call.inputs.size()), call.outputs.data(),
                            static_cast<int32_t>(call.outputs.size()), &call.options, &result, error);
  if (status != T2J_OK) return status;
  out.word(0);
  write_rest(out, result);
  t2j_result_free(result);
  return T2J_OK;
}

t2j_status Requests::infer(Reader& in, Writer& out, t2j_error** error) {
  Call call;
  const auto* program = programs_.at(in.word());
  const auto modes = static_cast<int32_t>(in.word());
  read_options(in, call);
  read_arrays(in, call.dims, call.inputs);
  point_to_dims(call);
  t2j_result* result = nullptr;
  const auto status = t2j_program_infer(program, call.inputs.data(), static_cast<int32_t>(call.inputs.size()), modes,
                                        &call.options, &result, error);
  if (status != T2J_OK) return status;
  HeldResult held{result, {}};
  try {
    write_arrays(out, held);
    out.word(0);
    write_rest(out, result);
  } catch (...) {
    free_result(held);
    throw;
  }
  free_result(held);
  return T2J_OK;
}

}  // namespace t2j::worker
