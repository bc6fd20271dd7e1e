// How large a graph becomes when its calls are written out: a short source can double itself with every function.
#ifndef T2J_INLINED_SIZE_H_
#define T2J_INLINED_SIZE_H_

#include <torch/csrc/jit/ir/ir.h>

namespace t2j {

// Throws Failure(T2J_INVALID_SOURCE) where it would have more than 50,000 nodes.
void check_inlined_size(const torch::jit::Graph& graph);

}  // namespace t2j

#endif  // T2J_INLINED_SIZE_H_
