#include "substitutes.h"

#include <torch/csrc/jit/runtime/operator.h>

namespace t2j {
namespace {

struct Substitute {
  const char* path;
  const char* text;
};

constexpr Substitute kSubstitutes[] = {
    {"torch.no_grad", "Use x.detach() on what needs no gradient."},
    {"torch.inference_mode", "Use x.detach() on what needs no gradient."},
    {"torch.enable_grad", "Leave it out: derivatives are taken by the transforms of the call."},
    {"torch.set_grad_enabled", "Leave it out: derivatives are taken by the transforms of the call."},
    {"torch.manual_seed", "Give the seed with the call instead."},
    {"torch.Generator", "Give the seed with the call instead."},
    {"torch.func", "Take derivatives and vmap by the transforms of the call (grad, vjp, jvp, jacrev, vmap...)."},
    {"torch.vmap", "Use the transform vmap of the call."},
    {"torch.compile", "Leave it out: functions are compiled when they are registered."},
    {"torch.unique", "Use torch._unique2(x, sorted, return_inverse, return_counts), or torch.unique_dim."},
    {"torch.from_numpy", "Take the array as an argument of the function."},
    {"torch.FloatTensor", "Use torch.tensor(values, dtype=torch.float32)."},
    {"torch.LongTensor", "Use torch.tensor(values, dtype=torch.int64)."},
    {"torch.scan", "Use a for loop: TorchScript compiles it."},
    {"torch.cond", "Use if: TorchScript compiles it."},
    {"torch.utils", "Only computations on tensors can be registered."},
    {"torch.cuda", "Give the device with the call instead."},
    {"torch.distributed", "Use the sharding of the call instead."},
    {"torch.distributions", "Use torch.randn, torch.rand, torch.multinomial or torch.bernoulli."},
    {"torch.nn.Parameter", "Take parameters as an argument, e.g. params: Dict[str, Tensor]."},
    {"torch.nn.Module", "Write a function that takes its parameters as an argument, or register an archive."},
    {"np", "NumPy is not available; use the function of the same name in torch."},
    {"numpy", "NumPy is not available; use the function of the same name in torch."},
    {"jnp", "jax.numpy is not available; use the function of the same name in torch."},
    {"jax", "JAX is not available inside a function; use torch, and the transforms of the call."},
    {"scipy", "SciPy is not available; torch.special and torch.linalg have much of it."},
    {"random", "Use torch.rand or torch.randint, and give the seed with the call."},
    {"os", "Only computations on tensors can be registered."},
    {"sys", "Only computations on tensors can be registered."},
    {"time", "Only computations on tensors can be registered."},
    {"open", "Only computations on tensors can be registered."},
    {"sum", "Use torch.sum, or a loop."},
    {"map", "Use a list comprehension."},
    {"filter", "Use a list comprehension."},
    {"super", "Only functions can be registered; register a module as an archive."},
    {"lambda", "Define a function of its own."},
};

std::string similar_operators(const std::string& name) {
  const auto symbols = torch::jit::findSimilarOperators(c10::Symbol::fromQualString("aten::" + name));
  std::string text;
  size_t count = 0;
  for (const auto& symbol : symbols) {
    const std::string known = symbol.toUnqualString();
    if (known.size() < 4 || known[0] != name[0] || known[0] == '_' || count == 3) continue;
    text += (count++ == 0 ? "Similar names: torch." : ", torch.") + known;
  }
  return text;
}

}  // namespace

std::string substitute_for(const std::string& path) {
  for (const auto& known : kSubstitutes) {
    if (path == known.path) return known.text;
  }
  static const std::string modules = "torch.nn.";
  if (path.compare(0, modules.size(), modules) == 0 && path.size() > modules.size() &&
      std::isupper(static_cast<unsigned char>(path[modules.size()])) != 0) {
    return "Modules hold state: use the function of torch.nn.functional and take the parameters as arguments.";
  }
  if (path.compare(0, 6, "torch.") != 0 && path.compare(0, 5, "math.") != 0) return "";
  return similar_operators(path.substr(path.rfind('.') + 1));
}

}  // namespace t2j
