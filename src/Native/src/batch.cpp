// Batches (vmap): one function over one more axis, by a loop, by one call on longer arrays, or by functorch's batching.
#include "call_state.h"
#include "errors.h"
#include "functorch_layer.h"
#include "node.h"

namespace t2j {
namespace {

Tensors elements(const Tensors& inputs, const std::vector<int64_t>& axes, int64_t index) {
  Tensors picked;
  picked.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); i++)
    picked.push_back(axes[i] == kNotMapped ? inputs[i] : inputs[i].select(axes[i], index));
  return picked;
}

at::Tensor placeholder(const at::Tensor& input, int64_t axis) {
  if (axis == kNotMapped) return input;
  auto sizes = input.sizes().vec();
  sizes.erase(sizes.begin() + at::maybe_wrap_dim(axis, input.dim()));
  return at::zeros(sizes, input.options());
}

// The output of an element that stands for all of them, where nothing is mapped; else an error.
void check_not_mapped(bool maps_nothing) {
  if (!maps_nothing) fail(T2J_INVALID_TRANSFORM, "vmap has mapped output but out_axes is None");
}

}  // namespace

BatchNode::BatchNode(NodePtr inner, BatchMethod method, int64_t size, std::vector<int64_t> axes,
                     std::vector<int64_t> out_axes)
    : inner_(std::move(inner)), method_(method), size_(size), axes_(std::move(axes)), out_axes_(std::move(out_axes)) {}

bool BatchNode::maps_nothing() const {
  return std::all_of(axes_.begin(), axes_.end(), [](int64_t axis) { return axis == kNotMapped; });
}

Tensors BatchNode::run(const Tensors& inputs, RunContext& context, bool record) const {
  for (size_t i = 0; i < axes_.size(); i++)
    if (axes_[i] != kNotMapped && inputs[i].size(axes_[i]) != size_)
      fail(T2J_INVALID_TRANSFORM, "vmap over " + std::to_string(size_) + " elements: an input is " +
                                      describe(inputs[i]) + ", axis " + std::to_string(axes_[i]) + " does not fit");
  switch (method_) {
    case BatchMethod::kSequential:
      return sequential(inputs, context, record);
    case BatchMethod::kVectorized:
      return size_ == 0 ? sequential(inputs, context, record) : vectorized(inputs, context, record);
    default:
      return whole(inputs, context, record);
  }
}

Tensors BatchNode::sequential(const Tensors& inputs, RunContext& context, bool record) const {
  const Tensors own(inputs.begin(), inputs.begin() + axes_.size());
  if (size_ == 0) {  // one run on zeros tells the shapes of the elements that are not there
    Tensors single;
    for (size_t i = 0; i < own.size(); i++) single.push_back(placeholder(own[i], axes_[i]));
    Tensors outputs = inner_->run(single, context, false);
    for (size_t k = 0; k < outputs.size(); k++) {
      if (out_axis(k) == kNotMapped) {
        check_not_mapped(maps_nothing());
        continue;
      }
      auto sizes = outputs[k].sizes().vec();
      const int64_t axis = at::maybe_wrap_dim(out_axis(k), outputs[k].dim() + 1);
      sizes.insert(sizes.begin() + axis, 0);
      outputs[k] = at::empty(sizes, outputs[k].options());
    }
    return outputs;
  }
  std::vector<Tensors> columns;
  for (int64_t n = 0; n < size_; n++) {
    check_deadline();
    Tensors outputs = inner_->run(elements(own, axes_, n), context, record);
    columns.resize(outputs.size());
    for (size_t k = 0; k < outputs.size(); k++) {
      if (n > 0 && outputs[k].sizes() != columns[k][0].sizes())
        fail(T2J_DATA_DEPENDENT_SHAPE, "vmap: output " + std::to_string(k) + " is " + describe(columns[k][0]) +
                                           " for the first element and " + describe(outputs[k]) + " for element " +
                                           std::to_string(n) + "; elements of a batch must have one shape");
      columns[k].push_back(std::move(outputs[k]));
    }
  }
  c10::AutoGradMode mode(record);
  Tensors stacked;
  for (size_t k = 0; k < columns.size(); k++) {
    if (out_axis(k) == kNotMapped) check_not_mapped(maps_nothing());
    stacked.push_back(out_axis(k) == kNotMapped ? columns[k][0] : at::stack(columns[k], out_axis(k)));
  }
  return stacked;
}

Tensors BatchNode::whole(const Tensors& inputs, RunContext& context, bool record) const {
  c10::AutoGradMode mode(record);
  Tensors front;
  for (size_t i = 0; i < axes_.size(); i++) {
    if (axes_[i] != kNotMapped) {
      front.push_back(inputs[i].movedim(axes_[i], 0));
      continue;
    }
    at::Tensor repeated = inputs[i].unsqueeze(0);
    if (method_ == BatchMethod::kBroadcastAll) {
      auto sizes = repeated.sizes().vec();
      sizes[0] = size_;
      repeated = repeated.expand(sizes);
    }
    front.push_back(repeated);
  }
  Tensors outputs = inner_->run(front, context, record);
  for (size_t k = 0; k < outputs.size(); k++) {
    if (out_axis(k) == kNotMapped) {
      check_not_mapped(maps_nothing());
      outputs[k] = outputs[k].select(0, 0);
      continue;
    }
    if (outputs[k].dim() == 0 || outputs[k].size(0) != size_)
      fail(T2J_OUTPUT_MISMATCH, "torch2jax: output " + std::to_string(k) + " of the torch function is " +
                                    describe(outputs[k]) + ", but a leading batch axis of " + std::to_string(size_) +
                                    " was expected (vmap by expand_dims or broadcast_all calls the function once, on "
                                    "arrays with the batch axis in front)");
    outputs[k] = outputs[k].movedim(0, out_axis(k));
  }
  return outputs;
}

Tensors BatchNode::vectorized(const Tensors& inputs, RunContext& context, bool record) const {
  std::vector<VmapLayer::Unwrapped> results;
  try {
    FunctorchWarnings warnings(context);
    c10::AutoGradMode mode(record);
    VmapLayer layer(size_);
    Tensors wrapped;
    for (size_t i = 0; i < axes_.size(); i++)
      wrapped.push_back(axes_[i] == kNotMapped ? inputs[i] : layer.wrap(inputs[i], axes_[i]));
    for (const auto& output : inner_->run(wrapped, context, record)) results.push_back(layer.unwrap(output));
  } catch (const std::exception&) {
    // Values of batched tensors cannot be looked at (control flow), and some operators cannot be batched at all. A
    // function that fails by itself fails again in the loop, with an error about its own shapes.
    Tensors outputs = sequential(inputs, context, record);
    context.warn(
        "vmap: the function cannot be batched as a whole (control flow over batched values, or an operator that "
        "does not allow it) and ran once for each of " +
        std::to_string(size_) + " elements");
    return outputs;
  }
  c10::AutoGradMode mode(record);
  Tensors outputs;
  for (size_t k = 0; k < results.size(); k++) {
    const auto& [tensor, axis] = results[k];
    if (out_axis(k) == kNotMapped) {
      check_not_mapped(axis == kNotMapped);
      outputs.push_back(tensor);
      continue;
    }
    if (axis != kNotMapped) {
      outputs.push_back(tensor.movedim(axis, out_axis(k)));
      continue;
    }
    auto sizes = tensor.sizes().vec();
    sizes.insert(sizes.begin(), size_);
    outputs.push_back(tensor.unsqueeze(0).expand(sizes).movedim(0, out_axis(k)));
  }
  return outputs;
}

MoveAxesNode::MoveAxesNode(NodePtr inner, int64_t size, std::vector<Input> inputs, std::vector<int64_t> out_axes,
                           int out_shift)
    : inner_(std::move(inner)),
      size_(size),
      inputs_(std::move(inputs)),
      out_axes_(std::move(out_axes)),
      out_shift_(out_shift) {}

Tensors MoveAxesNode::run(const Tensors& inputs, RunContext& context, bool record) const {
  c10::AutoGradMode mode(record);
  Tensors moved;
  for (size_t i = 0; i < inputs_.size(); i++) {
    const auto& [axis, expand, shift] = inputs_[i];
    const at::Tensor& input = inputs[i];
    if (axis != kNotMapped) {
      const int64_t from = axis < 0 ? axis + input.dim() : axis + shift;
      if (from < shift || from >= input.dim() || input.size(from) != size_)
        fail(T2J_INVALID_TRANSFORM, "vmap over " + std::to_string(size_) + " elements: an input is " + describe(input) +
                                        ", axis " + std::to_string(axis) + " does not fit");
      moved.push_back(input.movedim(from, shift));
    } else if (expand) {
      auto sizes = input.sizes().vec();
      sizes.insert(sizes.begin() + shift, size_);
      moved.push_back(input.unsqueeze(shift).expand(sizes));
    } else {
      moved.push_back(input);
    }
  }
  Tensors outputs = inner_->run(moved, context, record);
  for (size_t k = 0; k < outputs.size(); k++) {
    const int64_t axis = out_axes_.size() == 1 ? out_axes_[0] : out_axes_.at(k);
    if (axis == kNotMapped) {
      check_not_mapped(
          std::all_of(inputs_.begin(), inputs_.end(), [](const Input& i) { return i.axis == kNotMapped; }));
      outputs[k] = outputs[k].select(out_shift_, 0);
      continue;
    }
    outputs[k] = outputs[k].movedim(out_shift_, axis < 0 ? axis : axis + out_shift_);
  }
  return outputs;
}

}  // namespace t2j
