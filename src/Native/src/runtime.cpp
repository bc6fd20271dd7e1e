#include "runtime.h"

#include <ATen/Context.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "device.h"
#include "errors.h"
#include "memory.h"

namespace t2j {
namespace {

constexpr size_t kLogBytes = 1 << 20;

struct Log {
  std::mutex mutex;
  std::string text;
};

Log& the_log() {
  static Log* log = new Log;  // functions may print while the process exits
  return *log;
}

std::atomic<int> wanted_threads{0};
std::atomic<int> thread_epoch{0};

// Debian's libtorch multiplies matrices with whatever BLAS is installed, which has its own count.
void set_blas_threads(int count) {
  using SetThreads = void (*)(int);
  static const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (set != nullptr) set(count);
}

void copy_text(char* target, size_t capacity, const std::string& text) {
  std::snprintf(target, capacity, "%s", text.c_str());
}

// "name : value" lines of /proc files.
std::string proc_value(const char* file, const std::string& name) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || line.compare(0, name.size(), name) != 0) continue;
    const auto start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

int64_t memory_bytes(const char* name) {
  int64_t kibibytes = 0;
  std::istringstream(proc_value("/proc/meminfo", name)) >> kibibytes;
  return kibibytes * 1024;
}

t2j_device describe_cpu() {
  t2j_device device{};
  copy_text(device.name, sizeof device.name, "cpu");
  copy_text(device.title, sizeof device.title, proc_value("/proc/cpuinfo", "model name"));
  device.total_bytes = memory_bytes("MemTotal");
  device.free_bytes = memory_bytes("MemAvailable");
  return device;
}

}  // namespace

Counters& counters() {
  static Counters* all = new Counters;
  return *all;
}

void apply_thread_count() {
  thread_local int seen = 0;
  const int now = thread_epoch.load(std::memory_order_acquire);
  if (seen == now) return;
  seen = now;
  at::set_num_threads(wanted_threads.load());
}

void append_log(const std::string& text) {
  auto& log = the_log();
  std::lock_guard<std::mutex> lock(log.mutex);
  log.text += text;
  if (log.text.size() > kLogBytes) log.text.erase(0, log.text.size() - kLogBytes);
}

}  // namespace t2j

extern "C" {

int32_t t2j_abi_version(void) { return T2J_ABI_VERSION; }

const char* t2j_libtorch_version(void) { return TORCH_VERSION; }

int32_t t2j_devices(t2j_device* devices, int32_t capacity) {
  int32_t count = 1;
  t2j::guard(nullptr, [&] {
    t2j::load_accelerators();
    count += t2j::accelerator_count();
    if (devices == nullptr) return;
    for (int32_t i = 0; i < std::min(capacity, count); ++i) {
      devices[i] = i == 0 ? t2j::describe_cpu() : t2j::describe_accelerator(i - 1);
    }
  });
  return count;
}

t2j_status t2j_set_threads(int32_t count, t2j_error** error) {
  return t2j::guard(error, [&] {
    if (count < 1 || count > 1024) {
      t2j::fail(T2J_INVALID_ARGUMENT, "threads must be from 1 to 1024, not " + std::to_string(count) + ".");
    }
    t2j::wanted_threads = count;
    ++t2j::thread_epoch;
    t2j::apply_thread_count();
    t2j::set_blas_threads(count);
  });
}

int32_t t2j_threads(void) {
  int32_t count = 1;
  t2j::guard(nullptr, [&] { count = at::get_num_threads(); });
  return count;
}

void t2j_read_counters(t2j_counters* counters) {
  if (counters == nullptr) return;
  const auto& all = t2j::counters();
  counters->functions = all.functions;
  counters->programs = all.programs;
  counters->results = all.results;
  counters->errors = all.errors;
  counters->tensors = all.tensors;
  const auto& memory = t2j::memory_of(c10::DeviceType::CPU);
  counters->cached_bytes = memory.cached;
  counters->allocated_bytes = memory.used;
  counters->function_runs = all.function_runs;
  counters->arrays = all.arrays;
}

int64_t t2j_take_log(char* text, int64_t capacity) {
  if (text == nullptr || capacity <= 0) return 0;
  auto& log = t2j::the_log();
  std::lock_guard<std::mutex> lock(log.mutex);
  auto count = std::min<size_t>(static_cast<size_t>(capacity), log.text.size());
  // A UTF-8 sequence is not cut in two.
  if (count < log.text.size()) {
    while (count > 0 && (static_cast<unsigned char>(log.text[count]) & 0xC0) == 0x80) --count;
  }
  std::memcpy(text, log.text.data(), count);
  log.text.erase(0, count);
  return static_cast<int64_t>(count);
}

}  // extern "C"
