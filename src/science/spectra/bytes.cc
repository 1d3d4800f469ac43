#include "science/spectra/bytes.h"

#include <bit>
#include <cstring>

#include "base/hash.h"

namespace beltwarden::spectra {
namespace {

static_assert(std::endian::native == std::endian::little, "models are written in the machine's order, little-endian");

constexpr std::string_view kMagic = "BWSM";
constexpr std::size_t kHeader = 4 + 4 + 4 + 8;
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxModelBytes = std::size_t{512} << 20;

template <class T>
void put(std::string& to, T v) {
  char raw[sizeof v];
  std::memcpy(raw, &v, sizeof v);
  to.append(raw, sizeof v);
}

template <class T>
T get(std::string_view from, std::size_t at) {
  T v;
  std::memcpy(&v, from.data() + at, sizeof v);
  return v;
}

}  // namespace

void ModelWriter::u32(std::uint32_t v) { put(bytes_, v); }
void ModelWriter::f64(double v) { put(bytes_, v); }

void ModelWriter::text(std::string_view v) {
  u32(static_cast<std::uint32_t>(v.size()));
  bytes_.append(v);
}

void ModelWriter::blob(std::string_view v) { text(v); }

void ModelWriter::numbers(const std::vector<double>& v) {
  u32(static_cast<std::uint32_t>(v.size()));
  for (double x : v) f64(x);
}

void ModelWriter::vector(const Eigen::VectorXd& v) {
  u32(static_cast<std::uint32_t>(v.size()));
  for (double x : v) f64(x);
}

void ModelWriter::matrix(const Eigen::MatrixXd& v) {
  u32(static_cast<std::uint32_t>(v.rows()));
  u32(static_cast<std::uint32_t>(v.cols()));
  for (Eigen::Index j = 0; j < v.cols(); ++j) {
    for (Eigen::Index i = 0; i < v.rows(); ++i) f64(v(i, j));
  }
}

void ModelWriter::matrix_f32(const Eigen::MatrixXd& v) {
  u32(static_cast<std::uint32_t>(v.rows()));
  u32(static_cast<std::uint32_t>(v.cols()));
  for (double x : v.reshaped()) put(bytes_, std::bit_cast<std::uint32_t>(static_cast<float>(x)));
}

std::string ModelWriter::finish(std::string_view kind, std::uint32_t version) const {
  std::string out(kMagic);
  out.append(kind.substr(0, 4));
  put(out, version);
  put(out, static_cast<std::uint64_t>(bytes_.size()));
  out.append(bytes_);
  put(out, crc32c(out));
  return out;
}

Result<ModelReader> ModelReader::open(std::string_view bytes, std::string_view kind, std::uint32_t newest_version) {
  const std::string name = "spectral model '" + std::string(kind) + "'";
  if (bytes.size() < kHeader + 4 || bytes.substr(0, 4) != kMagic) {
    return invalid_input(name + ": expected a file that begins with 'BWSM', found " + std::to_string(bytes.size()) +
                         " bytes of something else");
  }
  if (bytes.substr(4, 4) != kind) {
    return invalid_input(name + ": the file holds a model of another kind");
  }
  ModelReader r;
  r.kind_ = kind;
  r.version_ = get<std::uint32_t>(bytes, 8);
  const auto size = get<std::uint64_t>(bytes, 12);
  if (r.version_ == 0 || r.version_ > newest_version) {
    return unsupported(name + ": version " + std::to_string(r.version_) + ", this program reads up to " +
                       std::to_string(newest_version));
  }
  if (size > kMaxModelBytes || size != bytes.size() - kHeader - 4) {
    return corrupt(name + ": expected " + std::to_string(size) + " bytes of content, found " +
                   std::to_string(bytes.size() - kHeader - 4));
  }
  if (get<std::uint32_t>(bytes, bytes.size() - 4) != crc32c(bytes.substr(0, bytes.size() - 4))) {
    return corrupt(name + ": check sum does not match the content");
  }
  r.content_ = bytes.substr(kHeader, size);
  return r;
}

bool ModelReader::need(std::size_t bytes) {
  if (why_ == nullptr && content_.size() - at_ < bytes) why_ = "content ends early";
  return why_ == nullptr;
}

std::uint32_t ModelReader::u32(std::uint32_t most) {
  if (!need(4)) return 0;
  const auto v = get<std::uint32_t>(content_, at_);
  at_ += 4;
  if (v > most) {
    fail("a number is larger than it can be");
    return 0;
  }
  return v;
}

double ModelReader::f64() {
  if (!need(8)) return 0;
  const auto v = get<double>(content_, at_);
  at_ += 8;
  return v;
}

std::string ModelReader::text() {
  if (const auto v = blob(); v.size() <= kMaxTextBytes) return v;
  fail("a name is longer than 1 MiB");
  return {};
}

std::string ModelReader::blob() {
  const auto n = u32();
  if (!need(n)) return {};
  std::string v(content_.substr(at_, n));
  at_ += n;
  return v;
}

std::vector<double> ModelReader::numbers() {
  const auto n = u32();
  if (!need(std::size_t{n} * 8)) return {};
  std::vector<double> v(n);
  for (auto& x : v) x = f64();
  return v;
}

Eigen::VectorXd ModelReader::vector() {
  const auto v = numbers();
  return Eigen::Map<const Eigen::VectorXd>(v.data(), static_cast<Eigen::Index>(v.size()));
}

Eigen::MatrixXd ModelReader::matrix() {
  const auto rows = u32(1u << 24), cols = u32(1u << 24);
  if (!need(std::size_t{rows} * cols * 8)) return {};
  Eigen::MatrixXd v(rows, cols);
  for (Eigen::Index j = 0; j < v.cols(); ++j) {
    for (Eigen::Index i = 0; i < v.rows(); ++i) v(i, j) = f64();
  }
  return v;
}

Eigen::MatrixXd ModelReader::matrix_f32() {
  const auto rows = u32(1u << 24), cols = u32(1u << 24);
  if (!need(std::size_t{rows} * cols * 4)) return {};
  Eigen::MatrixXd v(rows, cols);
  for (double& x : v.reshaped()) {
    x = std::bit_cast<float>(get<std::uint32_t>(content_, at_));
    at_ += 4;
  }
  return v;
}

void ModelReader::fail(const char* why) {
  if (why_ == nullptr) why_ = why;
}

Result<void> ModelReader::done() const {
  if (why_ != nullptr) return corrupt("spectral model '" + kind_ + "': " + why_ + " (byte " + std::to_string(at_) + ")");
  if (at_ != content_.size()) return corrupt("spectral model '" + kind_ + "': bytes left over after the content");
  return {};
}

}  // namespace beltwarden::spectra
