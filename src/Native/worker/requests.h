// What a worker does for its host, one request at a time.
//
// A request: kind, threads an operator may use, number of handles to let go of and their numbers; then, by kind:
//   compile  function, source, whether an entry follows, entry
//   load     function, offset of the archive among the inputs, length, method, functional
//   program  program, function, arguments, transforms
//   call     program, result, device, seed, has_seed, timeout_ms, max_bytes, inputs, outputs (without data; none: to be
//            allocated)
//   infer    program, modes, device, seed, has_seed, timeout_ms, max_bytes, inputs
//   rest     nothing: lets go of handles and of cached memory
//   probe    nothing: tries what the sandbox forbids
// Handles are the host's numbers, no two alike. Arrays are a count and for each dtype, rank, dimensions and a Place; Inline bytes
// follow it, Inputs an offset into the shared inputs.
//
// An answer: status; the error's message where that is not T2J_OK, else what follows; at the end what functions printed:
//   compile, load  schema
//   program        number of inputs
//   call, infer    arrays (a Place, Arena: an offset into the region), whether the result is to be let go of, structure,
//                  dtypes (a count and each), warnings, how the shapes were inferred
//   probe          bits of T2J_PROTECTED_...
#ifndef T2J_REQUESTS_H_
#define T2J_REQUESTS_H_

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "arena.h"
#include "message.h"
#include "t2j.h"

namespace t2j::worker {

enum : int64_t { kCompile = 1, kLoad, kProgram, kCall, kInfer, kRest, kProbe };
enum Place : int64_t { kNowhere = 0, kInline = 1, kInputs = 2, kArena = 3 };

struct Memory {
  const char* inputs;  // shared, to be read alone
  int64_t input_bytes;
  char* region;
  Arena* arena;
};

// A result that the host still reads: the library's handle, and arrays that had to be moved into the arena.
struct HeldResult {
  t2j_result* result;
  std::vector<std::pair<void*, size_t>> moved;
};

class Requests {
 public:
  explicit Requests(const Memory& memory) : memory_(memory) {}
  // Reads one request and writes its answer; never throws.
  void serve(const char* request, char* answer);
  // Gives back what is kept for reuse.
  void rest();
  // Whether too little memory is left, because what was freed still counts against the limit: a new worker does better.
  bool spent() const { return spent_; }

 private:
  struct Call;

  t2j_status handle(int64_t kind, Reader& in, Writer& out, t2j_error** error);
  t2j_status compile(Reader& in, Writer& out, t2j_error** error);
  t2j_status load(Reader& in, Writer& out, t2j_error** error);
  t2j_status make_program(Reader& in, Writer& out, t2j_error** error);
  t2j_status call(Reader& in, Writer& out, t2j_error** error);
  t2j_status call_into(const t2j_program* program, Writer& out, Call& call, t2j_error** error);
  t2j_status infer(Reader& in, Writer& out, t2j_error** error);
  void read_arrays(Reader& in, std::vector<int64_t>& dims, std::vector<t2j_buffer>& buffers);
  static void read_options(Reader& in, Call& call);
  static void point_to_dims(Call& call);
  bool write_arrays(Writer& out, HeldResult& held);
  static void write_rest(Writer& out, const t2j_result* result);
  void free_result(HeldResult& held);
  void let_go(int64_t handle);

  Memory memory_;
  int32_t threads_ = 0;
  bool spent_ = false;
  std::unordered_map<int64_t, t2j_function*> functions_;
  std::unordered_map<int64_t, t2j_program*> programs_;
  std::unordered_map<int64_t, HeldResult> results_;
  std::pair<char*, size_t> outputs_{nullptr, 0};  // where results lie that the host copies at once
};

}  // namespace t2j::worker

#endif  // T2J_REQUESTS_H_
