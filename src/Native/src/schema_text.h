// Schemas as text: TorchScript annotations and JSON.
#ifndef T2J_SCHEMA_TEXT_H_
#define T2J_SCHEMA_TEXT_H_

#include <string>
#include <vector>

#include "function.h"

namespace t2j {

// "Dict[str, Tensor]". Throws Failure(T2J_INVALID_SOURCE) for types that no caller could give.
std::string type_text(const c10::TypePtr& type, const std::string& where);

std::string json_string(const std::string& text);

// What t2j_function_schema gives out.
std::string schema_json(const Function& function, const std::vector<Parameter>& parameters);

}  // namespace t2j

#endif  // T2J_SCHEMA_TEXT_H_
