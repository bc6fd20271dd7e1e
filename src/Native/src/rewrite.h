// Rewrites that make a graph safe to run in a process that others use too.
#ifndef T2J_REWRITE_H_
#define T2J_REWRITE_H_

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace t2j {

// Guards operators that may bring the process down, fills memory that nobody wrote, turns warnings into the log.
// Before any other pass, so that nothing is folded unguarded; the graph must be inlined.
void rewrite_for_safety(const std::shared_ptr<torch::jit::Graph>& graph);

// Guards what a GPU checks too late; for a graph that runs on one.
void guard_for_device(torch::jit::Graph& graph);

// TorchScript's own helpers (`//` of tensors, `2 - x`) leave the place of their own text on what they put into a graph;
// takes the place of the user's expression instead, as far as its operands or users tell it.
void restore_places(const std::shared_ptr<torch::jit::Graph>& graph);

// Passes that make it smaller without specialising it to shapes or dtypes.
void optimize(std::shared_ptr<torch::jit::Graph>& graph);

}  // namespace t2j

#endif  // T2J_REWRITE_H_
