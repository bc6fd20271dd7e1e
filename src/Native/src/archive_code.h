// Parses the code of an archive as libtorch will, and looks at what its importer takes for granted.
#ifndef T2J_ARCHIVE_CODE_H_
#define T2J_ARCHIVE_CODE_H_

#include <string>

namespace t2j {

// `name` is the record's, for messages. Throws Failure(T2J_INVALID_SOURCE or T2J_FORBIDDEN_OPERATOR).
void check_archive_code(const std::string& code, const std::string& name);

}  // namespace t2j

#endif  // T2J_ARCHIVE_CODE_H_
