#include "apps/lab/vision/torch_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <utility>

namespace beltwarden::lab {

namespace {

constexpr rlim_t kMostMemory = rlim_t{6} << 30;  // address space: libtorch maps two gigabytes before it does anything
constexpr rlim_t kMostSeconds = 24 * 3600;       // of processor time

void bound(int what, rlim_t most) {
  const rlimit limit{most, most};
  ::setrlimit(static_cast<__rlimit_resource>(what), &limit);
}

}  // namespace

Result<TorchProcess> TorchProcess::start(const std::string& torchscript, std::chrono::seconds patience) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = (self.parent_path() / "beltwarden-torch-eye").string();
  if (error || ::access(program.c_str(), X_OK) != 0) {
    return unavailable(program + ": expected the program that runs imported networks; build it with 'ninja -C build "
                       "beltwarden-torch-eye' where libtorch-dev is installed");
  }
  int to[2], from[2];
  // Sockets, for their send() can be told not to raise SIGPIPE when the other end has died.
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to) != 0) return io_error(std::string("socketpair: ") + std::strerror(errno));
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, from) != 0) {
    ::close(to[0]), ::close(to[1]);
    return io_error(std::string("socketpair: ") + std::strerror(errno));
  }
  char* const arguments[] = {const_cast<char*>(program.c_str()), nullptr};
  char threads[] = "OMP_NUM_THREADS=1";
  char* const environment[] = {threads, nullptr};
  const pid_t pid = ::fork();
  if (pid == 0) {  // only calls that are safe between fork and exec
    ::dup2(to[1], 0);
    ::dup2(from[1], 1);
    bound(RLIMIT_AS, kMostMemory);
    bound(RLIMIT_CPU, kMostSeconds);
    bound(RLIMIT_FSIZE, 0);
    bound(RLIMIT_CORE, 0);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execve(program.c_str(), arguments, environment);
    ::_exit(127);
  }
  ::close(to[1]), ::close(from[1]);
  if (pid < 0) {
    ::close(to[0]), ::close(from[0]);
    return io_error(std::string("fork: ") + std::strerror(errno));
  }
  TorchProcess process(pid, to[0], from[0], patience);
  process.deadline_ = std::chrono::steady_clock::now() + patience;
  const std::uint64_t size = torchscript.size();
  char ready = 0;
  if (auto sent = process.write_all(&size, sizeof size); !sent) return sent.error();
  if (auto sent = process.write_all(torchscript.data(), torchscript.size()); !sent) return sent.error();
  if (auto told = process.read_all(&ready, 1); !told || ready != 'y') {
    return invalid_input("the imported network: expected TorchScript that libtorch reads; it does not");
  }
  return process;
}

TorchProcess::TorchProcess(TorchProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), to_(std::exchange(other.to_, -1)), from_(std::exchange(other.from_, -1)),
      patience_(other.patience_), broken_(other.broken_) {}

TorchProcess::~TorchProcess() {
  if (to_ >= 0) ::close(to_);
  if (from_ >= 0) ::close(from_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool TorchProcess::wait_for(int file, short what) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{file, what, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

Result<void> TorchProcess::write_all(const void* data, std::size_t bytes) {
  const char* at = static_cast<const char*>(data);
  while (bytes > 0) {
    if (!wait_for(to_, POLLOUT)) return unavailable("the imported network takes no picture within " + std::to_string(patience_.count()) + " s");
    const ssize_t sent = ::send(to_, at, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent <= 0) return unavailable("the imported network's process has ended");
    at += sent;
    bytes -= static_cast<std::size_t>(sent);
  }
  return {};
}

Result<void> TorchProcess::read_all(void* data, std::size_t bytes) {
  char* at = static_cast<char*>(data);
  while (bytes > 0) {
    if (!wait_for(from_, POLLIN)) return unavailable("the imported network gives no answer within " + std::to_string(patience_.count()) + " s");
    const ssize_t got = ::read(from_, at, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return unavailable("the imported network's process has ended");
    at += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return {};
}

Result<std::vector<float>> TorchProcess::ask(const std::vector<float>& planes, int width, int height, int columns, int rows) {
  if (broken_) return unavailable("the imported network failed before");
  broken_ = true;  // until the whole answer is here
  deadline_ = std::chrono::steady_clock::now() + patience_;
  const std::int32_t size[2] = {width, height};
  std::int32_t answer[2] = {};
  if (auto sent = write_all(size, sizeof size); !sent) return sent.error();
  if (auto sent = write_all(planes.data(), planes.size() * sizeof(float)); !sent) return sent.error();
  if (auto got = read_all(answer, sizeof answer); !got) return got.error();
  if (answer[0] != columns || answer[1] != rows) {
    return invalid_input("the imported network: expected an answer of " + std::to_string(columns) + " x " + std::to_string(rows) +
                         " cells, found " + std::to_string(answer[0]) + " x " + std::to_string(answer[1]));
  }
  std::vector<float> out(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
  if (auto got = read_all(out.data(), out.size() * sizeof(float)); !got) return got.error();
  for (const float value : out) {
    if (!std::isfinite(value)) return invalid_input("the imported network: expected finite numbers");
  }
  broken_ = false;
  return out;
}

}  // namespace beltwarden::lab
