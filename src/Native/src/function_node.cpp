#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include "big_stack.h"
#include "call_state.h"
#include "device_watch.h"
#include "errors.h"
#include "node.h"
#include "rewrite.h"
#include "runtime.h"

namespace t2j {
namespace {

// Own operators of the programs' graphs. They take and give no tensors, so autograd and functorch never see them.
const torch::jit::RegisterOperators kOperators({
    torch::jit::Operator(
        "t2j::arm(int index) -> ()",
        [](torch::jit::Stack& stack) {
          const auto index = static_cast<size_t>(torch::jit::pop(stack).toInt());
          CallState& state = call_state();
          if (state.lent != nullptr && index < state.lent->size()) state.armed = (*state.lent)[index];
        },
        c10::AliasAnalysisKind::CONSERVATIVE),
    torch::jit::Operator(
        "t2j::tick() -> ()", [](torch::jit::Stack&) { check_deadline(); }, c10::AliasAnalysisKind::CONSERVATIVE),
});

// Numbers the output leaves that the graph's last lines build, as far as the graph shows them, and puts a node that
// arms the allocator before the operator that makes each. What it cannot see is copied after the run instead.
class Armer {
 public:
  explicit Armer(torch::jit::Graph& graph) : graph_(graph) {}

  void arm_outputs() {
    for (torch::jit::Value* output : graph_.outputs())
      if (!visit(output)) return;
  }

 private:
  // False where the number of leaves behind `value` is not known, so that later ones cannot be numbered.
  bool visit(torch::jit::Value* value) {
    torch::jit::Node* node = value->node();
    if (value->type()->isSubtypeOf(*c10::TensorType::get())) {
      arm(node, next_++);
      return true;
    }
    if (node->kind() != c10::prim::TupleConstruct && node->kind() != c10::prim::ListConstruct) return false;
    for (torch::jit::Value* element : node->inputs())
      if (!visit(element)) return false;
    return true;
  }

  void arm(torch::jit::Node* producer, int64_t index) {
    if (!producer->kind().is_aten() || producer->owningBlock() != graph_.block()) return;
    torch::jit::WithInsertPoint at(producer);
    torch::jit::Value* number = graph_.insertConstant(index);
    graph_.insertNode(graph_.create(c10::Symbol::fromQualString("t2j::arm"), {number}, 0));
  }

  torch::jit::Graph& graph_;
  int64_t next_ = 0;
};

void watch_loops(torch::jit::Graph& graph, torch::jit::Block* block) {
  for (torch::jit::Node* node : block->nodes()) {
    for (torch::jit::Block* inner : node->blocks()) {
      watch_loops(graph, inner);
      if (node->kind() != c10::prim::Loop) continue;
      torch::jit::WithInsertPoint at(*inner->nodes().begin());
      graph.insertNode(graph.create(c10::Symbol::fromQualString("t2j::tick"), 0));
    }
  }
}

// Whether the operator makes an array of nothing but numbers, on the device that its argument `device` names.
bool is_factory(const c10::FunctionSchema& schema) {
  const auto& arguments = schema.arguments();
  return schema.argumentIndexWithName("device").has_value() &&
         std::none_of(arguments.begin(), arguments.end(), [](const c10::Argument& argument) {
           return argument.type()->isSubtypeOf(*c10::TensorType::get());
         });
}

// A call's device is where all of it happens: constants are put there once, and arrays that the source makes without
// saying where are made there.
int64_t place(torch::jit::Graph& graph, torch::jit::Block* block, const c10::Device& device) {
  int64_t bytes = 0;
  for (torch::jit::Node* node : block->nodes()) {
    for (torch::jit::Block* inner : node->blocks()) bytes += place(graph, inner, device);
    if (node->kind() == c10::prim::Constant && node->hasAttribute(c10::attr::value) &&
        node->kindOf(c10::attr::value) == torch::jit::AttributeKind::t) {
      const at::Tensor there = node->t(c10::attr::value).to(device);
      bytes += static_cast<int64_t>(there.nbytes());
      node->t_(c10::attr::value, there);
      continue;
    }
    const auto* schema = node->maybeSchema();
    if (schema == nullptr || !is_factory(*schema)) continue;
    const auto where = static_cast<size_t>(*schema->argumentIndexWithName("device"));
    if (!node->input(where)->mustBeNone()) continue;
    torch::jit::WithInsertPoint at(node);
    node->replaceInput(where, graph.insertConstant(device));
  }
  return bytes;
}

torch::jit::Code make_code(const Function& function, const c10::Device& device, int64_t* bytes = nullptr) {
  torch::jit::Code code;
  // The interpreter's compiler recurses over chains of operators.
  run_with_big_stack([&] {
    auto graph = function.graph->copy();
    watch_loops(*graph, graph->block());
    if (is_accelerator(device)) {
      guard_for_device(*graph);
      *bytes = place(*graph, graph->block(), device);
    } else {
      Armer(*graph).arm_outputs();
    }
    code = torch::jit::Code(graph, function.entry);
  });
  return code;
}

}  // namespace

void RunContext::warn(const std::string& text) {
  std::lock_guard<std::mutex> lock(mutex);
  if (std::find(warnings.begin(), warnings.end(), text) == warnings.end()) warnings.push_back(text);
}

std::string describe(const at::Tensor& tensor) {
  std::string text = c10::toString(tensor.scalar_type());
  text += '[';
  for (int64_t i = 0; i < tensor.dim(); i++) text += (i == 0 ? "" : ", ") + std::to_string(tensor.size(i));
  return text + ']';
}

FunctionNode::FunctionNode(std::shared_ptr<const Function> function, std::vector<Structure> arguments,
                           int32_t leaf_count, std::vector<bool> nondifferentiable)
    : function_(std::move(function)),
      arguments_(std::move(arguments)),
      nondifferentiable_(std::move(nondifferentiable)),
      written_(leaf_count, false) {
  const auto& declared = function_->schema.arguments();
  if (declared.size() != arguments_.size())
    fail(T2J_INVALID_ARGUMENT, "the structure code has " + std::to_string(arguments_.size()) +
                                   " arguments, the function " + std::to_string(declared.size()));
  nondifferentiable_.resize(leaf_count, false);
  for (size_t i = 0; i < arguments_.size(); i++) mark_written(arguments_[i], function_->writes_input[i]);
  code_ = make_code(*function_, c10::DeviceType::CPU);
}

void FunctionNode::mark_written(const Structure& item, bool written) {
  if (item.kind == Structure::Kind::kLeaf && written) written_[item.leaf] = true;
  for (const auto& child : item.children) mark_written(child, written);
}

torch::jit::Code FunctionNode::code_for(const Tensors& leaves, const RunContext& context) const {
  c10::Device device = context.device;
  for (const auto& leaf : leaves)
    if (is_accelerator(leaf.device())) device = leaf.device();  // a shard has one of its own
  if (!is_accelerator(device)) return code_;
  std::lock_guard<std::mutex> lock(mutex_);
  const auto known = accelerated_.find(device.index());
  if (known != accelerated_.end()) return known->second.code;
  const WatchScope nobodys(nullptr);
  Placed placed;
  placed.code = make_code(*function_, device, &placed.bytes);
  memory_of(device).resident += placed.bytes;
  return accelerated_.emplace(device.index(), std::move(placed)).first->second.code;
}

FunctionNode::~FunctionNode() {
  if (accelerated_.empty()) return;
  const WatchScope nobodys(nullptr);
  for (const auto& [index, placed] : accelerated_)
    memory_of(c10::Device(c10::DeviceType::CUDA, index)).resident -= placed.bytes;
  accelerated_.clear();
}

Tensors FunctionNode::run(const Tensors& inputs, RunContext& context, bool record) const {
  Tensors leaves(inputs.begin(), inputs.begin() + written_.size());
  for (size_t i = 0; i < leaves.size(); i++) {
    if (nondifferentiable_[i]) leaves[i] = leaves[i].detach();
    if (written_[i]) leaves[i] = leaves[i].clone(at::MemoryFormat::Contiguous);
  }
  const torch::jit::Code code = code_for(leaves, context);
  torch::jit::Stack stack;
  stack.reserve(arguments_.size());
  const auto& declared = function_->schema.arguments();
  for (size_t i = 0; i < arguments_.size(); i++) {
    if (arguments_[i].kind == Structure::Kind::kLeaf) {
      stack.emplace_back(leaves[arguments_[i].leaf]);
    } else if (arguments_[i].kind == Structure::Kind::kDefault) {
      if (!declared[i].default_value())
        fail(T2J_STRUCTURE_MISMATCH, "argument '" + declared[i].name() + "' is missing");
      stack.push_back(*declared[i].default_value());
    } else {
      stack.push_back(build_value(arguments_[i], declared[i].type(), leaves));
    }
  }
  leaves.clear();
  c10::AutoGradMode mode(record);
  counters().function_runs.fetch_add(1, std::memory_order_relaxed);
  torch::jit::InterpreterState(code).run(stack);
  call_state().armed = {nullptr, 0};

  Tensors outputs;
  std::string structure;
  if (stack.size() == 1) {
    flatten_value(stack.front(), outputs, structure);
  } else {
    fail(T2J_INTERNAL, "a function's graph must have one result");
  }
  std::lock_guard<std::mutex> lock(context.mutex);
  if (context.structure.empty()) {
    context.structure = std::move(structure);
    context.function_dtypes.clear();
    for (const auto& output : outputs) context.function_dtypes.push_back(output.scalar_type());
  } else if (context.structure != structure) {
    fail(T2J_STRUCTURE_MISMATCH, "the function returned trees of different structures for the elements of one call");
  }
  return outputs;
}

}  // namespace t2j
