// What differs between libtorch versions, in one place.
#ifndef T2J_COMPAT_H_
#define T2J_COMPAT_H_

#include <ATen/functorch/DynamicLayer.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/version.h>

#include <cstddef>

#define T2J_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace t2j {

inline size_t layer_depth() { return at::functorch::getDynamicLayerStack().size(); }

inline void pop_layer() { at::functorch::popDynamicLayerAndDeleteMetadata(); }

}  // namespace t2j

#endif  // T2J_COMPAT_H_
