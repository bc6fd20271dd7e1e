#include "rewrite.h"

#include <torch/csrc/jit/passes/constant_pooling.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/lower_tuples.h>
#include <torch/csrc/jit/passes/peephole.h>

#include "enum_arguments.h"
#include "guarded_operators.h"

namespace t2j {
namespace {

using torch::jit::Block;
using torch::jit::Node;

// Another operator with the same schema in the place of `node`.
Node* replace_kind(Node* node, c10::Symbol kind) {
  auto* graph = node->owningGraph();
  auto* other = graph->create(kind, node->inputs(), node->outputs().size());
  other->copyMetadata(node);
  other->insertBefore(node);
  for (size_t i = 0; i < node->outputs().size(); ++i) {
    other->output(i)->copyMetadata(node->output(i));
    node->output(i)->replaceAllUsesWith(other->output(i));
  }
  return other;
}

bool gives_unwritten_memory(const Node* node) {
  const auto kind = node->kind();
  if (kind == c10::aten::new_empty || kind == c10::aten::empty_like) return true;
  return kind == c10::aten::empty;
}

void fill_with_zeros(Node* node) {
  auto* graph = node->owningGraph();
  auto* output = node->output();
  auto* fill = graph->create(c10::aten::zero_, {output}, 1);
  fill->copyMetadata(node);
  fill->insertAfter(node);
  fill->output()->setType(output->type());
  output->replaceAllUsesAfterNodeWith(fill, fill->output());
}

void warn_into_log(Node* node) {
  auto* print = node->owningGraph()->create(c10::prim::Print, {node->input(0)}, 0);
  print->copyMetadata(node);
  print->insertBefore(node);
}

void rewrite_block(Block* block) {
  for (auto at = block->nodes().begin(); at != block->nodes().end();) {
    Node* node = *at;
    ++at;
    for (auto* inner : node->blocks()) rewrite_block(inner);
    if (node->kind() == c10::aten::warn) {
      warn_into_log(node);
      node->destroy();
      continue;
    }
    if (gives_unwritten_memory(node)) {
      check_enum_arguments(node);
      fill_with_zeros(node);
      continue;
    }
    check_enum_arguments(node);
    const auto* schema = node->maybeSchema();
    if (schema == nullptr) continue;
    if (const auto kind = guarded_symbol(*schema)) {
      replace_kind(node, *kind);
      node->destroy();
    }
  }
}

void guard_block_for_device(Block* block) {
  for (auto at = block->nodes().begin(); at != block->nodes().end();) {
    Node* node = *at;
    ++at;
    for (auto* inner : node->blocks()) guard_block_for_device(inner);
    const auto* schema = node->maybeSchema();
    if (schema == nullptr) continue;
    if (const auto kind = device_guarded_symbol(*schema)) {
      replace_kind(node, *kind);
      node->destroy();
    }
  }
}

bool is_helper(const Node* node) {
  const auto range = node->sourceRange();
  return range.source() != nullptr && range.source()->filename() == std::string("<string>");
}

bool has_place(const Node* node) { return node->sourceRange().source() != nullptr && !is_helper(node); }

// The node that tells where `node` was written, NULL where none does.
const Node* neighbour_with_place(const Node* node) {
  for (const auto* input : node->inputs()) {
    if (input->node()->kind() == c10::prim::Constant && has_place(input->node())) return input->node();
  }
  for (const auto* output : node->outputs()) {
    for (const auto& use : output->uses()) {
      if (has_place(use.user)) return use.user;
    }
  }
  for (const auto* input : node->inputs()) {
    if (has_place(input->node())) return input->node();
  }
  return nullptr;
}

void restore_block(Block* block) {
  for (auto* node : block->nodes()) {
    const auto* neighbour = is_helper(node) ? neighbour_with_place(node) : nullptr;
    if (neighbour != nullptr) node->setSourceRange(neighbour->sourceRange());
    for (auto* inner : node->blocks()) restore_block(inner);
  }
}

}  // namespace

void restore_places(const std::shared_ptr<torch::jit::Graph>& graph) { restore_block(graph->block()); }

void rewrite_for_safety(const std::shared_ptr<torch::jit::Graph>& graph) { rewrite_block(graph->block()); }

void guard_for_device(torch::jit::Graph& graph) { guard_block_for_device(graph.block()); }

void optimize(std::shared_ptr<torch::jit::Graph>& graph) {
  // Folds numbers, strings and types alone: a folded tensor would be shared by all calls.
  torch::jit::ConstantPropagationImmutableTypes(graph);
  torch::jit::LowerSimpleTuples(graph);
  torch::jit::PeepholeOptimize(graph, /*disable_shape_peepholes=*/true);
  torch::jit::ConstantPropagationImmutableTypes(graph);
  torch::jit::EliminateDeadCode(graph);
  torch::jit::ConstantPooling(graph);
  graph->lint();
}

}  // namespace t2j
