// What reading the two editions of N42 shares. Private to formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/n42.h"
#include "formats/n42_xml.h"

namespace beltwarden::formats {

inline constexpr std::size_t kMaxN42Coefficients = 16;

/// Fields of one document, read into `file` with errors that name line and element. `channels` counts those of all
/// documents together, against kMaxFileChannels. All three must outlive it.
class N42Fields {
 public:
  N42Fields(std::string_view text, N42File& file, std::size_t& channels)
      : text_(text), file_(file), channels_(channels) {}

 protected:
  std::size_t line_of(std::ptrdiff_t offset) const;
  Error fail(const pugi::xml_node& at, const std::string& what) const;
  void remark(std::string text);
  void add_detector(RadDetector detector);
  Result<void> add(RadMeasurement measurement);

  /// Seconds; `otherwise` with a remark where the element is missing or empty.
  Result<double> duration(const pugi::xml_node& node, const char* name, double otherwise);
  void report_nuclide(const pugi::xml_node& analysis, const char* list);
  void read_place(const pugi::xml_node& state);
  Result<std::optional<Time>> time(const pugi::xml_node& node, const char* name);
  Result<std::vector<double>> coefficients(const pugi::xml_node& node, const char* name, std::size_t most);
  Result<std::vector<std::uint32_t>> channel_data(const pugi::xml_node& spectrum);
  Result<void> read_occupied(const pugi::xml_node& node, const char* name, std::optional<bool>& occupied);

  std::string_view text_;
  N42File& file_;
  std::size_t& channels_;
};

/// Reads the root of a document of either edition.
Result<void> read_n42_2011(const pugi::xml_node& root, std::string_view text, N42File& file, std::size_t& channels);
Result<void> read_n42_2006(const pugi::xml_node& root, std::string_view text, N42File& file, std::size_t& channels);

}  // namespace beltwarden::formats
