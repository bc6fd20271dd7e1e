// The arena of a worker's region: where its big arrays lie, so that the host reads results in place.
#ifndef T2J_ARENA_H_
#define T2J_ARENA_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>

namespace t2j::worker {

// Outputs have no place in it.
struct ArenaFull : std::runtime_error {
  ArenaFull(int64_t outputs, size_t arena)
      : std::runtime_error("no memory left for " + std::to_string(outputs) + " bytes of outputs, of the " +
                           std::to_string(arena) + " bytes that this worker process has for arrays") {}
};

class Arena {
 public:
  Arena(char* start, size_t bytes) : start_(start), bytes_(bytes), free_{{0, bytes}} {}

  // Aligned to a page's half, zeros or old bytes of this worker; NULL where nothing is big enough.
  void* take(size_t bytes);
  // Gives the pages back to the system as well: whoever wants them again soon caches above this.
  void give(void* block, size_t bytes);
  size_t bytes() const { return bytes_; }
  bool holds(const void* data) const {
    const auto* at = static_cast<const char*>(data);
    return at >= start_ && at < start_ + bytes_;
  }

 private:
  char* const start_;
  const size_t bytes_;
  std::mutex mutex_;
  std::map<size_t, size_t> free_;  // length by offset; neighbours are joined
};

}  // namespace t2j::worker

#endif  // T2J_ARENA_H_
