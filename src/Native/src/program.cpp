// Builds programs from the text of their transforms. A batch around derivatives moves inwards to the function (a batch
// of a derivative is the derivative of a batch), so every program is derivatives over batches over the function.
#include "program.h"

#include <cstdlib>

#include "allocator.h"
#include "errors.h"
#include "runtime.h"

namespace t2j {
namespace {

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  size_t from = 0;
  for (size_t at = text.find(by); at != std::string::npos; from = at + 1, at = text.find(by, from))
    parts.push_back(text.substr(from, at - from));
  parts.push_back(text.substr(from));
  return parts;
}

int64_t to_integer(const std::string& text) {
  char* end = nullptr;
  const int64_t value = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0') fail(T2J_INVALID_ARGUMENT, "not a number in a transform: '" + text + "'");
  return value;
}

template <class T>
std::vector<T> to_list(const std::string& text) {
  std::vector<T> values;
  if (text.empty()) return values;
  for (const auto& part : split(text, ','))
    values.push_back(static_cast<T>(part == "-" ? kNotMapped : to_integer(part)));
  return values;
}

// One line: a letter and fields `name=value`.
class Line {
 public:
  explicit Line(const std::string& text) : text_(text) {
    for (const auto& field : split(text, ' ')) {
      const size_t at = field.find('=');
      if (at != std::string::npos) fields_[field.substr(0, at)] = field.substr(at + 1);
    }
  }
  char letter() const { return text_.empty() ? '\0' : text_[0]; }
  bool has(const std::string& name) const { return fields_.count(name) != 0; }
  const std::string& field(const std::string& name) const {
    auto found = fields_.find(name);
    if (found == fields_.end()) fail(T2J_INVALID_ARGUMENT, "transform '" + text_ + "' lacks " + name);
    return found->second;
  }

 private:
  std::string text_;
  std::unordered_map<std::string, std::string> fields_;
};

BatchMethod to_method(const std::string& name) {
  if (name == "sequential") return BatchMethod::kSequential;
  if (name == "expand_dims") return BatchMethod::kExpandDims;
  if (name == "broadcast_all") return BatchMethod::kBroadcastAll;
  if (name == "vectorized") return BatchMethod::kVectorized;
  fail(T2J_INVALID_TRANSFORM, "unknown vmap method '" + name + "'");
}

ShardingSpec::Leaf to_spec(const std::string& text) {
  ShardingSpec::Leaf leaf;
  if (text.empty()) return leaf;
  for (const auto& entry : split(text, '/')) {
    ShardingSpec::Axes axes;
    if (entry != "-")
      for (const auto& axis : split(entry, '+')) axes.push_back(static_cast<int32_t>(to_integer(axis)));
    leaf.push_back(std::move(axes));
  }
  return leaf;
}

ShardingSpec to_sharding(const Line& line) {
  ShardingSpec spec;
  spec.mesh = to_list<int64_t>(line.field("mesh"));
  for (const auto& name : split(line.field("devices"), ',')) spec.devices.push_back(parse_device(name.c_str()));
  if (static_cast<int64_t>(spec.devices.size()) != c10::multiply_integers(spec.mesh))
    fail(T2J_INVALID_SHARDING, "a mesh of " + std::to_string(c10::multiply_integers(spec.mesh)) + " places has " +
                                   std::to_string(spec.devices.size()) + " devices");
  for (const auto& leaf : split(line.field("in"), '|')) spec.in.push_back(to_spec(leaf));
  std::string out = line.field("out");
  spec.one_out = !out.empty() && out[0] == '*';
  if (spec.one_out) out = out.substr(1);
  for (const auto& leaf : split(out, '|')) spec.out.push_back(to_spec(leaf));
  for (const auto* side : {&spec.in, &spec.out})
    for (const auto& leaf : *side)
      for (const auto& axes : leaf)
        for (int32_t axis : axes)
          if (axis < 0 || axis >= static_cast<int32_t>(spec.mesh.size()))
            fail(T2J_INVALID_SHARDING, "a spec names mesh axis " + std::to_string(axis) + ", which the mesh lacks");
  return spec;
}

class Builder {
 public:
  Builder(std::shared_ptr<const Function> function, const std::string& arguments)
      : function_(std::move(function)), structures_(parse_structures(arguments)) {
    inputs_ = function_leaves_ = count_leaves(structures_);
    nondifferentiable_.resize(function_leaves_, false);
  }

  void add(const Line& line) {
    switch (line.letter()) {
      case 'N':
        for (int32_t leaf : to_list<int32_t>(line.field("leaves"))) nondifferentiable_.at(checked(leaf)) = true;
        break;
      case 'S':
        sharded_ = std::make_shared<ShardedNode>(base(), to_sharding(line), function_->random);
        base_ = sharded_;
        break;
      case 'B':
        add_batch(line);
        break;
      default:
        add_derivative(line);
    }
  }

  Program finish() {
    Program program;
    program.plain = base_ == nullptr && chain_.empty();
    program.root = base();
    for (auto& link : chain_) {
      if (link.moves) {
        program.root =
            std::make_shared<MoveAxesNode>(program.root, link.size, link.axes, link.out_axes, link.out_shift);
      } else {
        program.root = std::make_shared<DerivativeNode>(program.root, link.derivative);
        program.differentiates = true;
      }
    }
    program.function = function_;
    program.inputs = inputs_;
    if (sharded_ != nullptr) program.devices = sharded_->devices();
    return program;
  }

 private:
  // A derivative, or the axes that a batch further out moves on its way in.
  struct Link {
    bool moves = false;
    DerivativeNode::Options derivative;
    int32_t primals = 0;  // inputs of the program inside a derivative
    int64_t size = 0;
    std::vector<MoveAxesNode::Input> axes;
    std::vector<int64_t> out_axes;
    int out_shift = 0;
  };

  NodePtr base() {
    if (base_ == nullptr)
      base_ = std::make_shared<FunctionNode>(function_, structures_, function_leaves_, nondifferentiable_);
    return base_;
  }

  int32_t checked(int32_t leaf) const {
    if (leaf < 0 || leaf >= inputs_) fail(T2J_INVALID_ARGUMENT, "a transform names leaf " + std::to_string(leaf));
    return leaf;
  }

  void add_derivative(const Line& line) {
    Link link;
    auto& options = link.derivative;
    link.primals = inputs_;
    switch (line.letter()) {
      case 'V':
        options.kind = Derivative::kVjp;
        options.extra = static_cast<int32_t>(to_integer(line.field("cotangents")));
        options.all_leaves = !line.has("leaves");
        break;
      case 'J':
        options.kind = Derivative::kJvp;
        options.extra = static_cast<int32_t>(to_integer(line.field("tangents")));
        options.all_leaves = !line.has("leaves");
        break;
      case 'G':
        options.kind = Derivative::kGrad;
        options.value = line.field("value") == "1";
        options.aux = line.field("aux") == "1";
        break;
      case 'R':
      case 'W':
        options.kind = line.letter() == 'R' ? Derivative::kJacrev : Derivative::kJacfwd;
        break;
      default:
        fail(T2J_INVALID_ARGUMENT, "unknown transform");
    }
    if (!options.all_leaves) options.leaves = to_list<int32_t>(line.field("leaves"));
    for (int32_t leaf : options.leaves) checked(leaf);
    if (options.extra < 0) fail(T2J_INVALID_ARGUMENT, "a negative number of inputs");
    inputs_ += options.extra;
    chain_.push_back(std::move(link));
  }

  void add_batch(const Line& line) {
    const BatchMethod method = to_method(line.field("method"));
    const int64_t size = to_integer(line.field("size"));
    const auto axes = to_list<int64_t>(line.field("in"));
    auto out_axes = to_list<int64_t>(line.field("out"));
    if (static_cast<int32_t>(axes.size()) != inputs_ || size < 0)
      fail(T2J_INVALID_ARGUMENT, "a batch needs one axis for each input");
    if (out_axes.empty()) out_axes.push_back(0);
    if (chain_.empty()) {
      batch_base(method, size, axes, out_axes);
      return;
    }
    const auto differentiated = differentiated_leaves();
    Link link;
    link.moves = true;
    link.size = size;
    link.out_axes = out_axes;
    std::vector<int64_t> function_axes;
    for (int32_t i = 0; i < inputs_; i++) {
      link.axes.push_back({axes[i], axes[i] == kNotMapped && differentiated[i], 0});
      if (i < function_leaves_) function_axes.push_back(axes[i] != kNotMapped || differentiated[i] ? 0 : kNotMapped);
    }
    for (auto& inside : chain_) {
      if (!inside.moves) {
        inside.derivative.prefix++;
        continue;
      }
      for (size_t i = 0; i < inside.axes.size(); i++)
        if (link.axes[i].axis != kNotMapped || link.axes[i].expand) inside.axes[i].shift++;
      inside.out_shift++;
    }
    batch_base(method, size, function_axes, {0});
    chain_.push_back(std::move(link));
  }

  // A batch that runs as a whole hands arrays with its axis in front to everything inside it.
  void batch_base(BatchMethod method, int64_t size, std::vector<int64_t> axes, std::vector<int64_t> out_axes) {
    auto batch = std::make_shared<BatchNode>(base(), method, size, std::move(axes), std::move(out_axes));
    if (batch->runs_as_a_whole()) {
      for (const auto& inside : batches_) inside->add_prefix();
      if (sharded_ != nullptr) sharded_->add_prefix();
    }
    base_ = batch;
    batches_.push_back(std::move(batch));
  }

  // Leaves that must have one copy an element: those a derivative inside is taken in, and cotangents and tangents.
  std::vector<bool> differentiated_leaves() const {
    std::vector<bool> found(inputs_, false);
    for (const auto& link : chain_) {
      if (link.moves) continue;
      const auto& options = link.derivative;
      std::fill(found.begin() + link.primals, found.begin() + link.primals + options.extra, true);
      if (options.all_leaves) std::fill(found.begin(), found.begin() + link.primals, true);
      for (int32_t leaf : options.leaves) found[leaf] = true;
    }
    return found;
  }

  std::shared_ptr<const Function> function_;
  std::vector<Structure> structures_;
  int32_t function_leaves_ = 0, inputs_ = 0;
  std::vector<bool> nondifferentiable_;
  NodePtr base_;
  std::shared_ptr<ShardedNode> sharded_;
  std::vector<std::shared_ptr<BatchNode>> batches_;
  std::vector<Link> chain_;
};

}  // namespace

Program make_program(std::shared_ptr<const Function> function, const std::string& arguments,
                     const std::string& transforms) {
  Builder builder(std::move(function), arguments);
  for (const auto& line : split(transforms, '\n'))
    if (!line.empty()) builder.add(Line(line));
  return builder.finish();
}

}  // namespace t2j

extern "C" {

t2j_status t2j_program_new(const t2j_function* function, const char* arguments, const char* transforms,
                           t2j_program** program, t2j_error** error) {
  return t2j::guard(error, [&] {
    if (function == nullptr || arguments == nullptr || program == nullptr)
      t2j::fail(T2J_INVALID_ARGUMENT, "t2j_program_new: a pointer is NULL");
    t2j::install_allocator();
    *program = new t2j_program{t2j::make_program(function->impl, arguments, transforms == nullptr ? "" : transforms)};
    t2j::counters().programs++;
  });
}

int32_t t2j_program_inputs(const t2j_program* program) { return program->impl.inputs; }

void t2j_program_free(t2j_program* program) {
  if (program == nullptr) return;
  t2j::guard(nullptr, [&] { delete program; });
  t2j::counters().programs--;
}
}
