// What to write instead of a name that TorchScript, or this service, does not have.
#ifndef T2J_SUBSTITUTES_H_
#define T2J_SUBSTITUTES_H_

#include <string>

namespace t2j {

// One sentence, or "" where nothing is known. `path` is dotted, as "torch.no_grad".
std::string substitute_for(const std::string& path);

}  // namespace t2j

#endif  // T2J_SUBSTITUTES_H_
