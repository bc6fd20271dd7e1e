// The parts of the fake device.
#pragma once
#include <c10/core/Allocator.h>
#include <c10/core/Stream.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace fake {

constexpr int kMaxDevices = 4;

// What tests set and read; see control.cpp for the names.
struct Control {
  std::atomic<int64_t> devices{2};
  std::atomic<int64_t> device_bytes{int64_t{1} << 30};
  std::atomic<int64_t> copy_ns_per_kib{0};  // each way, one copy at a time
  std::atomic<int64_t> kernel_us{0};        // each kernel, one at a time
  std::atomic<int64_t> copies_in{0}, copies_out{0}, bytes_in{0}, bytes_out{0};
  std::atomic<int64_t> kernels{0};
  std::atomic<int64_t> overlaps{0};      // times work began on an engine while another engine was at work
  std::atomic<int64_t> races{0};         // kernels that used an array which another stream was still writing
  std::atomic<int64_t> pageable{0};      // asynchronous copies to or from host memory that is not pinned
  std::atomic<int64_t> streams{0};       // streams ever used
  std::atomic<int64_t> device_waits{0};  // synchronisations of a whole device
  std::atomic<int64_t> emptied{0};       // times the allocator was told to give back what it keeps
};
Control& control();

// ---- memory: two mappings of the same pages a device; `device` addresses fault, their `host` twins do not ----
c10::Allocator* device_allocator();
c10::Allocator* pinned_allocator();
bool is_pinned(const void* data);
// The device that owns an address (-1 where none does), and the address's twin in the other mapping.
int device_of(const void* device_address);
void* host_twin(const void* device_address);
void* device_twin(const void* host_address);        // NULL where it is no twin
c10::Stream stream_of(const void* device_address);  // that a block was taken on
int64_t used_bytes(int device);

// ---- streams: a queue and a thread each ----
using Work = std::function<void()>;
c10::Stream current_stream(int device);
int current_device();
void enqueue(const c10::Stream& stream, Work work);
void wait_for(const c10::Stream& stream);

// The engines of a device; each does one thing at a time, as slowly as asked.
enum class Engine { kIn, kCompute, kOut };
void occupy(int device, Engine engine, int64_t nanoseconds, const Work& work);

// Marks bytes that a stream will write, so that a kernel on another stream shows up as a race.
void begin_write(const void* device_address, const c10::Stream& by);
void end_write(const void* device_address);
void check_readable(const void* device_address, const c10::Stream& by);

}  // namespace fake
