// What libtorch and the driver's own interface say of the fake device.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include <cstdio>

#include "fake_cuda.h"

namespace at {

// libtorch looks this class up by its name.
struct CUDAHooks final : public CUDAHooksInterface {
  explicit CUDAHooks(CUDAHooksArgs) {}
  void initCUDA() const override {}
  // Kernels here are the CPU's, which draw from its generator; this one only has to take a seed.
  const Generator& getDefaultCUDAGenerator(DeviceIndex) const override {
    static const Generator generator = detail::createCPUGenerator();
    return generator;
  }
  Device getDeviceFromPtr(void* data) const override {
    return Device(DeviceType::CUDA, static_cast<DeviceIndex>(fake::device_of(data)));
  }
  bool isPinnedPtr(void* data) const override { return fake::is_pinned(data); }
  bool hasCUDA() const override { return true; }
  bool hasPrimaryContext(int64_t) const override { return true; }
  int64_t current_device() const override { return fake::current_device(); }
  Allocator* getPinnedMemoryAllocator() const override { return fake::pinned_allocator(); }
  Allocator* getCUDADeviceAllocator() const override { return fake::device_allocator(); }
  int getNumGPUs() const override { return static_cast<int>(fake::control().devices); }
  void deviceSynchronize(int64_t) const override { fake::control().device_waits++; }
};

REGISTER_CUDA_HOOKS(CUDAHooks);

}  // namespace at

namespace c10::cuda::CUDACachingAllocator {

__attribute__((visibility("default"))) void emptyCache() { fake::control().emptied++; }

}  // namespace c10::cuda::CUDACachingAllocator

namespace {

const bool kAllocatorIsSet = [] {
  c10::SetAllocator(c10::DeviceType::CUDA, fake::device_allocator());
  return true;
}();

}  // namespace

#define FAKE_DRIVER extern "C" __attribute__((visibility("default"))) int

FAKE_DRIVER cuDeviceGetName(char* name, int length, int device) {
  std::snprintf(name, static_cast<size_t>(length), "Fake CUDA device %d", device);
  return 0;
}

FAKE_DRIVER cuDeviceTotalMem_v2(size_t* bytes, int) {
  *bytes = static_cast<size_t>(fake::control().device_bytes);
  return 0;
}

// A context is the number of its device.
FAKE_DRIVER cuDevicePrimaryCtxGetState(int, unsigned* flags, int* active) {
  *flags = 0;
  *active = 1;
  return 0;
}

FAKE_DRIVER cuDevicePrimaryCtxRetain(void** context, int device) {
  *context = reinterpret_cast<void*>(static_cast<intptr_t>(device));
  return 0;
}

FAKE_DRIVER cuDevicePrimaryCtxRelease_v2(int) { return 0; }

namespace {
thread_local int device_of_context = 0;
}

FAKE_DRIVER cuCtxPushCurrent_v2(void* context) {
  device_of_context = static_cast<int>(reinterpret_cast<intptr_t>(context));
  return 0;
}

FAKE_DRIVER cuCtxPopCurrent_v2(void**) { return 0; }

FAKE_DRIVER cuMemGetInfo_v2(size_t* free, size_t* total) {
  *total = static_cast<size_t>(fake::control().device_bytes);
  *free = *total - static_cast<size_t>(fake::used_bytes(device_of_context));
  return 0;
}
