#include "pickle_tensor.h"

namespace t2j {
namespace {

struct StorageType {
  const char* name;
  uint64_t bytes;
};
constexpr StorageType kStorages[] = {{"FloatStorage", 4},    {"DoubleStorage", 8},       {"HalfStorage", 2},
                                     {"BFloat16Storage", 2}, {"LongStorage", 8},         {"IntStorage", 4},
                                     {"ShortStorage", 2},    {"CharStorage", 1},         {"ByteStorage", 1},
                                     {"BoolStorage", 1},     {"ComplexFloatStorage", 8}, {"ComplexDoubleStorage", 16}};

template <size_t N>
bool are(const std::vector<ItemPtr>& parts, const Kind (&kinds)[N]) {
  if (parts.size() < N) return false;
  for (size_t i = 0; i < N; ++i) {
    if (parts[i]->kind != kinds[i]) return false;
  }
  return true;
}

}  // namespace

uint64_t storage_item_bytes(const std::string& name) {
  for (const auto& known : kStorages) {
    if (name == known.name) return known.bytes;
  }
  return 0;
}

const char* wrong_storage(const std::vector<ItemPtr>& parts,
                          const std::function<uint64_t(const std::string& key)>& storage_bytes) {
  if (parts.size() != 5 || !are(parts, {Kind::kText, Kind::kGlobal, Kind::kText, Kind::kText, Kind::kInt})) {
    return "a storage is described wrongly";
  }
  const auto& type = parts[1]->text;
  const auto item = type.rfind("torch ", 0) == 0 ? storage_item_bytes(type.substr(6)) : 0;
  const auto count = parts[4]->number;
  if (item == 0 || count < 0 || static_cast<uint64_t>(count) > storage_bytes(parts[2]->text) / item) {
    return "a storage is larger than its record";
  }
  return nullptr;
}

const char* wrong_tensor(const std::vector<ItemPtr>& parts) {
  if (!are(parts, {Kind::kStorage, Kind::kInt, Kind::kTuple, Kind::kTuple, Kind::kBool, Kind::kDict})) {
    return "a tensor is described wrongly";
  }
  const auto& sizes = parts[2]->parts;
  const auto& strides = parts[3]->parts;
  if (sizes.size() != strides.size() || sizes.size() > 64) return "a tensor is described wrongly";
  const auto count = parts[0]->number;
  const auto offset = parts[1]->number;
  __int128 last = offset;
  __int128 elements = 1;
  bool empty = false;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const auto size = sizes[i]->number, stride = strides[i]->number;
    if (sizes[i]->kind != Kind::kInt || strides[i]->kind != Kind::kInt || size < 0 || stride < 0) {
      return "a tensor has a size or stride that is no natural number";
    }
    empty = empty || size == 0;
    last += static_cast<__int128>(size > 0 ? size - 1 : 0) * stride;
    elements *= size > 0 ? size : 1;
    if (last > count || elements > (int64_t{1} << 40)) break;
  }
  if (elements > (int64_t{1} << 40)) return "a tensor has too many elements";
  if (offset < 0 || offset > count || (!empty && last >= count)) return "a tensor reaches beyond its storage";
  return nullptr;
}

}  // namespace t2j
