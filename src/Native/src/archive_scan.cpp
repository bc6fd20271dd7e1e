#include "archive_scan.h"

#include <caffe2/serialize/inline_container.h>

#include "archive_code.h"
#include "errors.h"
#include "pickle_check.h"
#include "zip_directory.h"

namespace t2j {
namespace {

using caffe2::serialize::PyTorchStreamReader;

constexpr size_t kMaxCodeBytes = 16 << 20;
constexpr size_t kMaxDefinitions = 5000;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string read_record(PyTorchStreamReader& reader, const std::string& name) {
  const auto record = reader.getRecord(name);
  return {static_cast<const char*>(std::get<0>(record).get()), std::get<1>(record)};
}

size_t count_of(const std::string& text, const std::string& word) {
  size_t count = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + word.size())) ++count;
  return count;
}

void check_storages(PyTorchStreamReader& reader, const std::string& pickle, const std::string& folder) {
  check_pickle(read_record(reader, pickle), pickle, [&](const std::string& key) -> uint64_t {
    if (key.empty() || key.find_first_not_of("0123456789") != std::string::npos) {
      fail(T2J_INVALID_SOURCE, "the archive names a storage in an odd way.");
    }
    const auto record = reader.getRecord(folder + "/" + key);
    return std::get<1>(record);
  });
}

}  // namespace

size_t MemoryReader::read(uint64_t position, void* buffer, size_t count, const char* /*what*/) const {
  if (position >= length_) return 0;
  count = std::min(count, length_ - static_cast<size_t>(position));
  std::memcpy(buffer, data_ + position, count);
  return count;
}

void scan_archive(const char* data, size_t length) {
  check_zip_directory(data, length);
  PyTorchStreamReader reader(std::make_shared<MemoryReader>(data, length));
  bool code = false;
  size_t definitions = 0, code_bytes = 0;
  for (const auto& record : reader.getAllRecords()) {
    if (record == "model.json") fail(T2J_INVALID_SOURCE, "the archive has the form that PyTorch wrote before 1.4.");
    if (!ends_with(record, ".py")) continue;
    code = true;
    const auto text = read_record(reader, record);
    check_archive_code(text, record);
    code_bytes += text.size();
    definitions += count_of(text, "def ") + count_of(text, "class ");
    if (code_bytes > kMaxCodeBytes || definitions > kMaxDefinitions) {
      fail(T2J_INVALID_SOURCE, "the archive's code is longer than 16 MiB or has more than 5,000 definitions.");
    }
  }
  if (!code || !reader.hasRecord("data.pkl") || !reader.hasRecord("constants.pkl")) {
    fail(T2J_INVALID_SOURCE,
         "not a TorchScript archive: it has no code, as torch.jit.save writes it (torch.save does not).");
  }
  check_storages(reader, "data.pkl", "data");
  check_storages(reader, "constants.pkl", "constants");
}

}  // namespace t2j
