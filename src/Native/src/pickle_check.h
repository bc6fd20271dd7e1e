// Plays a pickle through without making anything of it. libtorch's own reader trusts the stack effects, sizes and
// strides that a pickle claims; what passes here keeps them within bounds.
#ifndef T2J_PICKLE_CHECK_H_
#define T2J_PICKLE_CHECK_H_

#include <cstdint>
#include <functional>
#include <string>

namespace t2j {

// `storage_bytes` gives the size of the record of a storage, or throws. Throws Failure(T2J_INVALID_SOURCE).
void check_pickle(const std::string& bytes, const std::string& name,
                  const std::function<uint64_t(const std::string& key)>& storage_bytes);

}  // namespace t2j

#endif  // T2J_PICKLE_CHECK_H_
