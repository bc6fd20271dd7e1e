// Running a program on tensors: what calls and inference share.
#pragma once
#include "node.h"
#include "program.h"

namespace t2j {

// Sizes of a buffer, checked.
c10::IntArrayRef sizes_of(const t2j_buffer& buffer);
// The scalar type of a buffer; throws Failure(T2J_UNSUPPORTED_DTYPE).
at::ScalarType dtype_of(const t2j_buffer& buffer);

// The caller's memory as a tensor, without a copy.
at::Tensor borrow(const t2j_buffer& buffer);

void check_inputs(const Program& program, const t2j_buffer* inputs, int32_t count);

// Runs under the right autograd mode, with the seed where the function is random.
Tensors run_program(const Program& program, const Tensors& inputs, const t2j_call_options* options,
                    RunContext& context);

}  // namespace t2j
