#include "lift.h"

#include <torch/csrc/jit/ir/constants.h>

#include "errors.h"
#include "operators.h"

namespace t2j {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

class Lifter {
 public:
  Lifter(const std::shared_ptr<Graph>& graph, Value* params) : graph_(graph), params_(params) {}

  // All uses of `value`, which stands for `object`, the module at `path`.
  void lift(Value* value, const c10::intrusive_ptr<c10::ivalue::Object>& object, const std::string& path) {
    const auto uses = value->uses();  // a copy: nodes go away
    for (const auto& use : uses) {
      if (use.user->kind() != c10::prim::GetAttr) continue;
      get(use.user, object, path);
    }
  }

 private:
  void get(Node* node, const c10::intrusive_ptr<c10::ivalue::Object>& object, const std::string& path) {
    const auto& name = node->s(c10::attr::name);
    const auto slot = object->type()->getAttributeSlot(name);
    const auto& value = object->getSlot(slot);
    const auto dotted = path.empty() ? name : path + "." + name;
    if (value.isObject()) return lift(node->output(), value.toObject(), dotted);
    torch::jit::WithInsertPoint at(node);
    const bool parameter = object->type()->is_parameter(slot) || object->type()->is_buffer(slot);
    auto* output =
        params_ != nullptr && parameter && value.isTensor() ? from_params(node, dotted) : constant(node, value, dotted);
    node->output()->replaceAllUsesWith(output);
    node->destroy();
  }

  Value* from_params(Node* node, const std::string& dotted) {
    auto* output = graph_->insert(c10::aten::__getitem__, {params_, dotted}, {}, node->sourceRange());
    output->node()->copyMetadata(node);
    return output;
  }

  Value* constant(Node* node, c10::IValue value, const std::string& dotted) {
    if (value.isTensor()) value = value.toTensor().detach();
    const auto output = torch::jit::tryInsertConstant(*graph_, value, node->sourceRange());
    if (!output.has_value()) {
      fail(T2J_INVALID_SOURCE, "the module's attribute '" + dotted + "' of type " + node->output()->type()->str() +
                                   " cannot become a constant.");
    }
    (*output)->setType(node->output()->type());
    return *output;
  }

  const std::shared_ptr<Graph>& graph_;
  Value* params_;
};

}  // namespace

void lift_attributes(const std::shared_ptr<Graph>& graph, const Module& module, bool functional) {
  Value* params = nullptr;
  if (functional) {
    params = graph->insertInput(1, "params");
    params->setType(c10::DictType::create(c10::StringType::get(), c10::TensorType::get()));
  }
  Lifter(graph, params).lift(graph->inputs()[0], module._ivalue(), "");
}

}  // namespace t2j
