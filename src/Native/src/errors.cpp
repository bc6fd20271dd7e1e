#include "errors.h"

#include <c10/core/AutogradState.h>

#include <new>

#include "compat.h"
#include "runtime.h"

namespace t2j {
namespace {

struct LastFailure {
  t2j_status status = T2J_OK;
  std::string message;
};
thread_local LastFailure last_failure;

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

bool says_out_of_memory(const std::string& message) {
  return contains(message, "can't allocate memory") || contains(message, "not enough memory") ||
         contains(message, "out of memory") || contains(message, "std::bad_alloc");
}

// Cuts the C++ back trace that follows a message, wherever in the text it stands.
void cut_back_trace(std::string& text) {
  for (const char* mark : {"\nException raised from ", "\nC++ CapturedTraceback:"}) {
    const auto start = text.find(mark);
    if (start == std::string::npos) continue;
    auto end = start;
    // "Exception raised from f at file:line (most recent call first):" and then one "frame #N: ..." a line.
    for (;;) {
      const auto next = text.find('\n', end + 1);
      if (next == std::string::npos) {
        end = text.size();
        break;
      }
      end = next;
      if (text.compare(end + 1, 7, "frame #") != 0) break;
    }
    text.erase(start, end - start);
  }
}

// Cuts the place out of `INTERNAL ASSERT FAILED at "../aten/src/x.cpp":12, please report a bug to PyTorch. why`.
void cut_places(std::string& text) {
  static const std::string start = " at \"";
  static const std::string report = ", please report a bug to PyTorch.";
  for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    auto end = text.find('"', at + start.size());
    if (end == std::string::npos || text.compare(end, 2, "\":") != 0) continue;
    end = text.find_first_not_of("0123456789", end + 2);
    if (end == std::string::npos) end = text.size();
    if (text.compare(end, report.size(), report) == 0) end += report.size();
    text.erase(at, end - at);
  }
}

std::string clean(std::string text) {
  cut_back_trace(text);
  static const std::string interpreter = "The following operation failed in the TorchScript interpreter.\n";
  for (auto at = text.find(interpreter); at != std::string::npos; at = text.find(interpreter)) {
    text.erase(at, interpreter.size());
  }
  cut_places(text);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

t2j_status make(t2j_error** error, t2j_status status, std::string message) {
  if (error != nullptr) {
    *error = new t2j_error{status, std::move(message)};
    ++counters().errors;
  }
  return status;
}

t2j_status status_of(const std::exception& error, const std::string& message) {
  if (last_failure.status != T2J_OK && contains(message, last_failure.message.c_str())) return last_failure.status;
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr || says_out_of_memory(message)) return T2J_OUT_OF_MEMORY;
  if (dynamic_cast<const torch::jit::ErrorReport*>(&error) != nullptr) return T2J_INVALID_SOURCE;
  return T2J_EXECUTION_FAILED;
}

}  // namespace

void fail(t2j_status status, std::string message) {
  last_failure.status = status;
  last_failure.message = message;
  throw Failure(status, std::move(message));
}

std::exception_ptr failure_of_thread() {
  try {
    throw;
  } catch (const Failure&) {
    return std::current_exception();
  } catch (const std::exception& error) {
    const auto message = clean_message(error);
    const auto status = status_of(error, message);
    return status == T2J_EXECUTION_FAILED ? std::current_exception()
                                          : std::make_exception_ptr(Failure(status, message));
  } catch (...) {
    return std::current_exception();
  }
}

std::string clean_message(const std::exception& error) {
  if (const auto* ours = dynamic_cast<const Failure*>(&error)) return ours->message;
  if (const auto* torch_error = dynamic_cast<const c10::Error*>(&error)) {
    return clean(torch_error->what_without_backtrace());
  }
  return clean(error.what());
}

ThreadState::ThreadState() : keys_(c10::impl::tls_local_dispatch_key_set()), layers_(layer_depth()) {
  apply_thread_count();
  const auto& autograd = c10::AutogradState::get_tls_state();
  grad_ = autograd.get_grad_mode();
  forward_grad_ = autograd.get_fw_grad_mode();
}

ThreadState::~ThreadState() {
  while (layer_depth() > layers_) pop_layer();
  auto& autograd = c10::AutogradState::get_tls_state();
  autograd.set_grad_mode(grad_);
  autograd.set_fw_grad_mode(forward_grad_);
  const auto keys = c10::impl::tls_local_dispatch_key_set();
  if (keys.included_ != keys_.included_ || keys.excluded_ != keys_.excluded_) {
    c10::impl::_force_tls_local_dispatch_key_set(keys_);
  }
}

namespace detail {

void begin_call(t2j_error** error) noexcept {
  if (error != nullptr) *error = nullptr;
  last_failure.status = T2J_OK;
}

t2j_status report(t2j_error** error) noexcept {
  try {
    try {
      throw;
    } catch (const Failure& failure) {
      return make(error, failure.status, failure.message);
    } catch (const std::exception& other) {
      auto message = clean_message(other);
      const auto status = status_of(other, message);
      return make(error, status, std::move(message));
    } catch (...) {
      return make(error, T2J_INTERNAL, "an exception of an unknown kind");
    }
  } catch (...) {  // no memory for the message itself
    return T2J_OUT_OF_MEMORY;
  }
}

}  // namespace detail
}  // namespace t2j

extern "C" {

t2j_status t2j_error_status(const t2j_error* error) { return error == nullptr ? T2J_OK : error->status; }

const char* t2j_error_message(const t2j_error* error) { return error == nullptr ? "" : error->message.c_str(); }

void t2j_error_free(t2j_error* error) {
  if (error == nullptr) return;
  delete error;
  --t2j::counters().errors;
}

}  // extern "C"
