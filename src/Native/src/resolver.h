// Names outside a function: torch and its parts, torch.nn.functional, math, and what the source imported.
#ifndef T2J_RESOLVER_H_
#define T2J_RESOLVER_H_

#include <torch/csrc/jit/frontend/resolver.h>

#include <map>
#include <string>

namespace t2j {

// `names` is what imports bound; torch, F, nn and math are known without an import.
torch::jit::ResolverPtr make_resolver(std::map<std::string, std::string> names);

}  // namespace t2j

#endif  // T2J_RESOLVER_H_
