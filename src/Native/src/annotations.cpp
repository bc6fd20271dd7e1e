#include "annotations.h"

namespace t2j {
namespace {

using torch::jit::Compound;
using torch::jit::TreeRef;

TreeRef type_tree(const TreeRef& tree);

TreeRef variable(const torch::jit::SourceRange& range, const std::string& name) {
  return torch::jit::Var::create(range, torch::jit::Ident::create(range, name));
}

bool is_none(const TreeRef& tree) { return tree->kind() == torch::jit::TK_NONE; }

// X | None, None | X
TreeRef optional_tree(const TreeRef& tree) {
  const auto left = tree->tree(0), right = tree->tree(1);
  if (is_none(left) == is_none(right)) return tree;
  const torch::jit::Expr inner(type_tree(is_none(left) ? right : left));
  const auto& range = tree->range();
  return torch::jit::Subscript::create(range, torch::jit::Expr(variable(range, "Optional")),
                                       torch::jit::List<torch::jit::Expr>::create(range, {inner}));
}

TreeRef type_tree(const TreeRef& tree) {
  if (tree->kind() == '|') return optional_tree(tree);
  if (tree->kind() == torch::jit::TK_VAR) {
    const auto name = torch::jit::Var(tree).name().name();
    for (const auto& known :
         {std::make_pair("list", "List"), std::make_pair("dict", "Dict"), std::make_pair("tuple", "Tuple")}) {
      if (name == known.first) return variable(tree->range(), known.second);
    }
    return tree;
  }
  if (tree->isAtom()) return tree;
  return tree->map(type_tree);
}

TreeRef with_types(const TreeRef& tree) {
  if (tree->isAtom()) return tree;
  const auto kind = tree->kind();
  // Where a type stands: (name, type, default, keyword-only), (parameters, result), (left, right, type).
  const size_t place = kind == torch::jit::TK_PARAM    ? 1
                       : kind == torch::jit::TK_DECL   ? 1
                       : kind == torch::jit::TK_ASSIGN ? 2
                                                       : SIZE_MAX;
  torch::jit::TreeList parts;
  for (size_t i = 0; i < tree->trees().size(); ++i) {
    parts.push_back(i == place ? type_tree(tree->tree(i)) : with_types(tree->tree(i)));
  }
  return Compound::create(kind, tree->range(), std::move(parts));
}

}  // namespace

torch::jit::Def modern_annotations(const torch::jit::Def& definition) {
  return torch::jit::Def(with_types(definition.tree()));
}

}  // namespace t2j
