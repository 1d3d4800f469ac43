// Which Modbus register means what. Defaults and settings: docs/instruments.md, "PLC".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"

namespace beltwarden::instruments::plc {

/// What the site reads, in the order of the documented defaults.
enum class Field : std::uint8_t {
  kRunning, kEmptyBelt, kScaleFault, kSamplerFault, kFeedLot, kSpeed, kEncoder, kRate, kTotaliser, kHeartbeat, kCutAnswer,
  kCutResult, kCutIncrement, kCutMass, kStopAnswer, kStopResult,
};
inline constexpr std::size_t kFields = 16;

/// The name of a field in the settings: "totaliser".
const char* name_of(Field field);

/// One answer of the PLC, in the site's units: m/s, t/h, kg, counts, 0 or 1 for bits. Nothing where the map has no register.
struct Image {
  std::array<std::optional<double>, kFields> values;
  std::optional<double> operator[](Field field) const { return values[static_cast<std::size_t>(field)]; }
};

class RegisterMap {
 public:
  /// The documented defaults.
  RegisterMap();

  /// From the `registers` table of the instrument; what it does not name keeps its default.
  static Result<RegisterMap> read(const Config& instrument);

  /// Stretches of registers to read, at most 125 long (the protocol's limit), ascending. One stretch where all fit.
  struct Block {
    std::uint16_t start = 0, count = 0;
  };
  const std::vector<Block>& blocks() const { return blocks_; }
  bool read_holding() const { return read_holding_; }          ///< function 3 instead of 4

  /// `registers` are those of all blocks, one block after the other. An error names the field that cannot be: not a number,
  /// or beyond what a belt can do.
  Result<Image> decode(std::span<const std::uint16_t> registers) const;

  std::uint16_t cut_command() const { return cut_command_; }
  std::uint16_t cut_command_increment() const { return cut_command_increment_; }
  std::uint16_t stop_command() const { return stop_command_; }

 private:
  enum class Type : std::uint8_t { kBit, kU16, kI16, kU32, kI32, kF32 };
  struct Register {
    bool present = true;
    std::uint16_t address = 0;
    Type type = Type::kU16;
    int bit = 0;
    double scale = 1, low = 0, high = 0;                        ///< limits in the site's unit
  };

  Result<void> read_register(const Config& table, Field field);
  void lay_blocks();
  double raw(const Register& reg, std::span<const std::uint16_t> registers) const;
  Register& at(Field field) { return registers_[static_cast<std::size_t>(field)]; }

  std::array<Register, kFields> registers_;
  std::vector<Block> blocks_;
  bool read_holding_ = false, low_word_first_ = false;
  std::uint16_t cut_command_ = 0, cut_command_increment_ = 1, stop_command_ = 10;
};

}  // namespace beltwarden::instruments::plc
