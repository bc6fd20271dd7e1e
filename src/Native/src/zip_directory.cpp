#include "zip_directory.h"

#include <set>

#include "errors.h"

namespace t2j {
namespace {

constexpr uint64_t kMaxUnpacked = uint64_t{2} << 30;
constexpr uint64_t kMaxEntries = 100000;
constexpr uint32_t kEndMark = 0x06054b50, kEnd64Mark = 0x06064b50, kLocatorMark = 0x07064b50, kEntryMark = 0x02014b50,
                   kLocalMark = 0x04034b50;
constexpr size_t kEndBytes = 22, kEntryBytes = 46, kLocalBytes = 30, kEnd64Bytes = 56, kLocatorBytes = 20;

[[noreturn]] void refuse(const std::string& why) {
  fail(T2J_INVALID_SOURCE, "not a TorchScript archive: " + why + ".");
}

class Bytes {
 public:
  Bytes(const char* data, size_t length) : data_(reinterpret_cast<const unsigned char*>(data)), length_(length) {}

  size_t size() const { return length_; }

  uint64_t number(uint64_t at, int bytes) const {
    if (at > length_ || length_ - at < static_cast<uint64_t>(bytes)) refuse("it is cut short");
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; --i) value = value << 8 | data_[at + static_cast<uint64_t>(i)];
    return value;
  }

  std::string text(uint64_t at, uint64_t bytes) const {
    if (at > length_ || length_ - at < bytes) refuse("it is cut short");
    return {reinterpret_cast<const char*>(data_) + at, bytes};
  }

 private:
  const unsigned char* data_;
  size_t length_;
};

struct Directory {
  uint64_t start, bytes, entries;
};

Directory find_directory(const Bytes& file) {
  if (file.size() < kEndBytes || file.number(0, 4) != kLocalMark) refuse("it is no zip file");
  const size_t lowest = file.size() > kEndBytes + 65535 ? file.size() - kEndBytes - 65535 : 0;
  for (size_t at = file.size() - kEndBytes + 1; at-- > lowest;) {
    if (file.number(at, 4) != kEndMark) continue;
    if (at >= kLocatorBytes && file.number(at - kLocatorBytes, 4) == kLocatorMark) {
      const auto end64 = file.number(at - kLocatorBytes + 8, 8);
      if (end64 > file.size() || file.size() - end64 < kEnd64Bytes || file.number(end64, 4) != kEnd64Mark) {
        refuse("its directory is broken");
      }
      return {file.number(end64 + 48, 8), file.number(end64 + 40, 8), file.number(end64 + 32, 8)};
    }
    return {file.number(at + 16, 4), file.number(at + 12, 4), file.number(at + 10, 2)};
  }
  refuse("its directory is missing; the file may be cut short");
}

struct Entry {
  std::string name;
  uint64_t method, packed, unpacked, header;
};

// The zip64 field of an entry holds, in this order, those numbers that its short fields have no room for.
void read_zip64(const Bytes& file, uint64_t at, uint64_t bytes, Entry& entry) {
  const auto end = at + bytes;
  while (at + 4 <= end) {
    const auto kind = file.number(at, 2), length = file.number(at + 2, 2);
    at += 4;
    if (kind == 1) {
      auto next = at;
      for (auto* field : {&entry.unpacked, &entry.packed, &entry.header}) {
        if (*field != 0xFFFFFFFF) continue;
        if (next + 8 > at + length) refuse("an entry's sizes are missing");
        *field = file.number(next, 8);
        next += 8;
      }
    }
    at += length;
  }
}

void check_name(const std::string& name) {
  const bool odd = name.empty() || name.size() > 512 || name[0] == '/' || name.find("..") != std::string::npos ||
                   name.find('\\') != std::string::npos ||
                   std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (odd) refuse("it has an entry with an odd name");
}

void check_entry(const Bytes& file, const Entry& entry) {
  check_name(entry.name);
  if (entry.method != 0 && entry.method != 8) refuse("entry '" + entry.name + "' is packed in an unknown way");
  if (entry.method == 0 && entry.packed != entry.unpacked) refuse("the sizes of entry '" + entry.name + "' differ");
  if (entry.header > file.size() || file.size() - entry.header < kLocalBytes ||
      file.number(entry.header, 4) != kLocalMark) {
    refuse("entry '" + entry.name + "' points outside the file");
  }
  const auto data = entry.header + kLocalBytes + file.number(entry.header + 26, 2) + file.number(entry.header + 28, 2);
  if (data > file.size() || file.size() - data < entry.packed) {
    refuse("entry '" + entry.name + "' is longer than the file");
  }
}

// libtorch's reader ignores case when it looks for a name.
std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

void check_zip_directory(const char* data, size_t length) {
  const Bytes file(data, length);
  const auto directory = find_directory(file);
  if (directory.entries > kMaxEntries) refuse("it has more than 100,000 entries");
  if (directory.start > length || length - directory.start < directory.bytes) refuse("its directory is broken");
  std::set<std::string> names;
  uint64_t unpacked = 0;
  auto at = directory.start;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    if (file.number(at, 4) != kEntryMark) refuse("its directory is broken");
    const auto name_bytes = file.number(at + 28, 2), extra = file.number(at + 30, 2), comment = file.number(at + 32, 2);
    Entry entry{file.text(at + kEntryBytes, name_bytes), file.number(at + 10, 2), file.number(at + 20, 4),
                file.number(at + 24, 4), file.number(at + 42, 4)};
    read_zip64(file, at + kEntryBytes + name_bytes, extra, entry);
    check_entry(file, entry);
    if (!names.insert(lower(entry.name)).second) refuse("entry '" + entry.name + "' is there twice");
    if (entry.unpacked > kMaxUnpacked - unpacked) refuse("it would unpack to more than 2 GiB");
    unpacked += entry.unpacked;
    at += kEntryBytes + name_bytes + extra + comment;
  }
}

}  // namespace t2j
