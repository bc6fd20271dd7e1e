#include "archive_code.h"

#include <torch/csrc/jit/frontend/lexer.h>
#include <torch/csrc/jit/frontend/parser.h>

#include "errors.h"
#include "source.h"

namespace t2j {
namespace {

using torch::jit::Assign;

constexpr size_t kMaxCodeBytes = 16 << 20;
constexpr int kMaxFileStatements =
    200000;  // of all classes in a file; a function's own size is checked when it is inlined

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  fail(T2J_INVALID_SOURCE, "the archive's " + name + " is not what TorchScript writes: " + why + ".");
}

bool has_string_list(const Assign& assign) {
  if (!assign.rhs().present() || assign.rhs().get().kind() != torch::jit::TK_LIST_LITERAL) return false;
  for (const auto& item : torch::jit::ListLiteral(assign.rhs().get()).inputs()) {
    if (item.kind() != torch::jit::TK_STRINGLITERAL) return false;
  }
  return true;
}

// The importer reads the type and the value of an assignment without asking whether they are there.
bool is_sound(const Assign& assign, bool module) {
  const auto left = assign.lhs();
  if (left.kind() == torch::jit::TK_SUBSCRIPT) {  // __annotations__["0"] = Tensor
    const torch::jit::Subscript subscript(left);
    return module && assign.rhs().present() && subscript.subscript_exprs().size() == 1 &&
           subscript.subscript_exprs()[0].kind() == torch::jit::TK_STRINGLITERAL;
  }
  if (left.kind() != torch::jit::TK_VAR) return false;
  const auto name = torch::jit::Var(left).name().name();
  if (name == "__annotations__") return assign.rhs().present();
  for (const char* known : {"__parameters__", "__buffers__", "__forward_hooks__", "__forward_pre_hooks__"}) {
    if (name == known) return module && has_string_list(assign);
  }
  if (!assign.type().present()) return false;
  if (!module || !assign.rhs().present()) return true;
  const auto type = assign.type().get();  // Final[int]
  return type.kind() == torch::jit::TK_SUBSCRIPT && torch::jit::Subscript(type).subscript_exprs().size() == 1;
}

void check_class(const torch::jit::ClassDef& definition, const std::string& name) {
  std::string base;
  if (definition.superclass().present() && definition.superclass().get().kind() == torch::jit::TK_VAR) {
    base = torch::jit::Var(definition.superclass().get()).name().name();
  }
  const bool module = base == "Module" || base.empty();
  if (!module && base != "NamedTuple" && base != "Interface" && base != "ModuleInterface") {
    refuse(name, "a class derives from '" + base + "'");
  }
  for (const auto& statement : definition.body()) {
    if (statement.kind() == torch::jit::TK_DEF || statement.kind() == torch::jit::TK_PASS) continue;
    if (statement.kind() != torch::jit::TK_ASSIGN || !is_sound(Assign(statement), module)) {
      refuse(name, "a class has an odd line");
    }
  }
}

void skip_line(torch::jit::Parser& parser) {
  while (parser.lexer().cur().kind != torch::jit::TK_NEWLINE && parser.lexer().cur().kind != torch::jit::TK_EOF) {
    parser.lexer().next();
  }
}

}  // namespace

void check_archive_code(const std::string& code, const std::string& name) {
  for (const char* hook : {"__setstate__", "__getstate__"}) {
    if (code.find(hook) != std::string::npos) {
      fail(T2J_FORBIDDEN_OPERATOR, "the archive's " + name + " defines " + hook +
                                       ", which would run while the archive is loaded; that is not allowed.");
    }
  }
  if (code.find("torch.classes") != std::string::npos) {
    fail(T2J_FORBIDDEN_OPERATOR,
         "the archive's " + name + " uses custom classes (torch.classes), which are not allowed.");
  }
  check_limits(code, kMaxCodeBytes, kMaxFileStatements);
  torch::jit::Parser parser(std::make_shared<torch::jit::Source>(code, name, 1));
  for (;;) {
    switch (parser.lexer().cur().kind) {
      case torch::jit::TK_EOF:
        return;
      case torch::jit::TK_NEWLINE:
        parser.lexer().next();
        break;
      case torch::jit::TK_CLASS_DEF:
        check_class(torch::jit::ClassDef(parser.parseClass()), name);
        break;
      case torch::jit::TK_DEF:
        parser.parseFunction(/*is_method=*/false);
        break;
      case torch::jit::TK_IMPORT:
      case torch::jit::TK_IDENT:  // op_version_set = 1
        skip_line(parser);
        break;
      default:
        refuse(name, "something else than classes and functions stands at the top level");
    }
  }
}

}  // namespace t2j
