// Settings come from the environment (FAKE_CUDA_DEVICE_BYTES=...), later ones and counters through these two functions.
#include <cctype>
#include <cstdlib>
#include <map>

#include "fake_cuda.h"

namespace fake {
namespace {

std::map<std::string, std::atomic<int64_t>*>& fields(Control& all) {
  static std::map<std::string, std::atomic<int64_t>*> named = {
      {"devices", &all.devices},
      {"device_bytes", &all.device_bytes},
      {"copy_ns_per_kib", &all.copy_ns_per_kib},
      {"kernel_us", &all.kernel_us},
      {"copies_in", &all.copies_in},
      {"copies_out", &all.copies_out},
      {"bytes_in", &all.bytes_in},
      {"bytes_out", &all.bytes_out},
      {"kernels", &all.kernels},
      {"overlaps", &all.overlaps},
      {"races", &all.races},
      {"pageable", &all.pageable},
      {"streams", &all.streams},
      {"device_waits", &all.device_waits},
      {"emptied", &all.emptied},
  };
  return named;
}

Control* make() {
  auto* all = new Control;
  for (auto& [name, field] : fields(*all)) {
    std::string variable = "FAKE_CUDA_" + name;
    for (auto& letter : variable) letter = static_cast<char>(std::toupper(letter));
    if (const char* given = std::getenv(variable.c_str())) *field = std::atoll(given);
  }
  return all;
}

}  // namespace

Control& control() {
  static Control* all = make();
  return *all;
}

}  // namespace fake

extern "C" {

__attribute__((visibility("default"))) void fake_cuda_set(const char* name, int64_t value) {
  *fake::fields(fake::control()).at(name) = value;
}

__attribute__((visibility("default"))) int64_t fake_cuda_get(const char* name) {
  return *fake::fields(fake::control()).at(name);
}
}
