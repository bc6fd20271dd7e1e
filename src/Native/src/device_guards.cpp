// Operators whose kernels on a GPU check their arguments by an assertion on the device: one that fails makes the device
// unusable for the whole process. Here they are checked before, at the cost of a wait for the answer; on the CPU libtorch
// checks by itself.
#include <ATen/functorch/BatchedTensorImpl.h>

#include "errors.h"
#include "guarded_operators.h"

namespace t2j {
namespace {

using Arguments = at::ArrayRef<c10::IValue*>;

at::Tensor tensor_of(const c10::IValue& value) { return value.isTensor() ? value.toTensor() : at::Tensor(); }

bool is_mask(const at::Tensor& index) { return index.scalar_type() == at::kBool || index.scalar_type() == at::kByte; }

int64_t size_of(const at::Tensor& tensor, int64_t dim) { return tensor.dim() == 0 ? 1 : tensor.size(dim); }

// index(self, indices), index_put(self, indices, ...): a mask stands for as many dimensions as it has.
void guard_index(Arguments arguments) {
  const auto self = arguments[0]->toTensor();
  int64_t dim = 0;
  for (const c10::IValue& item : arguments[1]->toListRef()) {
    const auto index = tensor_of(item);
    if (!index.defined() || !is_mask(index)) {
      if (index.defined() && dim < self.dim()) check_range(index, -self.size(dim), self.size(dim) - 1, "indices");
      dim++;
    } else {
      dim += index.dim();
    }
  }
}

// NAME(self, dim, index, ...)
void guard_along(Arguments arguments) {
  const auto self = arguments[0]->toTensor();
  if (!arguments[1]->isInt()) return;
  check_range(tensor_of(*arguments[2]), 0, size_of(self, arguments[1]->toInt()) - 1, "indices");
}

void guard_along_either_way(Arguments arguments) {
  const auto size = size_of(arguments[0]->toTensor(), arguments[1]->toInt());
  check_range(tensor_of(*arguments[2]), -size, size - 1, "indices");
}

// take_along_dim(self, indices, dim)
void guard_take_along(Arguments arguments) {
  const auto self = arguments[0]->toTensor();
  const auto size = arguments[2]->isInt() ? size_of(self, arguments[2]->toInt()) : self.numel();
  check_range(tensor_of(*arguments[1]), 0, size - 1, "indices");
}

// take(self, index), put(self, index, ...)
void guard_take(Arguments arguments) {
  const auto count = arguments[0]->toTensor().numel();
  check_range(tensor_of(*arguments[1]), -count, count - 1, "indices");
}

// one_hot(self, num_classes): -1 has it count the classes.
void guard_one_hot(Arguments arguments) {
  const auto classes = arguments[1]->toInt();
  check_range(arguments[0]->toTensor(), 0, classes < 0 ? INT64_MAX : classes - 1, "one_hot: class values");
}

// nll_loss(self, target, weight, reduction, ignore_index), cross_entropy_loss(the same, label_smoothing)
void guard_classes(Arguments arguments) {
  const auto self = arguments[0]->toTensor(), target = arguments[1]->toTensor();
  if (!at::isIntegralType(target.scalar_type(), false) || self.dim() == 0) return;
  const auto ignored = arguments[4]->toInt();
  check_range(at::where(target.eq(ignored), at::zeros_like(target), target), 0, self.size(self.dim() == 1 ? 0 : 1) - 1,
              "targets");
}

// multi_margin_loss(self, target, ...); multilabel_margin_loss ends its labels with -1.
void guard_margin(Arguments arguments) {
  const auto self = arguments[0]->toTensor();
  check_range(arguments[1]->toTensor(), 0, size_of(self, -1) - 1, "targets");
}

void guard_multilabel(Arguments arguments) {
  const auto self = arguments[0]->toTensor();
  check_range(arguments[1]->toTensor(), -1, size_of(self, -1) - 1, "targets");
}

// max_unpool2d(self, indices, output_size, ...)
void guard_unpool(Arguments arguments) {
  int64_t places = 1;
  for (const auto size : arguments[2]->toIntVector()) places *= size;
  check_range(arguments[1]->toTensor(), 0, places - 1, "max_unpool: indices");
}

void check_probabilities(const at::Tensor& given, double highest, const char* what) {
  const auto values = without_batches(given);
  if (!values.defined() || values.is_meta() || values.numel() == 0) return;
  if (!values.ge(0).logical_and(values.le(highest)).all().item().toBool())
    TORCH_CHECK_VALUE(false, what, highest == 1 ? " must lie in 0 to 1" : " must be finite and not negative");
}

void guard_binary_cross_entropy(Arguments arguments) {
  check_probabilities(arguments[0]->toTensor(), 1, "binary_cross_entropy: probabilities");
}

// bernoulli(self, ...) where no number is given, bernoulli_(self, p, ...)
void guard_bernoulli(Arguments arguments) {
  if (!arguments[1]->isDouble()) check_probabilities(arguments[0]->toTensor(), 1, "bernoulli: probabilities");
}

void guard_bernoulli_in_place(Arguments arguments) {
  check_probabilities(tensor_of(*arguments[1]), 1, "bernoulli_: probabilities");
}

void guard_multinomial(Arguments arguments) {
  check_probabilities(arguments[0]->toTensor(), std::numeric_limits<float>::max(), "multinomial: probabilities");
}

}  // namespace

const std::vector<GuardedOperator>& device_guards() {
  static const std::vector<GuardedOperator> guards = {
      {"index", guard_index},
      {"index_put", guard_index},
      {"index_put_", guard_index},
      {"index_select", guard_along},
      {"index_add", guard_along},
      {"index_add_", guard_along},
      {"index_copy", guard_along},
      {"index_copy_", guard_along},
      {"index_reduce", guard_along},
      {"index_reduce_", guard_along},
      {"index_fill", guard_along_either_way},
      {"index_fill_", guard_along_either_way},
      {"gather", guard_along},
      {"scatter", guard_along},
      {"scatter_", guard_along},
      {"scatter_add", guard_along},
      {"scatter_add_", guard_along},
      {"scatter_reduce", guard_along},
      {"scatter_reduce_", guard_along},
      {"take_along_dim", guard_take_along},
      {"take", guard_take},
      {"put", guard_take},
      {"put_", guard_take},
      {"one_hot", guard_one_hot},
      {"nll_loss", guard_classes},
      {"nll_loss2d", guard_classes},
      {"nll_loss_nd", guard_classes},
      {"cross_entropy_loss", guard_classes},
      {"multi_margin_loss", guard_margin},
      {"multilabel_margin_loss", guard_multilabel},
      {"max_unpool2d", guard_unpool},
      {"max_unpool3d", guard_unpool},
      {"binary_cross_entropy", guard_binary_cross_entropy},
      {"bernoulli", guard_bernoulli},
      {"bernoulli_", guard_bernoulli_in_place},
      {"multinomial", guard_multinomial},
  };
  return guards;
}

}  // namespace t2j
