#include "allocator.h"

#include <c10/core/CPUAllocator.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "call_state.h"
#include "errors.h"
#include "runtime.h"

namespace t2j {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kBigBlock = 1 << 16;  // below this malloc's own caches do as well
constexpr uint8_t kPriority = 100;

// Stands in front of every block, so that data and context of a DataPtr are the same pointer (the raw interface).
struct alignas(kAlignment) Header {
  size_t capacity;         // bytes behind the header
  size_t requested;        // bytes counted for the account
  MemoryAccount* account;  // or nullptr
};

// Freed big blocks by capacity. Leaked on purpose: tensors may be freed while statics are destroyed.
class BlockCache {
 public:
  static BlockCache& instance() {
    static BlockCache* cache = new BlockCache();
    return *cache;
  }

  Header* take(size_t capacity) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = blocks_.find(capacity);
    if (found == blocks_.end()) return nullptr;
    Header* block = found->second.back();
    found->second.pop_back();
    if (found->second.empty()) blocks_.erase(found);
    cached_ -= static_cast<int64_t>(capacity);
    return block;
  }

  bool keep(Header* block) {
    std::lock_guard<std::mutex> lock(mutex_);
    const int64_t bytes = static_cast<int64_t>(block->capacity);
    if (cached_ + bytes > limit_) return false;
    blocks_[block->capacity].push_back(block);
    cached_ += bytes;
    return true;
  }

  void trim(int64_t limit_to) {
    std::vector<Header*> freed;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      while (cached_ > limit_to) {
        auto largest = std::prev(blocks_.end());
        freed.push_back(largest->second.back());
        cached_ -= static_cast<int64_t>(largest->first);
        largest->second.pop_back();
        if (largest->second.empty()) blocks_.erase(largest);
      }
    }
    for (Header* block : freed) std::free(block);
  }

  void set_limit(int64_t bytes) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      limit_ = bytes < 0 ? 0 : bytes;
    }
    trim(bytes < 0 ? 0 : bytes);
  }

 private:
  std::mutex mutex_;
  std::map<size_t, std::vector<Header*>> blocks_;
  std::atomic<int64_t>& cached_ = counters().cached_bytes;
  int64_t limit_ = int64_t{256} << 20;
};

// Blocks of one size class fit requests up to an eighth smaller, so that nearly equal sizes share.
size_t size_class(size_t bytes) {
  size_t step = kBigBlock / 8;
  while (step * 16 <= bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

void charge(Header* block, size_t bytes) {
  MemoryAccount* account = call_state().account;
  block->requested = bytes;
  block->account = account;
  if (account != nullptr) account->retain();
  counters().allocated_bytes.fetch_add(static_cast<int64_t>(bytes), std::memory_order_relaxed);
}

void reserve(size_t bytes) {
  MemoryAccount* account = call_state().account;
  if (account == nullptr) return;
  const int64_t after = account->used.fetch_add(static_cast<int64_t>(bytes)) + static_cast<int64_t>(bytes);
  if (after <= account->limit) return;
  account->used.fetch_sub(static_cast<int64_t>(bytes));
  fail(T2J_OUT_OF_MEMORY, "the call needs more than the " + std::to_string(account->limit) +
                              " bytes that one call may hold (it asked for " + std::to_string(bytes) + " more)");
}

void free_block(void* data) {
  if (data == nullptr) return;
  Header* block = static_cast<Header*>(data) - 1;
  if (block->account != nullptr) {
    block->account->used.fetch_sub(static_cast<int64_t>(block->requested));
    block->account->release();
  }
  counters().allocated_bytes.fetch_sub(static_cast<int64_t>(block->requested), std::memory_order_relaxed);
  if (block->capacity >= kBigBlock && BlockCache::instance().keep(block)) return;
  std::free(block);
}

void keep_lent(void*) {}

class Allocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) const override {
    const c10::Device cpu(c10::DeviceType::CPU);
    if (bytes == 0) return {nullptr, nullptr, &free_block, cpu};
    LentBuffer& armed = call_state().armed;
    if (armed.data != nullptr && armed.bytes == bytes) {
      void* data = armed.data;
      armed = {nullptr, 0};
      return {data, data, &keep_lent, cpu};
    }
    reserve(bytes);
    const bool big = bytes >= kBigBlock;
    const size_t capacity = big ? size_class(bytes) : bytes;
    Header* block = big ? BlockCache::instance().take(capacity) : nullptr;
    if (block == nullptr) {
      void* memory = nullptr;
      if (capacity > SIZE_MAX - sizeof(Header) || posix_memalign(&memory, kAlignment, capacity + sizeof(Header)) != 0) {
        if (call_state().account != nullptr) call_state().account->used.fetch_sub(static_cast<int64_t>(bytes));
        fail(T2J_OUT_OF_MEMORY, "the machine has no " + std::to_string(bytes) + " bytes of memory left");
      }
      block = static_cast<Header*>(memory);
      block->capacity = capacity;
    }
    charge(block, bytes);
    void* data = block + 1;
    return {data, data, &free_block, cpu};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
};

}  // namespace

void install_allocator() {
  static std::once_flag once;
  std::call_once(once, [] {
    BlockCache::instance();
    c10::SetCPUAllocator(new Allocator(), kPriority);
  });
}

}  // namespace t2j

void t2j_set_cache_bytes(int64_t bytes) { t2j::BlockCache::instance().set_limit(bytes); }
void t2j_trim(void) {
  t2j::BlockCache::instance().trim(0);
#if defined(__GLIBC__)
  malloc_trim(0);  // threads' arenas keep what busy times needed
#endif
}
