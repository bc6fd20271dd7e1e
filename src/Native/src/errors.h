// Failures of every kind become a status and a message; the state of the calling thread outlives them.
#ifndef T2J_ERRORS_H_
#define T2J_ERRORS_H_

#include <c10/core/impl/LocalDispatchKeySet.h>

#include <cstddef>
#include <exception>
#include <string>
#include <utility>

#include "t2j.h"

struct t2j_error {
  t2j_status status;
  std::string message;
};

namespace t2j {

// What our own code throws.
struct Failure : std::exception {
  t2j_status status;
  std::string message;

  Failure(t2j_status status, std::string message) : status(status), message(std::move(message)) {}
  const char* what() const noexcept override { return message.c_str(); }
};

// Throws Failure. Also remembered for this thread: libtorch's interpreter turns what an operator throws into a plain
// std::runtime_error, and `guard` finds the status again by the message.
[[noreturn]] void fail(t2j_status status, std::string message);

// Inside a catch block: the exception to throw on another thread, which `fail` of this one means nothing to.
std::exception_ptr failure_of_thread();

// The text a user may read: no C++ back trace, no paths of libtorch's own source files, but TorchScript's lines about
// the user's function.
std::string clean_message(const std::exception& error);

// The state of a thread that functions or transforms may change. Restored on destruction.
class ThreadState {
 public:
  ThreadState();
  ~ThreadState();
  ThreadState(const ThreadState&) = delete;
  ThreadState& operator=(const ThreadState&) = delete;

 private:
  c10::impl::LocalDispatchKeySet keys_;
  size_t layers_;
  bool grad_, forward_grad_;
};

namespace detail {
// Called inside a catch block: turns the current exception into a status and, where `error` is not NULL, a handle.
t2j_status report(t2j_error** error) noexcept;
void begin_call(t2j_error** error) noexcept;
}  // namespace detail

// Runs `body`; whatever it throws becomes a status and an error handle, and the thread is left as it was found.
template <class F>
t2j_status guard(t2j_error** error, F&& body) noexcept {
  detail::begin_call(error);
  try {
    ThreadState state;
    std::forward<F>(body)();
    return T2J_OK;
  } catch (...) {
    return detail::report(error);
  }
}

}  // namespace t2j

#endif  // T2J_ERRORS_H_
