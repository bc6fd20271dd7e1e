// Sharded calls: the function runs once a shard, and its outputs are joined. Cutting and joining are views and one
// concatenation, so autograd gives the sum of the shards' cotangents to an input that is replicated.
#include <ATen/Parallel.h>
#include <ATen/ThreadLocalState.h>
#include <ATen/functorch/DynamicLayer.h>

#include <condition_variable>
#include <map>

#include "call_state.h"
#include "errors.h"
#include "node.h"
#include "runtime.h"

namespace t2j {
namespace {

// Runs body(0..count-1) at the same time, the first on this thread; throws the first failure.
void run_concurrently(size_t count, const std::function<void(size_t)>& body) {
  std::mutex mutex;
  std::condition_variable finished;
  size_t left = count - 1;
  std::exception_ptr failure;
  const at::ThreadLocalState thread_state;
  const CallState call = call_state();
  const auto attempt = [&](size_t index) {
    try {
      body(index);
    } catch (...) {
      std::lock_guard<std::mutex> lock(mutex);
      if (!failure) failure = failure_of_thread();
    }
  };
  for (size_t i = 1; i < count; i++) {
    at::launch([&, i] {
      {
        const at::ThreadLocalStateGuard same_thread_state(thread_state);
        const CallScope same_call(call);
        apply_thread_count();
        attempt(i);
      }
      std::lock_guard<std::mutex> lock(mutex);
      if (--left == 0) finished.notify_one();
    });
  }
  attempt(0);
  std::unique_lock<std::mutex> lock(mutex);
  finished.wait(lock, [&] { return left == 0; });
  if (failure) std::rethrow_exception(failure);
}

// Autograd goes along. From an accelerator to the host it waits; a shard's thread has nothing else to do.
at::Tensor move_to(const at::Tensor& tensor, const c10::Device& device) {
  if (tensor.device() == device || tensor.is_meta()) return tensor;
  return tensor.to(device, tensor.scalar_type(), /*non_blocking=*/is_accelerator(device));
}

}  // namespace

ShardedNode::ShardedNode(NodePtr inner, ShardingSpec spec, bool random)
    : inner_(std::move(inner)), spec_(std::move(spec)), random_(random) {
  std::vector<bool> named(spec_.mesh.size(), false);
  for (const auto& leaf : spec_.in)
    for (const auto& axes : leaf)
      for (int32_t axis : axes) named.at(axis) = true;
  for (size_t axis = 0; axis < named.size(); axis++)
    if (named[axis]) used_.push_back(static_cast<int32_t>(axis));
  points_.emplace_back(spec_.mesh.size(), 0);
  for (int32_t axis : used_) {
    std::vector<std::vector<int64_t>> more;
    for (const auto& point : points_) {
      for (int64_t at = 0; at < spec_.mesh[axis]; at++) {
        more.push_back(point);
        more.back()[axis] = at;
      }
    }
    points_ = std::move(more);
  }
}

const c10::Device& ShardedNode::device_at(const std::vector<int64_t>& point) const {
  size_t place = 0;
  for (size_t axis = 0; axis < point.size(); axis++) place = place * spec_.mesh[axis] + point[axis];
  return spec_.devices.at(place);
}

at::Tensor ShardedNode::shard(const at::Tensor& whole, const ShardingSpec::Leaf& spec,
                              const std::vector<int64_t>& at) const {
  at::Tensor part = whole;
  for (size_t dim = 0; dim < spec.size(); dim++) {
    int64_t pieces = 1, index = 0;
    for (int32_t axis : spec[dim]) {
      pieces *= spec_.mesh[axis];
      index = index * spec_.mesh[axis] + at[axis];
    }
    if (pieces == 1) continue;
    const auto d = static_cast<int64_t>(dim) + prefix_;
    if (d >= whole.dim() || whole.size(d) % pieces != 0)
      fail(T2J_INVALID_SHARDING, "dimension " + std::to_string(dim) + " of " + describe(whole) +
                                     " cannot be cut into " + std::to_string(pieces) + " equal shards");
    const int64_t size = whole.size(d) / pieces;
    part = part.narrow(d, index * size, size);
  }
  return part;
}

at::Tensor ShardedNode::join(const std::vector<at::Tensor>& shards, const ShardingSpec::Leaf& spec) const {
  // Shards by the coordinates that are still apart; each dimension's axes are joined in turn.
  std::map<std::vector<int64_t>, at::Tensor> apart;
  for (size_t i = 0; i < points_.size(); i++) apart[points_[i]] = shards[i];
  for (size_t dim = 0; dim < spec.size(); dim++) {
    for (auto axis = spec[dim].rbegin(); axis != spec[dim].rend(); ++axis) {
      const bool used = std::find(used_.begin(), used_.end(), *axis) != used_.end();
      std::map<std::vector<int64_t>, std::vector<at::Tensor>> groups;
      for (const auto& [point, tensor] : apart) {
        auto rest = point;
        rest[*axis] = 0;
        // Along an axis that no input names every device holds the same piece.
        const int64_t copies = used ? 1 : spec_.mesh[*axis];
        for (int64_t i = 0; i < copies; i++) groups[rest].push_back(tensor);
      }
      apart.clear();
      for (const auto& [point, pieces] : groups) {
        const auto d = static_cast<int64_t>(dim) + prefix_;
        if (pieces[0].dim() <= d)
          fail(T2J_INVALID_SHARDING, "an output is " + describe(pieces[0]) + " on each shard: it has no dimension " +
                                         std::to_string(dim) + " for its spec");
        apart[point] = at::cat(pieces, d);
      }
    }
  }
  if (apart.size() != 1)
    fail(T2J_INVALID_SHARDING, "the spec of an output must name every mesh axis that an input's spec names");
  return apart.begin()->second;
}

Tensors ShardedNode::run(const Tensors& inputs, RunContext& context, bool record) const {
  std::vector<Tensors> results(points_.size());
  const auto one = [&](size_t index) {
    const auto& point = points_[index];
    const CallStreams::Entered entered(context.streams);
    c10::AutoGradMode mode(record);
    Tensors parts;
    for (size_t i = 0; i < inputs.size(); i++) {
      const at::Tensor part = i < spec_.in.size() ? shard(inputs[i], spec_.in[i], point) : inputs[i];
      parts.push_back(context.placeholders ? part : move_to(part, device_at(point)));
    }
    results[index] = inner_->run(parts, context, record);
    if (context.placeholders) return;
    for (auto& result : results[index]) result = move_to(result, context.device);
  };
  // Random shards draw their numbers in order; a batch's layers belong to this thread alone.
  if (random_ || !at::functorch::getDynamicLayerStack().empty()) {
    for (size_t i = 0; i < points_.size(); i++) one(i);
  } else {
    run_concurrently(points_.size(), one);
  }
  c10::AutoGradMode mode(record);
  Tensors outputs;
  for (size_t k = 0; k < results[0].size(); k++) {
    std::vector<at::Tensor> shards;
    for (const auto& result : results) {
      if (result.size() != results[0].size())
        fail(T2J_STRUCTURE_MISMATCH, "the function returned different numbers of arrays on different shards");
      shards.push_back(result[k]);
    }
    if (!spec_.one_out && k >= spec_.out.size())
      fail(T2J_INVALID_SHARDING, "the function returned more arrays than outSpecs names");
    outputs.push_back(join(shards, spec_.one_out ? spec_.out.at(0) : spec_.out[k]));
  }
  return outputs;
}

}  // namespace t2j
