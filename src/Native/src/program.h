// A program as it is called: its outermost node and what a call must know about it.
#pragma once
#include <memory>
#include <string>

#include "node.h"

namespace t2j {

struct Program {
  std::shared_ptr<const Function> function;
  NodePtr root;
  int32_t inputs = 0;
  std::vector<c10::Device> devices;  // of its shards
  bool differentiates = false;       // some node records with autograd
  bool plain = false;                // the function alone: its results may be written in place
};

Program make_program(std::shared_ptr<const Function> function, const std::string& arguments,
                     const std::string& transforms);

}  // namespace t2j

struct t2j_program {
  t2j::Program impl;
};
