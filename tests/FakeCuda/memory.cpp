#include <c10/util/Exception.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>

#include "fake_cuda.h"

namespace fake {
namespace {

constexpr int64_t kArenaBytes = int64_t{8} << 30;  // of addresses; pages come when they are touched
constexpr int64_t kAlignment = 512;                // as CUDA's allocator has it

// One device's memory: first fit over a sorted list of free ranges.
class Arena {
 public:
  Arena() {
    const int file = memfd_create("fake-cuda", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, kArenaBytes) != 0) std::abort();
    device_ = static_cast<char*>(mmap(nullptr, kArenaBytes, PROT_NONE, MAP_SHARED, file, 0));
    host_ = static_cast<char*>(mmap(nullptr, kArenaBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    if (device_ == MAP_FAILED || host_ == MAP_FAILED) std::abort();
    close(file);
    free_[0] = kArenaBytes;
  }

  static int64_t rounded(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

  void* take(int64_t asked, int index) {
    const int64_t bytes = rounded(asked);
    std::lock_guard<std::mutex> lock(mutex_);
    if (used_ + bytes > control().device_bytes) {
      c10::reportOutOfMemoryToProfiler(bytes, used_, used_, c10::Device(c10::DeviceType::CUDA, index));
      TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to allocate ", bytes, " bytes (GPU ", index,
                       "; ", control().device_bytes.load(), " bytes total capacity; ", used_,
                       " bytes already allocated)");
    }
    for (auto range = free_.begin(); range != free_.end(); ++range) {
      if (range->second < bytes) continue;
      const int64_t offset = range->first, rest = range->second - bytes;
      free_.erase(range);
      if (rest > 0) free_[offset + bytes] = rest;
      taken_.insert_or_assign(offset, Block{bytes, current_stream(index)});
      used_ += bytes;
      std::memset(host_ + offset, 0xA5, bytes);  // what a kernel leaves unwritten shows
      return device_ + offset;
    }
    TORCH_CHECK(false, "the fake device's addresses are used up");
  }

  c10::Stream stream_of(const void* data) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = taken_.find(static_cast<const char*>(data) - device_);
    if (found == taken_.end()) std::abort();
    return found->second.stream;
  }

  int64_t give(void* data) {
    std::lock_guard<std::mutex> lock(mutex_);
    const int64_t offset = static_cast<char*>(data) - device_;
    const auto found = taken_.find(offset);
    if (found == taken_.end()) std::abort();
    const int64_t bytes = found->second.bytes;
    taken_.erase(found);
    used_ -= bytes;
    const auto placed = free_.emplace(offset, bytes).first;
    const auto next = std::next(placed);
    if (next != free_.end() && placed->first + placed->second == next->first) {
      placed->second += next->second;
      free_.erase(next);
    }
    if (placed != free_.begin()) {
      const auto before = std::prev(placed);
      if (before->first + before->second == placed->first) {
        before->second += placed->second;
        free_.erase(placed);
      }
    }
    return bytes;
  }

  bool owns(const void* data) const { return in(device_, data); }
  bool twins(const void* data) const { return in(host_, data); }
  void* to_host(const void* data) const { return host_ + (static_cast<const char*>(data) - device_); }
  void* to_device(const void* data) const { return device_ + (static_cast<const char*>(data) - host_); }
  int64_t used() {
    std::lock_guard<std::mutex> lock(mutex_);
    return used_;
  }

 private:
  static bool in(const char* start, const void* data) {
    return data >= start && static_cast<const char*>(data) < start + kArenaBytes;
  }

  std::mutex mutex_;
  char *device_ = nullptr, *host_ = nullptr;
  struct Block {
    int64_t bytes;
    c10::Stream stream;
  };

  std::map<int64_t, int64_t> free_;
  std::map<int64_t, Block> taken_;
  int64_t used_ = 0;
};

Arena& arena(int device) {
  static auto* all = new std::array<Arena, kMaxDevices>;
  return (*all)[device];
}

void report(void* data, int64_t bytes, int device) {
  const int64_t used = arena(device).used();
  c10::reportMemoryUsageToProfiler(data, bytes, used, used, c10::Device(c10::DeviceType::CUDA, device));
}

void free_on_device(void* data) {
  if (data == nullptr) return;
  const int device = device_of(data);
  // The real allocator gives a block to its own stream alone again, whose order then does the same.
  wait_for(arena(device).stream_of(data));
  report(data, -arena(device).give(data), device);
}

class DeviceAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) const override {
    const int index = current_device();
    const c10::Device device(c10::DeviceType::CUDA, index);
    if (bytes == 0) return {nullptr, nullptr, &free_on_device, device};
    void* data = arena(index).take(static_cast<int64_t>(bytes), index);
    report(data, Arena::rounded(static_cast<int64_t>(bytes)), index);
    return {data, data, &free_on_device, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_on_device; }
};

struct Pinned {
  std::mutex mutex;
  std::map<const char*, size_t> blocks;
};

Pinned& pinned() {
  static auto* all = new Pinned;
  return *all;
}

void free_pinned(void* data) {
  if (data == nullptr) return;
  {
    std::lock_guard<std::mutex> lock(pinned().mutex);
    pinned().blocks.erase(static_cast<char*>(data));
  }
  std::free(data);
}

class PinnedAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) const override {
    const c10::Device cpu(c10::DeviceType::CPU);
    if (bytes == 0) return {nullptr, nullptr, &free_pinned, cpu};
    void* data = std::aligned_alloc(512, (bytes + 511) / 512 * 512);
    TORCH_CHECK(data != nullptr, "CUDA error: out of memory");
    std::lock_guard<std::mutex> lock(pinned().mutex);
    pinned().blocks[static_cast<char*>(data)] = bytes;
    return {data, data, &free_pinned, cpu};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_pinned; }
};

}  // namespace

c10::Allocator* device_allocator() {
  static auto* allocator = new DeviceAllocator;
  return allocator;
}

c10::Allocator* pinned_allocator() {
  static auto* allocator = new PinnedAllocator;
  return allocator;
}

bool is_pinned(const void* data) {
  std::lock_guard<std::mutex> lock(pinned().mutex);
  auto after = pinned().blocks.upper_bound(static_cast<const char*>(data));
  if (after == pinned().blocks.begin()) return false;
  --after;
  return static_cast<const char*>(data) < after->first + after->second;
}

int device_of(const void* device_address) {
  for (int i = 0; i < kMaxDevices; i++)
    if (arena(i).owns(device_address)) return i;
  return -1;
}

void* host_twin(const void* device_address) {
  const int device = device_of(device_address);
  return device < 0 ? nullptr : arena(device).to_host(device_address);
}

void* device_twin(const void* host_address) {
  for (int i = 0; i < kMaxDevices; i++)
    if (arena(i).twins(host_address)) return arena(i).to_device(host_address);
  return nullptr;
}

c10::Stream stream_of(const void* device_address) { return arena(device_of(device_address)).stream_of(device_address); }

int64_t used_bytes(int device) { return arena(device).used(); }

}  // namespace fake
