// The template: loads libtorch once, then forks a worker for each command of its host. It has one thread, runs no
// function of anybody, and ends when its socket does.
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "../src/template_protocol.h"
#include "sandbox.h"
#include "warm_up.h"
#include "worker.h"

namespace t2j::worker {
namespace {

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "torch2jax-worker: %s (%s)\n", why, std::strerror(errno));
  std::exit(1);
}

void tell(int32_t kind, int64_t worker, int32_t pid, int32_t status, int32_t protections = 0) {
  t2j_event event{};
  event.kind = kind;
  event.worker = worker;
  event.pid = pid;
  event.status = status;
  event.protections = protections;
  send(kTemplateSocket, &event, sizeof event, MSG_NOSIGNAL);
}

Settings read_settings(char** arguments) {
  struct stat about {};
  if (fstat(kTemplateInputs, &about) != 0) give_up("it is started by the service, not by hand");
  void* inputs =
      mmap(nullptr, static_cast<size_t>(about.st_size), PROT_READ, MAP_SHARED | MAP_NORESERVE, kTemplateInputs, 0);
  if (inputs == MAP_FAILED) give_up("the inputs cannot be mapped");
  close(kTemplateInputs);
  return {std::atoll(arguments[1]), std::atoi(arguments[2]) != 0, static_cast<const char*>(inputs), about.st_size};
}

class Template {
 public:
  explicit Template(const Settings& settings) : settings_(settings) {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, nullptr);
    signals_ = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals_ < 0) give_up("it cannot hear of its workers' ends");
  }

  void run() {
    for (;;) {
      pollfd files[] = {{kTemplateSocket, POLLIN, 0}, {signals_, POLLIN, 0}};
      if (poll(files, 2, -1) < 0 && errno != EINTR) give_up("it cannot wait");
      if (files[1].revents != 0) reap();
      if (files[0].revents != 0 && !obey()) break;
    }
    for (const auto& [pid, worker] : workers_) kill(pid, SIGKILL);
  }

 private:
  bool obey() {
    TemplateCommand command{};
    iovec part{&command, sizeof command};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t count = recvmsg(kTemplateSocket, &message, MSG_CMSG_CLOEXEC);
    if (count < 0 && errno == EINTR) return true;
    if (count != sizeof command) return false;
    if (command.kind == kKillWorker) {
      for (const auto& [pid, worker] : workers_)
        if (worker == command.worker) kill(pid, SIGKILL);
      return true;
    }
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    int region = -1;
    if (header != nullptr) std::memcpy(&region, CMSG_DATA(header), sizeof region);
    start(command.worker, region);
    return true;
  }

  void start(int64_t worker, int region) {
    const pid_t self = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, nullptr);
      run_worker(settings_, region, self);
    }
    const int failed = errno;
    close(region);
    if (pid < 0) {
      tell(T2J_EVENT_ENDED, worker, 0, -failed);
      return;
    }
    workers_[pid] = worker;
    tell(T2J_EVENT_STARTED, worker, pid, 0);
  }

  void reap() {
    signalfd_siginfo ignored;
    while (read(signals_, &ignored, sizeof ignored) == sizeof ignored) {
    }
    int status = 0;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
      const auto found = workers_.find(pid);
      if (found == workers_.end()) continue;
      tell(T2J_EVENT_ENDED, found->second, pid, status);
      workers_.erase(found);
    }
  }

  const Settings settings_;
  int signals_ = -1;
  std::map<pid_t, int64_t> workers_;
};

}  // namespace
}  // namespace t2j::worker

int main(int count, char** arguments) {
  using namespace t2j::worker;
  if (count != 3) {
    std::fputs("torch2jax-worker is started by the engine, not by hand.\n", stderr);
    return 1;
  }
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const Settings settings = read_settings(arguments);
  warm_up();
  const int32_t protections = settings.sandbox ? enter_template_sandbox() : 0;
  Template process(settings);
  tell(T2J_EVENT_READY, 0, getpid(), 0, protections);
  process.run();
  return 0;
}
