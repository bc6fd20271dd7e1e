#include "device_watch.h"

#include "device.h"
#include "errors.h"

namespace t2j {

DeviceWatch::~DeviceWatch() {
  if (account_ != nullptr && held_ > 0) account_->remove(held_);
}

void DeviceWatch::reportMemoryUsage(void*, int64_t bytes, int64_t allocated, int64_t reserved, c10::Device device) {
  if (!is_accelerator(device)) return;
  DeviceMemory& memory = memory_of(device);
  memory.used.store(allocated, std::memory_order_relaxed);  // the allocator's own count
  memory.cached.store(std::max<int64_t>(reserved - allocated, 0), std::memory_order_relaxed);
  std::lock_guard<std::mutex> lock(mutex_);
  bytes = std::max(bytes, -held_);  // what others took and this call gives back is none of its own
  held_ += bytes;
  int64_t held = 0;
  if (account_ != nullptr && bytes < 0) account_->remove(-bytes);
  if (account_ != nullptr && bytes > 0) held = account_->add(bytes);
  if (bytes <= 0 || over_) return;
  const int64_t limit = memory.limit.load(std::memory_order_relaxed);
  const bool over_own = account_ != nullptr && account_->limit() > 0 && held > account_->limit();
  if (over_own || (limit > 0 && allocated > limit)) over_ = Shortage{device, bytes};
}

void DeviceWatch::reportOutOfMemory(int64_t bytes, int64_t, int64_t, c10::Device device) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!out_) out_ = Shortage{device, bytes};
}

void DeviceWatch::check() const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (over_) refuse_held(over_->device, account_, static_cast<size_t>(over_->bytes));
}

void DeviceWatch::explain_out_of_memory() const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!out_) return;
  give_back(out_->device, 0);
  refuse_more(out_->device, account_, static_cast<size_t>(out_->bytes));
}

WatchScope::WatchScope(MemoryAccount* account) {
  if (accelerator_count() == 0) return;
  watch_ = std::make_shared<DeviceWatch>(account);
  guard_.emplace(c10::DebugInfoKind::PROFILER_STATE, watch_);
}

}  // namespace t2j
