// Structure codes (t2j.h, "programs"): trees of leaves as text, and as the values that TorchScript takes and gives.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "pch.h"

namespace t2j {

using Tensors = std::vector<at::Tensor>;

// One node of a parsed code.
struct Structure {
  enum class Kind { kLeaf, kNone, kDefault, kInt, kFloat, kBool, kString, kTuple, kList, kDict };
  Kind kind = Kind::kNone;
  int32_t leaf = 0;                 // kLeaf
  int64_t integer = 0;              // kInt, kBool
  double number = 0;                // kFloat
  std::string text;                 // kString
  std::vector<std::string> keys;    // kDict, one a child
  std::vector<Structure> children;  // kTuple, kList, kDict
};

// Parses the items of a code, one an argument; throws Failure(T2J_INVALID_ARGUMENT) on a text that is not one.
std::vector<Structure> parse_structures(const std::string& code);

// Number of leaves (one more than the largest leaf number; every number below must occur).
int32_t count_leaves(const std::vector<Structure>& items);

// The value of `item` as an argument of type `type`.
c10::IValue build_value(const Structure& item, const c10::TypePtr& type, const Tensors& leaves);

// Appends the tensors of a result in flatten order to `leaves` and its code to `code`.
// Throws Failure(T2J_OUTPUT_MISMATCH) where something in it is not a tensor.
void flatten_value(const c10::IValue& value, Tensors& leaves, std::string& code);

}  // namespace t2j
