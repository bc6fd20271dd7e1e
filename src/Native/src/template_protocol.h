// What host and template say to each other over their socket: commands one way, t2j_event the other.
#ifndef T2J_TEMPLATE_PROTOCOL_H_
#define T2J_TEMPLATE_PROTOCOL_H_

#include "t2j_isolation.h"

namespace t2j {

constexpr int kTemplateSocket = 3;
constexpr int kTemplateInputs = 4;

enum : int64_t { kForkWorker = 1, kKillWorker = 2 };

struct TemplateCommand {
  int64_t kind;    // a fork comes with the descriptor of the worker's region
  int64_t worker;  // the host's number for it
};

}  // namespace t2j

#endif  // T2J_TEMPLATE_PROTOCOL_H_
