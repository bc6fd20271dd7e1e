// The first page of a worker's region, and how both sides wait on it: a short spin, as long as spinning has paid lately,
// then a futex. On an idle machine a sleeping core takes 40 us to wake; on a busy one spinning only takes its time.
#ifndef T2J_CHANNEL_H_
#define T2J_CHANNEL_H_

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>

#include "t2j_isolation.h"

namespace t2j {

struct Channel {
  std::atomic<uint32_t> request;   // number of the last request
  std::atomic<uint32_t> answer;    // number of the last request that was answered
  std::atomic<uint32_t> sleepers;  // bits of Side: who has to be woken
  std::atomic<uint32_t> ended;     // the host has heard that the worker ended
  alignas(T2J_CHANNEL_COUNTERS) t2j_counters counters;
};
static_assert(sizeof(Channel) <= T2J_CHANNEL_REQUEST && offsetof(Channel, counters) == T2J_CHANNEL_COUNTERS, "layout");

enum Side : uint32_t { kHost = 1, kWorker = 2 };

inline void pause_core() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until `word` differs from what it was; false where the time is up first.
class Waiter {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Waiter(Side side) : side_(side), most_(sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 50'000 : 0) {}

  bool wait(Channel& channel, std::atomic<uint32_t>& word, uint32_t old, Clock::time_point until) {
    if (spin(word, old)) return true;
    while (word.load(std::memory_order_acquire) == old) {
      const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(until - Clock::now()).count();
      if (left <= 0) return false;
      const timespec timeout{static_cast<time_t>(std::min<int64_t>(left / 1'000'000'000, 3600)),
                             static_cast<long>(left % 1'000'000'000)};
      channel.sleepers.fetch_or(side_);
      if (word.load() == old) syscall(SYS_futex, &word, FUTEX_WAIT, old, &timeout, nullptr, 0);
      channel.sleepers.fetch_and(~side_);
    }
    return true;
  }

  static void wake(Channel& channel, std::atomic<uint32_t>& word, Side side) {
    if (channel.sleepers.load() & side) syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }

 private:
  bool spin(std::atomic<uint32_t>& word, uint32_t old) {
    if (++waits_ % 64 == 0) budget_ = std::max(budget_, most_ / 2);  // what did not pay once may pay now
    const auto start = Clock::now();
    do {
      for (int i = 0; i < 16; i++) {
        if (word.load(std::memory_order_acquire) != old) {
          budget_ = std::min(most_, budget_ * 2 + 1000);
          return true;
        }
        pause_core();
      }
    } while (Clock::now() - start < std::chrono::nanoseconds(budget_));
    budget_ /= 2;
    return false;
  }

  const Side side_;
  const int64_t most_;
  int64_t budget_ = most_ / 2;
  uint32_t waits_ = 0;
};

}  // namespace t2j

#endif  // T2J_CHANNEL_H_
