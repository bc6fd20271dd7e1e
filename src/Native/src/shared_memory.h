// Memory that processes share, as t2j_isolation.h gives it out.
#ifndef T2J_SHARED_MEMORY_H_
#define T2J_SHARED_MEMORY_H_

#include "channel.h"

struct t2j_shared {
  int file = -1;
  char* data = nullptr;
  int64_t bytes = 0;
  t2j::Waiter waiter{t2j::kHost};

  ~t2j_shared();
  t2j::Channel& channel() const { return *reinterpret_cast<t2j::Channel*>(data); }
};

#endif  // T2J_SHARED_MEMORY_H_
