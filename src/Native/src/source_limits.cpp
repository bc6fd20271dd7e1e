#include <cctype>

#include "errors.h"
#include "source.h"

namespace t2j {
namespace {

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Walks over the characters of a source once and keeps what nests or chains within bounds.
class LimitScanner {
 public:
  LimitScanner(const std::string& text, int max_statements) : text_(text), max_statements_(max_statements) {}

  void run() {
    start_line();
    while (at_ < text_.size()) step();
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    fail(T2J_INVALID_SOURCE, what + " (line " + std::to_string(line_) + " of the source).");
  }

  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void step() {
    const char c = peek();
    if (c == '\n') return new_line();
    if (c == '\\' && peek(1) == '\n') {
      at_ += 2;
      ++line_;
      return;
    }
    if (c == '#') return comment();
    if (c == '"' || c == '\'') return string();
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return number();
    if (is_name(c)) return word();
    ++at_;
    if (c == '(' || c == '[' || c == '{') return open(c);
    if (c == ')' || c == ']' || c == '}') return close();
    if (c == ',' || c == ';') {
      return part();
    }
    if (std::strchr("+-*/%@&|^~<>=!.", c) != nullptr) {
      const std::string pair{c, peek()};
      for (const char* known : {"**", "//", "==", "<=", ">=", "!=", "->", "<<", ">>"}) {
        if (pair == known) {
          ++at_;
          break;
        }
      }
      operate();
    }
  }

  void operate() {
    ++brackets_.back().operators;
    if (++total_ > kMaxOperators) {
      refuse("an expression has more than " + std::to_string(kMaxOperators) + " operators; split it up");
    }
  }

  // Between two commas an expression starts anew.
  void part() {
    auto& bracket = brackets_.back();
    total_ -= bracket.operators;
    bracket.operators = 0;
    if (++bracket.commas > kMaxDictEntries && bracket.kind == '{') {
      refuse("a dict is written out with more than " + std::to_string(kMaxDictEntries) + " entries");
    }
  }

  void open(char kind) {
    operate();  // x[0][0], f(x)(y) and ((x)) nest as operators do
    brackets_.push_back({kind, 0, 0});
    if (brackets_.size() > static_cast<size_t>(kMaxLevels) + 1) {
      refuse("more than " + std::to_string(kMaxLevels) + " brackets are open within one another");
    }
  }

  void close() {
    if (brackets_.size() == 1) return;  // the parser will say so
    total_ -= brackets_.back().operators;
    brackets_.pop_back();
  }

  void new_line() {
    ++at_;
    ++line_;
    if (brackets_.size() > 1) return;  // inside brackets a line goes on
    total_ = 0;
    brackets_.back().operators = 0;
    start_line();
  }

  // Indentation, and the length of chains of elif, each of which the parser turns into one more level.
  void start_line() {
    size_t indent = 0;
    size_t first = at_;
    while (first < text_.size() && (text_[first] == ' ' || text_[first] == '\t')) ++first, ++indent;
    if (first >= text_.size() || text_[first] == '\n' || text_[first] == '#') return;
    if (++statements_ > max_statements_) {
      refuse("there are more than " + std::to_string(max_statements_) + " statements");
    }
    while (!levels_.empty() && levels_.back().indent > indent) drop_level();
    if (levels_.empty() || levels_.back().indent < indent) levels_.push_back({indent, 0});
    auto& level = levels_.back();
    const bool goes_on = text_.compare(first, 4, "elif") == 0;
    if (goes_on) {
      ++level.chain;
      ++chained_;
    } else if (text_.compare(first, 4, "else") != 0) {
      chained_ -= level.chain;
      level.chain = 0;
    }
    if (levels_.size() + chained_ > static_cast<size_t>(kMaxLevels)) {
      refuse("blocks or elif branches lie more than " + std::to_string(kMaxLevels) + " levels within one another");
    }
  }

  void drop_level() {
    chained_ -= levels_.back().chain;
    levels_.pop_back();
  }

  // A type comment is parsed too.
  void comment() {
    int brackets = 0;
    while (at_ < text_.size() && text_[at_] != '\n') {
      if (text_[at_] == '(' || text_[at_] == '[') ++brackets;
      ++at_;
    }
    if (brackets > kMaxLevels) refuse("a comment has more than " + std::to_string(kMaxLevels) + " brackets");
  }

  void string() {
    const char quote = peek();
    const bool triple = peek(1) == quote && peek(2) == quote;
    at_ += triple ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\') {
        if (peek(1) == '\n') ++line_;
        at_ += 2;
        continue;
      }
      if (c == '\n') {
        if (!triple) return;  // not closed: the parser will say so
        ++line_;
      }
      if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
        at_ += triple ? 3 : 1;
        return;
      }
      ++at_;
    }
  }

  void number() {
    while (is_name(peek()) || (peek() == '.' && !std::isalpha(static_cast<unsigned char>(peek(1))))) ++at_;
  }

  void word() {
    const size_t start = at_;
    while (is_name(peek())) ++at_;
    const std::string name = text_.substr(start, at_ - start);
    for (const char* known : {"and", "or", "not", "if", "else", "in", "is", "lambda", "for", "while", "with"}) {
      if (name == known) return operate();
    }
  }

  struct Bracket {
    char kind;
    int operators, commas;
  };

  struct Level {
    size_t indent;
    size_t chain;
  };

  const std::string& text_;
  const int max_statements_;
  size_t at_ = 0;
  int line_ = 1;
  int total_ = 0;                               // operators in the expression so far, brackets around it included
  std::vector<Bracket> brackets_{{' ', 0, 0}};  // the statement itself, and each open bracket
  int statements_ = 0;
  std::vector<Level> levels_;
  size_t chained_ = 0;
};

}  // namespace

void check_limits(const std::string& source, size_t max_bytes, int max_statements) {
  if (source.size() > max_bytes) {
    fail(T2J_INVALID_SOURCE, "the source has " + std::to_string(source.size()) + " bytes, more than the " +
                                 std::to_string(max_bytes) + " allowed.");
  }
  if (source.find('\0') != std::string::npos) fail(T2J_INVALID_SOURCE, "the source holds a NUL character.");
  LimitScanner(source, max_statements).run();
}

}  // namespace t2j
