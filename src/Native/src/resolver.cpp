#include "resolver.h"

#include <torch/csrc/jit/frontend/builtin_functions.h>
#include <torch/csrc/jit/frontend/sugared_value.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <cmath>
#include <limits>

#include "errors.h"
#include "operators.h"
#include "prelude.h"
#include "substitutes.h"

namespace t2j {
namespace {

using torch::jit::ErrorReport;
using torch::jit::GraphFunction;
using torch::jit::SourceRange;
using torch::jit::SugaredValue;
using torch::jit::SugaredValuePtr;
using Symbol = c10::Symbol;

SugaredValuePtr constant(GraphFunction& m, const SourceRange& loc, const c10::IValue& value) {
  return std::make_shared<torch::jit::SimpleValue>(m.graph()->insertConstant(value, loc));
}

// The ATen operator of that name (or TorchScript's own function for it), NULL where there is none. What is forbidden is
// refused here already: a call whose result nobody uses is gone from the graph.
SugaredValuePtr aten(const std::string& name, const SourceRange& loc) {
  if (const char* why = refusal(name)) {
    const auto place = loc.file_line_col();
    fail(T2J_FORBIDDEN_OPERATOR, "the operator torch." + name + " is not allowed: " + why +
                                     (place ? " (line " + std::to_string(std::get<1>(*place)) + ")." : "."));
  }
  const auto symbol = Symbol::fromQualString("aten::" + name);
  if (torch::jit::getAllOperatorsFor(symbol).empty() && torch::jit::getAllBuiltinFunctionsFor(symbol).empty()) {
    return nullptr;
  }
  return std::make_shared<torch::jit::BuiltinFunction>(symbol, c10::nullopt);
}

[[noreturn]] void unknown(const SourceRange& loc, const std::string& path) {
  ErrorReport report(loc);
  const auto hint = substitute_for(path);
  report << "'" << path << "' is not known here" << (hint.empty() ? "" : ". ") << hint;
  throw report;
}

struct NumberConstant {
  const char* name;
  double value;
};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr NumberConstant kNumbers[] = {{"pi", 3.14159265358979323846},
                                       {"e", 2.71828182845904523536},
                                       {"tau", 6.28318530717958647692},
                                       {"inf", kInfinity},
                                       {"nan", std::numeric_limits<double>::quiet_NaN()}};

struct IntConstant {
  const char* name;
  int64_t value;
};
// The numbers of c10::ScalarType, c10::Layout and c10::MemoryFormat: TorchScript's form of these constants.
constexpr IntConstant kIntegers[] = {{"uint8", 0},           {"int8", 1},
                                     {"int16", 2},           {"short", 2},
                                     {"int32", 3},           {"int", 3},
                                     {"int64", 4},           {"long", 4},
                                     {"float16", 5},         {"half", 5},
                                     {"float32", 6},         {"float", 6},
                                     {"float64", 7},         {"double", 7},
                                     {"complex64", 9},       {"cfloat", 9},
                                     {"complex128", 10},     {"cdouble", 10},
                                     {"bool", 11},           {"bfloat16", 15},
                                     {"strided", 0},         {"contiguous_format", 0},
                                     {"preserve_format", 1}, {"channels_last", 2},
                                     {"channels_last_3d", 3}};

// torch.finfo(dtype) and torch.iinfo(dtype), where the dtype is written out.
struct LimitsValue : SugaredValue {
  explicit LimitsValue(at::ScalarType type) : type(type) {}
  std::string kind() const override { return "finfo"; }

  SugaredValuePtr attr(const SourceRange& loc, GraphFunction& m, const std::string& field) override {
    const bool floating = at::isFloatingType(type);
    const auto bits = static_cast<int64_t>(8 * c10::elementSize(type));
    if (field == "bits") return constant(m, loc, bits);
    if (!floating) {
      const bool is_unsigned = type == at::kByte;
      const int64_t top = is_unsigned ? 255 : static_cast<int64_t>((uint64_t{1} << (bits - 1)) - 1);
      if (field == "max") return constant(m, loc, top);
      if (field == "min") return constant(m, loc, is_unsigned ? int64_t{0} : -top - 1);
    } else {
      // Digits of the significand (with the hidden one) and the largest exponent.
      const int digits = type == at::kDouble ? 53 : type == at::kFloat ? 24 : type == at::kHalf ? 11 : 8;
      const int exponent = type == at::kDouble ? 1024 : type == at::kHalf ? 16 : 128;
      const double top = std::ldexp(1.0 - std::ldexp(1.0, -digits), exponent - 1) * 2.0;
      if (field == "max") return constant(m, loc, top);
      if (field == "min") return constant(m, loc, -top);
      if (field == "eps") return constant(m, loc, std::ldexp(1.0, 1 - digits));
      if (field == "tiny" || field == "smallest_normal") return constant(m, loc, std::ldexp(1.0, 2 - exponent));
    }
    throw ErrorReport(loc) << "torch.finfo has bits, max, min, eps and tiny; torch.iinfo has bits, max and min";
  }

  at::ScalarType type;
};

struct LimitsFunction : SugaredValue {
  std::string kind() const override { return "finfo"; }

  SugaredValuePtr call(const SourceRange& loc, GraphFunction& m, at::ArrayRef<torch::jit::NamedValue> args,
                       at::ArrayRef<torch::jit::NamedValue> kwargs, size_t /*binders*/) override {
    if (args.size() == 1 && kwargs.empty()) {
      const auto dtype = torch::jit::toIValue(args[0].value(*m.graph()));
      if (dtype.has_value() && dtype->isInt()) {
        const auto type = static_cast<at::ScalarType>(dtype->toInt());
        if (at::isFloatingType(type) || at::isIntegralType(type, /*includeBool=*/false)) {
          return std::make_shared<LimitsValue>(type);
        }
      }
    }
    throw ErrorReport(loc) << "torch.finfo and torch.iinfo take a dtype that is written out, as torch.float32";
  }
};

// A call that means nothing at run time: torch.jit.is_scripting().
struct ConstantFunction : SugaredValue {
  explicit ConstantFunction(bool value) : value(value) {}
  std::string kind() const override { return "constant function"; }
  SugaredValuePtr call(const SourceRange& loc, GraphFunction& m, at::ArrayRef<torch::jit::NamedValue> /*args*/,
                       at::ArrayRef<torch::jit::NamedValue> /*kwargs*/, size_t /*binders*/) override {
    return constant(m, loc, value);
  }
  bool value;
};

// Python's exceptions, as `raise ValueError("...")` needs them; Exception itself is TorchScript's own.
struct ErrorClass : SugaredValue {
  explicit ErrorClass(std::string name) : name(std::move(name)) {}
  std::string kind() const override { return "exception"; }

  SugaredValuePtr call(const SourceRange& loc, GraphFunction& m, at::ArrayRef<torch::jit::NamedValue> args,
                       at::ArrayRef<torch::jit::NamedValue> kwargs, size_t /*binders*/) override {
    if (args.size() > 1 || !kwargs.empty()) throw ErrorReport(loc) << name << " takes one message here";
    auto& graph = *m.graph();
    auto* message = args.empty() ? graph.insertConstant(std::string(), loc)
                                 : graph.insert(c10::aten::str, {args[0].value(graph)}, {}, loc);
    return std::make_shared<torch::jit::ExceptionMessageValue>(message, graph.insertConstant(name, loc));
  }

  std::string name;
};

bool is_error_class(const std::string& name) {
  for (const char* known : {"ValueError", "RuntimeError", "TypeError", "IndexError", "KeyError", "AssertionError",
                            "NotImplementedError", "ArithmeticError", "ZeroDivisionError", "OverflowError",
                            "FloatingPointError", "LookupError", "AttributeError"}) {
    if (name == known) return true;
  }
  return false;
}

// A module by its dotted path; attributes are resolved from the path alone.
struct ModuleValue : SugaredValue {
  explicit ModuleValue(std::string path) : path(std::move(path)) {}
  std::string kind() const override { return "module " + path; }

  SugaredValuePtr attr(const SourceRange& loc, GraphFunction& m, const std::string& field) override;

  std::string path;
};

SugaredValuePtr jit_attribute(const std::string& field) {
  if (field == "annotate") return torch::jit::SpecialFormValue::create(c10::prim::annotate);
  if (field == "is_scripting") return std::make_shared<ConstantFunction>(true);
  if (field == "is_tracing") return std::make_shared<ConstantFunction>(false);
  return nullptr;
}

SugaredValuePtr torch_attribute(const std::string& field, const SourceRange& loc, GraphFunction& m) {
  for (const auto& known : kIntegers) {
    if (field == known.name) return constant(m, loc, known.value);
  }
  for (const auto& known : kNumbers) {
    if (field == known.name && field != "tau") return constant(m, loc, known.value);
  }
  if (field == "finfo" || field == "iinfo") return std::make_shared<LimitsFunction>();
  for (const char* module : {"nn", "linalg", "fft", "special", "jit", "functional", "autograd", "Tensor", "ops"}) {
    if (field == module) return std::make_shared<ModuleValue>("torch." + field);
  }
  if (auto ours = prelude_function("torch", field)) return ours;
  return aten(field, loc);
}

SugaredValuePtr attribute(const std::string& path, const std::string& field, const SourceRange& loc, GraphFunction& m) {
  if (path == "torch") return torch_attribute(field, loc, m);
  if (path == "torch.nn") {
    return field == "functional" ? std::make_shared<ModuleValue>("torch.nn.functional") : nullptr;
  }
  if (path == "torch.nn.functional") {
    if (auto ours = prelude_function(path, field)) return ours;
    return aten(field, loc);
  }
  if (path == "torch.functional") return torch_attribute(field, loc, m);
  if (path == "torch.ops") return field == "aten" ? std::make_shared<ModuleValue>("torch.ops.aten") : nullptr;
  if (path == "torch.ops.aten" || path == "torch.Tensor" || path == "torch.autograd") return aten(field, loc);
  if (path == "torch.jit") return jit_attribute(field);
  for (const char* family : {"linalg", "fft", "special"}) {
    if (path != std::string("torch.") + family) continue;
    if (auto ours = prelude_function(path, field)) return ours;
    return aten(family + ("_" + field), loc);
  }
  if (path == "math") {
    for (const auto& known : kNumbers) {
      if (field == known.name) return constant(m, loc, known.value);
    }
    return aten(field, loc);
  }
  return nullptr;
}

SugaredValuePtr ModuleValue::attr(const SourceRange& loc, GraphFunction& m, const std::string& field) {
  auto value = attribute(path, field, loc, m);
  if (value == nullptr) unknown(loc, path + "." + field);
  return value;
}

struct NameResolver : torch::jit::Resolver {
  explicit NameResolver(std::map<std::string, std::string> names) : names(std::move(names)) {}

  SugaredValuePtr resolveValue(const std::string& name, GraphFunction& m, const SourceRange& loc) override {
    const auto found = names.find(name);
    const auto path = found != names.end() ? found->second : usual_name(name);
    if (is_module(path)) return std::make_shared<ModuleValue>(path);
    if (is_error_class(path)) return std::make_shared<ErrorClass>(path);
    const auto dot = path.rfind('.');
    if (dot == std::string::npos || !is_module(path.substr(0, dot))) {
      const auto hint = substitute_for(path);
      if (found == names.end() && hint.empty()) return nullptr;  // TorchScript's own message
      unknown(loc, path);
    }
    auto value = attribute(path.substr(0, dot), path.substr(dot + 1), loc, m);
    if (value == nullptr) unknown(loc, path);
    return value;
  }

  // `import torch.nn.functional as G`, `Tensor` from a module: only tensors have a type outside the language.
  c10::TypePtr resolveType(const std::string& name, const SourceRange& /*loc*/) override {
    const auto found = names.find(name);
    const auto path = found != names.end() ? found->second : name;
    return path == "torch.Tensor" || path == "torch.tensor" ? c10::TensorType::get() : nullptr;
  }

  static std::string usual_name(const std::string& name) {
    if (name == "F") return "torch.nn.functional";
    if (name == "nn") return "torch.nn";
    return name;
  }

  static bool is_module(const std::string& path) {
    for (const char* known : {"torch", "torch.nn", "torch.nn.functional", "torch.functional", "torch.linalg",
                              "torch.fft", "torch.special", "torch.jit", "torch.autograd", "torch.Tensor", "math"}) {
      if (path == known) return true;
    }
    return false;
  }

  std::map<std::string, std::string> names;
};

}  // namespace

torch::jit::ResolverPtr make_resolver(std::map<std::string, std::string> names) {
  return std::make_shared<NameResolver>(std::move(names));
}

}  // namespace t2j
