// The host's side of worker processes: memory that both share, the template process that workers are forked from, and
// one call's way over and back. What stands in requests and answers is the host's and the worker's (worker/requests.h).
//
// The template is one process with libtorch loaded and nothing run; a worker is a fork of it, so it starts in
// milliseconds and shares the library's memory. The template ends with its socket, whatever ended the host, and its
// workers end with it.
#ifndef T2J_ISOLATION_H_
#define T2J_ISOLATION_H_

#include "t2j.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- shared memory ------------------------------------------------------------------------------------------------
// A worker's region: one page of signals, one area a direction for messages, and the arena of its arrays.
#define T2J_CHANNEL_COUNTERS 64  // a t2j_counters, renewed with each answer
#define T2J_CHANNEL_REQUEST 4096
#define T2J_CHANNEL_AREA (4 << 20)  // bytes of each area
#define T2J_CHANNEL_ANSWER (T2J_CHANNEL_REQUEST + T2J_CHANNEL_AREA)
#define T2J_CHANNEL_ARENA (16 << 20)

typedef struct t2j_shared t2j_shared;
// Zeros; only what is touched takes memory. Its size is sealed: no process that it is given to can cut it short.
T2J_API t2j_status t2j_shared_new(int64_t bytes, t2j_shared** shared, t2j_error** error);
T2J_API void* t2j_shared_data(const t2j_shared* shared);
// Gives pages back to the system; they read as zeros then.
T2J_API void t2j_shared_discard(t2j_shared* shared, int64_t offset, int64_t bytes);
T2J_API void t2j_shared_free(t2j_shared* shared);

// ---- the template -------------------------------------------------------------------------------------------------
typedef struct t2j_template t2j_template;

typedef struct t2j_template_options {
  const char* program;  // path of torch2jax-worker
  int64_t max_bytes;    // memory of a worker beside its arena
  int32_t sandbox;      // 0: no protections but limits, for machines that refuse the others
} t2j_template_options;

// Starts it; t2j_template_wait tells when it is ready. `inputs` is what workers may read and not write.
T2J_API t2j_status t2j_template_start(const t2j_template_options* options, const t2j_shared* inputs,
                                      t2j_template** process, t2j_error** error);

enum {
  T2J_EVENT_READY = 1,    // workers can be asked for; `protections` are those of the template
  T2J_EVENT_STARTED = 2,  // worker `worker` runs as process `pid`
  T2J_EVENT_ENDED = 3,    // it ended: `status` as waitpid gives it, or -errno where it could not be forked
  T2J_EVENT_GONE = 4      // the template itself ended with `status`; nothing comes after this
};
enum {
  T2J_PROTECTED_PRIVILEGES = 1,  // cannot gain any
  T2J_PROTECTED_USER = 2,        // runs as nobody
  T2J_PROTECTED_NETWORK = 4,     // in a network of its own, without a device
  T2J_PROTECTED_FILES = 8,       // in an empty file system
  T2J_PROTECTED_CALLS = 16,      // system calls are filtered
  T2J_PROTECTED_LIMITS = 32      // limits of memory and open files hold
};
typedef struct t2j_event {
  int64_t worker;
  int32_t kind, pid, status, protections;
} t2j_event;
// Waits for the next event. One thread at a time.
T2J_API void t2j_template_wait(t2j_template* process, t2j_event* event);
// Asks for a worker over `region`; an event follows.
T2J_API t2j_status t2j_template_fork(t2j_template* process, int64_t worker, const t2j_shared* region,
                                     t2j_error** error);
// Ends a worker at once, whatever it does; an event follows. Nothing happens where it has ended.
T2J_API void t2j_template_kill(t2j_template* process, int64_t worker);
// The end of what the template and its workers wrote to stderr, not terminated; returns how many bytes.
T2J_API int64_t t2j_template_errors(t2j_template* process, char* text, int64_t capacity);
// Ends the template and so all workers; t2j_template_wait gives T2J_EVENT_GONE.
T2J_API void t2j_template_close(t2j_template* process);
// After T2J_EVENT_GONE.
T2J_API void t2j_template_free(t2j_template* process);

// ---- one call -----------------------------------------------------------------------------------------------------
enum { T2J_CALL_ANSWERED = 0, T2J_CALL_LATE = 1, T2J_CALL_ENDED = 2 };
// Hands the request that lies in the region to its worker and waits for the answer, at most `timeout_ms` (0: for ever).
// One thread at a time for each region; after LATE or ENDED the worker is of no more use.
T2J_API int32_t t2j_channel_call(t2j_shared* region, int32_t timeout_ms);
// The worker of the region has ended: whoever waits for it, or will, is told.
T2J_API void t2j_channel_end(t2j_shared* region);

#ifdef __cplusplus
}
#endif
#endif  // T2J_ISOLATION_H_
