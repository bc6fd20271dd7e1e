#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <limits>

#include "errors.h"
#include "guarded_operators.h"

namespace t2j {
namespace {

constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();

[[noreturn]] void divide_by_zero(const char* what) {
  throw torch::jit::JITException(std::string("ZeroDivisionError: ") + what + " by zero");
}

// Python's rules, and the smallest number where the quotient does not fit (as XLA has it).
int64_t floor_quotient(int64_t a, int64_t b) {
  if (b == 0) divide_by_zero("integer division");
  if (b == -1) return a == kSmallest ? kSmallest : -a;
  const int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int64_t floor_remainder(int64_t a, int64_t b) {
  if (b == 0) divide_by_zero("integer modulo");
  if (b == -1) return 0;
  const int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

int64_t truncated_quotient(int64_t a, int64_t b) {
  if (b == 0) divide_by_zero("integer division");
  return b == -1 ? (a == kSmallest ? kSmallest : -a) : a / b;
}

int64_t greatest_divisor(int64_t a, int64_t b) {
  while (b != 0) {
    const int64_t rest = b == -1 ? 0 : a % b;
    a = b;
    b = rest;
  }
  return a == kSmallest || a >= 0 ? a : -a;
}

double floor_remainder(double a, double b) {
  if (b == 0) divide_by_zero("float modulo");
  const double rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

using torch::jit::Stack;

template <int64_t (*F)(int64_t, int64_t)>
void integer_operation(Stack& stack) {
  const int64_t b = torch::jit::pop(stack).toInt();
  const int64_t a = torch::jit::pop(stack).toInt();
  torch::jit::push(stack, F(a, b));
}

void divmod_operation(Stack& stack) {
  const int64_t b = torch::jit::pop(stack).toInt();
  const int64_t a = torch::jit::pop(stack).toInt();
  torch::jit::push(stack, floor_quotient(a, b));
  torch::jit::push(stack, floor_remainder(a, b));
}

double as_double(const c10::IValue& value) {
  return value.isInt() ? static_cast<double>(value.toInt()) : value.toDouble();
}

void scalar_floordiv(Stack& stack) {
  const auto b = torch::jit::pop(stack);
  const auto a = torch::jit::pop(stack);
  if (a.isInt() && b.isInt()) return torch::jit::push(stack, floor_quotient(a.toInt(), b.toInt()));
  if (as_double(b) == 0) divide_by_zero("float floor division");
  torch::jit::push(stack, std::floor(as_double(a) / as_double(b)));
}

void scalar_remainder(Stack& stack) {
  const auto b = torch::jit::pop(stack);
  const auto a = torch::jit::pop(stack);
  if (a.isInt() && b.isInt()) return torch::jit::push(stack, floor_remainder(a.toInt(), b.toInt()));
  torch::jit::push(stack, floor_remainder(as_double(a), as_double(b)));
}

void replace(const char* schema, torch::jit::Operation operation) {
  torch::jit::Operator safe(schema, std::move(operation), c10::AliasAnalysisKind::FROM_SCHEMA);
  torch::jit::deregisterOperator(safe.schema());
  torch::jit::registerOperator(std::move(safe));
}

bool divides_wide_integers(const c10::IValue& a, const c10::IValue& b) {
  if (!a.isTensor() && !b.isTensor()) return false;
  const auto type = !a.isTensor()   ? at::result_type(a.toScalar(), b.toTensor())
                    : !b.isTensor() ? at::result_type(a.toTensor(), b.toScalar())
                                    : at::result_type(a.toTensor(), b.toTensor());
  return type == at::kInt || type == at::kLong;
}

// -1 where b is -1, else 1: dividing sign * a by sign * b gives the same and never divides by -1.
at::Tensor sign_of(const at::Tensor& b) { return b.eq(-1).to(b.scalar_type()).mul_(-2).add_(1); }

enum class Numerator { kKeep, kNegate, kNegateInPlace };

void guard_division(at::ArrayRef<c10::IValue*> arguments, Numerator numerator) {
  auto& a = *arguments[0];
  auto& b = *arguments[1];
  if (!divides_wide_integers(a, b)) return;
  if (!b.isTensor()) {
    const auto scalar = b.toScalar();
    if (!scalar.isIntegral(/*includeBool=*/false) || scalar.toLong() != -1) return;
    b = 1;
    if (numerator == Numerator::kNegate) a = a.toTensor().mul(-1);
    if (numerator == Numerator::kNegateInPlace) a.toTensor().mul_(-1);
    return;
  }
  if (!at::isIntegralType(b.toTensor().scalar_type(), /*includeBool=*/false)) return;
  const auto sign = sign_of(b.toTensor());
  b = b.toTensor().mul(sign);
  if (numerator == Numerator::kNegate && a.isTensor()) a = a.toTensor().mul(sign);
  if (numerator == Numerator::kNegateInPlace) a.toTensor().mul_(sign);
}

bool rounds(at::ArrayRef<c10::IValue*> arguments) { return arguments.size() > 2 && arguments[2]->isString(); }

}  // namespace

void guard_quotient(at::ArrayRef<c10::IValue*> arguments) { guard_division(arguments, Numerator::kNegate); }

void guard_quotient_in_place(at::ArrayRef<c10::IValue*> arguments) {
  guard_division(arguments, Numerator::kNegateInPlace);
}

void guard_remainder(at::ArrayRef<c10::IValue*> arguments) { guard_division(arguments, Numerator::kKeep); }

void guard_mode_quotient(at::ArrayRef<c10::IValue*> arguments) {
  if (rounds(arguments)) guard_division(arguments, Numerator::kNegate);
}

void guard_mode_quotient_in_place(at::ArrayRef<c10::IValue*> arguments) {
  if (rounds(arguments)) guard_division(arguments, Numerator::kNegateInPlace);
}

// Constant folding runs these already while a source is compiled, so a rewrite of the graph would come too late: the
// interpreter's own entries are replaced.
void register_scalar_divisions() {
  replace("aten::floordiv.int(int a, int b) -> int", integer_operation<floor_quotient>);
  replace("aten::remainder.int(int a, int b) -> int", integer_operation<floor_remainder>);
  replace("aten::__round_to_zero_floordiv.int(int a, int b) -> int", integer_operation<truncated_quotient>);
  replace("aten::gcd.int(int a, int b) -> int", integer_operation<greatest_divisor>);
  replace("aten::divmod.int(int x, int y) -> (int, int)", divmod_operation);
  replace("aten::floordiv(Scalar a, Scalar b) -> Scalar", scalar_floordiv);
  replace("aten::remainder(Scalar a, Scalar b) -> Scalar", scalar_remainder);
}

}  // namespace t2j
