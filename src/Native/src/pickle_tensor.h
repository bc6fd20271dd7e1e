// Values of a pickle as far as they matter to its check, and whether a tensor among them lies within its storage.
#ifndef T2J_PICKLE_TENSOR_H_
#define T2J_PICKLE_TENSOR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace t2j {

enum class Kind {
  kNone,
  kBool,
  kInt,
  kFloat,
  kText,
  kTuple,
  kList,
  kDict,
  kGlobal,
  kNewObject,
  kObject,
  kStorage,
  kTensor
};

struct Item;
using ItemPtr = std::shared_ptr<Item>;

struct Item {
  Kind kind;
  int64_t number = 0;          // of an int; of a storage its number of elements
  std::string text;            // of a text or global
  std::vector<ItemPtr> parts;  // of a tuple
  int depth = 0;
  bool shared = false;  // a container that was fetched from the memo: it may not grow any more, so no cycles
};

// Bytes of one element of "FloatStorage" and the like; 0 for what is none.
uint64_t storage_item_bytes(const std::string& name);

// What is wrong with ("storage", type, key, device, count), NULL where nothing is.
const char* wrong_storage(const std::vector<ItemPtr>& parts,
                          const std::function<uint64_t(const std::string& key)>& storage_bytes);

// What is wrong with (storage, offset, sizes, strides, requires_grad, hooks), NULL where nothing is.
const char* wrong_tensor(const std::vector<ItemPtr>& parts);

}  // namespace t2j

#endif  // T2J_PICKLE_TENSOR_H_
