// Batches (vmap): one function over one more axis, by a loop, by one call on longer arrays, or by functorch's batching.
#include "call_state.h"
#include "errors.h"
#include "functorch_layer.h"
#include "node.h"

namespace t2j {
namespace {

Tensors elements(const Tensors& inputs, const std::vector<int64_t>& axes, int64_t prefix, int64_t index) {
  Tensors picked;
  picked.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); i++)
    picked.push_back(axes[i] == kNotMapped ? inputs[i] : inputs[i].select(axes[i] + prefix, index));
  return picked;
}

at::Tensor placeholder(const at::Tensor& input, int64_t axis, int64_t prefix) {
  if (axis == kNotMapped) return input;
  auto sizes = input.sizes().vec();
  sizes.erase(sizes.begin() + axis + prefix);
  return at::zeros(sizes, input.options());
}

// Where the batch axis goes in an output of `dims` dimensions (it counted), behind those of batches further out.
int64_t place_axis(int64_t axis, int64_t dims, int64_t prefix) {
  const int64_t own = dims - prefix;
  if (axis < -own || axis >= own)
    fail(T2J_INVALID_TRANSFORM, "vmap out_axes is " + std::to_string(axis) + " for an output which has " +
                                    std::to_string(own) + " axes with that of the batch");
  return axis < 0 ? axis + dims : axis + prefix;
}

at::Tensor repeat(const at::Tensor& tensor, int64_t size, int64_t position) {
  auto sizes = tensor.sizes().vec();
  sizes.insert(sizes.begin() + position, size);
  return tensor.unsqueeze(position).expand(sizes);
}

// The function is opaque: where anything is mapped, all of its outputs are.
[[noreturn]] void fail_mapped() { fail(T2J_INVALID_TRANSFORM, "vmap has mapped output but out_axes is None"); }

}  // namespace

BatchNode::BatchNode(NodePtr inner, BatchMethod method, int64_t size, std::vector<int64_t> axes,
                     std::vector<int64_t> out_axes)
    : inner_(std::move(inner)), method_(method), size_(size), axes_(std::move(axes)), out_axes_(std::move(out_axes)) {}

bool BatchNode::maps_nothing() const {
  return std::all_of(axes_.begin(), axes_.end(), [](int64_t axis) { return axis == kNotMapped; });
}

Tensors BatchNode::run(const Tensors& inputs, RunContext& context, bool record) const {
  for (size_t i = 0; i < axes_.size(); i++)
    if (axes_[i] != kNotMapped && inputs[i].size(axes_[i] + prefix_) != size_)
      fail(T2J_INVALID_TRANSFORM, "vmap over " + std::to_string(size_) + " elements: an input is " +
                                      describe(inputs[i]) + ", axis " + std::to_string(axes_[i]) + " does not fit");
  if (maps_nothing()) return unmapped(inputs, context, record);
  switch (method_) {
    case BatchMethod::kSequential:
      return sequential(inputs, context, record);
    case BatchMethod::kVectorized:
      return size_ == 0 ? sequential(inputs, context, record) : vectorized(inputs, context, record);
    default:
      return whole(inputs, context, record);
  }
}

// Where nothing is mapped every element is the same: one run for all of them.
Tensors BatchNode::unmapped(const Tensors& inputs, RunContext& context, bool record) const {
  Tensors outputs = inner_->run(inputs, context, record);
  c10::AutoGradMode mode(record);
  for (size_t k = 0; k < outputs.size(); k++)
    if (out_axis(k) != kNotMapped)
      outputs[k] = repeat(outputs[k], size_, place_axis(out_axis(k), outputs[k].dim() + 1, prefix_));
  return outputs;
}

Tensors BatchNode::sequential(const Tensors& inputs, RunContext& context, bool record) const {
  const Tensors own(inputs.begin(), inputs.begin() + axes_.size());
  if (size_ == 0) {  // one run on zeros tells the shapes of the elements that are not there
    Tensors single;
    for (size_t i = 0; i < own.size(); i++) single.push_back(placeholder(own[i], axes_[i], prefix_));
    Tensors outputs = inner_->run(single, context, false);
    for (size_t k = 0; k < outputs.size(); k++) {
      if (out_axis(k) == kNotMapped) fail_mapped();
      auto sizes = outputs[k].sizes().vec();
      sizes.insert(sizes.begin() + place_axis(out_axis(k), outputs[k].dim() + 1, prefix_), 0);
      outputs[k] = at::empty(sizes, outputs[k].options());
    }
    return outputs;
  }
  std::vector<Tensors> columns;
  for (int64_t n = 0; n < size_; n++) {
    check_deadline();
    Tensors outputs = inner_->run(elements(own, axes_, prefix_, n), context, record);
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
    if (out_axis(k) == kNotMapped) fail_mapped();
    stacked.push_back(at::stack(columns[k], place_axis(out_axis(k), columns[k][0].dim() + 1, prefix_)));
  }
  return stacked;
}

Tensors BatchNode::whole(const Tensors& inputs, RunContext& context, bool record) const {
  c10::AutoGradMode mode(record);
  Tensors front;
  for (size_t i = 0; i < axes_.size(); i++) {
    if (axes_[i] != kNotMapped) {
      front.push_back(inputs[i].movedim(axes_[i] + prefix_, prefix_));
      continue;
    }
    front.push_back(repeat(inputs[i], method_ == BatchMethod::kBroadcastAll ? size_ : 1, prefix_));
  }
  Tensors outputs = inner_->run(front, context, record);
  for (size_t k = 0; k < outputs.size(); k++) {
    if (out_axis(k) == kNotMapped) fail_mapped();
    if (outputs[k].dim() <= prefix_ || outputs[k].size(prefix_) != size_)
      fail(T2J_OUTPUT_MISMATCH, "torch2jax: output " + std::to_string(k) + " of the torch function is " +
                                    describe(outputs[k]) + ", but a leading batch axis of " + std::to_string(size_) +
                                    " was expected (vmap by expand_dims or broadcast_all calls the function once, on "
                                    "arrays with the batch axis in front)");
    outputs[k] = outputs[k].movedim(prefix_, place_axis(out_axis(k), outputs[k].dim(), prefix_));
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
      wrapped.push_back(axes_[i] == kNotMapped ? inputs[i] : layer.wrap(inputs[i], axes_[i] + prefix_));
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
      if (axis != kNotMapped) fail_mapped();
      outputs.push_back(tensor);
      continue;
    }
    const int64_t dims = tensor.dim() + (axis == kNotMapped ? 1 : 0);
    const int64_t position = place_axis(out_axis(k), dims, prefix_);
    outputs.push_back(axis == kNotMapped ? repeat(tensor, size_, position) : tensor.movedim(axis, position));
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
      moved.push_back(repeat(input, size_, shift));
    } else {
      moved.push_back(input);
    }
  }
  Tensors outputs = inner_->run(moved, context, record);
  for (size_t k = 0; k < outputs.size(); k++) {
    const int64_t axis = out_axes_.size() == 1 ? out_axes_[0] : out_axes_.at(k);
    // The host knows which outputs are the same for all elements: a derivative's primal outputs may be.
    outputs[k] = axis == kNotMapped ? outputs[k].select(out_shift_, 0)
                                    : outputs[k].movedim(out_shift_, place_axis(axis, outputs[k].dim(), out_shift_));
  }
  return outputs;
}

}  // namespace t2j
