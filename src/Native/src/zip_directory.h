// Looks at a zip archive's own lists before libtorch's reader believes them.
#ifndef T2J_ZIP_DIRECTORY_H_
#define T2J_ZIP_DIRECTORY_H_

#include <cstddef>

namespace t2j {

// Throws Failure(T2J_INVALID_SOURCE): not a zip archive, sizes that do not fit it, names that are twice or odd, or more
// than 2 GiB when unpacked.
void check_zip_directory(const char* data, size_t length);

}  // namespace t2j

#endif  // T2J_ZIP_DIRECTORY_H_
