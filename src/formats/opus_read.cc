// Bruker OPUS. Bruker has published no description of its format; what is known was found by those who read such files, and is
// described with the open readers brukeropus (MIT) and opusreader2: a directory of blocks, each of a type made of bit
// fields, parameter blocks as lists of three-letter names, data blocks as plain 32-bit values.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "formats/spc_layout.h"
#include "formats/spectrum_file.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

using spc::load;

constexpr std::size_t kOpusHeaderSize = 24, kEntrySize = 12, kMaxEntries = 4'096, kMaxParameters = 1'000;
constexpr std::uint32_t kParameterBits = 0x3F << 4;   // 0 in data blocks
constexpr std::uint32_t kDataStatus = 1, kSample = 10, kAcquisition = 3, kInstrument = 2;

struct Block {
  std::uint32_t type = 0;
  std::size_t offset = 0, size = 0;
  std::uint32_t origin() const { return type >> 2 & 3; }       // 1 sample, 2 reference, 3 their quotient
  std::uint32_t parameter() const { return type >> 4 & 63; }
  std::uint32_t data() const { return type >> 10 & 127; }
  std::uint32_t extension() const { return type >> 17 & 0xFFF; }   // not 0: peaks, matches, ... of the data
};

// What a data block holds; empty for what is no spectrum (interferogram, phase, trace, ...).
std::string signal_name(const Block& block) {
  if (block.extension() != 0) return {};
  switch (block.data()) {
    case 1:
      if (block.origin() == 1) return "sample single beam";
      return block.origin() == 2 ? "reference single beam" : "";
    case 4: return "absorbance";
    case 5: return "transmittance";
    case 6: return "Kubelka-Munk";
    case 10: return "Raman";
    case 11: return "emission";
    case 12: return "reflectance";
    case 15: return "log reflectance";
    case 16: return "ATR";
    case 17: return "photoacoustic";
    default: return {};
  }
}

std::string utf8(std::string_view latin1) {
  std::string out;
  for (const char c : latin1) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      out += static_cast<char>(0xC0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3F));
    } else if (byte >= 0x20) {
      out += c;
    }
  }
  return out;
}

struct Parameters {
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> texts;

  std::optional<double> number(const char* name) const {
    const auto found = numbers.find(name);
    return found == numbers.end() ? std::nullopt : std::optional(found->second);
  }
  std::string text(const char* name) const {
    const auto found = texts.find(name);
    return found == texts.end() ? std::string{} : found->second;
  }
};

// A parameter: name (3 letters and a zero), kind, length in 16-bit words, value. The list ends with END.
Result<Parameters> read_parameters(std::string_view bytes, const Block& block) {
  Parameters out;
  std::size_t at = block.offset;
  const std::size_t end = block.offset + block.size;
  for (std::size_t n = 0; at + 8 <= end && n < kMaxParameters; ++n) {
    const std::string name(trim(bytes.substr(at, 3)));
    if (name == "END" || name.empty() || name.front() == '\0') break;
    const auto kind = load<std::uint16_t>(bytes, at + 4);
    const std::size_t size = 2 * std::size_t{load<std::uint16_t>(bytes, at + 6)};
    at += 8;
    if (size > end - at) {
      return invalid_input("byte " + std::to_string(at) + ": parameter " + quoted(name) + " of " + std::to_string(size) +
                           " bytes reaches beyond its block, which ends at byte " + std::to_string(end));
    }
    if (kind == 0 && size >= 4) {
      out.numbers[name] = load<std::int32_t>(bytes, at);
    } else if (kind == 1 && size >= 8) {
      out.numbers[name] = load<double>(bytes, at);
    } else if (kind >= 2 && kind <= 4) {
      const auto text = bytes.substr(at, size);
      out.texts[name] = utf8(trim(text.substr(0, text.find('\0'))));
    }
    at += size;
  }
  return out;
}

// "05/02/2021" and "11:44:26.088 (GMT+1)": day first. Without the zone it is no point in time.
void keep_time(const Parameters& status, Spectrum& spectrum) {
  const std::string date = status.text("DAT"), time = status.text("TIM");
  if (date.size() < 10 || date[2] != '/' || date[5] != '/') return;
  const std::string day = date.substr(6, 4) + "-" + date.substr(3, 2) + "-" + date.substr(0, 2);
  const std::string clock = time.substr(0, time.find(' '));
  spectrum.meta["date"] = clock.empty() ? day : day + "T" + clock;
  const std::size_t zone = time.find("(GMT");
  const std::size_t close = time.find(')', zone == std::string::npos ? 0 : zone);
  if (zone == std::string::npos || close == std::string::npos) return;
  std::string text = time.substr(zone + 4, close - zone - 4);
  if (text.empty()) text = "+0";
  const auto hours = parse_number(text);
  if (!hours || std::abs(*hours) > 14) return;
  const int minutes = static_cast<int>(std::lround(std::abs(*hours) * 60));
  char offset[16];
  std::snprintf(offset, sizeof offset, "%c%02d:%02d", *hours < 0 ? '-' : '+', minutes / 60, minutes % 60);
  if (auto measured = parse_rfc3339(day + "T" + clock + offset)) spectrum.measured = *measured;
}

std::string x_unit_of(const std::string& dxu) {
  if (dxu == "WN" || dxu.empty()) return "cm-1";
  if (dxu == "NM") return "nm";
  if (dxu == "MI") return "um";
  if (dxu == "RSH") return "cm-1 (Raman shift)";
  return dxu;
}

class OpusReader {
 public:
  explicit OpusReader(std::string_view bytes) : bytes_(bytes) {}

  Result<SpectrumFile> read() {
    if (auto done = read_directory(); !done) return done.error();
    read_common();
    std::vector<bool> taken(blocks_.size(), false);
    for (const Block& block : blocks_) {
      const std::string signal = block.parameter() == 0 ? signal_name(block) : "";
      if (signal.empty()) continue;
      const auto status = status_of(block, taken);
      if (!status) {
        file_.remarks.push_back("the " + signal + " block at byte " + std::to_string(block.offset) + " has no data status; not read");
        continue;
      }
      auto spectrum = read_data(block, *status, signal);
      if (!spectrum) return spectrum.error().within(signal);
      file_.spectra.push_back(std::move(*spectrum));
    }
    if (file_.spectra.empty()) {
      return invalid_input("no spectrum among its " + std::to_string(blocks_.size()) +
                           " blocks: expected a single beam, absorbance, reflectance, transmittance or the like with its data status");
    }
    return std::move(file_);
  }

 private:
  Result<void> read_directory() {
    const std::size_t offset = load<std::uint32_t>(bytes_, 12);
    const std::size_t entries = load<std::uint32_t>(bytes_, 20);
    if (entries < 1 || entries > kMaxEntries) {
      return invalid_input("byte 20: expected 1 to " + std::to_string(kMaxEntries) + " directory entries, found " + std::to_string(entries));
    }
    if (offset < kOpusHeaderSize || offset > bytes_.size() || (bytes_.size() - offset) / kEntrySize < entries) {
      return invalid_input("byte 12: the directory of " + std::to_string(entries) + " entries at byte " + std::to_string(offset) +
                           " does not fit into a file of " + std::to_string(bytes_.size()) + " bytes");
    }
    for (std::size_t i = 0; i < entries; ++i) {
      const std::size_t at = offset + kEntrySize * i;
      const Block block{load<std::uint32_t>(bytes_, at), load<std::uint32_t>(bytes_, at + 8),
                        std::size_t{4} * load<std::uint32_t>(bytes_, at + 4)};
      if (block.type == 0) continue;   // deleted
      if (block.offset > bytes_.size() || block.size > bytes_.size() - block.offset) {
        // A block that is no spectrum and none's parameters may be cut off: the file is readable without it.
        if (signal_name(block).empty() && block.parameter() != kDataStatus) continue;
        return invalid_input("directory entry " + std::to_string(i) + ": a block of " + std::to_string(block.size) + " bytes at byte " +
                             std::to_string(block.offset) + ", but the file ends at " + std::to_string(bytes_.size()));
      }
      blocks_.push_back(block);
    }
    return {};
  }

  // What holds for all spectra of the file: the sample's name, the instrument.
  void read_common() {
    for (const Block& block : blocks_) {
      if (block.data() != 0 || block.extension() != 0) continue;
      const auto part = block.parameter();
      if (part != kSample && part != kInstrument && part != kAcquisition) continue;
      const auto parameters = read_parameters(bytes_, block);
      if (!parameters) continue;
      const std::array<std::pair<const char*, const char*>, 5> named = {
          {{"SNM", "sample"}, {"SFM", "form"}, {"INS", "instrument"}, {"SRN", "serial_number"}, {"RES", "resolution"}}};
      for (const auto& [name, key] : named) {
        if (const auto text = parameters->text(name); !text.empty()) common_[key] = text;
        if (const auto number = parameters->number(name)) common_[key] = number_text(*number);
      }
    }
  }

  // The status block of the same type; where several are alike, in file order.
  std::optional<Block> status_of(const Block& data, std::vector<bool>& taken) const {
    std::optional<Block> last;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (blocks_[i].parameter() != kDataStatus || (blocks_[i].type & ~kParameterBits) != data.type) continue;
      last = blocks_[i];
      if (taken[i]) continue;
      taken[i] = true;
      break;
    }
    return last;
  }

  Result<Spectrum> read_data(const Block& block, const Block& status_block, const std::string& signal) {
    auto status = read_parameters(bytes_, status_block);
    if (!status) return status.error();
    const auto points = status->number("NPT"), first = status->number("FXV"), last = status->number("LXV");
    if (!points || !first || !last) {
      return invalid_input("data status at byte " + std::to_string(status_block.offset) + ": expected NPT, FXV and LXV");
    }
    if (!(*points >= 1) || *points > static_cast<double>(kMaxSpectrumPoints)) {
      return invalid_input("data status at byte " + std::to_string(status_block.offset) + ": NPT: expected 1 to " +
                           std::to_string(kMaxSpectrumPoints) + " points, found " + number_text(*points));
    }
    const auto n = static_cast<std::size_t>(*points);
    if (4 * n > block.size) {
      return invalid_input("data block at byte " + std::to_string(block.offset) + ": expected " + std::to_string(n) +
                           " values of 4 bytes, found a block of " + std::to_string(block.size) + " bytes");
    }
    if (4 * (points_ + n) > bytes_.size()) return invalid_input("data block at byte " + std::to_string(block.offset) + " overlaps others");
    if (!std::isfinite(*first) || !std::isfinite(*last) || !std::isfinite(*last - *first) || (n > 1 && *first == *last)) {
      return invalid_input("data status at byte " + std::to_string(status_block.offset) + ": FXV and LXV make no axis");
    }
    const double format = status->number("DPF").value_or(1), factor = status->number("CSF").value_or(1);
    if (format != 1 && format != 2) {
      return unsupported("data status at byte " + std::to_string(status_block.offset) + ": DPF: expected 1 (floating) or 2 (integers), found " +
                         number_text(format));
    }
    points_ += n;
    Spectrum spectrum;
    spectrum.id = common_.contains("sample") ? common_.at("sample") : "";
    spectrum.meta = common_;
    spectrum.meta["signal"] = signal;
    spectrum.x_unit = x_unit_of(status->text("DXU"));
    spectrum.y_unit = signal.ends_with("single beam") ? "single beam" : signal;
    spectrum.x.resize(n);
    spectrum.y.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      spectrum.x[i] = n == 1 ? *first : *first + (*last - *first) * static_cast<double>(i) / static_cast<double>(n - 1);
      const double raw = format == 1 ? static_cast<double>(load<float>(bytes_, block.offset + 4 * i))
                                     : static_cast<double>(load<std::int32_t>(bytes_, block.offset + 4 * i));
      const double value = raw * factor;
      spectrum.y[i] = std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
    }
    keep_time(*status, spectrum);
    return spectrum;
  }

  std::string_view bytes_;
  SpectrumFile file_{"OPUS", {}, {}};
  std::vector<Block> blocks_;
  std::map<std::string, std::string> common_;
  std::size_t points_ = 0;
};

}  // namespace

Result<SpectrumFile> read_opus(std::string_view bytes) {
  if (bytes.size() > kMaxSpectrumFileBytes) return invalid_input("OPUS: file larger than 256 MiB");
  if (bytes.size() < kOpusHeaderSize || bytes.substr(0, 4) != std::string_view("\x0A\x0A\xFE\xFE", 4)) {
    return invalid_input("OPUS: expected a header of 24 bytes that begins with 0A 0A FE FE, found " + quoted(bytes.substr(0, 8)));
  }
  auto file = OpusReader(bytes).read();
  if (!file) return file.error().within("OPUS");
  return file;
}

}  // namespace beltwarden::formats
