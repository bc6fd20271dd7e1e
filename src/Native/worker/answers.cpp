// What came out of a program, written for the host; and how long it lives.
#include "buffers.h"
#include "requests.h"

namespace t2j::worker {

// True where some array lies in the arena, so that the result has to live until the host has read it.
bool Requests::write_arrays(Writer& out, HeldResult& held) {
  const int32_t count = t2j_result_count(held.result);
  int64_t inlined = 0;
  bool keeps = false;
  out.word(count);
  for (int32_t i = 0; i < count; i++) {
    t2j_buffer buffer{};
    t2j_result_buffer(held.result, i, &buffer);
    const int64_t bytes = bytes_of(buffer);
    write_head(out, buffer);
    if (buffer.data == nullptr || bytes == 0) {
      out.word(kNowhere);
      continue;
    }
    const char* data = static_cast<const char*>(buffer.data);
    if (!memory_.arena->holds(data)) {
      if (inlined + bytes <= kInlineBytes) {
        inlined += bytes;
        out.word(kInline);
        std::memcpy(out.array(bytes), data, static_cast<size_t>(bytes));
        continue;
      }
      void* moved = memory_.arena->take(static_cast<size_t>(bytes));
      if (moved == nullptr) throw ArenaFull(bytes, memory_.arena->bytes());
      held.moved.emplace_back(moved, static_cast<size_t>(bytes));
      data = static_cast<const char*>(std::memcpy(moved, data, static_cast<size_t>(bytes)));
    }
    keeps = true;
    out.word(kArena);
    out.word(data - memory_.region);
  }
  return keeps;
}

void Requests::write_rest(Writer& out, const t2j_result* result) {
  out.text(t2j_result_structure(result));
  int32_t count = 0;
  const t2j_dtype* dtypes = t2j_result_function_dtypes(result, &count);
  out.word(count);
  for (int32_t i = 0; i < count; i++) out.word(dtypes[i]);
  out.text(t2j_result_warnings(result));
  out.word(t2j_result_inferred_by(result));
  out.word(t2j_result_peak_bytes(result));
}

void Requests::free_result(HeldResult& held) {
  t2j_result_free(held.result);
  for (const auto& [block, bytes] : held.moved) memory_.arena->give(block, bytes);
}

void Requests::let_go(int64_t handle) {
  if (const auto found = results_.find(handle); found != results_.end()) {
    free_result(found->second);
    results_.erase(found);
  } else if (const auto program = programs_.find(handle); program != programs_.end()) {
    t2j_program_free(program->second);
    programs_.erase(program);
  } else if (const auto function = functions_.find(handle); function != functions_.end()) {
    t2j_function_free(function->second);
    functions_.erase(function);
  }
}

}  // namespace t2j::worker
