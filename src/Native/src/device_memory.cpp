// Memory of accelerators: what their driver and libtorch's allocator say of it, and host memory that they copy from.
#include <dlfcn.h>

#if __has_include(<c10/core/CachingDeviceAllocator.h>)
#include <c10/core/CachingDeviceAllocator.h>
#endif

#include <cstdio>
#include <map>

#include "compat.h"
#include "device.h"
#include "errors.h"
#include "memory.h"

namespace t2j {
namespace {

// The driver that libtorch has loaded, so that no CUDA header is needed.
template <class F>
F* driver(const char* name) {
  if (auto* found = dlsym(RTLD_DEFAULT, name)) return reinterpret_cast<F*>(found);
  static void* const library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
  return library == nullptr ? nullptr : reinterpret_cast<F*>(dlsym(library, name));
}

// Free bytes by the driver. A device that nothing has used yet is not woken for it: nothing is known of it then.
int64_t free_bytes(int index) {
  using Context = void*;
  const auto state = driver<int(int, unsigned*, int*)>("cuDevicePrimaryCtxGetState");
  const auto retain = driver<int(Context*, int)>("cuDevicePrimaryCtxRetain");
  const auto release = driver<int(int)>("cuDevicePrimaryCtxRelease_v2");
  const auto push = driver<int(Context)>("cuCtxPushCurrent_v2");
  const auto pop = driver<int(Context*)>("cuCtxPopCurrent_v2");
  const auto info = driver<int(size_t*, size_t*)>("cuMemGetInfo_v2");
  if (!state || !retain || !release || !push || !pop || !info) return 0;
  unsigned flags = 0;
  int active = 0;
  Context context = nullptr;
  if (state(index, &flags, &active) != 0 || active == 0 || retain(&context, index) != 0) return 0;
  size_t free = 0, total = 0;
  if (push(context) == 0) {
    if (info(&free, &total) != 0) free = 0;
    pop(&context);
  }
  release(index);
  return static_cast<int64_t>(free);
}

// Host memory lent to the host, by its address.
class PinnedBlocks {
 public:
  static PinnedBlocks& instance() {
    static PinnedBlocks* blocks = new PinnedBlocks;
    return *blocks;
  }

  void* take(int64_t bytes) {
    at::Tensor block = empty_for_copies({bytes}, at::kByte);
    void* data = block.data_ptr();
    if (reinterpret_cast<uintptr_t>(data) % 64 != 0) return nullptr;
    std::lock_guard<std::mutex> lock(mutex_);
    blocks_.emplace(data, std::move(block));
    return data;
  }

  bool give(void* data) {
    at::Tensor freed;
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = blocks_.find(data);
    if (found == blocks_.end()) return false;
    freed = std::move(found->second);
    blocks_.erase(found);
    return true;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<void*, at::Tensor> blocks_;
};

void empty_caches() {
#if T2J_TORCH_AT_LEAST(2, 9)
  c10::getDeviceAllocator(c10::DeviceType::CUDA)->emptyCache();
#else
  // Until the device-generic interface came, this had no entry but that of the library for CUDA.
  using Empty = void();
  static const auto empty =
      reinterpret_cast<Empty*>(dlsym(RTLD_DEFAULT, "_ZN3c104cuda20CUDACachingAllocator10emptyCacheEv"));
  if (empty != nullptr) empty();
#endif
}

// The allocator knows no way to keep a part of it, or to do it for one device.
void give_back_cached(c10::Device device, int64_t) {
  if (is_accelerator(device)) empty_caches();
}

}  // namespace

void watch_pressure() { on_pressure(&give_back_cached); }

void trim_accelerators() {
  if (accelerator_count() > 0) empty_caches();
}

t2j_device describe_accelerator(int index) {
  t2j_device device{};
  std::snprintf(device.name, sizeof device.name, "cuda:%d", index);
  if (const auto name = driver<int(char*, int, int)>("cuDeviceGetName")) {
    name(device.title, sizeof device.title, index);
  }
  size_t total = 0;
  const auto total_memory = driver<int(size_t*, int)>("cuDeviceTotalMem_v2");
  if (total_memory != nullptr && total_memory(&total, index) == 0) device.total_bytes = static_cast<int64_t>(total);
  device.free_bytes = free_bytes(index);
  const DeviceMemory& memory = memory_of(c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index)));
  device.used_bytes = memory.used + memory.cached;
  return device;
}

}  // namespace t2j

extern "C" {

void* t2j_pinned_take(int64_t bytes) {
  void* block = nullptr;
  if (bytes > 0 && t2j::accelerator_count() > 0)
    t2j::guard(nullptr, [&] { block = t2j::PinnedBlocks::instance().take(bytes); });
  return block;
}

int32_t t2j_pinned_give(void* block) {
  bool given = false;
  if (block != nullptr && t2j::accelerator_count() > 0)
    t2j::guard(nullptr, [&] { given = t2j::PinnedBlocks::instance().give(block); });
  return given ? 1 : 0;
}
}
