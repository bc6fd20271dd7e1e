#include "sandbox.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "t2j_isolation.h"

namespace t2j::worker {
namespace {

constexpr unsigned kNobody = 65534;
constexpr int64_t kCompileStack = int64_t{256} << 20;  // libtorch2jax compiles on a stack of this size
constexpr int64_t kRoom = int64_t{64} << 20;

bool write_file(const char* path, const char* text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool written = write(file, text, std::strlen(text)) == static_cast<ssize_t>(std::strlen(text));
  close(file);
  return written;
}

// An account without rights gets a user namespace first, in which it may make the others; it stays itself inside.
bool enter_user_namespace() {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWUSER) != 0) return false;
  char line[64];
  write_file("/proc/self/setgroups", "deny");
  std::snprintf(line, sizeof line, "%u %u 1", user, user);
  if (!write_file("/proc/self/uid_map", line)) return false;
  std::snprintf(line, sizeof line, "%u %u 1", group, group);
  return write_file("/proc/self/gid_map", line);
}

bool hide_files() {
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (mount("none", "/tmp", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k") != 0) return false;
  return chdir("/tmp") == 0 && chroot(".") == 0 && chdir("/") == 0;
}

bool become_nobody() {
  return setgroups(0, nullptr) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 &&
         setresuid(kNobody, kNobody, kNobody) == 0;
}

// 4.7 and later count all private memory that can be written; VmData is what it counts now.
int64_t private_bytes() {
  long long kibibytes = 0;
  if (FILE* status = std::fopen("/proc/self/status", "re")) {
    for (char line[256]; std::fgets(line, sizeof line, status) != nullptr;)
      if (std::sscanf(line, "VmData: %lld", &kibibytes) == 1) break;
    std::fclose(status);
  }
  return kibibytes << 10;
}

int64_t private_at_start = 0;

bool limit(int resource, int64_t value) {
  const rlimit both{static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  return setrlimit(static_cast<__rlimit_resource>(resource), &both) == 0;
}

bool refused(int result) {
  if (result < 0) return true;
  close(result);
  return false;
}

}  // namespace

int32_t enter_template_sandbox() {
  int32_t active = 0;
  private_at_start = private_bytes();
  // Where memory runs out, the kernel ends a worker before it ends the service.
  write_file("/proc/self/oom_score_adj", "1000");
  const bool root = geteuid() == 0;
  const bool may = root || enter_user_namespace();
  if (may && unshare(CLONE_NEWNET | CLONE_NEWIPC) == 0) active |= T2J_PROTECTED_NETWORK;
  if (may && hide_files()) active |= T2J_PROTECTED_FILES;
  if (root ? become_nobody() : true) active |= T2J_PROTECTED_USER;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) active |= T2J_PROTECTED_PRIVILEGES;
  return active;
}

bool set_limits(int64_t max_bytes) {
  const bool memory = max_bytes <= 0 || limit(RLIMIT_DATA, private_at_start + kCompileStack + kRoom + max_bytes);
  const bool cores = limit(RLIMIT_CORE, 0);
  const bool sizes = limit(RLIMIT_FSIZE, 0);
  const bool files = limit(RLIMIT_NOFILE, 0);
  return memory && cores && sizes && files;
}

void limit_processor_time(int64_t milliseconds) {
  rlimit wanted{RLIM_INFINITY, RLIM_INFINITY};
  if (milliseconds > 0) {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    wanted.rlim_cur = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec + milliseconds / 1000 + 3);
  }
  setrlimit(RLIMIT_CPU, &wanted);
}

bool has_room() {
  const auto bytes = static_cast<size_t>(kCompileStack + kRoom / 2);
  void* room = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  munmap(room, bytes);
  return true;
}

int32_t probe_sandbox() {
  int32_t active = 0;
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0) active |= T2J_PROTECTED_PRIVILEGES;
  if (geteuid() != 0) active |= T2J_PROTECTED_USER;
  if (refused(socket(AF_INET, SOCK_STREAM, 0))) active |= T2J_PROTECTED_NETWORK;
  if (refused(open("/", O_RDONLY)) && refused(open("/etc/passwd", O_RDONLY))) active |= T2J_PROTECTED_FILES;
  // No harm where it is allowed: there is no such program, and signal 0 is none.
  char* const nothing[] = {nullptr};
  execve("/", nothing, nothing);
  const bool no_exec = errno == EPERM;
  const bool no_signals = kill(getppid(), 0) != 0 && errno == EPERM;
  if (no_exec && no_signals) active |= T2J_PROTECTED_CALLS;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur == 0) active |= T2J_PROTECTED_LIMITS;
  return active;
}

}  // namespace t2j::worker
