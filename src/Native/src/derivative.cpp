// Derivatives of programs: reverse mode by autograd, forward mode as the reverse of the reverse (the cotangent map is
// linear in the cotangent, so its own derivative is the tangent map).
#include <torch/csrc/autograd/autograd.h>

#include "call_state.h"
#include "errors.h"
#include "functorch_layer.h"
#include "node.h"

namespace t2j {
namespace {

// Rows of a jacobian that are computed in one batched pass hold at most about this many bytes.
constexpr int64_t kRowBytes = int64_t{64} << 20;

// A fresh variable for this level of differentiation that stands for `tensor`; what is outside still sees through it.
at::Tensor variable(const at::Tensor& tensor, bool record) {
  if (record && tensor.requires_grad()) return tensor.view_as(tensor);
  return tensor.detach().requires_grad_();
}

// torch's cotangents of complex values are the conjugates of JAX's.
at::Tensor jax_conjugate(const at::Tensor& tensor) {
  return tensor.is_complex() ? tensor.conj().resolve_conj() : tensor;
}

// autograd::grad that takes outputs without a graph and gives undefined tensors for inputs that were not used.
Tensors cotangents_of(const Tensors& outputs, const Tensors& inputs, const Tensors& cotangents, bool record,
                      bool keep_graph) {
  Tensors from, with;
  for (size_t i = 0; i < outputs.size(); i++) {
    if (!outputs[i].defined() || !outputs[i].requires_grad() || !cotangents[i].defined()) continue;
    from.push_back(outputs[i]);
    with.push_back(cotangents[i]);
  }
  if (from.empty() || inputs.empty()) return Tensors(inputs.size());
  c10::AutoGradMode mode(record);
  return torch::autograd::grad(from, inputs, with, record || keep_graph, record, /*allow_unused=*/true);
}

Tensors pick_differentiable(const Tensors& tensors) {
  Tensors picked;
  for (const auto& tensor : tensors)
    if (is_differentiable(tensor)) picked.push_back(tensor);
  return picked;
}

at::Tensor or_zeros(const at::Tensor& tensor, const at::Tensor& like) {
  return tensor.defined() ? tensor : at::zeros_like(like, like.options(), at::MemoryFormat::Contiguous);
}

void check_same(const at::Tensor& given, const at::Tensor& leaf, const char* what, const char* of, size_t index) {
  if (given.sizes() == leaf.sizes() && given.scalar_type() == leaf.scalar_type()) return;
  fail(T2J_STRUCTURE_MISMATCH, std::string(what) + ' ' + std::to_string(index) + " is " + describe(given) +
                                   ", but the " + of + " it belongs to is " + describe(leaf));
}

// Runs `pass` on the unit vectors of `shape` (behind `prefix` batch axes), many at once under a vmap layer where
// operators allow it, else one by one; gives each of its results with the rows as first axis.
template <class Pass>
Tensors by_unit_vectors(const at::Tensor& like, int prefix, int64_t bytes_a_row, RunContext& context, bool record,
                        Pass&& pass) {
  const auto sizes = like.sizes();
  int64_t rows = 1;
  for (int64_t i = prefix; i < like.dim(); i++) rows *= sizes[i];
  auto unit_sizes = sizes.vec();
  for (int i = 0; i < prefix; i++) unit_sizes[i] = 1;
  const auto plain = like.options().requires_grad(false);
  std::vector<Tensors> chunks;
  const int64_t chunk = std::max<int64_t>(1, kRowBytes / std::max<int64_t>(1, bytes_a_row));
  bool batched = rows > 1;
  for (int64_t first = 0; first < rows;) {
    check_deadline();
    const int64_t count = batched ? std::min(chunk, rows - first) : 1;
    at::Tensor unit = at::zeros({count, rows}, plain);
    unit.narrow(1, first, count).diagonal().fill_(1);
    auto unit_shape = unit_sizes;
    unit_shape.insert(unit_shape.begin(), count);
    auto full_shape = sizes.vec();
    full_shape.insert(full_shape.begin(), count);
    unit = unit.reshape(unit_shape).expand(full_shape);
    Tensors results;
    if (batched) {
      try {
        std::vector<VmapLayer::Unwrapped> raw;
        {
          FunctorchWarnings warnings(context);
          VmapLayer layer(count);
          for (const auto& result : pass(layer.wrap(unit, 0)))
            raw.push_back(result.defined() ? layer.unwrap(result) : VmapLayer::Unwrapped{at::Tensor(), kNotMapped});
        }
        c10::AutoGradMode mode(record);
        for (auto& [tensor, axis] : raw) {
          if (!tensor.defined()) {
            results.emplace_back();
          } else if (axis == kNotMapped) {
            auto shape = tensor.sizes().vec();
            shape.insert(shape.begin(), count);
            results.push_back(tensor.unsqueeze(0).expand(shape));
          } else {
            results.push_back(tensor.movedim(axis, 0));
          }
        }
      } catch (const std::exception&) {
        batched = false;
        continue;
      }
    } else {
      results = pass(unit.select(0, 0));
      for (auto& result : results)
        if (result.defined()) result = result.unsqueeze(0);
    }
    chunks.push_back(std::move(results));
    first += count;
  }
  Tensors joined;
  if (chunks.empty()) return joined;
  for (size_t i = 0; i < chunks[0].size(); i++) {
    if (!chunks[0][i].defined()) {
      joined.emplace_back();
      continue;
    }
    Tensors parts;
    for (auto& part : chunks) parts.push_back(part[i]);
    c10::AutoGradMode mode(record);
    joined.push_back(parts.size() == 1 ? parts[0] : at::cat(parts, 0));
  }
  return joined;
}

// [rows, prefix.., rest..] -> [prefix.., a.., b..] with the rows unfolded before (jacrev) or behind (jacfwd) the rest.
at::Tensor unfold_rows(const at::Tensor& rows, const at::Tensor& unit, const at::Tensor& rest, int prefix,
                       bool before) {
  std::vector<int64_t> shape(rest.sizes().begin(), rest.sizes().begin() + prefix);
  const auto append = [&](const at::Tensor& part) {
    shape.insert(shape.end(), part.sizes().begin() + prefix, part.sizes().end());
  };
  append(before ? unit : rest);
  append(before ? rest : unit);
  return rows.movedim(0, before ? prefix : -1).reshape(shape);
}

int64_t bytes_of(const Tensors& tensors) {
  int64_t bytes = 0;
  for (const auto& tensor : tensors) bytes += static_cast<int64_t>(tensor.nbytes());
  return bytes;
}

}  // namespace

Tensors DerivativeNode::run(const Tensors& inputs, RunContext& context, bool record) const {
  Tensors primals(inputs.begin(), inputs.end() - options_.extra);
  const Tensors extra(inputs.end() - options_.extra, inputs.end());
  Tensors to;
  const auto differentiate = [&](at::Tensor& primal) {
    if (!is_differentiable(primal)) return;
    primal = variable(primal, record);
    to.push_back(primal);
  };
  if (options_.all_leaves) {
    for (auto& primal : primals) differentiate(primal);
  } else {
    for (int32_t leaf : options_.leaves) differentiate(primals.at(leaf));
  }
  Tensors outputs;
  {
    c10::AutoGradMode mode(true);
    outputs = inner_->run(primals, context, true);
  }
  Tensors results;
  switch (options_.kind) {
    case Derivative::kVjp:
      results = vjp(outputs, to, extra, record);
      break;
    case Derivative::kJvp:
      results = jvp(outputs, to, extra, record);
      break;
    case Derivative::kGrad:
      results = grad(outputs, to, record);
      break;
    case Derivative::kJacrev:
      results = jacrev(outputs, to, context, record);
      break;
    case Derivative::kJacfwd:
      results = jacfwd(outputs, to, context, record);
      break;
  }
  if (!record)
    for (auto& result : results) result = result.detach();
  return results;
}

Tensors DerivativeNode::vjp(const Tensors& outputs, const Tensors& to, const Tensors& cotangents, bool record) const {
  const Tensors from = pick_differentiable(outputs);
  if (from.size() != cotangents.size())
    fail(T2J_STRUCTURE_MISMATCH, "vjp: " + std::to_string(cotangents.size()) + " cotangents were given for " +
                                     std::to_string(from.size()) + " differentiable output leaves");
  Tensors with;
  for (size_t i = 0; i < from.size(); i++) {
    check_same(cotangents[i], from[i], "vjp: cotangent", "output", i);
    with.push_back(jax_conjugate(cotangents[i]));
  }
  Tensors results = outputs;
  const Tensors found = cotangents_of(from, to, with, record, false);
  c10::AutoGradMode mode(record);
  for (size_t i = 0; i < to.size(); i++) results.push_back(jax_conjugate(or_zeros(found[i], to[i])));
  return results;
}

Tensors DerivativeNode::jvp(const Tensors& outputs, const Tensors& to, const Tensors& tangents, bool record) const {
  const Tensors from = pick_differentiable(outputs);
  if (to.size() != tangents.size())
    fail(T2J_STRUCTURE_MISMATCH, "jvp: " + std::to_string(tangents.size()) + " tangents were given for " +
                                     std::to_string(to.size()) + " differentiable input leaves");
  for (size_t i = 0; i < to.size(); i++) check_same(tangents[i], to[i], "jvp: tangent", "input", i);
  Tensors dummies;
  for (const auto& output : from)
    dummies.push_back(at::zeros_like(output, output.options(), at::MemoryFormat::Contiguous).detach().requires_grad_());
  const Tensors reverse = cotangents_of(from, to, dummies, true, true);
  const Tensors found = cotangents_of(reverse, dummies, tangents, record, false);
  Tensors results = outputs;
  c10::AutoGradMode mode(record);
  for (size_t i = 0; i < from.size(); i++) results.push_back(or_zeros(found[i], from[i]));
  return results;
}

Tensors DerivativeNode::grad(const Tensors& outputs, const Tensors& to, bool record) const {
  if (outputs.empty()) fail(T2J_NOT_DIFFERENTIABLE, "grad: the function returns no array to differentiate");
  const at::Tensor& value = outputs[0];
  if (value.dim() != options_.prefix) {
    std::string shape;
    for (int64_t i = options_.prefix; i < value.dim(); i++) shape += std::to_string(value.size(i)) + ", ";
    shape = value.dim() - options_.prefix == 1 ? shape.substr(0, shape.size() - 1) : shape.substr(0, shape.size() - 2);
    fail(T2J_NOT_DIFFERENTIABLE,
         "Gradient only defined for scalar-output functions. Output had shape: (" + shape + ").");
  }
  if (!at::isFloatingType(value.scalar_type()))
    fail(T2J_NOT_DIFFERENTIABLE,
         "grad requires real-valued outputs (output dtype that is a sub-dtype of np.floating), "
         "but got " +
             describe(value));
  if (!options_.aux && outputs.size() > 1)
    fail(T2J_NOT_DIFFERENTIABLE, "Gradient only defined for scalar-output functions. Output was a tree of " +
                                     std::to_string(outputs.size()) + " leaves; hasAux takes (value, aux).");
  const Tensors found = cotangents_of({value}, to, {at::ones_like(value)}, record, false);
  Tensors results, aux(outputs.begin() + 1, outputs.end());
  if (options_.value) {
    results.push_back(value);
    results.insert(results.end(), aux.begin(), aux.end());
  }
  c10::AutoGradMode mode(record);
  for (size_t i = 0; i < to.size(); i++) results.push_back(jax_conjugate(or_zeros(found[i], to[i])));
  if (!options_.value) results.insert(results.end(), aux.begin(), aux.end());
  return results;
}

Tensors DerivativeNode::jacrev(const Tensors& outputs, const Tensors& to, RunContext& context, bool record) const {
  Tensors results;
  for (const auto& output : pick_differentiable(outputs)) {
    const Tensors rows =
        by_unit_vectors(output, options_.prefix, bytes_of(to) + static_cast<int64_t>(output.nbytes()), context, record,
                        [&](const at::Tensor& unit) { return cotangents_of({output}, to, {unit}, record, true); });
    c10::AutoGradMode mode(record);
    for (size_t i = 0; i < to.size(); i++) {
      auto shape = output.sizes().vec();
      shape.insert(shape.end(), to[i].sizes().begin() + options_.prefix, to[i].sizes().end());
      results.push_back(i < rows.size() && rows[i].defined()
                            ? unfold_rows(rows[i], output, to[i], options_.prefix, true)
                            : at::zeros(shape, to[i].options().requires_grad(false)));
    }
  }
  return results;
}

Tensors DerivativeNode::jacfwd(const Tensors& outputs, const Tensors& to, RunContext& context, bool record) const {
  const Tensors from = pick_differentiable(outputs);
  Tensors dummies;
  for (const auto& output : from)
    dummies.push_back(at::zeros_like(output, output.options(), at::MemoryFormat::Contiguous).detach().requires_grad_());
  const Tensors reverse = cotangents_of(from, to, dummies, true, true);
  std::vector<Tensors> columns;  // one an input leaf: a tensor an output leaf
  for (size_t i = 0; i < to.size(); i++) {
    columns.push_back(by_unit_vectors(
        to[i], options_.prefix, bytes_of(from) + static_cast<int64_t>(to[i].nbytes()), context, record,
        [&](const at::Tensor& unit) { return cotangents_of({reverse[i]}, dummies, {unit}, record, true); }));
  }
  Tensors results;
  c10::AutoGradMode mode(record);
  for (size_t k = 0; k < from.size(); k++) {
    for (size_t i = 0; i < to.size(); i++) {
      auto shape = from[k].sizes().vec();
      shape.insert(shape.end(), to[i].sizes().begin() + options_.prefix, to[i].sizes().end());
      results.push_back(k < columns[i].size() && columns[i][k].defined()
                            ? unfold_rows(columns[i][k], to[i], from[k], options_.prefix, false)
                            : at::zeros(shape, from[k].options().requires_grad(false)));
    }
  }
  return results;
}

}  // namespace t2j
