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
#include "device.h"
#include "errors.h"
#include "memory.h"
#include "runtime.h"
#include "t2j_worker.h"

namespace t2j {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kBigBlock = 1 << 16;  // below this malloc's own caches do as well
constexpr uint8_t kPriority = 100;

c10::Device cpu() { return c10::DeviceType::CPU; }

// Stands in front of every block, so that data and context of a DataPtr are the same pointer (the raw interface).
struct alignas(kAlignment) Header {
  size_t capacity;         // bytes behind the header
  size_t requested;        // bytes reserved
  MemoryAccount* account;  // of the call they are reserved for, or nullptr
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
    const int64_t most = memory_.limit.load(std::memory_order_relaxed);
    if (most > 0 && memory_.used.load(std::memory_order_relaxed) + cached_ + bytes > most) return false;
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
  DeviceMemory& memory_ = memory_of(cpu());
  std::atomic<int64_t>& cached_ = memory_.cached;
  int64_t limit_ = int64_t{256} << 20;
};

// Blocks of one size class fit requests up to an eighth smaller, so that nearly equal sizes share.
size_t size_class(size_t bytes) {
  if (bytes > SIZE_MAX / 2) return bytes;
  size_t step = kBigBlock / 8;
  while (step * 16 <= bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

void let_go(Header* block) {
  if (block->capacity >= kBigBlock && BlockCache::instance().keep(block)) return;
  unmake_block(block);
}

void free_block(void* data) {
  if (data == nullptr) return;
  Header* block = static_cast<Header*>(data) - 1;
  unreserve(cpu(), block->account, block->requested);
  let_go(block);
}

void keep_lent(void*) {}

// A block that is charged. One from the cache is taken first: what is cached counts for the limit as well.
Header* make(size_t bytes) {
  const bool big = bytes >= kBigBlock;
  const size_t capacity = big ? size_class(bytes) : bytes;
  Header* block = big ? BlockCache::instance().take(capacity) : nullptr;
  MemoryAccount* account;
  try {
    account = reserve(cpu(), bytes);
  } catch (...) {
    if (block != nullptr) let_go(block);
    throw;
  }
  if (block == nullptr) block = make_block(capacity, big);
  if (block == nullptr) {
    give_back(cpu(), 0);
    block = make_block(capacity, big);
  }
  if (block == nullptr) refuse(cpu(), account, bytes);
  block->requested = bytes;
  block->account = account;
  return block;
}

class Allocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) const override {
    if (bytes == 0) return {nullptr, nullptr, &free_block, cpu()};
    LentBuffer& armed = call_state().armed;
    if (armed.data != nullptr && armed.bytes == bytes) {
      void* data = armed.data;
      armed = {nullptr, 0};
      return {data, data, &keep_lent, cpu()};
    }
    Header* block = make(bytes);
    void* data = block + 1;
    return {data, data, &free_block, cpu()};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
};

}  // namespace

void install_allocator() {
  static std::once_flag once;
  std::call_once(once, [] {
    BlockCache::instance();
    on_pressure([](c10::Device device, int64_t keep) {
      if (device.is_cpu()) BlockCache::instance().trim(keep);
    });
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
  t2j::guard(nullptr, [] { t2j::trim_accelerators(); });
#if defined(__GLIBC__)
  malloc_trim(0);  // threads' arenas keep what busy times needed
#endif
}
