// What a run gave: arrays of its own and what is to be told about them.
#pragma once
#include <string>
#include <vector>

#include "node.h"
#include "pch.h"

struct t2j_result {
  t2j_result();
  ~t2j_result();
  // Takes what the run learned, and the arrays.
  void fill(t2j::RunContext& context, t2j::Tensors arrays);

  t2j::Tensors tensors;
  std::string structure, warnings;
  std::vector<t2j_dtype> function_dtypes;
  int32_t inferred_by = 0;
  int64_t peak_bytes = 0;
};
