#include "worker.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "../src/channel.h"
#include "requests.h"
#include "sandbox.h"
#include "t2j_worker.h"

namespace t2j::worker {
namespace {

constexpr auto kIdle = std::chrono::seconds(15);  // after which memory kept for reuse goes back

Arena* arena = nullptr;
void* take_from_arena(size_t bytes) { return arena->take(bytes); }
void give_to_arena(void* block, size_t bytes) { arena->give(block, bytes); }

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "torch2jax-worker: %s\n", why);
  _exit(2);
}

[[noreturn]] void serve(Channel& channel, char* region, Requests& requests) {
  Waiter waiter(kWorker);
  uint32_t seen = channel.answer.load();
  bool rested = true;
  for (;;) {
    const auto until = rested ? Waiter::Clock::time_point::max() : Waiter::Clock::now() + kIdle;
    if (!waiter.wait(channel, channel.request, seen, until)) {
      requests.rest();
      rested = true;
      continue;
    }
    rested = false;
    seen = channel.request.load();
    requests.serve(region + T2J_CHANNEL_REQUEST, region + T2J_CHANNEL_ANSWER);
    t2j_read_counters(&channel.counters);
    channel.answer.store(seen);
    Waiter::wake(channel, channel.answer, kHost);
    if (requests.spent()) _exit(0);
  }
}

}  // namespace

void run_worker(const Settings& settings, int file, int template_process) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != template_process) _exit(0);  // it ended before the line above
  struct stat about {};
  if (fstat(file, &about) != 0) give_up("its memory cannot be looked at");
  void* mapped =
      mmap(nullptr, static_cast<size_t>(about.st_size), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
  if (mapped == MAP_FAILED) give_up("its memory cannot be mapped");
  syscall(SYS_close_range, 3u, ~0u, 0u);
  auto* region = static_cast<char*>(mapped);
  arena = new Arena(region + T2J_CHANNEL_ARENA, static_cast<size_t>(about.st_size) - T2J_CHANNEL_ARENA);
  t2j_set_block_source(&take_from_arena, &give_to_arena);
  t2j_set_memory_limit("cpu", static_cast<int64_t>(arena->bytes()), nullptr);
  Requests requests({settings.inputs, settings.input_bytes, region, arena});
  set_limits(settings.max_bytes);
  if (settings.sandbox) filter_system_calls();
  serve(*reinterpret_cast<Channel*>(region), region, requests);
}

}  // namespace t2j::worker
