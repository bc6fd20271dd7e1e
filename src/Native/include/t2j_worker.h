// What a worker process needs of the library beside t2j.h. No host uses it.
#ifndef T2J_WORKER_H_
#define T2J_WORKER_H_

#include "t2j.h"

#ifdef __cplusplus
extern "C" {
#endif

// Where big blocks of the CPU allocator (64 KiB and more) come from, in place of the C library. `take` gives memory
// aligned to 64 bytes, or NULL; `give` gets back exactly what `take` gave. Set once, from a process with one thread.
T2J_API void t2j_set_block_source(void* (*take)(size_t bytes), void (*give)(void* block, size_t bytes));

#ifdef __cplusplus
}
#endif
#endif  // T2J_WORKER_H_
