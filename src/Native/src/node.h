// Programs are functions from flat tensors to flat tensors, closed under the transforms: F the function, S sharded, B
// batched, V J G R W derivatives. Every node can be differentiated by the one around it (autograd records through it).
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "device.h"
#include "function.h"
#include "pch.h"
#include "structure.h"

namespace t2j {

// What one run of a program learns on its way.
struct RunContext {
  c10::Device device{c10::DeviceType::CPU};  // where inputs are and outputs are made
  CallStreams streams;
  bool placeholders = false;  // inputs are meta tensors or zeros: values mean nothing
  std::mutex mutex;           // shards report at the same time
  std::string structure;      // of what the function returned
  std::vector<at::ScalarType> function_dtypes;
  std::vector<std::string> warnings;
  void warn(const std::string& text);
};

struct Node {
  virtual ~Node() = default;
  // `record`: whether something outside differentiates through the outputs, so that autograd must record.
  virtual Tensors run(const Tensors& inputs, RunContext& context, bool record) const = 0;
};
using NodePtr = std::shared_ptr<const Node>;

// F: the function on its own leaves. `nondifferentiable` has one flag a leaf.
class FunctionNode final : public Node {
 public:
  FunctionNode(std::shared_ptr<const Function> function, std::vector<Structure> arguments, int32_t leaf_count,
               std::vector<bool> nondifferentiable);
  ~FunctionNode() override;
  Tensors run(const Tensors& inputs, RunContext& context, bool record) const override;

 private:
  void mark_written(const Structure& item, bool written);
  // The graph as it runs on the device of the leaves; made at the first call there.
  torch::jit::Code code_for(const Tensors& leaves, const RunContext& context) const;

  std::shared_ptr<const Function> function_;
  std::vector<Structure> arguments_;
  std::vector<bool> nondifferentiable_;
  std::vector<bool> written_;  // leaves that the function may write into: it gets copies
  torch::jit::Code code_;      // the function's graph, with nodes that arm the allocator and watch the clock
  mutable std::mutex mutex_;
  struct Placed {
    torch::jit::Code code;
    int64_t bytes;  // of the graph's constants on the device
  };
  mutable std::map<c10::DeviceIndex, Placed> accelerated_;
};

// As an input's axis: the same for every element. As an output's: wanted once, which it must be.
constexpr int64_t kNotMapped = INT64_MIN;

enum class BatchMethod { kSequential, kExpandDims, kBroadcastAll, kVectorized };

// B: `axes` has one entry an input; `out_axes` one for all outputs, or one each.
class BatchNode final : public Node {
 public:
  BatchNode(NodePtr inner, BatchMethod method, int64_t size, std::vector<int64_t> axes, std::vector<int64_t> out_axes);
  Tensors run(const Tensors& inputs, RunContext& context, bool record) const override;
  // One more axis stands in front of every input and output: that of a batch further out that runs as a whole.
  void add_prefix() { prefix_++; }
  bool runs_as_a_whole() const {
    return !maps_nothing() && (method_ == BatchMethod::kExpandDims || method_ == BatchMethod::kBroadcastAll);
  }

 private:
  Tensors unmapped(const Tensors& inputs, RunContext& context, bool record) const;
  Tensors sequential(const Tensors& inputs, RunContext& context, bool record) const;
  Tensors whole(const Tensors& inputs, RunContext& context, bool record) const;
  Tensors vectorized(const Tensors& inputs, RunContext& context, bool record) const;
  int64_t out_axis(size_t output) const { return out_axes_.size() == 1 ? out_axes_[0] : out_axes_.at(output); }
  bool maps_nothing() const;

  NodePtr inner_;
  BatchMethod method_;
  int64_t size_;
  std::vector<int64_t> axes_, out_axes_;
  int64_t prefix_ = 0;
};

// How a batch around derivatives enters them: brings each mapped axis of its inputs to the front of the leaf (behind
// the `shift` axes of batches further out), repeats leaves that are differentiated, and puts the outputs' axis where
// asked.
class MoveAxesNode final : public Node {
 public:
  struct Input {
    int64_t axis;  // or kNotMapped
    bool expand;   // repeat along a new axis where not mapped
    int shift;
  };
  MoveAxesNode(NodePtr inner, int64_t size, std::vector<Input> inputs, std::vector<int64_t> out_axes, int out_shift);
  Tensors run(const Tensors& inputs, RunContext& context, bool record) const override;

 private:
  NodePtr inner_;
  int64_t size_;
  std::vector<Input> inputs_;
  std::vector<int64_t> out_axes_;
  int out_shift_;
};

enum class Derivative { kVjp, kJvp, kGrad, kJacrev, kJacfwd };

// V, J, G, R, W. `prefix`: how many batch axes stand in front of every differentiated leaf and every output.
class DerivativeNode final : public Node {
 public:
  struct Options {
    Derivative kind;
    int32_t extra = 0;            // V, J: inputs that are cotangents or tangents
    std::vector<int32_t> leaves;  // differentiated inputs, in the order of the results
    bool all_leaves = false;      // V, J: every differentiable input instead
    bool value = false, aux = false;
    int prefix = 0;
  };
  DerivativeNode(NodePtr inner, Options options) : inner_(std::move(inner)), options_(std::move(options)) {}
  Tensors run(const Tensors& inputs, RunContext& context, bool record) const override;

 private:
  // `to`: the inputs that are differentiated.
  Tensors vjp(const Tensors& outputs, const Tensors& to, const Tensors& cotangents, bool record) const;
  Tensors jvp(const Tensors& outputs, const Tensors& to, const Tensors& tangents, bool record) const;
  Tensors grad(const Tensors& outputs, const Tensors& to, bool record) const;
  Tensors jacrev(const Tensors& outputs, const Tensors& to, RunContext& context, bool record) const;
  Tensors jacfwd(const Tensors& outputs, const Tensors& to, RunContext& context, bool record) const;

  NodePtr inner_;
  Options options_;
};

// S: a call a shard, on the mesh's devices, joined to global outputs.
struct ShardingSpec {
  using Axes = std::vector<int32_t>;  // mesh axes of one dimension, the slowest first
  using Leaf = std::vector<Axes>;     // one entry a dimension; shorter than the rank: the rest is whole
  std::vector<int64_t> mesh;
  std::vector<c10::Device> devices;  // one a place of the mesh, row-major
  std::vector<Leaf> in, out;
  bool one_out = false;  // `out` holds one spec for every output leaf
};

class ShardedNode final : public Node {
 public:
  ShardedNode(NodePtr inner, ShardingSpec spec, bool random);
  Tensors run(const Tensors& inputs, RunContext& context, bool record) const override;
  // As of BatchNode: the specs are about the dimensions behind that axis.
  void add_prefix() { prefix_++; }
  const std::vector<c10::Device>& devices() const { return spec_.devices; }

 private:
  const c10::Device& device_at(const std::vector<int64_t>& point) const;
  at::Tensor shard(const at::Tensor& whole, const ShardingSpec::Leaf& spec, const std::vector<int64_t>& at) const;
  at::Tensor join(const std::vector<at::Tensor>& shards, const ShardingSpec::Leaf& spec) const;

  NodePtr inner_;
  ShardingSpec spec_;
  bool random_;
  int64_t prefix_ = 0;
  std::vector<int32_t> used_;                 // mesh axes that some input names
  std::vector<std::vector<int64_t>> points_;  // coordinates of the shards that compute, row-major over the used axes
};

// Whether a leaf has a derivative: floating and complex ones have.
inline bool is_differentiable(const at::Tensor& tensor) {
  return at::isFloatingType(tensor.scalar_type()) || at::isComplexType(tensor.scalar_type());
}

// "Float[3]", as the reference package names an array.
std::string describe(const at::Tensor& tensor);

}  // namespace t2j
