// What a call holds on GPUs, as their allocator reports it. libtorch hands the watch on to all threads of a call, also to
// those of the autograd engine.
#pragma once
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <map>

#include "memory.h"
#include "pch.h"

namespace t2j {

class DeviceWatch final : public c10::MemoryReportingInfoBase {
 public:
  // Charges `account`; nobody where it is NULL, for what stays between calls.
  explicit DeviceWatch(MemoryAccount* account) : account_(account) {}
  ~DeviceWatch() override;
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;

  void reportMemoryUsage(void* block, int64_t bytes, int64_t allocated, int64_t reserved, c10::Device device) override;
  void reportOutOfMemory(int64_t bytes, int64_t allocated, int64_t reserved, c10::Device device) override;
  bool memoryProfilingEnabled() const override { return true; }

  // Throws where the call is over a limit: a device's allocator cannot be told to refuse beforehand.
  void check() const;
  // Whether the device had no memory; says so in place of what libtorch said.
  void explain_out_of_memory() const;

 private:
  struct Shortage {
    c10::Device device;
    int64_t bytes;
  };

  MemoryAccount* const account_;
  mutable std::mutex mutex_;
  int64_t held_ = 0;
  c10::optional<Shortage> over_, out_;
};

// Puts a watch on this thread, and so on what it starts, where there are GPUs at all.
class WatchScope {
 public:
  explicit WatchScope(MemoryAccount* account);
  // Runs `body`, and throws where it took too much; where a device had no memory it says whose fault that is.
  template <class Body>
  auto watched(Body&& body) const -> decltype(body()) {
    try {
      auto result = body();
      if (watch_ != nullptr) watch_->check();
      return result;
    } catch (const std::exception&) {
      if (watch_ != nullptr) watch_->explain_out_of_memory();
      throw;
    }
  }

 private:
  std::shared_ptr<DeviceWatch> watch_;
  c10::optional<c10::DebugInfoGuard> guard_;
};

}  // namespace t2j
