#include "errors.h"
#include "function.h"

namespace t2j {

std::shared_ptr<const Function> load_function(const char*, size_t, const std::string&, bool) {
  fail(T2J_INVALID_SOURCE, "not an archive");
}

}  // namespace t2j
