// Memory of tensors: what each device may hold and holds, what one call holds of it, and who can give memory back.
// Whoever allocates on a device charges it here first.
#pragma once
#include <c10/core/Device.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace t2j {

// Bytes that one call holds, on all devices together. Blocks that outlive the call, as its results do, keep it alive.
class MemoryAccount {
 public:
  // A call's, with one owner; `limit` 0 for none.
  static MemoryAccount* open(int64_t limit);
  // One owner more, one less.
  void share() { state_.fetch_add(kOwner, std::memory_order_relaxed); }
  void close();

  // Returns the bytes held then; while there are any, they keep the account.
  int64_t add(int64_t bytes) {
    const int64_t held = (state_.fetch_add(bytes, std::memory_order_relaxed) + bytes) & kBytes;
    int64_t most = peak_.load(std::memory_order_relaxed);
    while (held > most && !peak_.compare_exchange_weak(most, held, std::memory_order_relaxed)) {
    }
    return held;
  }
  void remove(int64_t bytes) {
    if (state_.fetch_sub(bytes, std::memory_order_acq_rel) == bytes) delete this;
  }

  int64_t limit() const { return limit_; }
  int64_t held() const { return state_.load(std::memory_order_relaxed) & kBytes; }
  int64_t peak() const { return peak_.load(std::memory_order_relaxed); }

 private:
  // Owners and bytes are one number, so that one addition counts both.
  static constexpr int64_t kOwner = int64_t{1} << 48;
  static constexpr int64_t kBytes = kOwner - 1;

  explicit MemoryAccount(int64_t limit) : limit_(limit) {}
  ~MemoryAccount() = default;
  friend struct SpareAccount;

  int64_t limit_;
  std::atomic<int64_t> state_{kOwner};
  std::atomic<int64_t> peak_{0};
};

struct DeviceMemory {
  alignas(64) std::atomic<int64_t> used{0};   // bytes of all tensors
  alignas(64) std::atomic<int64_t> limit{0};  // of used and cached together; 0: none
  std::atomic<int64_t> cached{0};             // bytes kept for reuse, as far as their keeper says
  std::atomic<int64_t> resident{0};           // the part of `used` that belongs to no call
};
// Of the CPU, or of a GPU.
DeviceMemory& memory_of(c10::Device device);

// Charges the call of this thread, if there is one, and the device. Throws Failure(T2J_OUT_OF_MEMORY) where the call alone
// is over its own limit or the device's, Failure(T2J_OVERLOADED) where other calls' memory stands in its way; what is
// kept for reuse is given back before that. The account is for unreserve: NULL outside of calls.
MemoryAccount* reserve(c10::Device device, size_t bytes);
void unreserve(c10::Device device, MemoryAccount* account, size_t bytes);

// The device has no memory for what was reserved, also after give_back: takes the charge back and throws one of the two.
[[noreturn]] void refuse(c10::Device device, MemoryAccount* account, size_t bytes);

// The same for a device whose allocator tells only afterwards: `bytes` that it has not given, and `bytes` that the call
// holds now and that are too many.
[[noreturn]] void refuse_more(c10::Device device, MemoryAccount* account, size_t bytes);
[[noreturn]] void refuse_held(c10::Device device, MemoryAccount* account, size_t bytes);

// Somebody who keeps memory for reuse and can give it back, until `keep` bytes of it are left on the device.
using GiveBack = void (*)(c10::Device device, int64_t keep);
void on_pressure(GiveBack give_back);  // at start; there are a few of them at most
void give_back(c10::Device device, int64_t keep);

}  // namespace t2j
