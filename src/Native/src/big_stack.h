// libtorch's parser, compiler and passes recurse over what they work on. Sources are limited before they are compiled;
// a stack far bigger than a thread's usual one is the second line of defence.
#ifndef T2J_BIG_STACK_H_
#define T2J_BIG_STACK_H_

#include <functional>

namespace t2j {

// Runs `work` on a thread of its own with 256 MiB of stack and throws what it throws.
void run_with_big_stack(const std::function<void()>& work);

}  // namespace t2j

#endif  // T2J_BIG_STACK_H_
