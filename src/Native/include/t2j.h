// The native contract of Torch2Jax: everything that running a program takes, on flat arrays.
//
// Rules that hold for every function here:
//  - handles are opaque; each `_new`, `_compile`, `_load` or `_call` that gives a handle has a `_free`, which takes NULL too;
//  - every call that can fail returns a t2j_status; on failure `*error` (where `error` is not NULL) is a handle that the
//    caller frees with t2j_error_free; on success it is NULL. No C++ exception leaves the library;
//  - buffers and texts given in are borrowed for the length of the call; texts given out belong to their handle;
//  - calls on the same function or program may run on many threads at once;
//  - every call leaves the thread as it found it (grad mode, functorch's layers, default dtype).
#ifndef T2J_H_
#define T2J_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define T2J_API __attribute__((visibility("default")))
#else
#define T2J_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// Raised with every change of this header or of t2j_isolation.h; the host compares it with t2j_abi_version() before anything else.
#define T2J_ABI_VERSION 3

typedef int32_t t2j_status;
enum {
  T2J_OK = 0,
  T2J_INVALID_ARGUMENT = 1,    // the host misused this header (a bug of the host)
  T2J_INVALID_SOURCE = 2,      // does not compile, no such entry, too long or too deep, not an archive
  T2J_FORBIDDEN_OPERATOR = 3,  // reaches outside the computation
  T2J_STRUCTURE_MISMATCH = 4,  // trees or numbers of leaves that do not fit
  T2J_UNSUPPORTED_DTYPE = 5,   // a dtype this libtorch lacks
  T2J_NOT_DIFFERENTIABLE = 6,
  T2J_INVALID_TRANSFORM = 7,
  T2J_INVALID_SHARDING = 8,
  T2J_OUTPUT_MISMATCH = 9,        // outputs do not fit the buffers given for them
  T2J_DATA_DEPENDENT_SHAPE = 10,  // shapes cannot be inferred without the data
  T2J_EXECUTION_FAILED = 11,      // the function itself raised
  T2J_OUT_OF_MEMORY = 12,         // the call alone is over its own limit, the process's or what the machine has
  T2J_INVALID_DEVICE = 13,        // no such device here
  T2J_INTERNAL = 14,
  T2J_OVERLOADED = 15  // memory that would be there if other calls were done
};

// The numbers of c10::ScalarType, which never change.
typedef int32_t t2j_dtype;
enum {
  T2J_UINT8 = 0,
  T2J_INT8 = 1,
  T2J_INT16 = 2,
  T2J_INT32 = 3,
  T2J_INT64 = 4,
  T2J_FLOAT16 = 5,
  T2J_FLOAT32 = 6,
  T2J_FLOAT64 = 7,
  T2J_COMPLEX64 = 9,
  T2J_COMPLEX128 = 10,
  T2J_BOOL = 11,
  T2J_BFLOAT16 = 15
};

typedef struct t2j_array t2j_array;

// One array: row-major, dense. `data` may be NULL where only the shape matters or where there are no elements. An input
// with `kept` is the array that is on the call's device already; its `data` is not read.
typedef struct t2j_buffer {
  void* data;
  const int64_t* dims;  // `rank` sizes
  int32_t rank;
  t2j_dtype dtype;
  const t2j_array* kept;
} t2j_buffer;

typedef struct t2j_error t2j_error;
typedef struct t2j_function t2j_function;
typedef struct t2j_program t2j_program;
typedef struct t2j_result t2j_result;

// ---- errors -------------------------------------------------------------------------------------------------------
T2J_API t2j_status t2j_error_status(const t2j_error* error);
// UTF-8, NUL-terminated, without C++ back traces or file paths of the library; lives as long as the handle.
T2J_API const char* t2j_error_message(const t2j_error* error);
T2J_API void t2j_error_free(t2j_error* error);

// ---- runtime ------------------------------------------------------------------------------------------------------
T2J_API int32_t t2j_abi_version(void);
// The version of the libtorch this was built with, "1.13.1"; static.
T2J_API const char* t2j_libtorch_version(void);

typedef struct t2j_device {
  char name[16];        // "cpu", "cuda:0"
  char title[112];      // the model's name, as far as known
  int64_t total_bytes;  // memory of the device, 0 where unknown
  int64_t free_bytes;   // 0 where unknown
  int64_t used_bytes;   // what this process's arrays hold of it, blocks kept for reuse included
} t2j_device;
// Number of devices; fills up to `capacity` of them. Virtual devices (cpu:1...) are accepted in calls, not listed. The
// first call loads libtorch's library for CUDA, where it is present: before it the CPU is the only device.
T2J_API int32_t t2j_devices(t2j_device* devices, int32_t capacity);

// Threads that one operator may use (ATen and its BLAS alike). Results may depend on it bit by bit. Process-wide.
T2J_API t2j_status t2j_set_threads(int32_t count, t2j_error** error);
T2J_API int32_t t2j_threads(void);

// Bytes that tensors of all calls and results together may hold on a device ("cpu", "cuda:0"); 0, the default, for no
// limit. A call over it fails: T2J_OUT_OF_MEMORY where nothing else stands in its way, else T2J_OVERLOADED. What is kept
// for reuse counts too, and is given back before a call fails.
T2J_API t2j_status t2j_set_memory_limit(const char* device, int64_t bytes, t2j_error** error);

// Bytes of freed big blocks the allocator may keep for reuse (default 256 MiB); t2j_trim gives all of them back.
T2J_API void t2j_set_cache_bytes(int64_t bytes);
T2J_API void t2j_trim(void);

typedef struct t2j_counters {
  int64_t functions, programs, results, errors;  // handles alive
  int64_t tensors;                               // tensors alive that results hold
  int64_t cached_bytes;                          // bytes kept by the allocator for reuse
  int64_t allocated_bytes;                       // bytes handed out by the allocator and not yet returned
  int64_t function_runs;                         // runs of a function's graph since the library was loaded
  int64_t arrays;                                // arrays alive that are kept on devices
} t2j_counters;
T2J_API void t2j_read_counters(t2j_counters* counters);

// Moves up to `capacity` bytes of what functions printed since the last call into `text` (not terminated); returns how
// many. Old text is dropped where nobody reads it.
T2J_API int64_t t2j_take_log(char* text, int64_t capacity);

// ---- arrays on devices --------------------------------------------------------------------------------------------
// Copies an array to a device other than the CPU, where it stays until it is freed; calls take it as an input's `kept`
// and never write into it. Any number of calls may use it at once; it is freed when none does.
T2J_API t2j_status t2j_array_new(const t2j_buffer* buffer, const char* device, t2j_array** array, t2j_error** error);
T2J_API void t2j_array_free(t2j_array* array);

// A block of host memory that devices copy from and to while the processor goes on (pinned), aligned to 64 bytes; NULL
// where no device wants such memory, or where there is none left.
T2J_API void* t2j_pinned_take(int64_t bytes);
// Takes it back; 0 where the block is none of these.
T2J_API int32_t t2j_pinned_give(void* block);

// ---- functions ----------------------------------------------------------------------------------------------------
// Compiles TorchScript source as PyTorch users write it. `entry` may be NULL where the source defines one function.
T2J_API t2j_status t2j_function_compile(const char* source, int64_t source_length, const char* entry,
                                        t2j_function** function, t2j_error** error);
// Loads a TorchScript archive and takes one method of its module (NULL: "forward"). With `functional` the first argument
// is the dict of the module's parameters and buffers by dotted name; without, they are constants.
T2J_API t2j_status t2j_function_load(const void* archive, int64_t archive_length, const char* method,
                                     int32_t functional, t2j_function** function, t2j_error** error);
// JSON: {"entry":"fn","arguments":[{"name":"x","type":"Tensor","default":null|"TEXT","keywordOnly":false}],
//        "returns":"Tensor","random":false,"prints":false,"mutates":false}
// with types as TorchScript annotations: Tensor, int, float, bool, str, List[T], Dict[str, T], Tuple[T, ...],
// Optional[T]. `mutates`: some operator writes in place (maybe only into its own temporaries).
T2J_API const char* t2j_function_schema(const t2j_function* function);
T2J_API void t2j_function_free(t2j_function* function);

// ---- programs -----------------------------------------------------------------------------------------------------
// A function with a structure of arguments, static values and transforms, made once and called often.
//
// `arguments` is a structure code: one item for each argument in schema order, without separators:
//   *N;          leaf number N of the program's inputs         N            None
//   D            argument left out, its default is taken       iDEC; fTEXT; int, float (decimal, nan, inf, -inf)
//   b0 b1        bool                                          sLEN:BYTES   str (UTF-8, LEN bytes)
//   (...) [...]  tuple, list                                   {sLEN:KEY VALUE ...}  dict, written without spaces
// Results are described in the same code with leaves numbered in flatten order (dict keys sorted).
//
// `transforms` holds one line a transform, the innermost first, each ended by '\n'. Leaves are named by their numbers
// among the inputs of the program that the line is applied to; lists are decimal, joined by ','. "Differentiable
// leaves" are the floating and complex ones; tangents and cotangents are given, and returned, for those alone, in order.
//   N leaves=0,2                 stop the derivative at these leaves of the function (first line, if any)
//   S mesh=2,4 devices=cpu:0,..  sharding (after N, before all others): one device a place of the mesh, row-major;
//     in=SPEC|SPEC|..            one SPEC for each of the function's leaves (positional, then keywords)
//     out=SPEC|.. | out=*SPEC    one for each output leaf, or one for all of them. A SPEC has one entry a dimension,
//                                joined by '/': '-' (whole) or numbers of mesh axes joined by '+', the first the
//                                slowest; later dimensions are whole: "0/-", "-/1", "0+1", "" (all whole). Shards along
//                                axes that no `in` names are equal: one of them runs; an `out` that names such an axis
//                                repeats it. Inputs and outputs are global; shapes given by t2j_program_infer too
//   B method=M size=K in=A,..    vmap: M is sequential | expand_dims | broadcast_all | vectorized; A is an axis (0 or
//     out=A | out=A,..           more) or '-', one for each input. One output axis for all leaves, or one for each
//                                output leaf: an axis of the output with its batch axis (negative: from the end; an
//                                output that is the same for all elements is repeated), or '-': such an output, once
//   V cotangents=K [leaves=..]   vjp: K more inputs; outputs: those of the program, then cotangents of the leaves named
//                                in that order (without leaves=: of all differentiable inputs)
//   J tangents=K [leaves=..]     jvp: K more inputs, tangents of the leaves named (without leaves=: of all differentiable
//                                inputs); outputs: those of the program, then tangents of its outputs. Inputs that
//                                leaves= does not name are constants
//   G value=0|1 aux=0|1 leaves=  grad of the first output leaf, a real scalar (without aux the only one); outputs:
//                                [value] [aux leaves] gradients in JAX's order: value=1: value, aux, gradients;
//                                value=0: gradients, aux
//   R leaves=..                  jacrev: for each differentiable output leaf and each leaf named (in that order), output
//                                shape + leaf shape, with the dtype of the leaf
//   W leaves=..                  jacfwd: the same, by columns, with the dtype of the output
T2J_API t2j_status t2j_program_new(const t2j_function* function, const char* arguments, const char* transforms,
                                   t2j_program** program, t2j_error** error);
// Number of inputs, all leaves of all lines together.
T2J_API int32_t t2j_program_inputs(const t2j_program* program);
T2J_API void t2j_program_free(t2j_program* program);

typedef struct t2j_call_options {
  const char* device;  // NULL: "cpu"
  int64_t seed;        // used where has_seed is 1
  int32_t has_seed;
  int32_t timeout_ms;  // 0: none; a function's loops stop once it has passed (T2J_EXECUTION_FAILED); operators do not
  int64_t max_bytes;   // bytes of tensors this call may hold at once; 0: no limit
} t2j_call_options;

// Runs on real arrays; outputs are owned by the result.
T2J_API t2j_status t2j_program_call(const t2j_program* program, const t2j_buffer* inputs, int32_t input_count,
                                    const t2j_call_options* options, t2j_result** result, t2j_error** error);
// Runs on real arrays into the caller's buffers, whose dtypes and shapes must be those of the outputs
// (T2J_OUTPUT_MISMATCH otherwise, with the reference package's text). Nothing is written where the call fails before
// the function has run. `result`, where not NULL, receives a handle without arrays (structure and warnings alone).
T2J_API t2j_status t2j_program_call_into(const t2j_program* program, const t2j_buffer* inputs, int32_t input_count,
                                         const t2j_buffer* outputs, int32_t output_count,
                                         const t2j_call_options* options, t2j_result** result, t2j_error** error);

enum { T2J_INFER_META = 1, T2J_INFER_ZEROS = 2 };
// Shapes and dtypes of the outputs from those of the inputs (`data` is not read): on meta tensors, then, where that fails
// and `modes` allows it, on zeros within options->max_bytes. Fails with T2J_DATA_DEPENDENT_SHAPE where neither works.
T2J_API t2j_status t2j_program_infer(const t2j_program* program, const t2j_buffer* inputs, int32_t input_count,
                                     int32_t modes, const t2j_call_options* options, t2j_result** result,
                                     t2j_error** error);

// ---- results ------------------------------------------------------------------------------------------------------
T2J_API int32_t t2j_result_count(const t2j_result* result);
// The array `index`; data and dims live as long as the result. Inferred ones have no data.
T2J_API t2j_status t2j_result_buffer(const t2j_result* result, int32_t index, t2j_buffer* buffer);
// Structure code of what the function itself (innermost) returned.
T2J_API const char* t2j_result_structure(const t2j_result* result);
// Dtypes of the function's own output leaves, one t2j_dtype each; `*count` of them.
T2J_API const t2j_dtype* t2j_result_function_dtypes(const t2j_result* result, int32_t* count);
// Lines to be told to the caller (a vmap that fell back to a loop), each ended by '\n'; "" where there are none.
T2J_API const char* t2j_result_warnings(const t2j_result* result);
// How the shapes were found by t2j_program_infer: T2J_INFER_META or T2J_INFER_ZEROS; 0 after a call.
T2J_API int32_t t2j_result_inferred_by(const t2j_result* result);
// Most bytes of tensors that the call held at once, its outputs among them; arrays of the caller do not count.
T2J_API int64_t t2j_result_peak_bytes(const t2j_result* result);
T2J_API void t2j_result_free(t2j_result* result);

#ifdef __cplusplus
}
#endif
#endif  // T2J_H_
