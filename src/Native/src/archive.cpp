#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/serialization/import.h>

#include "archive_scan.h"
#include "big_stack.h"
#include "errors.h"
#include "function.h"
#include "guarded_operators.h"
#include "inlined_size.h"
#include "lift.h"
#include "operators.h"
#include "rewrite.h"

namespace t2j {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

std::string method_names(const torch::jit::Module& module) {
  std::string names;
  for (const auto& method : module.get_methods()) names += (names.empty() ? "" : ", ") + method.name();
  return names;
}

// Parameters and buffers by dotted name, in that order.
std::vector<Parameter> parameters_of(const torch::jit::Module& module) {
  std::vector<Parameter> parameters;
  for (const auto& parameter : module.named_parameters()) parameters.push_back({parameter.name, parameter.value});
  for (const auto& buffer : module.named_buffers()) parameters.push_back({buffer.name, buffer.value});
  return parameters;
}

c10::FunctionSchema schema_without_self(const c10::FunctionSchema& schema, bool functional) {
  std::vector<c10::Argument> arguments(schema.arguments().begin() + 1, schema.arguments().end());
  if (functional) {
    arguments.insert(arguments.begin(),
                     c10::Argument("params", c10::DictType::create(c10::StringType::get(), c10::TensorType::get())));
  }
  return schema.cloneWithArguments(std::move(arguments));
}

// The module itself must not be needed any more; what still names it would keep state.
void drop_self(Graph& graph) {
  auto* self = graph.inputs()[0];
  if (self->hasUses()) {
    check_operators(graph);  // names an assignment to an attribute
    const auto* user = self->uses()[0].user;
    fail(T2J_INVALID_SOURCE,
         "the method uses its module as a value, which cannot be taken apart (" + source_line(user) + ").");
  }
  graph.eraseInput(0);
}

template <class F>
void for_each_node(torch::jit::Block* block, const F& visit) {
  for (auto* node : block->nodes()) {
    visit(node);
    for (auto* inner : node->blocks()) for_each_node(inner, visit);
  }
}

// Constants are shared by all calls: nobody may write into them, and a result never is one.
void protect_constants(const std::shared_ptr<Graph>& graph) {
  std::vector<Node*> constants;
  for_each_node(graph->block(), [&](Node* node) {
    const bool shared = node->kind() == c10::prim::Constant && node->outputs().size() == 1 &&
                        (node->output()->type()->isSubtypeOf(*c10::TensorType::get()) ||
                         node->output()->type()->kind() == c10::TypeKind::ListType ||
                         node->output()->type()->kind() == c10::TypeKind::DictType);
    if (shared) constants.push_back(node);
  });
  if (constants.empty()) return;
  torch::jit::AliasDb aliases(graph);
  std::vector<Node*> returned;
  for (auto* constant : constants) {
    if (aliases.hasWriters(constant->output())) {
      fail(T2J_FORBIDDEN_OPERATOR, "the method writes into one of its module's parameters or attributes (" +
                                       source_line(constant) + "); a function may not keep state.");
    }
    if (aliases.mayContainAlias(constant->output(), graph->outputs())) returned.push_back(constant);
  }
  for (auto* constant : returned) {
    if (!constant->output()->type()->isSubtypeOf(*c10::TensorType::get())) continue;
    torch::jit::WithInsertPoint after(constant->next());
    auto* copy = graph->insert(c10::aten::clone, {constant->output()}, {}, constant->sourceRange());
    constant->output()->replaceAllUsesAfterNodeWith(copy->node(), copy);
  }
}

std::shared_ptr<const Function> load(const char* archive, size_t length, const std::string& method_name,
                                     bool functional) {
  scan_archive(archive, length);
  auto module = torch::jit::load(std::make_shared<MemoryReader>(archive, length), c10::Device(c10::kCPU));
  module.eval();
  const auto method = module.find_method(method_name);
  if (!method.has_value()) {
    fail(T2J_INVALID_SOURCE,
         "the archive's module has no method '" + method_name + "', only " + method_names(module) + ".");
  }
  check_inlined_size(*method->graph());
  auto graph = method->graph()->copy();
  torch::jit::Inline(*graph);
  lift_attributes(graph, module, functional);
  optimize(graph);  // drops what is for training only
  drop_self(*graph);
  if (!functional) protect_constants(graph);
  return make_function(method_name, schema_without_self(method->function().getSchema(), functional), graph,
                       module._ivalue()->compilation_unit(),
                       functional ? parameters_of(module) : std::vector<Parameter>{});
}

}  // namespace

std::shared_ptr<const Function> load_function(const char* archive, size_t length, const std::string& method,
                                              bool functional) {
  prepare_operators();
  std::shared_ptr<const Function> function;
  run_with_big_stack([&] {
    try {
      function = load(archive, length, method, functional);
    } catch (const Failure&) {
      throw;
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      fail(T2J_INVALID_SOURCE, "the archive could not be loaded: " + clean_message(error));
    }
  });
  return function;
}

}  // namespace t2j
