// Annotations as Python writes them today, in the form that TorchScript knows: `list[int]`, `Tensor | None`.
#ifndef T2J_ANNOTATIONS_H_
#define T2J_ANNOTATIONS_H_

#include <torch/csrc/jit/frontend/tree_views.h>

namespace t2j {

torch::jit::Def modern_annotations(const torch::jit::Def& definition);

}  // namespace t2j

#endif  // T2J_ANNOTATIONS_H_
