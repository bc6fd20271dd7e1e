#include "errors.h"
#include "guarded_operators.h"

namespace t2j {
namespace {

using Arguments = at::ArrayRef<c10::IValue*>;

[[noreturn]] void refuse(const std::string& message) { TORCH_CHECK_VALUE(false, message); }

// Without std::abs: the smallest integer has no absolute value, and compilers take it for impossible behind one.
bool is_beyond(int64_t value, int64_t bound) { return value > bound || value < -bound; }

void check_count(const c10::IValue& list, size_t count, const char* what) {
  const auto values = list.toIntVector();
  if (values.size() != count) {
    refuse(std::string(what) + " must have " + std::to_string(count) + " elements, not " +
           std::to_string(values.size()));
  }
  for (const auto value : values) {
    if (is_beyond(value, int64_t{1} << 40)) refuse(std::string(what) + " is out of range");
  }
}

template <size_t Count>
void guard_padding(Arguments arguments) {
  check_count(*arguments[1], Count, "padding");
}

// max_unpoolNd(self, indices, output_size[, stride, padding])
template <size_t Rank>
void guard_unpool(Arguments arguments) {
  const auto self = arguments[0]->toTensor();
  const auto indices = arguments[1]->toTensor();
  check_count(*arguments[2], Rank, "max_unpool: output_size");
  for (size_t i = 3; i < arguments.size(); ++i) check_count(*arguments[i], Rank, "max_unpool: stride and padding");
  if (indices.scalar_type() != at::kLong || indices.sizes() != self.sizes()) {
    refuse("max_unpool: indices must be int64 and have the shape of the input");
  }
  int64_t places = 1;
  for (const auto size : arguments[2]->toIntVector()) places *= std::max<int64_t>(size, 0);
  if (indices.is_meta() || indices.numel() == 0) return;
  if (indices.min().item().toLong() < 0 || indices.max().item().toLong() >= places) {
    refuse("max_unpool: indices must lie within output_size");
  }
}

void guard_sum_to_size(Arguments arguments) {
  for (const auto size : arguments[1]->toIntVector()) {
    if (size < 0) refuse("sum_to_size: a size is negative");
  }
}

void guard_matrix_power(Arguments arguments) {
  if (is_beyond(arguments[1]->toInt(), int64_t{1} << 31)) {
    refuse("matrix_power: the exponent is out of range");
  }
}

void guard_combinations(Arguments arguments) {
  if (arguments[1]->toInt() > 16) refuse("combinations: r must be at most 16");
}

void guard_rrelu(Arguments arguments) {
  const double lower = arguments[1]->toScalar().toDouble(), upper = arguments[2]->toScalar().toDouble();
  if (!std::isfinite(lower) || !std::isfinite(upper) || lower > upper) {
    refuse("rrelu: lower and upper must be finite, and lower not above upper");
  }
}

// special_*_polynomial_*(x, n): as many steps as n says, for each element.
void guard_polynomial(Arguments arguments) {
  constexpr double kMaxDegree = 100000;
  const auto& degree = *arguments[1];
  if (degree.isTensor()) {
    const auto tensor = degree.toTensor();
    if (tensor.is_meta() || tensor.numel() == 0 || tensor.is_complex()) return;
    if (tensor.max().item().toDouble() > kMaxDegree) refuse("polynomials have a degree of at most 100,000");
  } else if (degree.toScalar().toDouble() > kMaxDegree) {
    refuse("polynomials have a degree of at most 100,000");
  }
}

}  // namespace

const std::vector<GuardedOperator>& size_guards() {
  static const std::vector<GuardedOperator> guards = {
      {"reflection_pad1d", guard_padding<2>},
      {"reflection_pad2d", guard_padding<4>},
      {"reflection_pad3d", guard_padding<6>},
      {"replication_pad1d", guard_padding<2>},
      {"replication_pad2d", guard_padding<4>},
      {"replication_pad3d", guard_padding<6>},
      {"max_unpool2d", guard_unpool<2>},
      {"max_unpool3d", guard_unpool<3>},
      {"sum_to_size", guard_sum_to_size},
      {"matrix_power", guard_matrix_power},
      {"linalg_matrix_power", guard_matrix_power},
      {"combinations", guard_combinations},
      {"rrelu", guard_rrelu},
      {"rrelu_", guard_rrelu},
      {"special_chebyshev_polynomial_t", guard_polynomial},
      {"special_chebyshev_polynomial_u", guard_polynomial},
      {"special_chebyshev_polynomial_v", guard_polynomial},
      {"special_chebyshev_polynomial_w", guard_polynomial},
      {"special_hermite_polynomial_h", guard_polynomial},
      {"special_hermite_polynomial_he", guard_polynomial},
      {"special_laguerre_polynomial_l", guard_polynomial},
      {"special_legendre_polynomial_p", guard_polynomial},
      {"special_shifted_chebyshev_polynomial_t", guard_polynomial},
      {"special_shifted_chebyshev_polynomial_u", guard_polynomial},
      {"special_shifted_chebyshev_polynomial_v", guard_polynomial},
      {"special_shifted_chebyshev_polynomial_w", guard_polynomial},
  };
  return guards;
}

}  // namespace t2j
