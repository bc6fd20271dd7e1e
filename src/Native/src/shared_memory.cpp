#include "shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "errors.h"

t2j_shared::~t2j_shared() {
  if (data != nullptr) munmap(data, static_cast<size_t>(bytes));
  if (file >= 0) close(file);
}

extern "C" {

t2j_status t2j_shared_new(int64_t bytes, t2j_shared** shared, t2j_error** error) {
  return t2j::guard(error, [&] {
    auto made = std::make_unique<t2j_shared>();
    made->file = memfd_create("torch2jax", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (made->file < 0 || ftruncate(made->file, bytes) != 0 ||
        fcntl(made->file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
      t2j::fail(T2J_OUT_OF_MEMORY, std::string("memory to share could not be made: ") + std::strerror(errno));
    void* data =
        mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, made->file, 0);
    if (data == MAP_FAILED)
      t2j::fail(T2J_OUT_OF_MEMORY, std::string("memory to share could not be mapped: ") + std::strerror(errno));
    madvise(data, static_cast<size_t>(bytes), MADV_DONTDUMP);  // mostly nothing, and others' arrays
    made->data = static_cast<char*>(data);
    made->bytes = bytes;
    *shared = made.release();
  });
}

void* t2j_shared_data(const t2j_shared* shared) { return shared->data; }

void t2j_shared_discard(t2j_shared* shared, int64_t offset, int64_t bytes) {
  madvise(shared->data + offset, static_cast<size_t>(bytes), MADV_REMOVE);
}

void t2j_shared_free(t2j_shared* shared) { delete shared; }

int32_t t2j_channel_call(t2j_shared* region, int32_t timeout_ms) {
  using namespace t2j;
  using Clock = Waiter::Clock;
  Channel& channel = region->channel();
  const uint32_t before = channel.answer.load();
  if (channel.ended.load()) return T2J_CALL_ENDED;
  channel.request.fetch_add(1);
  Waiter::wake(channel, channel.request, kWorker);
  const auto until = timeout_ms > 0 ? Clock::now() + std::chrono::milliseconds(timeout_ms) : Clock::time_point::max();
  const bool answered = region->waiter.wait(channel, channel.answer, before, until);
  if (channel.ended.load()) return T2J_CALL_ENDED;
  return answered ? T2J_CALL_ANSWERED : T2J_CALL_LATE;
}

void t2j_channel_end(t2j_shared* region) {
  t2j::Channel& channel = region->channel();
  channel.ended = 1;
  channel.answer.fetch_add(1);
  syscall(SYS_futex, &channel.answer, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // extern "C"
