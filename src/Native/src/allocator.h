// The CPU allocator: keeps freed big blocks for reuse (a large array costs more in page faults than in arithmetic),
// counts what a call holds, and hands an armed buffer of the caller to the allocation of exactly its size.
#pragma once

namespace t2j {

// Makes it libtorch's allocator, once.
void install_allocator();

}  // namespace t2j
