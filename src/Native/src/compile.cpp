#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/frontend/lexer.h>
#include <torch/csrc/jit/frontend/parser.h>
#include <torch/csrc/jit/passes/inliner.h>

#include "annotations.h"
#include "big_stack.h"
#include "errors.h"
#include "function.h"
#include "guarded_operators.h"
#include "inlined_size.h"
#include "operators.h"
#include "resolver.h"
#include "rewrite.h"
#include "source.h"

namespace t2j {
namespace {

constexpr size_t kMaxFunctions = 500;

std::vector<torch::jit::Def> parse(const std::string& text) {
  const auto source = std::make_shared<torch::jit::Source>(text, std::string("source"), 1);
  torch::jit::Parser parser(source);
  std::vector<torch::jit::Def> definitions;
  while (parser.lexer().cur().kind != torch::jit::TK_EOF) {
    const auto& token = parser.lexer().cur();
    if (token.kind == torch::jit::TK_NEWLINE) {
      parser.lexer().next();
      continue;
    }
    if (token.kind != torch::jit::TK_DEF) {
      throw torch::jit::ErrorReport(token.range) << "only functions can stand at the top level of a source";
    }
    definitions.push_back(modern_annotations(torch::jit::Def(parser.parseFunction(/*is_method=*/false))));
    if (definitions.size() > kMaxFunctions) {
      fail(T2J_INVALID_SOURCE, "the source defines more than " + std::to_string(kMaxFunctions) + " functions.");
    }
  }
  return definitions;
}

std::string choose_entry(const std::vector<torch::jit::Def>& definitions, const std::string& entry) {
  if (definitions.empty()) fail(T2J_INVALID_SOURCE, "the source defines no function.");
  std::string names;
  std::unordered_set<std::string> known;
  for (const auto& definition : definitions) {
    if (!known.insert(definition.name().name()).second) {
      throw torch::jit::ErrorReport(definition.name().range()) << "this name is defined twice";
    }
    names += (names.empty() ? "" : ", ") + definition.name().name();
  }
  if (known.count(entry) != 0) return entry;
  if (!entry.empty()) fail(T2J_INVALID_SOURCE, "the source defines no function '" + entry + "', only " + names + ".");
  if (definitions.size() > 1)
    fail(T2J_INVALID_SOURCE, "the source defines several functions, say which: " + names + ".");
  return definitions[0].name().name();
}

std::shared_ptr<const Function> compile(const std::string& source, const std::string& wanted) {
  const auto prepared = prepare_source(source);
  const auto definitions = parse(prepared.text);
  const auto entry = choose_entry(definitions, wanted);

  auto unit = std::make_shared<torch::jit::CompilationUnit>();
  const auto resolver = make_resolver(prepared.names);
  unit->define(c10::nullopt, {}, {}, definitions, std::vector<torch::jit::ResolverPtr>(definitions.size(), resolver),
               /*self=*/nullptr);
  auto& function = unit->get_function(entry);
  const auto schema = function.getSchema();
  auto graph = torch::jit::toGraphFunction(function).graph();
  check_inlined_size(*graph);
  graph = graph->copy();
  torch::jit::Inline(*graph);
  restore_places(graph);
  check_operators(*graph);  // before dead code, and what it asks for, is dropped
  return make_function(entry, schema, graph, std::move(unit), {});
}

}  // namespace

std::shared_ptr<const Function> compile_function(const std::string& source, const std::string& entry) {
  prepare_operators();
  std::shared_ptr<const Function> function;
  run_with_big_stack([&] {
    try {
      function = compile(source, entry);
    } catch (const Failure&) {
      throw;
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      auto message = clean_message(error);
      message.erase(0, message.find_first_not_of("\n "));
      fail(T2J_INVALID_SOURCE, std::move(message));
    }
  });
  return function;
}

}  // namespace t2j
