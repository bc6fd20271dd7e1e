#include "guarded_operators.h"

#include <torch/csrc/jit/runtime/operator.h>
#include <torch/csrc/jit/runtime/print_handler.h>

#include <mutex>

#include "runtime.h"

namespace t2j {
namespace {

const std::vector<GuardedOperator>& division_guards() {
  static const std::vector<GuardedOperator> guards = {
      {"floor_divide", guard_quotient}, {"floor_divide_", guard_quotient_in_place},
      {"div", guard_mode_quotient},     {"div_", guard_mode_quotient_in_place},
      {"divide", guard_mode_quotient},  {"divide_", guard_mode_quotient_in_place},
      {"remainder", guard_remainder},   {"remainder_", guard_remainder},
      {"fmod", guard_remainder},        {"fmod_", guard_remainder},
  };
  return guards;
}

// "aten::div.Tensor_mode" -> t2j::div
using Symbols = std::unordered_map<std::string, c10::Symbol>;

Symbols& guarded() {
  static auto* symbols = new Symbols;
  return *symbols;
}

Symbols& device_guarded() {
  static auto* symbols = new Symbols;
  return *symbols;
}

bool takes_tensors(const c10::FunctionSchema& schema) {
  return std::any_of(schema.arguments().begin(), schema.arguments().end(), [](const c10::Argument& argument) {
    return argument.type()->isSubtypeOf(*c10::TensorType::get());
  });
}

std::string full_name(const c10::FunctionSchema& schema) { return c10::toString(schema.operator_name()); }

// One operator more for each overload on tensors: the guard, then libtorch's own.
void register_guarded(const GuardedOperator& entry, const std::string& prefix, Symbols& symbols) {
  const bool division = std::strncmp(entry.name, "div", 3) == 0;
  const auto symbol = c10::Symbol::fromQualString(std::string("aten::") + entry.name);
  const auto name = prefix + entry.name;
  const auto overloads = torch::jit::getAllOperatorsFor(symbol);  // a copy: registering changes the registry
  for (const auto& original : overloads) {
    const auto& schema = original->schema();
    if (!takes_tensors(schema)) continue;
    // Without a rounding mode the quotient of integers is a float.
    if (division && !schema.argumentIndexWithName("rounding_mode").has_value()) continue;
    const auto count = schema.arguments().size();
    auto operation = [run = std::make_shared<torch::jit::Operation>(original->getOperation()), guard = entry.guard,
                      count](torch::jit::Stack& stack) {
      std::vector<c10::IValue*> arguments(count);
      for (size_t i = 0; i < count; ++i) arguments[i] = &stack[stack.size() - count + i];
      guard(arguments);
      (*run)(stack);
    };
    torch::jit::registerOperator(torch::jit::Operator(name, schema.overload_name(), schema.arguments(),
                                                      schema.returns(), torch::jit::Operation(std::move(operation)),
                                                      c10::AliasAnalysisKind::FROM_SCHEMA));
    symbols.emplace(full_name(schema), c10::Symbol::fromQualString(name));
  }
}

// Text methods of the interpreter that loop as long as their arguments say, or without end. They would run while a source
// is still being compiled, so they go away altogether.
void drop_looping_text_methods() {
  for (const char* name : {"count", "replace", "ljust", "rjust", "center", "zfill", "expandtabs", "split", "rsplit"}) {
    const auto overloads = torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(std::string("aten::") + name));
    for (const auto& overload : overloads) {
      const auto& arguments = overload->schema().arguments();
      if (!arguments.empty() && arguments[0].type()->kind() == c10::TypeKind::StringType) {
        torch::jit::deregisterOperator(overload->schema());
      }
    }
  }
}

}  // namespace

void prepare_operators() {
  static std::once_flag once;
  std::call_once(once, [] {
    torch::jit::setPrintHandler(append_log);
    register_scalar_divisions();
    drop_looping_text_methods();
    for (const auto& entry : division_guards()) register_guarded(entry, "t2j::", guarded());
    for (const auto& entry : index_guards()) register_guarded(entry, "t2j::", guarded());
    for (const auto& entry : size_guards()) register_guarded(entry, "t2j::", guarded());
    for (const auto& entry : device_guards()) register_guarded(entry, "t2j::device_", device_guarded());
  });
}

namespace {

c10::optional<c10::Symbol> find(const Symbols& symbols, const c10::FunctionSchema& schema) {
  const auto found = symbols.find(full_name(schema));
  return found == symbols.end() ? c10::nullopt : c10::make_optional(found->second);
}

}  // namespace

c10::optional<c10::Symbol> guarded_symbol(const c10::FunctionSchema& schema) { return find(guarded(), schema); }

c10::optional<c10::Symbol> device_guarded_symbol(const c10::FunctionSchema& schema) {
  return find(device_guarded(), schema);
}

}  // namespace t2j
