// dtypes, layouts and memory formats are plain ints in TorchScript, and libtorch looks them up in tables unchecked.
#ifndef T2J_ENUM_ARGUMENTS_H_
#define T2J_ENUM_ARGUMENTS_H_

#include <torch/csrc/jit/ir/ir.h>

namespace t2j {

// Refuses constants that name nothing (Failure, T2J_INVALID_SOURCE) and puts a check before the node for numbers that
// are known only when it runs.
void check_enum_arguments(torch::jit::Node* node);

}  // namespace t2j

#endif  // T2J_ENUM_ARGUMENTS_H_
