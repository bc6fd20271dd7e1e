#include "big_stack.h"

#include <pthread.h>

#include <exception>

#include "errors.h"

namespace t2j {
namespace {

constexpr size_t kStackBytes = size_t{256} << 20;

struct Work {
  const std::function<void()>& run;
  std::exception_ptr thrown;
};

void* run_work(void* data) {
  auto* work = static_cast<Work*>(data);
  try {
    work->run();
  } catch (...) {
    work->thrown = std::current_exception();
  }
  return nullptr;
}

}  // namespace

void run_with_big_stack(const std::function<void()>& work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  Work task{work, nullptr};
  pthread_t thread;
  const int failed = pthread_create(&thread, &attributes, run_work, &task);
  pthread_attr_destroy(&attributes);
  if (failed != 0) fail(T2J_OUT_OF_MEMORY, "no thread could be started to compile on.");
  pthread_join(thread, nullptr);
  if (task.thrown) std::rethrow_exception(task.thrown);
}

}  // namespace t2j
