// What is taken from functorch's internals, which change between libtorch versions: a vmap layer of this thread.
#pragma once
#include <ATen/functorch/BatchedTensorImpl.h>
#include <ATen/functorch/DynamicLayer.h>
#include <c10/util/Exception.h>

#include <vector>

#include "node.h"

namespace t2j {

// While it lives, operators of this thread see tensors that it wrapped without their batch axis.
// The layer is put on the thread's own stack directly: initAndPushDynamicLayer also writes a process-wide table that
// two threads with layers of one level would fight over (only functorch's grad layers, unused here, need that table).
class VmapLayer {
 public:
  explicit VmapLayer(int64_t size) : previous_(at::functorch::getDynamicLayerStack()) {
    level_ = static_cast<int64_t>(previous_.size()) + 1;
    auto stack = previous_;
    stack.emplace_back(at::functorch::TransformType::Vmap, level_, size, at::functorch::RandomnessType::Different);
    at::functorch::setDynamicLayerStack(stack);
    at::functorch::setDynamicLayerFrontBackKeysIncluded(true);
  }
  ~VmapLayer() {
    at::functorch::setDynamicLayerStack(previous_);
    at::functorch::setDynamicLayerFrontBackKeysIncluded(!previous_.empty());
  }
  VmapLayer(const VmapLayer&) = delete;
  VmapLayer& operator=(const VmapLayer&) = delete;

  at::Tensor wrap(const at::Tensor& tensor, int64_t axis) const {
    return at::functorch::addBatchDim(tensor, at::maybe_wrap_dim(axis, tensor.dim()), level_);
  }

  struct Unwrapped {
    at::Tensor tensor;
    int64_t axis;  // of the batch, or kNotMapped where the tensor is the same for every element
  };
  Unwrapped unwrap(const at::Tensor& tensor) const {
    auto* batched = at::functorch::maybeGetBatchedImpl(tensor);
    if (batched == nullptr || batched->level() != level_) return {tensor, kNotMapped};
    return {batched->value(), batched->bdim()};
  }

 private:
  std::vector<at::functorch::DynamicLayer> previous_;
  int64_t level_;
};

// Catches functorch's warning that an operator has no batching rule and tells the caller instead.
class FunctorchWarnings final : public c10::WarningHandler {
 public:
  explicit FunctorchWarnings(RunContext& context) : context_(context), guard_(this) {}
  void process(const c10::SourceLocation&, const std::string& text, const bool) override {
    const std::string marker = "batching rule for ";
    const size_t at = text.find(marker);
    if (at == std::string::npos) return;
    const size_t begin = at + marker.size();
    size_t end = text.find(". ", begin);
    if (end == std::string::npos) end = text.size();
    context_.warn("vmap: operator " + text.substr(begin, end - begin) +
                  " has no batching rule and ran once for each element");
  }

 private:
  RunContext& context_;
  c10::Warning::WarningHandlerGuard guard_;
};

}  // namespace t2j
