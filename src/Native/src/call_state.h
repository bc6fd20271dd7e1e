// What belongs to one call and must be reachable from operators deep inside libtorch: the memory account, the deadline
// of loops, and the caller's buffers that results may be written to in place. Thread-local, set up by CallScope.
#pragma once
#include <chrono>
#include <vector>

#include "memory.h"
#include "pch.h"

namespace t2j {

struct LentBuffer {
  void* data;
  size_t bytes;
};

struct CallState {
  MemoryAccount* account = nullptr;
  std::chrono::steady_clock::time_point deadline{};
  bool has_deadline = false;
  const std::vector<LentBuffer>* lent = nullptr;  // by output leaf; data is NULL where an output is not to be armed
  LentBuffer armed{nullptr, 0};
};

// The state of the call that runs on this thread; all empty where none does.
CallState& call_state();

// Sets the thread's state for a call and puts back what was there before.
class CallScope {
 public:
  CallScope(int64_t max_bytes, int32_t timeout_ms);
  // The same call going on, on another thread.
  explicit CallScope(const CallState& other);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  CallState previous_;
};

// Throws Failure(T2J_EXECUTION_FAILED) where the call's deadline has passed.
void check_deadline();

}  // namespace t2j
