// A compiled function: its checked, rewritten graph and the interpreter code made of it.
#ifndef T2J_FUNCTION_H_
#define T2J_FUNCTION_H_

#include <ATen/core/function_schema.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "t2j.h"

namespace t2j {

// Immutable after construction and shared by every program made of it.
struct Function {
  Function(std::string entry, c10::FunctionSchema schema, std::shared_ptr<torch::jit::Graph> graph)
      : entry(std::move(entry)), schema(std::move(schema)), graph(std::move(graph)) {}

  std::string entry;
  c10::FunctionSchema schema;  // as the caller sees it; of a functional archive the first argument is "params"
  std::shared_ptr<torch::jit::Graph>
      graph;              // inlined, checked, rewritten; its inputs are exactly the schema's arguments
  torch::jit::Code code;  // of that graph: torch::jit::InterpreterState(code).run(stack)
  bool random = false;    // gives other numbers at each call unless seeded
  bool prints = false;
  bool mutates = false;            // some operator writes in place, maybe only into the function's own temporaries
  std::vector<bool> writes_input;  // per argument: an operator may write into it or into an alias of it (conservative)
  std::string schema_json;         // what t2j_function_schema gives out
  // Nodes that came from other functions remember them by plain pointers, for the traceback of an error.
  std::shared_ptr<torch::jit::CompilationUnit> unit;
};

// A parameter or buffer of an archive, for the schema of a functional one.
struct Parameter {
  std::string name;
  at::Tensor value;
};

// Checks, rewrites and compiles `graph`. It must be inlined and its inputs must be the schema's arguments.
std::shared_ptr<const Function> make_function(std::string entry, c10::FunctionSchema schema,
                                              std::shared_ptr<torch::jit::Graph> graph,
                                              std::shared_ptr<torch::jit::CompilationUnit> unit,
                                              const std::vector<Parameter>& parameters);

// The whole of t2j_function_compile and t2j_function_load but the handle. Throw Failure.
std::shared_ptr<const Function> compile_function(const std::string& source, const std::string& entry);
std::shared_ptr<const Function> load_function(const char* archive, size_t length, const std::string& method,
                                              bool functional);

}  // namespace t2j

struct t2j_function {
  std::shared_ptr<const t2j::Function> impl;
};

#endif  // T2J_FUNCTION_H_
