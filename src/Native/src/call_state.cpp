#include "call_state.h"

#include "errors.h"

namespace t2j {

CallState& call_state() {
  thread_local CallState state;
  return state;
}

CallScope::CallScope(int64_t max_bytes, int32_t timeout_ms) : previous_(call_state()) {
  CallState& state = call_state();
  state = CallState();
  state.account = MemoryAccount::open(max_bytes);
  if (timeout_ms > 0) {
    state.has_deadline = true;
    state.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  }
}

CallScope::CallScope(const CallState& other) : previous_(call_state()) {
  CallState& state = call_state();
  state = other;
  state.lent = nullptr;  // buffers are armed on the calling thread alone
  state.armed = {nullptr, 0};
  if (state.account != nullptr) state.account->share();
}

CallScope::~CallScope() {
  if (call_state().account != nullptr) call_state().account->close();
  call_state() = previous_;
}

void check_deadline() {
  const CallState& state = call_state();
  if (state.has_deadline && std::chrono::steady_clock::now() > state.deadline)
    fail(T2J_EXECUTION_FAILED, "the function's loop did not end within the time this call may take");
}

}  // namespace t2j
