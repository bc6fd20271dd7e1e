// Takes a module's method apart: what it reads of the module becomes constants, or entries of a dict argument.
#ifndef T2J_LIFT_H_
#define T2J_LIFT_H_

#include <torch/csrc/jit/api/module.h>

namespace t2j {

// Replaces what an inlined graph reads of its first input, `module`. With `functional` parameters and buffers come out
// of a dict by dotted name and that dict becomes the first input; else they are constants and the input goes away.
void lift_attributes(const std::shared_ptr<torch::jit::Graph>& graph, const torch::jit::Module& module,
                     bool functional);

}  // namespace t2j

#endif  // T2J_LIFT_H_
