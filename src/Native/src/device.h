// Devices beside the processor. Everything goes through libtorch's device-generic interfaces, so that this compiles
// against a libtorch without CUDA; libtorch's library for CUDA is loaded at run time, where it is present.
#pragma once
#include <c10/core/Stream.h>

#include <vector>

#include "pch.h"

namespace t2j {

// Loads the library for CUDA where there is one, once. Before this the CPU is the only device.
void load_accelerators();

// Has what their allocators keep for reuse given back when memory is short; load_accelerators does it.
void watch_pressure();

// Gives it back now.
void trim_accelerators();

// How many accelerators there are, and what t2j_devices says of number `index`.
int accelerator_count();
t2j_device describe_accelerator(int index);

// The device of that name ("cpu:1" is a name of the CPU); throws Failure(T2J_INVALID_DEVICE).
c10::Device parse_device(const char* name);

inline bool is_accelerator(const c10::Device& device) {
  return device.type() != c10::DeviceType::CPU && device.type() != c10::DeviceType::Meta;
}

// An uninitialised array in host memory that accelerators copy from and to while the processor goes on (pinned); in
// plain memory where there is no accelerator.
at::Tensor empty_for_copies(at::IntArrayRef sizes, at::ScalarType dtype);

// Queues a copy; on the CPU the array itself. `host` must stay as it is until the call's streams have been waited for.
at::Tensor copy_in(const at::Tensor& host, const c10::Device& device);
// Queues a copy to host memory; what is there already stays as it is. To be read after the call's streams were waited for.
at::Tensor copy_out(const at::Tensor& tensor);

// The streams of one call, one a device, so that calls overlap and what a call does on one device keeps its order. All
// threads of the call enter them. On destruction they are waited for: no copy outlives the call's buffers.
class CallStreams {
 public:
  CallStreams() = default;
  ~CallStreams();
  CallStreams(const CallStreams&) = delete;
  CallStreams& operator=(const CallStreams&) = delete;

  // Takes a stream of the device, unless it is the CPU or has one.
  void add(const c10::Device& device);
  // Waits for all that was queued; throws what failed on the device.
  void wait() const;

  // While it lives, this thread queues its work on the call's streams.
  class Entered {
   public:
    explicit Entered(const CallStreams& call);
    ~Entered();
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;

   private:
    std::vector<c10::Stream> previous_;
    c10::optional<c10::Device> device_;
  };

 private:
  std::vector<c10::Stream> streams_;
};

}  // namespace t2j

// t2j.h: an array that stays on a device between calls.
struct t2j_array {
  at::Tensor tensor;
};
