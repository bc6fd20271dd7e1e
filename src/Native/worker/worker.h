// One worker: a fork of the template that serves requests over its region until it is ended.
#ifndef T2J_WORKER_PROCESS_H_
#define T2J_WORKER_PROCESS_H_

#include <cstdint>

namespace t2j::worker {

struct Settings {
  int64_t max_bytes;
  bool sandbox;
  const char* inputs;
  int64_t input_bytes;
};

// Takes the process over; returns only by ending it.
[[noreturn]] void run_worker(const Settings& settings, int region, int template_process);

}  // namespace t2j::worker

#endif  // T2J_WORKER_PROCESS_H_
