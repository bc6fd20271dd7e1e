#include "arena.h"

#include <sys/mman.h>

#include <iterator>

namespace t2j::worker {
namespace {

constexpr size_t kPage = 4096;

size_t whole_pages(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

}  // namespace

void* Arena::take(size_t bytes) {
  if (bytes > bytes_) return nullptr;
  const size_t wanted = whole_pages(bytes);
  std::lock_guard<std::mutex> lock(mutex_);
  auto best = free_.end();
  for (auto range = free_.begin(); range != free_.end(); ++range)
    if (range->second >= wanted && (best == free_.end() || range->second < best->second)) best = range;
  if (best == free_.end()) return nullptr;
  const auto [offset, length] = *best;
  free_.erase(best);
  if (length > wanted) free_.emplace(offset + wanted, length - wanted);
  return start_ + offset;
}

void Arena::give(void* block, size_t bytes) {
  const size_t length = whole_pages(bytes);
  madvise(block, length, MADV_REMOVE);
  std::lock_guard<std::mutex> lock(mutex_);
  auto range = free_.emplace(static_cast<size_t>(static_cast<char*>(block) - start_), length).first;
  const auto next = std::next(range);
  if (next != free_.end() && range->first + range->second == next->first) {
    range->second += next->second;
    free_.erase(next);
  }
  if (range == free_.begin()) return;
  const auto previous = std::prev(range);
  if (previous->first + previous->second == range->first) {
    previous->second += range->second;
    free_.erase(range);
  }
}

}  // namespace t2j::worker
