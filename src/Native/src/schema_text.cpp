#include "schema_text.h"

#include <cmath>
#include <cstdio>

#include "errors.h"

namespace t2j {
namespace {

std::string joined(at::ArrayRef<c10::TypePtr> types, const std::string& where) {
  std::string text;
  for (const auto& type : types) text += (text.empty() ? "" : ", ") + type_text(type, where);
  return text;
}

// The shortest text that reads back as the same number, in Python's form.
std::string float_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char text[32];
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  const std::string short_text = text;
  return short_text.find_first_of(".en") == std::string::npos ? short_text + ".0" : short_text;
}

// A default value as Python writes it; also what the caller may send for it.
std::string default_text(const c10::IValue& value) {
  if (value.isNone()) return "None";
  if (value.isBool()) return value.toBool() ? "True" : "False";
  if (value.isInt()) return std::to_string(value.toInt());
  if (value.isDouble()) return float_text(value.toDouble());
  if (value.isString()) return json_string(value.toStringRef());
  if (value.isList() || value.isTuple()) {
    const bool list = value.isList();
    std::string text;
    const auto elements = list ? value.toListRef().vec() : value.toTupleRef().elements().vec();
    for (const auto& element : elements) text += (text.empty() ? "" : ", ") + default_text(element);
    return (list ? "[" : "(") + text + (list ? "]" : elements.size() == 1 ? ",)" : ")");
  }
  return value.tagKind();
}

const char* dtype_name(at::ScalarType type) {
  switch (type) {
    case at::kByte:
      return "uint8";
    case at::kChar:
      return "int8";
    case at::kShort:
      return "int16";
    case at::kInt:
      return "int32";
    case at::kLong:
      return "int64";
    case at::kHalf:
      return "float16";
    case at::kFloat:
      return "float32";
    case at::kDouble:
      return "float64";
    case at::kComplexFloat:
      return "complex64";
    case at::kComplexDouble:
      return "complex128";
    case at::kBool:
      return "bool";
    case at::kBFloat16:
      return "bfloat16";
    default:
      return nullptr;
  }
}

std::string parameter_json(const Parameter& parameter) {
  const auto* dtype = dtype_name(parameter.value.scalar_type());
  if (dtype == nullptr) {
    fail(T2J_UNSUPPORTED_DTYPE, "the parameter '" + parameter.name + "' has the dtype " +
                                    c10::toString(parameter.value.scalar_type()) + ", which is not supported.");
  }
  std::string shape;
  for (const auto size : parameter.value.sizes()) shape += (shape.empty() ? "" : ",") + std::to_string(size);
  return json_string(parameter.name) + ":{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape + "]}";
}

}  // namespace

std::string type_text(const c10::TypePtr& type, const std::string& where) {
  switch (type->kind()) {
    case c10::TypeKind::TensorType:
      return "Tensor";
    case c10::TypeKind::IntType:
      return "int";
    case c10::TypeKind::FloatType:
      return "float";
    case c10::TypeKind::BoolType:
      return "bool";
    case c10::TypeKind::StringType:
      return "str";
    case c10::TypeKind::NoneType:
      return "None";
    case c10::TypeKind::ComplexType:
      return "complex";
    case c10::TypeKind::ListType:
      return "List[" + type_text(type->expectRef<c10::ListType>().getElementType(), where) + "]";
    case c10::TypeKind::OptionalType:
      return "Optional[" + type_text(type->expectRef<c10::OptionalType>().getElementType(), where) + "]";
    case c10::TypeKind::TupleType:
      return "Tuple[" + joined(type->expectRef<c10::TupleType>().elements(), where) + "]";
    case c10::TypeKind::DictType: {
      const auto& dict = type->expectRef<c10::DictType>();
      if (dict.getKeyType()->kind() == c10::TypeKind::StringType) {
        return "Dict[str, " + type_text(dict.getValueType(), where) + "]";
      }
      break;
    }
    default:
      break;
  }
  fail(T2J_INVALID_SOURCE, where + " has the type " + type->annotation_str() +
                               ", which cannot be passed. Supported are Tensor, int, float, bool, str, List[T], "
                               "Dict[str, T], Tuple[T, ...] and Optional[T].");
}

std::string json_string(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      json += escape;
    } else {
      json += c;
    }
  }
  return json + "\"";
}

std::string schema_json(const Function& function, const std::vector<Parameter>& parameters) {
  std::string arguments;
  for (const auto& argument : function.schema.arguments()) {
    const auto type = type_text(argument.type(), "the argument '" + argument.name() + "'");
    const auto text = argument.default_value() ? json_string(default_text(*argument.default_value())) : "null";
    arguments += (arguments.empty() ? "" : ",");
    arguments += "{\"name\":" + json_string(argument.name()) + ",\"type\":" + json_string(type) +
                 ",\"default\":" + text + ",\"keywordOnly\":" + (argument.kwarg_only() ? "true" : "false") + "}";
  }
  const auto& returns = function.schema.returns();
  const auto returned = returns.empty() ? std::string("None") : type_text(returns[0].type(), "the result");
  std::string json = "{\"entry\":" + json_string(function.entry) + ",\"arguments\":[" + arguments +
                     "],\"returns\":" + json_string(returned);
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  json += std::string(",\"random\":") + flag(function.random) + ",\"prints\":" + flag(function.prints) +
          ",\"mutates\":" + flag(function.mutates);
  if (!parameters.empty()) {
    std::string entries;
    for (const auto& parameter : parameters) entries += (entries.empty() ? "" : ",") + parameter_json(parameter);
    json += ",\"parameters\":{" + entries + "}";
  }
  return json + "}";
}

}  // namespace t2j
