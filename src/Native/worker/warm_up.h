// Has libtorch set itself up in the template, so that its workers need not, each for itself, and while files can be read.
#ifndef T2J_WARM_UP_H_
#define T2J_WARM_UP_H_

namespace t2j::worker {

void warm_up();

}  // namespace t2j::worker

#endif  // T2J_WARM_UP_H_
