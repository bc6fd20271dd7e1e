// Which operators a graph may use: namespace aten and a named list of prim, minus what reaches outside the computation,
// what reads or trusts memory without checks, and what changes the process.
#ifndef T2J_OPERATORS_H_
#define T2J_OPERATORS_H_

#include <torch/csrc/jit/ir/ir.h>

#include <string>

namespace t2j {

// Throws Failure(T2J_FORBIDDEN_OPERATOR) naming the operator and the source line. Looks into nested blocks.
void check_operators(const torch::jit::Graph& graph);

// Why an ATen operator (its name without "aten::") is refused; NULL where it is allowed.
const char* refusal(const std::string& name);

// "line 3: `y = torch.from_file(...)`" of the user's source, "" where it is not known.
std::string source_line(const torch::jit::Node* node);

}  // namespace t2j

#endif  // T2J_OPERATORS_H_
