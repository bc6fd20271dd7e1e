#include "structure.h"

#include <algorithm>
#include <cstdlib>

#include "errors.h"

namespace t2j {
namespace {

class Parser {
 public:
  explicit Parser(const std::string& code) : code_(code) {}

  std::vector<Structure> items(char end) {
    std::vector<Structure> found;
    while (peek() != end) found.push_back(item());
    return found;
  }

  Structure item() {
    Structure node;
    const char c = next();
    switch (c) {
      case '*':
        node.kind = Structure::Kind::kLeaf;
        node.leaf = static_cast<int32_t>(std::strtol(until(';').c_str(), nullptr, 10));
        break;
      case 'N':
        node.kind = Structure::Kind::kNone;
        break;
      case 'D':
        node.kind = Structure::Kind::kDefault;
        break;
      case 'i':
        node.kind = Structure::Kind::kInt;
        node.integer = std::strtoll(until(';').c_str(), nullptr, 10);
        break;
      case 'f':
        node.kind = Structure::Kind::kFloat;
        node.number = std::strtod(until(';').c_str(), nullptr);
        break;
      case 'b':
        node.kind = Structure::Kind::kBool;
        node.integer = next() == '1';
        break;
      case 's':
        node.kind = Structure::Kind::kString;
        node.text = counted();
        break;
      case '(':
        node.kind = Structure::Kind::kTuple;
        node.children = items(')');
        next();
        break;
      case '[':
        node.kind = Structure::Kind::kList;
        node.children = items(']');
        next();
        break;
      case '{':
        node.kind = Structure::Kind::kDict;
        while (peek() != '}') {
          expect('s');
          node.keys.push_back(counted());
          node.children.push_back(item());
        }
        next();
        break;
      default:
        bad();
    }
    return node;
  }

 private:
  char peek() const { return at_ < code_.size() ? code_[at_] : '\0'; }
  char next() {
    if (at_ >= code_.size()) bad();
    return code_[at_++];
  }
  void expect(char c) {
    if (next() != c) bad();
  }
  std::string until(char end) {
    const size_t stop = code_.find(end, at_);
    if (stop == std::string::npos) bad();
    std::string part = code_.substr(at_, stop - at_);
    at_ = stop + 1;
    return part;
  }
  std::string counted() {
    const size_t length = std::strtoull(until(':').c_str(), nullptr, 10);
    if (length > code_.size() - at_) bad();
    std::string part = code_.substr(at_, length);
    at_ += length;
    return part;
  }
  [[noreturn]] void bad() const {
    fail(T2J_INVALID_ARGUMENT, "structure code is malformed at " + std::to_string(at_) + ": " + code_);
  }

  const std::string& code_;
  size_t at_ = 0;
};

void mark_leaves(const Structure& node, std::vector<bool>& seen) {
  if (node.kind == Structure::Kind::kLeaf) {
    if (node.leaf < 0 || node.leaf > 1'000'000) fail(T2J_INVALID_ARGUMENT, "leaf number out of range");
    if (seen.size() <= static_cast<size_t>(node.leaf)) seen.resize(node.leaf + 1);
    seen[node.leaf] = true;
  }
  for (const auto& child : node.children) mark_leaves(child, seen);
}

[[noreturn]] void does_not_fit(const c10::TypePtr& type) {
  fail(T2J_STRUCTURE_MISMATCH, "an argument does not fit its declared type " + type->annotation_str());
}

c10::IValue build_list(const Structure& item, const c10::ListTypePtr& type, const Tensors& leaves) {
  const auto& element = type->getElementType();
  c10::impl::GenericList list(element);
  list.reserve(item.children.size());
  for (const auto& child : item.children) list.push_back(build_value(child, element, leaves));
  return list;
}

c10::IValue build_dict(const Structure& item, const c10::DictTypePtr& type, const Tensors& leaves) {
  c10::impl::GenericDict dict(type->getKeyType(), type->getValueType());
  for (size_t i = 0; i < item.children.size(); i++)
    dict.insert(item.keys[i], build_value(item.children[i], type->getValueType(), leaves));
  return dict;
}

c10::IValue build_tuple(const Structure& item, const c10::TupleTypePtr& type, const Tensors& leaves) {
  const auto& elements = type->elements();
  if (elements.size() != item.children.size()) does_not_fit(type);
  std::vector<c10::IValue> values;
  values.reserve(elements.size());
  for (size_t i = 0; i < elements.size(); i++) values.push_back(build_value(item.children[i], elements[i], leaves));
  return type->schema() ? c10::ivalue::Tuple::createNamed(std::move(values), type)
                        : c10::ivalue::Tuple::create(std::move(values));
}

}  // namespace

std::vector<Structure> parse_structures(const std::string& code) { return Parser(code).items('\0'); }

int32_t count_leaves(const std::vector<Structure>& items) {
  std::vector<bool> seen;
  for (const auto& item : items) mark_leaves(item, seen);
  if (std::find(seen.begin(), seen.end(), false) != seen.end())
    fail(T2J_INVALID_ARGUMENT, "leaf numbers of a structure code have a gap");
  return static_cast<int32_t>(seen.size());
}

c10::IValue build_value(const Structure& item, const c10::TypePtr& type, const Tensors& leaves) {
  using Kind = Structure::Kind;
  if (auto optional = type->cast<c10::OptionalType>())
    return item.kind == Kind::kNone ? c10::IValue() : build_value(item, optional->getElementType(), leaves);
  switch (item.kind) {
    case Kind::kLeaf:
      return leaves[item.leaf];
    case Kind::kNone:
      return {};
    case Kind::kInt:
      if (type->kind() == c10::TypeKind::FloatType) return static_cast<double>(item.integer);
      return item.integer;
    case Kind::kFloat:
      return item.number;
    case Kind::kBool:
      return item.integer != 0;
    case Kind::kString:
      return item.text;
    case Kind::kTuple:
      if (auto tuple = type->cast<c10::TupleType>()) return build_tuple(item, tuple, leaves);
      break;
    case Kind::kList:
      if (auto list = type->cast<c10::ListType>()) return build_list(item, list, leaves);
      break;
    case Kind::kDict:
      if (auto dict = type->cast<c10::DictType>()) return build_dict(item, dict, leaves);
      break;
    case Kind::kDefault:
      break;
  }
  does_not_fit(type);
}

void flatten_value(const c10::IValue& value, Tensors& leaves, std::string& code) {
  if (value.isTensor()) {
    code += '*' + std::to_string(leaves.size()) + ';';
    leaves.push_back(value.toTensor());
  } else if (value.isNone()) {
    code += 'N';
  } else if (value.isTuple()) {
    code += '(';
    for (const auto& element : value.toTupleRef().elements()) flatten_value(element, leaves, code);
    code += ')';
  } else if (value.isList()) {
    code += '[';
    for (const c10::IValue& element : value.toListRef()) flatten_value(element, leaves, code);
    code += ']';
  } else if (value.isGenericDict()) {
    const auto dict = value.toGenericDict();
    std::vector<std::pair<std::string, c10::IValue>> entries;
    for (const auto& entry : dict) {
      if (!entry.key().isString())
        fail(T2J_OUTPUT_MISMATCH, "torch2jax: the function returned a dict whose keys are not strings");
      entries.emplace_back(entry.key().toStringRef(), entry.value());
    }
    // Byte order of UTF-8 is the order of code points, which is JAX's.
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    code += '{';
    for (const auto& [key, element] : entries) {
      code += 's' + std::to_string(key.size()) + ':' + key;
      flatten_value(element, leaves, code);
    }
    code += '}';
  } else {
    fail(T2J_OUTPUT_MISMATCH,
         "torch2jax: output " + std::to_string(leaves.size()) + " of the torch function is not a tensor");
  }
}

}  // namespace t2j
