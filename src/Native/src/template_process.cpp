// The host's side of the template process: starting it, asking it for workers, hearing what became of them.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>

#include "errors.h"
#include "shared_memory.h"
#include "template_protocol.h"

namespace t2j {
namespace {

constexpr size_t kErrorBytes = 4096;
constexpr int kAboveTargets = 64;  // descriptors are moved here first, so that none is overwritten on its way

[[noreturn]] void fail_with(const char* what) { fail(T2J_INTERNAL, std::string(what) + ": " + std::strerror(errno)); }

class File {
 public:
  explicit File(int file = -1) : file_(file) {}
  ~File() {
    if (file_ >= 0) close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return file_; }
  int release() {
    const int file = file_;
    file_ = -1;
    return file;
  }
  void reset(int file) {
    if (file_ >= 0) close(file_);
    file_ = file;
  }

 private:
  int file_;
};

int raised(int file) {
  const int copy = file < 0 ? -1 : fcntl(file, F_DUPFD_CLOEXEC, kAboveTargets);
  if (copy < 0) fail_with("a descriptor for the worker processes could not be made");
  return copy;
}

// Inputs are opened anew for reading alone: a process that has this descriptor cannot map them for writing.
int open_for_reading(const t2j_shared& shared) {
  const std::string path = "/proc/self/fd/" + std::to_string(shared.file);
  return open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

// Nothing of the host's environment, which may hold secrets, but where libraries are found.
std::vector<std::string> environment() {
  std::vector<std::string> lines = {"LANG=C.UTF-8", "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1"};
  for (const char* name : {"LD_LIBRARY_PATH", "PATH"})
    if (const char* value = getenv(name)) lines.push_back(std::string(name) + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

pid_t spawn(const t2j_template_options& options, int socket, int inputs, int errors) {
  std::vector<std::string> arguments = {options.program, std::to_string(options.max_bytes),
                                        std::to_string(options.sandbox)};
  std::vector<std::string> variables = environment();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, errors, 2);
  posix_spawn_file_actions_adddup2(&actions, socket, kTemplateSocket);
  posix_spawn_file_actions_adddup2(&actions, inputs, kTemplateInputs);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // A session of its own: an interrupt from a terminal is for the host, which then ends its workers.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  pid_t pid = 0;
  errno =
      posix_spawn(&pid, options.program, &actions, &attributes, pointers(arguments).data(), pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (errno != 0) fail_with("torch2jax-worker could not be started");
  return pid;
}

}  // namespace
}  // namespace t2j

struct t2j_template {
  pid_t pid = 0;
  t2j::File socket, errors;
  std::mutex gate;  // over `text`
  std::string text;

  void read_errors() {
    char chunk[1024];
    const ssize_t count = read(errors.get(), chunk, sizeof chunk);
    if (count <= 0) {
      errors.reset(-1);
      return;
    }
    std::lock_guard<std::mutex> lock(gate);
    text.append(chunk, static_cast<size_t>(count));
    if (text.size() > t2j::kErrorBytes) text.erase(0, text.size() - t2j::kErrorBytes);
  }

  // It has closed its socket and so is about to end, unless it hangs.
  int reap() {
    int status = 0;
    for (int i = 0; i < 200; i++) {
      const pid_t found = waitpid(pid, &status, WNOHANG);
      if (found != 0) return found == pid ? status : 0;
      if (i == 100) kill(pid, SIGKILL);
      usleep(10'000);
    }
    return status;
  }
};

extern "C" {

t2j_status t2j_template_start(const t2j_template_options* options, const t2j_shared* inputs, t2j_template** process,
                              t2j_error** error) {
  using namespace t2j;
  return guard(error, [&] {
    int sockets[2], pipes[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) fail_with("no socket could be made");
    auto made = std::make_unique<t2j_template>();
    made->socket.reset(sockets[0]);
    const File theirs(raised(File(sockets[1]).get()));
    if (pipe2(pipes, O_CLOEXEC) != 0) fail_with("no pipe could be made");
    made->errors.reset(pipes[0]);
    const File errors(raised(File(pipes[1]).get()));
    const File readable(raised(File(open_for_reading(*inputs)).get()));
    made->pid = spawn(*options, theirs.get(), readable.get(), errors.get());
    *process = made.release();
  });
}

void t2j_template_wait(t2j_template* process, t2j_event* event) {
  for (;;) {
    pollfd files[] = {{process->socket.get(), POLLIN, 0}, {process->errors.get(), POLLIN, 0}};
    if (poll(files, 2, -1) < 0 && errno != EINTR) break;
    if (files[1].revents != 0) process->read_errors();
    if (files[0].revents == 0) continue;
    const ssize_t count = recv(process->socket.get(), event, sizeof *event, MSG_DONTWAIT);
    if (count == sizeof *event) return;
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    break;
  }
  *event = t2j_event{};
  event->kind = T2J_EVENT_GONE;
  event->status = process->reap();
  pollfd rest = {process->errors.get(), POLLIN, 0};
  while (process->errors.get() >= 0 && poll(&rest, 1, 0) > 0) {
    process->read_errors();
    rest.fd = process->errors.get();
  }
}

t2j_status t2j_template_fork(t2j_template* process, int64_t worker, const t2j_shared* region, t2j_error** error) {
  using namespace t2j;
  return guard(error, [&] {
    TemplateCommand command{kForkWorker, worker};
    iovec part{&command, sizeof command};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &region->file, sizeof(int));
    if (sendmsg(process->socket.get(), &message, MSG_NOSIGNAL) < 0) fail_with("no worker process can be asked for");
  });
}

void t2j_template_kill(t2j_template* process, int64_t worker) {
  const t2j::TemplateCommand command{t2j::kKillWorker, worker};
  send(process->socket.get(), &command, sizeof command, MSG_NOSIGNAL);
}

int64_t t2j_template_errors(t2j_template* process, char* text, int64_t capacity) {
  std::lock_guard<std::mutex> lock(process->gate);
  const auto count = std::min<size_t>(static_cast<size_t>(capacity), process->text.size());
  std::memcpy(text, process->text.data() + process->text.size() - count, count);
  return static_cast<int64_t>(count);
}

void t2j_template_close(t2j_template* process) { shutdown(process->socket.get(), SHUT_RDWR); }

void t2j_template_free(t2j_template* process) { delete process; }

}  // extern "C"
