// The CPU allocator: keeps freed big blocks for reuse (a large array costs more in page faults than in arithmetic), counts
// what a call holds, and hands an armed buffer of the caller to the allocation of exactly its size.
#pragma once
#include <cstdint>

namespace t2j {

// Makes it libtorch's allocator, once.
void install_allocator();

// What t2j_read_counters tells.
int64_t allocated_bytes();
int64_t cached_bytes();

}  // namespace t2j
