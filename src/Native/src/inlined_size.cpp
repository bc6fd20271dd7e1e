#include "inlined_size.h"

#include <torch/csrc/jit/api/function_impl.h>

#include "errors.h"

namespace t2j {
namespace {

constexpr size_t kMaxNodes = 50000;

using Known = std::unordered_map<const torch::jit::Graph*, size_t>;

// The function that a node calls, NULL where it calls none.
torch::jit::Function* called_function(const torch::jit::Node* node) {
  if (node->kind() == c10::prim::CallFunction) return node->input(0)->type()->expectRef<c10::FunctionType>().function();
  if (node->kind() == c10::prim::CallMethod) {
    const auto type = node->input(0)->type()->cast<c10::ClassType>();
    return type == nullptr ? nullptr : type->findMethod(node->s(c10::attr::name));
  }
  return nullptr;
}

size_t inlined_size(const torch::jit::Block* block, Known& known) {
  size_t count = 0;
  for (const auto* node : block->nodes()) {
    ++count;
    for (const auto* inner : node->blocks()) count += inlined_size(inner, known);
    if (auto* function = called_function(node)) {
      if (auto* called = torch::jit::tryToGraphFunction(*function)) {
        const auto graph = called->graph();
        const auto found = known.find(graph.get());
        const auto size = found != known.end() ? found->second : inlined_size(graph->block(), known);
        known[graph.get()] = size;
        count += size;
      }
    }
    if (count > kMaxNodes) {
      fail(T2J_INVALID_SOURCE, "with the functions it calls written out, the function has more than " +
                                   std::to_string(kMaxNodes) + " operators.");
    }
  }
  return count;
}

}  // namespace

void check_inlined_size(const torch::jit::Graph& graph) {
  Known known;
  inlined_size(graph.block(), known);
}

}  // namespace t2j
