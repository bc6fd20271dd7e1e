#include "device.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <map>

#include "device_watch.h"
#include "errors.h"
#include "run.h"
#include "runtime.h"

namespace t2j {
namespace {

std::atomic<int> accelerators{0};

// Streams that no call uses, by device; the last one given back is taken first, because the device's allocator keeps
// freed blocks for the stream that they were used on. Leaked on purpose: calls may end while statics are destroyed.
class FreeStreams {
 public:
  static FreeStreams& instance() {
    static FreeStreams* streams = new FreeStreams;
    return *streams;
  }

  c10::Stream take(const c10::Device& device) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      auto& free = free_[device.index()];
      if (!free.empty()) {
        const c10::Stream stream = free.back();
        free.pop_back();
        return stream;
      }
    }
    return c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
  }

  void give(const c10::Stream& stream) {
    std::lock_guard<std::mutex> lock(mutex_);
    free_[stream.device_index()].push_back(stream);
  }

 private:
  std::mutex mutex_;
  std::map<c10::DeviceIndex, std::vector<c10::Stream>> free_;
};

void wait_for(const c10::Stream& stream) {
  c10::impl::VirtualGuardImpl(stream.device_type()).synchronizeStream(stream);
}

}  // namespace

void load_accelerators() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Its operators and its allocator register themselves. A library that cannot be loaded is one that is not there.
    if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) return;
    const auto& hooks = at::detail::getCUDAHooks();
    if (!hooks.hasCUDA()) return;
    accelerators = hooks.getNumGPUs();
    watch_pressure();
  });
}

int accelerator_count() { return accelerators; }

c10::Device parse_device(const char* name) {
  if (name == nullptr || std::strcmp(name, "cpu") == 0) return c10::DeviceType::CPU;
  const std::string text = name;
  const size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  char* end = nullptr;
  const long index = colon == std::string::npos ? 0 : std::strtol(text.c_str() + colon + 1, &end, 10);
  const bool numbered = colon == std::string::npos || (end != text.c_str() + colon + 1 && *end == '\0');
  if (numbered && index >= 0 && kind == "cpu" && index < 4096) return c10::DeviceType::CPU;
  if (numbered && index >= 0 && kind == "cuda" && index < accelerator_count())
    return c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
  fail(T2J_INVALID_DEVICE, "there is no device '" + text + "' here");
}

at::Tensor empty_for_copies(at::IntArrayRef sizes, at::ScalarType dtype) {
  return at::empty(sizes, at::TensorOptions(dtype).pinned_memory(accelerator_count() > 0));
}

at::Tensor copy_in(const at::Tensor& host, const c10::Device& device) {
  if (!is_accelerator(device)) return host;
  at::Tensor there = at::empty(host.sizes(), host.options().device(device));
  return there.copy_(host, /*non_blocking=*/true);
}

at::Tensor copy_out(const at::Tensor& tensor) {
  if (!is_accelerator(tensor.device())) return tensor;
  at::Tensor host = empty_for_copies(tensor.sizes(), tensor.scalar_type());
  return host.copy_(tensor, /*non_blocking=*/true);
}

void CallStreams::add(const c10::Device& device) {
  if (!is_accelerator(device)) return;
  for (const auto& stream : streams_)
    if (stream.device() == device) return;
  streams_.push_back(FreeStreams::instance().take(device));
}

void CallStreams::wait() const {
  for (const auto& stream : streams_) wait_for(stream);
}

CallStreams::~CallStreams() {
  for (const auto& stream : streams_) {
    try {
      wait_for(stream);
    } catch (const std::exception&) {
      // It was told where the results were waited for; a device that failed has nothing left in flight.
    }
    FreeStreams::instance().give(stream);
  }
}

CallStreams::Entered::Entered(const CallStreams& call) {
  previous_.reserve(call.streams_.size());
  for (const auto& stream : call.streams_) {
    const c10::impl::VirtualGuardImpl guard(stream.device_type());
    if (!device_) device_ = guard.exchangeDevice(stream.device());
    previous_.push_back(guard.exchangeStream(stream));
  }
}

CallStreams::Entered::~Entered() {
  for (const auto& stream : previous_) c10::impl::VirtualGuardImpl(stream.device_type()).exchangeStream(stream);
  if (device_) c10::impl::VirtualGuardImpl(device_->type()).uncheckedSetDevice(*device_);
}

}  // namespace t2j

extern "C" {

t2j_status t2j_array_new(const t2j_buffer* buffer, const char* device, t2j_array** array, t2j_error** error) {
  using namespace t2j;
  return guard(error, [&] {
    const c10::Device there = parse_device(device);
    if (!is_accelerator(there))
      fail(T2J_INVALID_DEVICE, "arrays stay on devices beside the processor; its own memory needs no copy");
    const WatchScope watch(nullptr);
    CallStreams streams;
    streams.add(there);
    const CallStreams::Entered entered(streams);
    auto made = std::make_unique<t2j_array>();
    made->tensor = watch.watched([&] { return copy_in(borrow(*buffer), there); });
    streams.wait();
    memory_of(there).resident += static_cast<int64_t>(made->tensor.nbytes());
    counters().arrays++;
    *array = made.release();
  });
}

void t2j_array_free(t2j_array* array) {
  if (array == nullptr) return;
  t2j::guard(nullptr, [&] {
    const t2j::WatchScope watch(nullptr);
    t2j::memory_of(array->tensor.device()).resident -= static_cast<int64_t>(array->tensor.nbytes());
    delete array;
    t2j::counters().arrays--;
  });
}
}
