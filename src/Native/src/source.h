// Source as PyTorch users write it, made ready for the TorchScript parser: limits first, then imports and decorators
// are blanked out (line numbers stay) and the names that imports gave are remembered.
#ifndef T2J_SOURCE_H_
#define T2J_SOURCE_H_

#include <map>
#include <string>

namespace t2j {

constexpr size_t kMaxSourceBytes = 1 << 20;
constexpr int kMaxLevels = 500;        // brackets or indentation within one another
constexpr int kMaxOperators = 500;     // in one expression
constexpr int kMaxStatements = 10000;  // libtorch's passes take quadratic time in these two
constexpr int kMaxDictEntries = 2000;

struct PreparedSource {
  std::string text;
  std::map<std::string, std::string> names;  // what an import bound -> its dotted path ("F" -> "torch.nn.functional")
};

// Throws Failure(T2J_INVALID_SOURCE). libtorch's parser and passes recurse over what they read and overflow the stack
// on source that is nested or chained without bound, so this runs before they see it.
void check_limits(const std::string& source, size_t max_bytes = kMaxSourceBytes, int max_statements = kMaxStatements);

PreparedSource prepare_source(const std::string& source);

}  // namespace t2j

#endif  // T2J_SOURCE_H_
