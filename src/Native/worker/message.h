// Requests and answers: words of eight bytes; a text is its length and its bytes, filled up to a whole word; the bytes of
// an array begin at a multiple of 64.
#ifndef T2J_MESSAGE_H_
#define T2J_MESSAGE_H_

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace t2j::worker {

constexpr int64_t kArrayAlignment = 64;

class Reader {
 public:
  Reader(const char* start, int64_t bytes) : start_(start), bytes_(bytes) {}

  int64_t word() {
    int64_t value;
    std::memcpy(&value, step(sizeof value), sizeof value);
    return value;
  }
  std::string_view text() {
    const int64_t length = word();
    const char* at = step(length);
    align(sizeof(int64_t));
    return {at, static_cast<size_t>(length)};
  }
  const char* array(int64_t length) {
    align(kArrayAlignment);
    const char* at = step(length);
    align(sizeof(int64_t));
    return at;
  }

 private:
  void align(int64_t to) { at_ = (at_ + to - 1) / to * to; }
  const char* step(int64_t length) {
    if (length < 0 || length > bytes_ - at_) throw std::out_of_range("a request ends too early");
    const char* at = start_ + at_;
    at_ += length;
    return at;
  }

  const char* start_;
  int64_t bytes_, at_ = 0;
};

class Writer {
 public:
  Writer(char* start, int64_t bytes) : start_(start), bytes_(bytes) {}

  void word(int64_t value) { std::memcpy(step(sizeof value), &value, sizeof value); }
  void text(std::string_view text) {
    word(static_cast<int64_t>(text.size()));
    std::memcpy(step(static_cast<int64_t>(text.size())), text.data(), text.size());
    align(sizeof(int64_t));
  }
  char* array(int64_t length) {
    align(kArrayAlignment);
    char* at = step(length);
    align(sizeof(int64_t));
    return at;
  }
  // Where the next word lies, and back to there.
  int64_t position() const { return at_; }
  void rewind(int64_t position) { at_ = position; }

 private:
  void align(int64_t to) { at_ = (at_ + to - 1) / to * to; }
  char* step(int64_t length) {
    if (length < 0 || length > bytes_ - at_) throw std::length_error("an answer is too long");
    char* at = start_ + at_;
    at_ += length;
    return at;
  }

  char* start_;
  int64_t bytes_, at_ = 0;
};

}  // namespace t2j::worker

#endif  // T2J_MESSAGE_H_
