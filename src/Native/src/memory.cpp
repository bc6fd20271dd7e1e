#include "memory.h"

#include <unistd.h>

#include "call_state.h"
#include "errors.h"
#include "run.h"

namespace t2j {

// An account that the last call of this thread left empty, for the next one.
struct SpareAccount {
  MemoryAccount* account = nullptr;
  ~SpareAccount() { delete account; }
};

namespace {

constexpr int kGpus = 64;
constexpr int kGivers = 8;
constexpr size_t kMostBytes = size_t{1} << 46;  // more than any machine has, and less than an account can count

// Neither made nor destroyed at run time: tensors are freed while statics are.
DeviceMemory devices[1 + kGpus];
std::atomic<GiveBack> givers[kGivers];

thread_local SpareAccount spare;

std::string text(size_t bytes) { return std::to_string(bytes); }

// What a call can have that has the device for itself.
int64_t capacity(c10::Device device) {
  const int64_t limit = memory_of(device).limit.load(std::memory_order_relaxed);
  if (limit > 0) return limit;
  static const int64_t machine = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  return device.is_cpu() ? machine : INT64_MAX;
}

// For a call that holds `held` and asks for more: whose fault is it that there is none? The limit's count says so; where
// the system had none, others have to have some of it.
[[noreturn]] void fail_for(c10::Device device, int64_t held, size_t bytes, bool counted = true) {
  const DeviceMemory& memory = memory_of(device);
  const int64_t resident =
      std::min(memory.resident.load(std::memory_order_relaxed), memory.used.load(std::memory_order_relaxed));
  const int64_t others = std::max<int64_t>(memory.used.load(std::memory_order_relaxed) - resident - held, 0);
  const int64_t most = capacity(device);
  const bool fits_alone = bytes <= kMostBytes && resident + held + static_cast<int64_t>(bytes) <= most;
  const std::string need = "it holds " + text(held) + " bytes of tensors and asked for " + text(bytes) + " more";
  const std::string limit = most == INT64_MAX ? "" : " of the " + text(most) + " bytes that there are";
  if (fits_alone && (counted || others > 0))
    fail(T2J_OVERLOADED, "no bytes of memory left on " + device.str() + " for this call now: " + need +
                             ", while other calls and their results hold " + text(others) + limit +
                             "; try again when they are done");
  fail(T2J_OUT_OF_MEMORY, "no " + text(bytes) + " bytes of memory left on " + device.str() +
                              " for this call, whatever else runs: " + need + limit);
}

[[noreturn]] void fail_for_limit(const MemoryAccount& account, int64_t held, size_t bytes) {
  fail(T2J_OUT_OF_MEMORY, "the call needs more than the " + text(account.limit()) +
                              " bytes that one call may hold (it holds " + text(held) +
                              " bytes of tensors and asked for " + text(bytes) + " more)");
}

}  // namespace

MemoryAccount* MemoryAccount::open(int64_t limit) {
  MemoryAccount* account = std::exchange(spare.account, nullptr);
  if (account == nullptr) return new MemoryAccount(limit);
  account->limit_ = limit;
  account->peak_.store(0, std::memory_order_relaxed);
  return account;
}

void MemoryAccount::close() {
  // The last owner of an account without blocks is alone with it.
  if (spare.account == nullptr && state_.load(std::memory_order_acquire) == kOwner) {
    spare.account = this;
  } else {
    remove(kOwner);
  }
}

DeviceMemory& memory_of(c10::Device device) {
  if (!device.is_cuda()) return devices[0];
  return devices[1 + std::min<int>(std::max<int>(device.index(), 0), kGpus - 1)];
}

MemoryAccount* reserve(c10::Device device, size_t bytes) {
  MemoryAccount* account = call_state().account;
  if (bytes > kMostBytes) fail_for(device, account == nullptr ? 0 : account->held(), bytes);
  const auto more = static_cast<int64_t>(bytes);
  int64_t held = 0;
  if (account != nullptr) {
    held = account->add(more) - more;
    if (account->limit() > 0 && held + more > account->limit()) {
      account->remove(more);
      fail_for_limit(*account, held, bytes);
    }
  }
  DeviceMemory& memory = memory_of(device);
  const int64_t used = memory.used.fetch_add(more, std::memory_order_relaxed) + more;
  if (account == nullptr) memory.resident.fetch_add(more, std::memory_order_relaxed);
  const int64_t limit = memory.limit.load(std::memory_order_relaxed);
  if (limit > 0 && used + memory.cached.load(std::memory_order_relaxed) > limit) {
    give_back(device, std::max<int64_t>(limit - used, 0));
    if (used > limit) {
      unreserve(device, account, bytes);
      fail_for(device, held, bytes);
    }
  }
  return account;
}

void unreserve(c10::Device device, MemoryAccount* account, size_t bytes) {
  const auto less = static_cast<int64_t>(bytes);
  DeviceMemory& memory = memory_of(device);
  memory.used.fetch_sub(less, std::memory_order_relaxed);
  if (account == nullptr) {
    memory.resident.fetch_sub(less, std::memory_order_relaxed);
  } else {
    account->remove(less);
  }
}

void refuse(c10::Device device, MemoryAccount* account, size_t bytes) {
  const int64_t held = account == nullptr ? 0 : account->held() - static_cast<int64_t>(bytes);
  unreserve(device, account, bytes);
  fail_for(device, held, bytes, false);
}

void refuse_more(c10::Device device, MemoryAccount* account, size_t bytes) {
  fail_for(device, account == nullptr ? 0 : account->held(), bytes, false);
}

void refuse_held(c10::Device device, MemoryAccount* account, size_t bytes) {
  const int64_t held = account == nullptr ? 0 : std::max<int64_t>(account->held() - static_cast<int64_t>(bytes), 0);
  if (account != nullptr && account->limit() > 0 && account->peak() > account->limit())
    fail_for_limit(*account, held, bytes);
  fail_for(device, held, bytes);
}

void on_pressure(GiveBack give_back) {
  for (auto& giver : givers) {
    GiveBack nobody = nullptr;
    if (giver.compare_exchange_strong(nobody, give_back) || nobody == give_back) return;
  }
  fail(T2J_INTERNAL, "too many keep memory for reuse");
}

void give_back(c10::Device device, int64_t keep) {
  for (const auto& giver : givers)
    if (const GiveBack give = giver.load(std::memory_order_acquire)) give(device, keep);
}

}  // namespace t2j

t2j_status t2j_set_memory_limit(const char* device, int64_t bytes, t2j_error** error) {
  using namespace t2j;
  return guard(error, [&] {
    const c10::Device on = parse_device(device);
    memory_of(on).limit = std::max<int64_t>(bytes, 0);
    if (bytes > 0) give_back(on, std::max<int64_t>(bytes - memory_of(on).used.load(), 0));
  });
}
