#include "source.h"

#include <cctype>
#include <sstream>

#include "errors.h"

namespace t2j {
namespace {

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::string line;
  for (std::istringstream stream(text); std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string without_comment(const std::string& line) { return line.substr(0, line.find('#')); }

std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool starts_with(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

int open_brackets(const std::string& line) {
  int open = 0;
  for (const char c : line) open += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
  return open;
}

// Which lines lie inside a string of several lines (a docstring) and so are no statements.
std::vector<bool> lines_in_strings(const std::vector<std::string>& lines) {
  std::vector<bool> inside(lines.size(), false);
  std::string quote;
  for (size_t i = 0; i < lines.size(); ++i) {
    inside[i] = !quote.empty();
    const auto& line = lines[i];
    for (size_t at = 0; at < line.size();) {
      if (quote.empty() && line[at] == '#') break;
      if (line[at] == '\\') {
        at += 2;
      } else if (!quote.empty() && line.compare(at, quote.size(), quote) == 0) {
        at += quote.size();
        quote.clear();
      } else if (quote.empty() && (line[at] == '"' || line[at] == '\'')) {
        quote = std::string(line.compare(at, 3, std::string(3, line[at])) == 0 ? 3 : 1, line[at]);
        at += quote.size();
      } else {
        ++at;
      }
    }
    if (quote.size() == 1) quote.clear();  // not closed on its line: the parser will say so
  }
  return inside;
}

// "a.b as c, d" -> binds c to prefix + "a.b" and d to prefix + "d"; `import a.b` alone binds a.
void bind_names(const std::string& list, const std::string& prefix, std::map<std::string, std::string>& names) {
  std::string item;
  for (std::istringstream stream(list); std::getline(stream, item, ',');) {
    std::istringstream words(item);
    std::string path, as, alias;
    words >> path >> as >> alias;
    if (path.empty()) continue;
    if (as == "as" && !alias.empty()) {
      names[alias] = prefix + path;
    } else if (!prefix.empty()) {
      names[path] = prefix + path;
    } else {
      const auto root = path.substr(0, path.find('.'));
      names[root] = root;
    }
  }
}

void bind_import(std::string statement, std::map<std::string, std::string>& names) {
  for (char& c : statement) {
    if (c == '(' || c == ')' || c == '\\' || c == '\t') c = ' ';
  }
  statement = trim(statement);
  if (starts_with(statement, "import ")) return bind_names(statement.substr(7), "", names);
  const auto import = statement.find(" import ");  // from PATH import NAMES
  if (import == std::string::npos) return;
  bind_names(statement.substr(import + 8), trim(statement.substr(5, import - 5)) + ".", names);
}

}  // namespace

PreparedSource prepare_source(const std::string& source) {
  check_limits(source);
  PreparedSource prepared;
  const bool marked = starts_with(source, "\xEF\xBB\xBF");
  auto lines = split_lines(marked ? source.substr(3) : source);
  const auto in_string = lines_in_strings(lines);
  bool before_first_function = true;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (in_string[i]) continue;
    const auto statement = trim(lines[i]);
    if (starts_with(statement, "def ")) before_first_function = false;
    const bool decorator = starts_with(statement, "@");
    const bool import = starts_with(statement, "import ") ||
                        (starts_with(statement, "from ") && statement.find("import") != std::string::npos);
    // A module's own docstring, and the usual alias of the type.
    const bool top = before_first_function && statement == lines[i];
    const bool docstring = top && (starts_with(statement, "\"\"\"") || starts_with(statement, "'''"));
    const bool alias = top && (statement == "Tensor = torch.Tensor");
    if (!decorator && !import && !docstring && !alias) continue;
    // The statement may go on over lines: in brackets, after a backslash, in a string.
    std::string whole;
    int open = 0;
    const size_t first = i;
    for (;; ++i) {
      const auto part = docstring ? lines[i] : without_comment(lines[i]);
      whole += " " + part;
      open += open_brackets(part);
      const bool goes_on =
          docstring ? i + 1 < lines.size() && in_string[i + 1] : open > 0 || (!part.empty() && part.back() == '\\');
      const auto indent = lines[i].substr(0, lines[i].find_first_not_of(" \t"));
      lines[i] = i == first && import && !indent.empty() ? indent + "pass" : "";
      if (!goes_on || i + 1 >= lines.size()) break;
    }
    if (import) bind_import(whole, prepared.names);
  }
  for (const auto& line : lines) prepared.text += line + "\n";
  return prepared;
}

}  // namespace t2j
