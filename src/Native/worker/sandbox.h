// What keeps a function that got out of libtorch inside its worker.
#ifndef T2J_SANDBOX_H_
#define T2J_SANDBOX_H_

#include <cstdint>

namespace t2j::worker {

// In the template, before it forks: no privileges, no network, an empty file system. Each where the kernel allows it;
// returns bits of T2J_PROTECTED_... .
int32_t enter_template_sandbox();

// In a worker: limits of memory beside the arena and of open files. False where one was refused.
bool set_limits(int64_t max_bytes);

// In a worker, before a call: processor time from now on, 0 for no limit. The deadline ends a call long before; this ends
// one whose host no longer looks.
void limit_processor_time(int64_t milliseconds);

// Whether the limits leave enough to compile with.
bool has_room();

// In a worker, last: system calls that computing takes, and no others. False where the kernel has no filters.
bool filter_system_calls();

// Tries what is forbidden; returns bits of T2J_PROTECTED_... for what failed as it should.
int32_t probe_sandbox();

}  // namespace t2j::worker

#endif  // T2J_SANDBOX_H_
