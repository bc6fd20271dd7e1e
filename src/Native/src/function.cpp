#include "function.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/ir/alias_analysis.h>

#include "errors.h"
#include "guarded_operators.h"
#include "operators.h"
#include "rewrite.h"
#include "runtime.h"
#include "schema_text.h"

namespace t2j {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

template <class F>
void for_each_node(Block* block, const F& visit) {
  for (auto* node : block->nodes()) {
    visit(node);
    for (auto* inner : node->blocks()) for_each_node(inner, visit);
  }
}

bool constant_is(const Node* node, const char* argument, const c10::IValue& expected) {
  const auto* schema = node->maybeSchema();
  const auto index = schema == nullptr ? c10::nullopt : schema->argumentIndexWithName(argument);
  if (!index.has_value()) return false;
  const auto value = torch::jit::toIValue(node->input(static_cast<size_t>(*index)));
  return value.has_value() && value->equals(expected).isBool() && value->equals(expected).toBool();
}

// Whether it draws numbers: what takes a generator, the families that may go without one, and dropout in use.
bool draws(const Node* node) {
  if (!node->kind().is_aten()) return false;
  const std::string name = node->kind().toUnqualString();
  for (const char* training : {"train", "training"}) {
    if (constant_is(node, training, false)) return false;
  }
  for (const char* probability : {"dropout", "dropout_p", "p"}) {
    if (constant_is(node, probability, 0.0) && name.find("dropout") != std::string::npos) return false;
  }
  if (node->isNondeterministic()) return true;
  for (const char* known : {"rand",
                            "rand_like",
                            "randn",
                            "randn_like",
                            "randint",
                            "randint_like",
                            "randperm",
                            "normal",
                            "dropout",
                            "dropout_",
                            "alpha_dropout",
                            "alpha_dropout_",
                            "feature_dropout",
                            "feature_dropout_",
                            "feature_alpha_dropout",
                            "feature_alpha_dropout_",
                            "native_dropout",
                            "rrelu",
                            "rrelu_",
                            "rrelu_with_noise",
                            "bernoulli",
                            "bernoulli_",
                            "multinomial",
                            "poisson",
                            "binomial"}) {
    if (name == known) return true;
  }
  const auto* schema = node->maybeSchema();
  if (schema == nullptr) return false;
  if (schema->argumentIndexWithName("generator").has_value()) return true;
  // Recurrent layers and attention with a dropout of their own.
  for (const char* probability : {"dropout", "dropout_p"}) {
    if (schema->argumentIndexWithName(probability).has_value() && !constant_is(node, probability, 0.0)) return true;
  }
  return false;
}

// Whether an operator writes into a tensor (not: into a list, which is a value of this call alone).
bool writes_tensor(const Node* node) {
  const auto* schema = node->maybeSchema();
  if (schema == nullptr) return false;
  const auto& arguments = schema->arguments();
  return std::any_of(arguments.begin(), arguments.end(), [](const c10::Argument& argument) {
    return argument.alias_info() != nullptr && argument.alias_info()->isWrite() &&
           argument.type()->isSubtypeOf(*c10::TensorType::get());
  });
}

bool writes(const Node* node) {
  const auto* schema = node->maybeSchema();
  return schema != nullptr && schema->is_mutable();
}

// Composite operators may hand their input on as the output without saying so in their schema (dropout outside of
// training, meshgrid, einsum, type_as...), so alias analysis cannot be trusted behind them.
bool may_alias_silently(const Node* node) {
  const auto* schema = node->maybeSchema();
  if (schema == nullptr || !node->kind().is_aten()) return false;
  for (const auto& result : schema->returns()) {
    if (result.alias_info() != nullptr || !result.type()->isSubtypeOf(*c10::TensorType::get())) return false;
  }
  const std::string name = node->kind().toUnqualString();
  for (const char* reshaping : {"pixel_shuffle", "pixel_unshuffle", "channel_shuffle"}) {
    if (name == reshaping) return true;
  }
  for (const char* fresh : {"linear", "matmul", "softmax", "log_softmax", "layer_norm", "batch_norm", "embedding"}) {
    if (name == fresh) return false;
  }
  for (const char* fresh : {"conv", "_loss", "max_pool", "avg_pool"}) {
    if (name.find(fresh) != std::string::npos) return false;
  }
  const auto handle = c10::Dispatcher::singleton().findSchema(schema->operator_name());
  return handle.has_value() && handle->hasKernelForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd);
}

// Which arguments may be written into. libtorch's analysis takes all inputs of one type for aliases of one another, so
// it looks at a copy of the graph whose tensors are fresh ones; containers stay together.
std::vector<bool> find_written_inputs(Graph& graph) {
  auto copy = graph.copy();
  std::vector<bool> written(copy->inputs().size(), false);
  bool any = false;
  bool silent = false;
  for_each_node(copy->block(), [&](Node* node) {
    any = any || writes(node);
    silent = silent || may_alias_silently(node);
  });
  if (!any) return written;
  if (silent) return std::vector<bool>(written.size(), true);

  std::vector<Value*> stand_ins(copy->inputs().begin(), copy->inputs().end());
  {
    torch::jit::WithInsertPoint at_start(*copy->block()->nodes().begin());
    for (size_t i = 0; i < written.size(); ++i) {
      auto* input = copy->inputs()[i];
      if (!input->type()->isSubtypeOf(*c10::TensorType::get())) continue;
      auto* fresh = copy->insert(c10::aten::clone, {input});
      input->replaceAllUsesAfterNodeWith(fresh->node(), fresh);
      stand_ins[i] = fresh;
    }
  }
  torch::jit::AliasDb aliases(copy);
  for_each_node(copy->block(), [&](Node* node) {
    if (!writes(node)) return;
    const auto& arguments = node->schema().arguments();
    for (size_t a = 0; a < arguments.size() && a < node->inputs().size(); ++a) {
      if (arguments[a].alias_info() == nullptr || !arguments[a].alias_info()->isWrite()) continue;
      for (size_t i = 0; i < written.size(); ++i) {
        written[i] = written[i] || aliases.mayContainAlias(stand_ins[i], node->input(a));
      }
    }
  });
  return written;
}

void find_effects(Function& function) {
  for_each_node(function.graph->block(), [&](Node* node) {
    function.random = function.random || draws(node);
    function.prints = function.prints || node->kind() == c10::prim::Print || node->kind() == c10::aten::warn;
    function.mutates = function.mutates || writes_tensor(node);
  });
  function.writes_input = find_written_inputs(*function.graph);
}

}  // namespace

std::shared_ptr<const Function> make_function(std::string entry, c10::FunctionSchema schema,
                                              std::shared_ptr<Graph> graph,
                                              std::shared_ptr<torch::jit::CompilationUnit> unit,
                                              const std::vector<Parameter>& parameters) {
  auto function = std::make_shared<Function>(std::move(entry), std::move(schema), std::move(graph));
  function->unit = std::move(unit);
  optimize(function->graph);
  check_operators(*function->graph);
  find_effects(*function);
  rewrite_for_safety(function->graph);
  function->graph->lint();
  function->schema_json = schema_json(*function, parameters);
  function->code = torch::jit::Code(function->graph, function->entry);
  return function;
}

}  // namespace t2j

extern "C" {

t2j_status t2j_function_compile(const char* source, int64_t source_length, const char* entry, t2j_function** function,
                                t2j_error** error) {
  return t2j::guard(error, [&] {
    if (source == nullptr || source_length < 0 || function == nullptr) {
      t2j::fail(T2J_INVALID_ARGUMENT, "source and function must not be NULL.");
    }
    *function = nullptr;
    auto impl =
        t2j::compile_function(std::string(source, static_cast<size_t>(source_length)), entry == nullptr ? "" : entry);
    *function = new t2j_function{std::move(impl)};
    ++t2j::counters().functions;
  });
}

t2j_status t2j_function_load(const void* archive, int64_t archive_length, const char* method, int32_t functional,
                             t2j_function** function, t2j_error** error) {
  return t2j::guard(error, [&] {
    if (archive == nullptr || archive_length < 0 || function == nullptr) {
      t2j::fail(T2J_INVALID_ARGUMENT, "archive and function must not be NULL.");
    }
    *function = nullptr;
    auto impl = t2j::load_function(static_cast<const char*>(archive), static_cast<size_t>(archive_length),
                                   method == nullptr || *method == '\0' ? "forward" : method, functional != 0);
    *function = new t2j_function{std::move(impl)};
    ++t2j::counters().functions;
  });
}

const char* t2j_function_schema(const t2j_function* function) {
  return function == nullptr ? "" : function->impl->schema_json.c_str();
}

void t2j_function_free(t2j_function* function) {
  if (function == nullptr) return;
  delete function;
  --t2j::counters().functions;
}

}  // extern "C"
