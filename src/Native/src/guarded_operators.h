// Operators of libtorch that can bring the process down, each with a check or a correction of its arguments before it
// runs. They are registered as t2j::NAME with the schemas of aten::NAME; a rewrite puts them into graphs.
#ifndef T2J_GUARDED_OPERATORS_H_
#define T2J_GUARDED_OPERATORS_H_

#include <ATen/core/Tensor.h>
#include <ATen/core/function_schema.h>
#include <ATen/core/stack.h>
#include <ATen/core/symbol.h>

#include <vector>

namespace t2j {

// Registers the operators, and replaces the scalar divisions of the interpreter by safe ones. Runs once a process,
// before the first function is compiled.
void prepare_operators();

// The t2j:: symbol that replaces an overload of an aten:: one; none where there is no need to. The second is for graphs
// that run on a GPU.
c10::optional<c10::Symbol> guarded_symbol(const c10::FunctionSchema& schema);
c10::optional<c10::Symbol> device_guarded_symbol(const c10::FunctionSchema& schema);

// A guard sees the arguments of one call and corrects them, or throws.
using Guard = void (*)(at::ArrayRef<c10::IValue*> arguments);

struct GuardedOperator {
  const char* name;  // without the namespace
  Guard guard;
};

// Division of integers: the smallest number by -1 traps in libtorch; XLA gives the smallest number, remainder 0.
void guard_quotient(at::ArrayRef<c10::IValue*> arguments);
void guard_quotient_in_place(at::ArrayRef<c10::IValue*> arguments);
void guard_remainder(at::ArrayRef<c10::IValue*> arguments);
void guard_mode_quotient(at::ArrayRef<c10::IValue*> arguments);
void guard_mode_quotient_in_place(at::ArrayRef<c10::IValue*> arguments);

// Index and size arguments that libtorch reads without a check.
const std::vector<GuardedOperator>& index_guards();
const std::vector<GuardedOperator>& size_guards();
// What a GPU checks too late.
const std::vector<GuardedOperator>& device_guards();

// The array inside functorch's wrappers of a batch.
at::Tensor without_batches(at::Tensor tensor);
// Throws where an element of `indices` is not in [low, high].
void check_range(const at::Tensor& indices, int64_t low, int64_t high, const char* what);

void register_scalar_divisions();

}  // namespace t2j

#endif  // T2J_GUARDED_OPERATORS_H_
