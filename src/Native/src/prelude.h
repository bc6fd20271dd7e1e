// TorchScript text of what torch.nn.functional (and a few names of torch) mean beyond the ATen operator of that name.
#ifndef T2J_PRELUDE_H_
#define T2J_PRELUDE_H_

#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/frontend/resolver.h>

#include <memory>
#include <string>

namespace t2j {

// The function (or its overloads, `name__1`, `name__2`...) of the prelude with this name, compiled at its first use;
// NULL where there is none. `module` is "torch.nn.functional" or "torch".
torch::jit::SugaredValuePtr prelude_function(const std::string& module, const std::string& name);

// Text of one part of the prelude: functions of a module, each starting with `def` at the start of a line.
struct PreludePart {
  const char* module;
  const char* text;
};
extern const PreludePart kPreludeActivations, kPreludeLosses, kPreludePooling, kPreludeLayers, kPreludeTorch;

}  // namespace t2j

#endif  // T2J_PRELUDE_H_
