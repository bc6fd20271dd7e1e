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
#include "t2j_worker.h"

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
  bool sourced;            // from the worker's block source
};

// Set once in a worker process, before it has a second thread.
void* (*take_block)(size_t) = nullptr;
void (*give_block)(void*, size_t) = nullptr;

Header* make_block(size_t capacity, bool big) {
  if (capacity > SIZE_MAX - sizeof(Header)) return nullptr;
  const size_t bytes = capacity + sizeof(Header);
  const bool sourced = big && take_block != nullptr;
  void* memory = nullptr;
  if (sourced) {
    memory = take_block(bytes);
  } else if (posix_memalign(&memory, kAlignment, bytes) != 0) {
    memory = nullptr;
  }
  if (memory == nullptr) return nullptr;
  Header* block = static_cast<Header*>(memory);
  block->capacity = capacity;
  block->sourced = sourced;
  return block;
}

void unmake_block(Header* block) {
  if (block->sourced) {
    give_block(block, block->capacity + sizeof(Header));
  } else {
    std::free(block);
  }
}

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
    for (Header* block : freed) unmake_block(block);
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
  unmake_block(block);
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
    if (block == nullptr) block = make_block(capacity, big);
    if (block == nullptr && take_block != nullptr) {  // a worker's arena is small enough for its cache to matter
      BlockCache::instance().trim(0);
      block = make_block(capacity, big);
    }
    if (block == nullptr) {
      if (call_state().account != nullptr) call_state().account->used.fetch_sub(static_cast<int64_t>(bytes));
      fail(T2J_OUT_OF_MEMORY, std::string(take_block != nullptr ? "this worker process" : "the machine") + " has no " +
                                  std::to_string(bytes) + " bytes of memory left");
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
void t2j_set_block_source(void* (*take)(size_t bytes), void (*give)(void* block, size_t bytes)) {
  t2j::take_block = take;
  t2j::give_block = give;
}
void t2j_trim(void) {
  t2j::BlockCache::instance().trim(0);
#if defined(__GLIBC__)
  malloc_trim(0);  // threads' arenas keep what busy times needed
#endif
}
