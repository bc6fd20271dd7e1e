#include "prelude.h"

#include <torch/csrc/jit/frontend/parser.h>
#include <torch/csrc/jit/frontend/sugared_value.h>

#include <map>
#include <mutex>

#include "resolver.h"

namespace t2j {
namespace {

// Text of one function and how many sizes an int given for a parameter stands for: "Size2" is a List[int] that an int
// may be given for. TorchScript's own BroadcastingList cannot have a default.
struct Definition {
  std::string text;
  size_t line;
  std::map<std::string, int> sizes;
};

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Turns `padding: Size2 = 0` into `padding: List[int] = [0, 0]`.
void expand_sizes(Definition& definition) {
  static const std::string word = "Size";
  auto& text = definition.text;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
    const int count = text[at + word.size()] - '0';
    if (is_name(text[at - 1]) || count < 1 || count > 3) {
      ++at;
      continue;
    }
    const auto colon = text.rfind(':', at);
    auto name_at = colon;
    while (is_name(text[name_at - 1])) --name_at;
    definition.sizes[text.substr(name_at, colon - name_at)] = count;
    text.replace(at, word.size() + 1, "List[int]");
    at += std::strlen("List[int]");
    if (text.compare(at, 3, " = ") != 0) continue;
    const auto value = text.substr(at + 3, text.find_first_of(",)", at) - at - 3);
    std::string list = value;
    for (int i = 1; i < count; ++i) list += ", " + value;
    text.replace(at + 3, value.size(), "[" + list + "]");
  }
}

c10::FunctionSchema with_sizes(const c10::FunctionSchema& schema, const std::map<std::string, int>& sizes) {
  std::vector<c10::Argument> arguments;
  for (const auto& argument : schema.arguments()) {
    const auto found = sizes.find(argument.name());
    if (found == sizes.end()) {
      arguments.push_back(argument);
    } else {
      arguments.emplace_back(argument.name(), argument.type(), found->second, argument.default_value());
    }
  }
  return schema.cloneWithArguments(std::move(arguments));
}

// Functions of the prelude see one another, and what every function sees.
struct PreludeResolver : torch::jit::Resolver {
  explicit PreludeResolver(std::string module) : module(std::move(module)), outer(make_resolver({})) {}

  torch::jit::SugaredValuePtr resolveValue(const std::string& name, torch::jit::GraphFunction& m,
                                           const torch::jit::SourceRange& loc) override {
    if (auto ours = prelude_function(module, name)) return ours;
    return outer->resolveValue(name, m, loc);
  }

  std::string module;
  torch::jit::ResolverPtr outer;
};

torch::jit::StrongFunctionPtr compile_definition(const std::shared_ptr<torch::jit::CompilationUnit>& unit,
                                                 const std::string& module, const Definition& definition) {
  const auto source = std::make_shared<torch::jit::Source>(definition.text, module, definition.line + 1);
  torch::jit::Parser parser(source);
  const torch::jit::Def def(parser.parseFunction(/*is_method=*/false));
  auto* function = unit->define(c10::QualifiedName(module), {}, {}, {def}, {std::make_shared<PreludeResolver>(module)},
                                /*self=*/nullptr)
                       .at(0);
  function->setSchema(with_sizes(function->getSchema(), definition.sizes));
  return {unit, function};
}

using Overloads = std::vector<torch::jit::StrongFunctionPtr>;

// All definitions by "module.name", and the compiled ones. Guarded by one lock that a function may take again while the
// functions it calls are compiled.
class Prelude {
 public:
  Prelude() {
    for (const auto* part :
         {&kPreludeActivations, &kPreludeLosses, &kPreludePooling, &kPreludeLayers, &kPreludeTorch}) {
      read(*part);
    }
  }

  torch::jit::SugaredValuePtr find(const std::string& module, const std::string& name) {
    std::lock_guard<std::recursive_mutex> lock(mutex_);
    const auto path = module + "." + name;
    const auto known = compiled_.find(path);
    if (known != compiled_.end()) return std::make_shared<torch::jit::FunctionValue>(known->second);
    const auto unit = std::make_shared<torch::jit::CompilationUnit>();
    Overloads overloads;
    for (auto overload = path; definitions_.count(overload) != 0;
         overload = path + "__" + std::to_string(overloads.size())) {
      overloads.push_back(compile_definition(unit, module, definitions_.at(overload)));
    }
    if (overloads.empty()) return nullptr;
    return std::make_shared<torch::jit::FunctionValue>(compiled_.emplace(path, std::move(overloads)).first->second);
  }

 private:
  void read(const PreludePart& part) {
    static const std::string start = "\ndef ";
    const std::string text = part.text;
    for (auto at = text.find(start); at != std::string::npos;) {
      const auto name_at = at + start.size();
      const auto name = text.substr(name_at, text.find('(', name_at) - name_at);
      const auto next = text.find(start, name_at);
      const auto line = static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<long>(at), '\n'));
      Definition definition{text.substr(at + 1, next - at), line, {}};
      expand_sizes(definition);
      definitions_[std::string(part.module) + "." + name] = std::move(definition);
      at = next;
    }
  }

  std::recursive_mutex mutex_;
  std::map<std::string, Definition> definitions_;
  std::map<std::string, Overloads> compiled_;
};

Prelude& the_prelude() {
  static Prelude* prelude = new Prelude;
  return *prelude;
}

}  // namespace

torch::jit::SugaredValuePtr prelude_function(const std::string& module, const std::string& name) {
  return the_prelude().find(module, name);
}

}  // namespace t2j
