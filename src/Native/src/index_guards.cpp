#include <ATen/functorch/BatchedTensorImpl.h>

#include "device.h"
#include "errors.h"
#include "guarded_operators.h"

namespace t2j {
namespace {

using Arguments = at::ArrayRef<c10::IValue*>;

[[noreturn]] void refuse(const std::string& message) { TORCH_CHECK_VALUE(false, message); }

at::Tensor as_tensor(const c10::IValue& value) {
  return value.isTensor() ? value.toTensor() : at::tensor(value.toIntVector(), at::kLong);
}

// ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)
void guard_ctc_loss(Arguments arguments) {
  const auto log_probs = arguments[0]->toTensor();
  const auto targets = arguments[1]->toTensor();
  if (log_probs.is_meta() || targets.is_meta()) return;
  if (log_probs.dim() < 2) refuse("ctc_loss: log_probs must have shape (T, N, C) or (T, C)");
  const auto input_lengths = as_tensor(*arguments[2]);
  const auto target_lengths = as_tensor(*arguments[3]);
  const auto batch = log_probs.dim() == 3 ? log_probs.size(1) : 1;
  if (input_lengths.numel() != batch || target_lengths.numel() != batch) {
    refuse("ctc_loss: input_lengths and target_lengths must have one element for each of the " + std::to_string(batch) +
           " sequences");
  }
  check_range(targets, 0, log_probs.size(-1) - 1, "ctc_loss: targets");
  check_range(input_lengths, 0, log_probs.size(0), "ctc_loss: input_lengths");
  if (targets.dim() == 1 && log_probs.dim() == 3) {
    check_range(target_lengths, 0, targets.numel(), "ctc_loss: target_lengths");
    if (target_lengths.sum().item().toLong() > targets.numel()) {
      refuse("ctc_loss: target_lengths sum up to more than the targets given");
    }
  } else {
    check_range(target_lengths, 0, targets.dim() == 0 ? 0 : targets.size(-1), "ctc_loss: target_lengths");
  }
}

// searchsorted(sorted_sequence, self, *, out_int32, right, side, sorter)
void guard_searchsorted(Arguments arguments) {
  if (arguments.size() < 6 || arguments[5]->isNone()) return;
  const auto sequence = arguments[0]->toTensor();
  const auto sorter = arguments[5]->toTensor();
  if (!sorter.defined() || sequence.is_meta()) return;
  if (sorter.scalar_type() != at::kLong || sorter.sizes() != sequence.sizes()) {
    refuse("searchsorted: sorter must be int64 and have the shape of sorted_sequence");
  }
  check_range(sorter, 0, sequence.dim() == 0 ? 0 : sequence.size(-1) - 1, "searchsorted: sorter");
}

// repeat_interleave.Tensor(repeats, *, output_size) and .self_Tensor(self, repeats, dim, *, output_size)
void guard_repeat_interleave(Arguments arguments) {
  auto& output_size = *arguments.back();
  if (output_size.isInt()) output_size = c10::IValue();  // it is computed anyway, and trusted where given
  const auto repeats = arguments[arguments.size() > 2 && arguments[1]->isTensor() ? 1 : 0]->toTensor();
  if (is_accelerator(repeats.device())) check_range(repeats, 0, INT64_MAX, "repeats");
}

void guard_groups(const c10::IValue& groups, const char* what) {
  if (groups.toInt() <= 0) refuse(std::string(what) + " must be positive");
}

void guard_group_norm(Arguments arguments) { guard_groups(*arguments[1], "group_norm: num_groups"); }

void guard_channel_shuffle(Arguments arguments) { guard_groups(*arguments[1], "channel_shuffle: groups"); }

// Pivots of a factorisation are row numbers from 1 on. lu_solve(B, LU, pivots), linalg.lu_solve(LU, pivots, B),
// lu_unpack(LU, pivots, ...)
void check_pivots(const at::Tensor& factors, const at::Tensor& pivots) {
  if (factors.dim() < 2) refuse("the factors of an LU decomposition must be matrices");
  check_range(pivots, 1, factors.size(-2), "pivots");
  if (pivots.dim() < 1 || pivots.size(-1) > std::min(factors.size(-1), factors.size(-2))) {
    refuse("there are more pivots than rows");
  }
}

void guard_lu_solve(Arguments arguments) { check_pivots(arguments[1]->toTensor(), arguments[2]->toTensor()); }

void guard_linalg_lu_solve(Arguments arguments) { check_pivots(arguments[0]->toTensor(), arguments[1]->toTensor()); }

// Rows of a packed sequence: a batch size for each step, never growing, that add up to the rows of the data.
void check_packed(const c10::IValue& data_value, const c10::IValue& batch_value) {
  const auto data = data_value.toTensor(), batches = batch_value.toTensor();
  if (batches.is_meta()) return;
  if (batches.dim() != 1 || batches.scalar_type() != at::kLong || batches.numel() == 0 || data.dim() < 1) {
    refuse("a packed sequence has batch_sizes of type int64 and rank 1, and data of rank 1 or more");
  }
  const auto sizes = batches.contiguous().cpu();
  int64_t before = data.size(0), rows = 0;
  for (int64_t i = 0; i < sizes.numel(); ++i) {
    const auto size = sizes.data_ptr<int64_t>()[i];
    if (size < 1 || size > before) refuse("batch_sizes must be positive and never grow");
    rows += size;
    before = size;
  }
  if (rows != data.size(0)) refuse("batch_sizes must add up to the rows of the data");
}

void guard_pad_packed(Arguments arguments) {
  check_packed(*arguments[0], *arguments[1]);
  if (arguments[4]->toInt() > (int64_t{1} << 31)) refuse("total_length is out of range");
}

// lstm.data(data, batch_sizes, hx, ...); lstm.input has the list hx in the second place.
void guard_lstm(Arguments arguments) {
  if (arguments[1]->isTensor()) check_packed(*arguments[0], *arguments[1]);
}

// gru.data(data, batch_sizes, hx, ...); gru.input has a list of parameters in the third place.
void guard_rnn(Arguments arguments) {
  if (arguments[2]->isTensor()) check_packed(*arguments[0], *arguments[1]);
}

// embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse): gradients are dense here. As of device_guards.cpp,
// a GPU must not see a wrong index.
void guard_embedding(Arguments arguments) {
  *arguments[4] = false;
  const auto weight = arguments[0]->toTensor();
  if (is_accelerator(weight.device()) && weight.dim() > 0)
    check_range(arguments[1]->toTensor(), 0, weight.size(0) - 1, "embedding: indices");
}

// embedding_bag(weight, indices, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights, include_last_offset, ..)
void guard_embedding_bag(Arguments arguments) {
  const auto weight = arguments[0]->toTensor(), indices = arguments[1]->toTensor(), offsets = arguments[2]->toTensor();
  *arguments[5] = false;
  if (weight.dim() != 2) refuse("embedding_bag: weight must be a matrix");
  if (arguments[4]->toInt() < 0 || arguments[4]->toInt() > 2) refuse("embedding_bag: mode must be 0, 1 or 2");
  check_range(indices, 0, weight.size(0) - 1, "embedding_bag: indices");
  if (arguments[6]->isTensor() && arguments[6]->toTensor().defined() &&
      arguments[6]->toTensor().sizes() != indices.sizes()) {
    refuse("embedding_bag: per_sample_weights must have the shape of indices");
  }
  if (indices.dim() != 1 || offsets.is_meta()) return;
  if (offsets.dim() != 1 || offsets.numel() == 0) refuse("embedding_bag: offsets must have rank 1 and an element");
  check_range(offsets, 0, indices.numel(), "embedding_bag: offsets");
  if (offsets[0].item().toLong() != 0 || offsets.diff().lt(0).any().item().toBool()) {
    refuse("embedding_bag: offsets must start with 0 and never fall");
  }
}

// random_(self, from, to): between `from` and nothing lies nothing, and the kernel looks for it for ever.
void guard_random(Arguments arguments) {
  if (arguments.size() < 4 || !arguments[1]->isInt()) return;
  const auto from = arguments[1]->toInt();
  if (arguments[2]->isNone() ? from > (int64_t{1} << 62) : arguments[2]->toInt() <= from) {
    refuse("random_: 'from' must be smaller than 'to'");
  }
}

}  // namespace

at::Tensor without_batches(at::Tensor tensor) {
  while (auto* batched = at::functorch::maybeGetBatchedImpl(tensor)) tensor = batched->value();
  return tensor;
}

void check_range(const at::Tensor& given, int64_t low, int64_t high, const char* what) {
  const at::Tensor indices = given.defined() ? without_batches(given) : given;
  if (!indices.defined() || indices.is_meta() || indices.numel() == 0) return;
  const auto smallest = indices.min().item().toLong();
  const auto largest = indices.max().item().toLong();
  if (smallest < low || largest > high) {
    refuse(std::string(what) + " must lie in " + std::to_string(low) + " to " + std::to_string(high) + ", but " +
           std::to_string(smallest < low ? smallest : largest) + " is among them");
  }
}

const std::vector<GuardedOperator>& index_guards() {
  static const std::vector<GuardedOperator> guards = {
      {"ctc_loss", guard_ctc_loss},
      {"searchsorted", guard_searchsorted},
      {"repeat_interleave", guard_repeat_interleave},
      {"group_norm", guard_group_norm},
      {"channel_shuffle", guard_channel_shuffle},
      {"lu_solve", guard_lu_solve},
      {"lu_unpack", guard_linalg_lu_solve},
      {"linalg_lu_solve", guard_linalg_lu_solve},
      {"embedding", guard_embedding},
      {"embedding_bag", guard_embedding_bag},
      {"random_", guard_random},
      {"_pad_packed_sequence", guard_pad_packed},
      {"lstm", guard_lstm},
      {"gru", guard_rnn},
      {"rnn_tanh", guard_rnn},
      {"rnn_relu", guard_rnn},
  };
  return guards;
}

}  // namespace t2j
