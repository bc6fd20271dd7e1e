#include "enum_arguments.h"

#include <torch/csrc/jit/runtime/custom_operator.h>

#include "errors.h"
#include "operators.h"

namespace t2j {
namespace {

enum class Family { kNone, kDtype, kLayout, kMemoryFormat };

Family family_of(const c10::Argument& argument) {
  auto type = argument.real_type();
  if (const auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
  if (type->kind() == c10::TypeKind::ScalarTypeType) return Family::kDtype;
  if (type->kind() == c10::TypeKind::LayoutType) return Family::kLayout;
  if (type->kind() == c10::TypeKind::MemoryFormatType) return Family::kMemoryFormat;
  // TorchScript's own overloads declare ints.
  if (type->kind() == c10::TypeKind::IntType && argument.name() == "dtype") return Family::kDtype;
  return Family::kNone;
}

// What is wrong with the number, "" where nothing is.
std::string complaint(Family family, int64_t number) {
  const auto text = std::to_string(number);
  switch (family) {
    case Family::kDtype:
      return (number >= 0 && number <= 11) || number == 15 ? "" : text + " is not the number of a supported dtype";
    case Family::kLayout:
      return number == 0 ? "" : "only the layout torch.strided is supported, not number " + text;
    case Family::kMemoryFormat:
      return number >= 0 && number <= 3 ? "" : text + " is not the number of a memory format";
    default:
      return "";
  }
}

void check_number(torch::jit::Stack& stack) {
  const auto family = static_cast<Family>(torch::jit::pop(stack).toInt());
  const auto number = torch::jit::peek(stack, 0, 1);
  if (!number.isInt()) return;
  const auto wrong = complaint(family, number.toInt());
  TORCH_CHECK_VALUE(wrong.empty(), wrong);
}

const torch::jit::RegisterOperators kOperators({
    torch::jit::Operator("t2j::known(int number, int family) -> int", check_number,
                         c10::AliasAnalysisKind::FROM_SCHEMA),
    torch::jit::Operator("t2j::known.optional(int? number, int family) -> int?", check_number,
                         c10::AliasAnalysisKind::FROM_SCHEMA),
});

}  // namespace

void check_enum_arguments(torch::jit::Node* node) {
  const auto* schema = node->maybeSchema();
  if (schema == nullptr) return;
  for (size_t i = 0; i < schema->arguments().size() && i < node->inputs().size(); ++i) {
    const auto family = family_of(schema->arguments()[i]);
    auto* input = node->input(i);
    if (family == Family::kNone || input->node()->kind() == c10::prim::dtype) continue;
    if (const auto value = torch::jit::toIValue(input)) {
      const auto wrong = value->isInt() ? complaint(family, value->toInt()) : "";
      if (!wrong.empty()) fail(T2J_INVALID_SOURCE, wrong + " (" + source_line(node) + ").");
      continue;
    }
    auto* graph = node->owningGraph();
    torch::jit::WithInsertPoint before(node);
    auto* number = graph->insertConstant(static_cast<int64_t>(family));
    auto* check = graph->create(c10::Symbol::fromQualString("t2j::known"), {input, number}, 1);
    check->copyMetadata(node);
    check->output()->setType(input->type());
    graph->insertNode(check);
    node->replaceInput(i, check->output());
  }
}

}  // namespace t2j
