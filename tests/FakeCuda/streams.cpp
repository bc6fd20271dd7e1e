#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "fake_cuda.h"

namespace fake {
namespace {

constexpr int kPoolStreams = 32;

// Leaked on purpose: its thread waits for work as long as the process lives.
class Queue {
 public:
  Queue() {
    control().streams++;
    std::thread([this] { run(); }).detach();
  }

  void add(Work work) {
    std::lock_guard<std::mutex> lock(mutex_);
    work_.push_back(std::move(work));
    changed_.notify_all();
  }

  bool idle() {
    std::lock_guard<std::mutex> lock(mutex_);
    return work_.empty() && !busy_;
  }

  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return work_.empty() && !busy_; });
  }

 private:
  void run() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return !work_.empty(); });
      const Work next = std::move(work_.front());
      work_.pop_front();
      busy_ = true;
      lock.unlock();
      next();
      lock.lock();
      busy_ = false;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> work_;
  bool busy_ = false;
};

Queue& queue(const c10::Stream& stream) {
  static std::mutex mutex;
  static auto* all = new std::map<std::pair<int, int64_t>, std::unique_ptr<Queue>>;
  std::lock_guard<std::mutex> lock(mutex);
  auto& found = (*all)[{stream.device_index(), stream.id()}];
  if (found == nullptr) found = std::make_unique<Queue>();
  return *found;
}

struct Event {
  std::mutex mutex;
  std::condition_variable changed;
  int64_t asked = 0, done = 0;
};

thread_local int device_here = 0;
thread_local std::array<int64_t, kMaxDevices> stream_here{};

c10::Stream make_stream(int device, int64_t id) {
  return c10::Stream(c10::Stream::UNSAFE, c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(device)),
                     id);
}

class Guard final : public c10::impl::DeviceGuardImplInterface {
 public:
  c10::DeviceType type() const override { return c10::DeviceType::CUDA; }
  c10::Device exchangeDevice(c10::Device device) const override {
    const c10::Device before = getDevice();
    setDevice(device);
    return before;
  }
  c10::Device getDevice() const override {
    return c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(device_here));
  }
  void setDevice(c10::Device device) const override {
    TORCH_CHECK(device.index() < control().devices, "CUDA error: invalid device ordinal");
    uncheckedSetDevice(device);
  }
  void uncheckedSetDevice(c10::Device device) const noexcept override {
    if (device.index() >= 0) device_here = device.index();
  }
  c10::Stream getStream(c10::Device device) const noexcept override { return current_stream(device.index()); }
  c10::Stream getDefaultStream(c10::Device device) const override { return make_stream(device.index(), 0); }
  c10::Stream getStreamFromGlobalPool(c10::Device device, bool) const override {
    static std::atomic<int64_t> next{0};
    return make_stream(device.index(), 1 + next++ % kPoolStreams);
  }
  c10::Stream exchangeStream(c10::Stream stream) const noexcept override {
    const auto before = current_stream(stream.device_index());
    stream_here[stream.device_index()] = stream.id();
    return before;
  }
  c10::DeviceIndex deviceCount() const noexcept override {
    return static_cast<c10::DeviceIndex>(control().devices.load());
  }

  void record(void** event, const c10::Stream& stream, const c10::DeviceIndex, const c10::EventFlag) const override {
    if (*event == nullptr) *event = new std::shared_ptr<Event>(std::make_shared<Event>());
    const auto shared = *static_cast<std::shared_ptr<Event>*>(*event);
    int64_t version = 0;
    {
      std::lock_guard<std::mutex> lock(shared->mutex);
      version = ++shared->asked;
    }
    enqueue(stream, [shared, version] {
      std::lock_guard<std::mutex> lock(shared->mutex);
      shared->done = std::max(shared->done, version);
      shared->changed.notify_all();
    });
  }
  void block(void* event, const c10::Stream& stream) const override {
    if (event == nullptr) return;
    const auto shared = *static_cast<std::shared_ptr<Event>*>(event);
    int64_t version = 0;
    {
      std::lock_guard<std::mutex> lock(shared->mutex);
      version = shared->asked;
    }
    enqueue(stream, [shared, version] {
      std::unique_lock<std::mutex> lock(shared->mutex);
      shared->changed.wait(lock, [&] { return shared->done >= version; });
    });
  }
  bool queryEvent(void* event) const override {
    if (event == nullptr) return true;
    const auto shared = *static_cast<std::shared_ptr<Event>*>(event);
    std::lock_guard<std::mutex> lock(shared->mutex);
    return shared->done >= shared->asked;
  }
  void destroyEvent(void* event, const c10::DeviceIndex) const noexcept override {
    delete static_cast<std::shared_ptr<Event>*>(event);
  }
  bool queryStream(const c10::Stream& stream) const override { return queue(stream).idle(); }
  void synchronizeStream(const c10::Stream& stream) const override { wait_for(stream); }
};

C10_REGISTER_GUARD_IMPL(CUDA, Guard);

struct DeviceEngines {
  std::array<std::mutex, 3> one_at_a_time;
};
std::atomic<int> engines_at_work{0};

struct Writes {
  std::mutex mutex;
  std::map<const void*, c10::Stream> pending;
};

Writes& writes() {
  static auto* all = new Writes;
  return *all;
}

}  // namespace

c10::Stream current_stream(int device) { return make_stream(device, stream_here[device]); }

int current_device() { return device_here; }

void enqueue(const c10::Stream& stream, Work work) { queue(stream).add(std::move(work)); }

void wait_for(const c10::Stream& stream) { queue(stream).wait(); }

void occupy(int device, Engine engine, int64_t nanoseconds, const Work& work) {
  static auto* all = new std::array<DeviceEngines, kMaxDevices>;
  std::lock_guard<std::mutex> lock((*all)[device].one_at_a_time[static_cast<int>(engine)]);
  if (engines_at_work.fetch_add(1) > 0) control().overlaps++;
  work();
  if (nanoseconds > 0) std::this_thread::sleep_for(std::chrono::nanoseconds(nanoseconds));
  engines_at_work--;
}

void begin_write(const void* device_address, const c10::Stream& by) {
  std::lock_guard<std::mutex> lock(writes().mutex);
  writes().pending.insert_or_assign(device_address, by);
}

void end_write(const void* device_address) {
  std::lock_guard<std::mutex> lock(writes().mutex);
  writes().pending.erase(device_address);
}

void check_readable(const void* device_address, const c10::Stream& by) {
  std::lock_guard<std::mutex> lock(writes().mutex);
  const auto found = writes().pending.find(device_address);
  if (found != writes().pending.end() && found->second != by) control().races++;
}

}  // namespace fake
