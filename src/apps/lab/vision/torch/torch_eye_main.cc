// beltwarden-torch-eye: runs a TorchScript network for `beltwarden vision`. Everything comes in and goes out through standard
// input and output; the caller bounds memory and time, and before the network is read no further file can be opened.
//
// In: 8 bytes length, the network; then for each picture two 32-bit numbers width, height and 3 x height x width floats.
// Out: 'y' when the network is loaded; then for each picture columns, rows and as many floats.
// With --example FILE [KIND] it writes a small network for trying out: "contrast" (the default) answers with contrast, "endless"
// never answers, "wrong-shape" answers with too few cells.
#include <sys/resource.h>
#include <ATen/Parallel.h>
#include <torch/script.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <exception>
#include <iostream>
#include <sstream>
#include <vector>

namespace {

bool read_all(void* data, std::size_t bytes) {
  char* at = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t got = ::read(0, at, bytes);
    if (got <= 0) return false;
    at += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(const void* data, std::size_t bytes) {
  const char* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t sent = ::write(1, at, bytes);
    if (sent <= 0) return false;
    at += sent;
    bytes -= static_cast<std::size_t>(sent);
  }
  return true;
}

constexpr const char* kContrast = R"(
def forward(self, x):
    g = x.mean(1, True)
    d = (torch.avg_pool2d(g, 8, 8) - g.mean()).abs() / (g.std() + 1e-3)
    return 4.0 * d - 8.0
)";
constexpr const char* kEndless = R"(
def forward(self, x):
    while bool(x.sum() == x.sum()):
        x = x + 0.0
    return x
)";
constexpr const char* kWrongShape = R"(
def forward(self, x):
    return torch.avg_pool2d(x.mean(1, True), 16, 16)
)";

int write_example(const char* path, const std::string& kind) {
  const char* text = kind == "contrast" ? kContrast : kind == "endless" ? kEndless : kind == "wrong-shape" ? kWrongShape : nullptr;
  if (text == nullptr) {
    std::cerr << "beltwarden-torch-eye: expected contrast, endless or wrong-shape, found '" << kind << "'\n";
    return 2;
  }
  torch::jit::Module module("example");
  module.define(text);
  module.save(path);
  return 0;
}

int run() {
  std::uint64_t size = 0;
  if (!read_all(&size, sizeof size) || size > (std::uint64_t{256} << 20)) return 1;
  std::string bytes(size, '\0');
  if (!read_all(bytes.data(), bytes.size())) return 1;
  at::set_num_threads(1);
  // Before the site's file runs its first line: loading may already run code of it.
  const rlimit none{3, 3};
  if (::setrlimit(RLIMIT_NOFILE, &none) != 0) return 1;
  std::istringstream stream(bytes);
  torch::jit::Module module = torch::jit::load(stream);
  module.eval();
  if (!write_all("y", 1)) return 1;
  const torch::NoGradGuard guard;
  for (;;) {
    std::int32_t picture[2] = {};
    if (!read_all(picture, sizeof picture)) return 0;
    if (picture[0] < 1 || picture[1] < 1 || picture[0] > 16384 || picture[1] > 16384) return 1;
    torch::Tensor input = torch::empty({1, 3, picture[1], picture[0]});
    if (!read_all(input.data_ptr<float>(), static_cast<std::size_t>(input.numel()) * sizeof(float))) return 1;
    torch::Tensor out = module.forward({input}).toTensor().to(torch::kFloat32).contiguous();
    const auto sides = out.sizes();
    if (sides.size() < 2) return 1;
    const std::int32_t cells[2] = {static_cast<std::int32_t>(sides[sides.size() - 1]), static_cast<std::int32_t>(sides[sides.size() - 2])};
    if (out.numel() < static_cast<std::int64_t>(cells[0]) * cells[1]) return 1;
    if (!write_all(cells, sizeof cells)) return 1;
    if (!write_all(out.data_ptr<float>(), static_cast<std::size_t>(cells[0]) * static_cast<std::size_t>(cells[1]) * sizeof(float))) return 1;
  }
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if ((count == 3 || count == 4) && std::strcmp(arguments[1], "--example") == 0) {
      return write_example(arguments[2], count == 4 ? arguments[3] : "contrast");
    }
    return run();
  } catch (const std::exception& error) {
    std::cerr << "beltwarden-torch-eye: " << std::string(error.what()).substr(0, 300) << "\n";
    return 1;
  }
}
