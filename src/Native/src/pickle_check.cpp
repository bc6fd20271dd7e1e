#include "pickle_check.h"

#include <map>

#include "errors.h"
#include "pickle_tensor.h"

namespace t2j {
namespace {

constexpr int kMaxDepth = 200;

class PickleChecker {
 public:
  PickleChecker(const std::string& bytes, const std::string& name,
                const std::function<uint64_t(const std::string&)>& storage_bytes)
      : bytes_(bytes), name_(name), storage_bytes_(storage_bytes) {}

  void run() {
    while (step()) {
    }
    if (stack_.size() != 1 || !marks_.empty()) refuse("its stack does not end with one value");
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    fail(T2J_INVALID_SOURCE, "the archive's record " + name_ + " is not what TorchScript writes: " + why + ".");
  }

  uint64_t number(int count) {
    if (bytes_.size() - at_ < static_cast<size_t>(count)) refuse("it is cut short");
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; --i)
      value = value << 8 | static_cast<unsigned char>(bytes_[at_ + static_cast<size_t>(i)]);
    at_ += static_cast<size_t>(count);
    return value;
  }

  std::string text(uint64_t count) {
    if (bytes_.size() - at_ < count) refuse("it is cut short");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  std::string line() {
    const auto end = bytes_.find('\n', at_);
    if (end == std::string::npos) refuse("it is cut short");
    auto value = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return value;
  }

  static ItemPtr make(Kind kind, int64_t value = 0, std::string text = {}) {
    auto item = std::make_shared<Item>();
    item->kind = kind;
    item->number = value;
    item->text = std::move(text);
    return item;
  }

  void push(ItemPtr item) { stack_.push_back(std::move(item)); }

  ItemPtr pop() {
    if (stack_.empty() || (!marks_.empty() && stack_.size() <= marks_.back())) refuse("its stack is empty");
    auto item = std::move(stack_.back());
    stack_.pop_back();
    return item;
  }

  ItemPtr pop(Kind kind) {
    auto item = pop();
    if (item->kind != kind) refuse("a value has the wrong kind");
    return item;
  }

  ItemPtr value(ItemPtr item) const {
    if (item->kind == Kind::kNewObject) refuse("an object has no state");
    return item;
  }

  void contain(Item& container, const Item& part) {
    container.depth = std::max(container.depth, part.depth + 1);
    if (container.depth > kMaxDepth) refuse("its values are nested too deeply");
  }

  std::vector<ItemPtr> take_to_mark() {
    if (marks_.empty()) refuse("a mark is missing");
    const auto start = static_cast<long>(marks_.back());
    marks_.pop_back();
    std::vector<ItemPtr> items(stack_.begin() + start, stack_.end());
    stack_.resize(static_cast<size_t>(start));
    for (const auto& item : items) value(item);
    return items;
  }

  void push_tuple(std::vector<ItemPtr> parts) {
    auto tuple = make(Kind::kTuple);
    for (const auto& part : parts) contain(*tuple, *value(part));
    tuple->parts = std::move(parts);
    push(std::move(tuple));
  }

  void push_tuple(int count) {
    std::vector<ItemPtr> parts(static_cast<size_t>(count));
    for (int i = count; i-- > 0;) parts[static_cast<size_t>(i)] = pop();
    push_tuple(std::move(parts));
  }

  // Adds to the container on top of the stack.
  void fill(Kind kind, const std::vector<ItemPtr>& parts) {
    auto container = pop(kind);
    if (container->shared) refuse("a container grows after it was used");
    if (kind == Kind::kDict && parts.size() % 2 != 0) refuse("a key has no value");
    for (size_t i = 0; i < parts.size(); ++i) {
      const auto key = value(parts[i])->kind;
      const bool plain = key == Kind::kText || key == Kind::kInt || key == Kind::kBool || key == Kind::kFloat;
      if (kind == Kind::kDict && i % 2 == 0 && !plain) refuse("a key has the wrong kind");
      contain(*container, *parts[i]);
    }
    push(std::move(container));
  }

  void get(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) refuse("it fetches a value it never stored");
    found->second->shared = true;
    push(found->second);
  }

  void put(uint64_t index) {
    auto item = value(pop());
    memo_[index] = item;
    push(std::move(item));
  }

  void global() {
    const auto module = line(), name = line();
    const auto path = module + " " + name;
    const bool own = module == "__torch__" || module.rfind("__torch__.", 0) == 0;
    const bool custom = path.find("torch.classes") != std::string::npos;
    static const char* const known[] = {
        "torch._utils _rebuild_tensor_v2",  "torch._utils _rebuild_parameter",    "collections OrderedDict",
        "torch.jit._pickle build_intlist",  "torch.jit._pickle build_tensorlist", "torch.jit._pickle build_doublelist",
        "torch.jit._pickle build_boollist", "torch.jit._pickle restore_type_tag"};
    const bool listed = std::any_of(std::begin(known), std::end(known), [&](const char* k) { return path == k; });
    if (custom || (!own && !listed && (module != "torch" || storage_item_bytes(name) == 0))) {
      refuse("it names '" + path.substr(0, 100) + "'");
    }
    push(make(Kind::kGlobal, 0, path));
  }

  void storage() {
    const auto id = pop(Kind::kTuple);
    if (const char* wrong = wrong_storage(id->parts, storage_bytes_)) refuse(wrong);
    push(make(Kind::kStorage, id->parts[4]->number));
  }

  void tensor(const std::vector<ItemPtr>& parts) {
    if (const char* wrong = wrong_tensor(parts)) refuse(wrong);
    push(make(Kind::kTensor));
  }

  void reduce() {
    const auto arguments = pop(Kind::kTuple);
    const auto callee = pop(Kind::kGlobal);
    const auto& parts = arguments->parts;
    const auto& name = callee->text;
    if (name == "torch._utils _rebuild_tensor_v2") return tensor(parts);
    if (name == "collections OrderedDict" && parts.empty()) return push(make(Kind::kDict));
    if (name == "torch._utils _rebuild_parameter" && parts.size() == 3 && parts[0]->kind == Kind::kTensor) {
      return push(parts[0]);
    }
    if (name == "torch.jit._pickle restore_type_tag" && parts.size() == 2 && parts[1]->kind == Kind::kText &&
        parts[1]->text.size() < 10000 && (parts[0]->kind == Kind::kList || parts[0]->kind == Kind::kDict)) {
      return push(parts[0]);
    }
    if (name.rfind("torch.jit._pickle build_", 0) == 0 && parts.size() == 1 && parts[0]->kind == Kind::kList) {
      return push(parts[0]);
    }
    refuse("it calls '" + name.substr(0, 100) + "' with other arguments than TorchScript does");
  }

  void new_object() {
    const auto arguments = pop(Kind::kTuple);
    const auto type = pop(Kind::kGlobal);
    if (!arguments->parts.empty() || type->text.rfind("__torch__", 0) != 0) refuse("an object is made in an odd way");
    push(make(Kind::kNewObject));
  }

  void build() {
    const auto state = pop(Kind::kDict);
    pop(Kind::kNewObject);
    auto object = make(Kind::kObject);
    contain(*object, *state);
    push(std::move(object));
  }

  bool step();

  const std::string& bytes_;
  const std::string& name_;
  const std::function<uint64_t(const std::string&)>& storage_bytes_;
  size_t at_ = 0;
  std::vector<ItemPtr> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, ItemPtr> memo_;
};

// One operation of the pickle; false after the last.
bool PickleChecker::step() {
  switch (static_cast<unsigned char>(number(1))) {
    case 0x80:  // PROTO
      if (number(1) != 2) refuse("it has another protocol than 2");
      return true;
    case '.':  // STOP
      return false;
    case 'N':
      push(make(Kind::kNone));
      return true;
    case 0x88:
    case 0x89:
      push(make(Kind::kBool));
      return true;
    case 'K':
      push(make(Kind::kInt, static_cast<int64_t>(number(1))));
      return true;
    case 'M':
      push(make(Kind::kInt, static_cast<int64_t>(number(2))));
      return true;
    case 'J':
      push(make(Kind::kInt, static_cast<int32_t>(number(4))));
      return true;
    case 0x8a:  // LONG1: TorchScript writes 8 bytes
      if (number(1) != 8) refuse("an integer has an odd length");
      push(make(Kind::kInt, static_cast<int64_t>(number(8))));
      return true;
    case 'G':
      number(8);
      push(make(Kind::kFloat));
      return true;
    case 'X':
      push(make(Kind::kText, 0, text(number(4))));
      return true;
    case 'c':
      global();
      return true;
    case '(':
      if (marks_.size() > static_cast<size_t>(kMaxDepth)) refuse("its values are nested too deeply");
      marks_.push_back(stack_.size());
      return true;
    case ')':
      push(make(Kind::kTuple));
      return true;
    case ']':
      push(make(Kind::kList));
      return true;
    case '}':
      push(make(Kind::kDict));
      return true;
    case 't':
      push_tuple(take_to_mark());
      return true;
    case 0x85:
      push_tuple(1);
      return true;
    case 0x86:
      push_tuple(2);
      return true;
    case 0x87:
      push_tuple(3);
      return true;
    case 'a':
      fill(Kind::kList, {pop()});
      return true;
    case 'e':
      fill(Kind::kList, take_to_mark());
      return true;
    case 's': {
      const auto item = pop();
      fill(Kind::kDict, {pop(), item});
      return true;
    }
    case 'u':
      fill(Kind::kDict, take_to_mark());
      return true;
    case 'q':
      put(number(1));
      return true;
    case 'r':
      put(number(4));
      return true;
    case 'h':
      get(number(1));
      return true;
    case 'j':
      get(number(4));
      return true;
    case 'Q':
      storage();
      return true;
    case 'R':
      reduce();
      return true;
    case 0x81:
      new_object();
      return true;
    case 'b':
      build();
      return true;
    default:
      refuse("it has an operation that is not needed");
  }
}

}  // namespace

void check_pickle(const std::string& bytes, const std::string& name,
                  const std::function<uint64_t(const std::string& key)>& storage_bytes) {
  PickleChecker(bytes, name, storage_bytes).run();
}

}  // namespace t2j
