// What is process-wide: counters, thread counts, the log of printed text.
#ifndef T2J_RUNTIME_H_
#define T2J_RUNTIME_H_

#include <atomic>
#include <cstdint>
#include <string>

namespace t2j {

struct Counters {
  std::atomic<int64_t> functions{0}, programs{0}, results{0}, errors{0}, tensors{0};
  std::atomic<int64_t> function_runs{0};
  std::atomic<int64_t> arrays{0};
};
Counters& counters();

// Gives this thread the count last set by t2j_set_threads (OpenMP keeps one a thread). Cheap where nothing changed.
void apply_thread_count();

// Appends to the text that t2j_take_log gives out; the oldest is dropped beyond a bound.
void append_log(const std::string& text);

}  // namespace t2j

#endif  // T2J_RUNTIME_H_
