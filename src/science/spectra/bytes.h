// Models to bytes and back: little-endian, bounded, with a check sum, the same bytes for the same model.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden::spectra {

/// Appends values; `finish` puts magic, kind, version and CRC-32C around them.
class ModelWriter {
 public:
  void u32(std::uint32_t v);
  void f64(double v);
  void text(std::string_view v);    ///< at most 1 MiB: names
  void blob(std::string_view v);
  void numbers(const std::vector<double>& v);
  void vector(const Eigen::VectorXd& v);
  void matrix(const Eigen::MatrixXd& v);
  void matrix_f32(const Eigen::MatrixXd& v);   ///< rounded to 32 bits: half the room

  /// "BWSM", `kind` (4 letters), `version`, length, content, CRC-32C of all before it.
  std::string finish(std::string_view kind, std::uint32_t version) const;

 private:
  std::string bytes_;
};

/// Reads what ModelWriter wrote. After any read that does not fit, `ok()` is false and values are zero or empty; check it
/// before using what was read. Sizes are bounded by the bytes that are there.
class ModelReader {
 public:
  /// Checks the frame: magic, kind, a version up to `newest_version`, length, check sum.
  static Result<ModelReader> open(std::string_view bytes, std::string_view kind, std::uint32_t newest_version);

  std::uint32_t version() const { return version_; }
  std::uint32_t u32(std::uint32_t most = UINT32_MAX);
  double f64();
  std::string text();
  std::string blob();
  std::vector<double> numbers();
  Eigen::VectorXd vector();
  Eigen::MatrixXd matrix();
  Eigen::MatrixXd matrix_f32();
  /// Marks the content as not fitting: for checks of the caller.
  void fail(const char* why);

  bool ok() const { return why_ == nullptr; }
  /// The reason of the first misfit, or that bytes are left over.
  Result<void> done() const;

 private:
  bool need(std::size_t bytes);
  std::string_view content_;
  std::size_t at_ = 0;
  std::uint32_t version_ = 0;
  std::string kind_;
  const char* why_ = nullptr;
};

}  // namespace beltwarden::spectra
