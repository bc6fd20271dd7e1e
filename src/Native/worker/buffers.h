// Sizes of arrays, and how they are written.
#ifndef T2J_BUFFERS_H_
#define T2J_BUFFERS_H_

#include "message.h"
#include "t2j.h"

namespace t2j::worker {

constexpr int64_t kInlineBytes = 1 << 20;  // small results of one call that travel in the answer

inline int64_t size_of(int32_t dtype) {
  switch (dtype) {
    case T2J_INT16:
    case T2J_FLOAT16:
    case T2J_BFLOAT16:
      return 2;
    case T2J_INT32:
    case T2J_FLOAT32:
      return 4;
    case T2J_INT64:
    case T2J_FLOAT64:
    case T2J_COMPLEX64:
      return 8;
    case T2J_COMPLEX128:
      return 16;
    default:
      return 1;
  }
}

inline int64_t bytes_of(const t2j_buffer& buffer) {
  int64_t bytes = size_of(buffer.dtype);
  for (int32_t i = 0; i < buffer.rank; i++) bytes *= buffer.dims[i];
  return bytes;
}

inline void write_head(Writer& out, const t2j_buffer& buffer) {
  out.word(buffer.dtype);
  out.word(buffer.rank);
  for (int32_t i = 0; i < buffer.rank; i++) out.word(buffer.dims[i]);
}

}  // namespace t2j::worker

#endif  // T2J_BUFFERS_H_
