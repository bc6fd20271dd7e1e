// Reads through a TorchScript archive before libtorch loads it: unpickling runs an object's __setstate__, compiles its
// code and believes its sizes, all before any check of ours could see the result.
#ifndef T2J_ARCHIVE_SCAN_H_
#define T2J_ARCHIVE_SCAN_H_

#include <caffe2/serialize/read_adapter_interface.h>

#include <memory>

namespace t2j {

// The archive's bytes, borrowed.
class MemoryReader : public caffe2::serialize::ReadAdapterInterface {
 public:
  MemoryReader(const char* data, size_t length) : data_(data), length_(length) {}
  size_t size() const override { return length_; }
  size_t read(uint64_t position, void* buffer, size_t count, const char* what = "") const override;

 private:
  const char* data_;
  size_t length_;
};

// Throws Failure(T2J_INVALID_SOURCE or T2J_FORBIDDEN_OPERATOR).
void scan_archive(const char* data, size_t length);

}  // namespace t2j

#endif  // T2J_ARCHIVE_SCAN_H_
