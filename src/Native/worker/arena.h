// The arena of a worker's region: where its big arrays lie, so that the host reads results in place.
#ifndef T2J_ARENA_H_
#define T2J_ARENA_H_

#include <cstddef>
#include <map>
#include <mutex>

namespace t2j::worker {

class Arena {
 public:
  Arena(char* start, size_t bytes) : start_(start), bytes_(bytes), free_{{0, bytes}} {}

  // Aligned to a page's half, zeros or old bytes of this worker; NULL where nothing is big enough.
  void* take(size_t bytes);
  // Gives the pages back to the system as well: whoever wants them again soon caches above this.
  void give(void* block, size_t bytes);
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
