#include "formats/n42_fields.h"

#include <algorithm>
#include <cmath>

#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::size_t kMaxMeasurements = 500'000, kMaxRemarks = 100;

}  // namespace

std::size_t N42Fields::line_of(std::ptrdiff_t offset) const {
  const auto end = text_.begin() + std::clamp<std::ptrdiff_t>(offset, 0, static_cast<std::ptrdiff_t>(text_.size()));
  return 1 + static_cast<std::size_t>(std::count(text_.begin(), end, '\n'));
}

Error N42Fields::fail(const pugi::xml_node& at, const std::string& what) const {
  const std::string id = attribute(at, {"id", "ID"});
  return invalid_input("line " + std::to_string(line_of(at.offset_debug())) + ": " + std::string(local_name(at)) +
                       (id.empty() ? "" : " " + id) + ": " + what);
}

void N42Fields::remark(std::string text) {
  if (file_.remarks.size() < kMaxRemarks &&
      std::find(file_.remarks.begin(), file_.remarks.end(), text) == file_.remarks.end()) {
    file_.remarks.push_back(std::move(text));
  }
}

void N42Fields::add_detector(RadDetector detector) {
  const auto same = [&](const RadDetector& known) { return known.id == detector.id; };
  if (!detector.id.empty() && std::none_of(file_.detectors.begin(), file_.detectors.end(), same) &&
      file_.detectors.size() < 1000) {
    file_.detectors.push_back(std::move(detector));
  }
}

Result<double> N42Fields::duration(const pugi::xml_node& node, const char* name, double otherwise) {
  const std::string text = child_text(node, name);
  if (text.empty()) {
    remark(std::string(local_name(node)) + " without " + name + "; " + number_text(otherwise) + " s taken for it");
    return otherwise;
  }
  const auto seconds = parse_duration(text);
  if (!seconds) return fail(node, std::string(name) + ": expected a duration like PT0.2S, found " + quoted(text));
  return *seconds;
}

void N42Fields::report_nuclide(const pugi::xml_node& analysis, const char* list) {
  for (const auto& results : children(analysis, list)) {
    for (const auto& nuclide : children(results, "Nuclide")) {
      std::string name = child_text(nuclide, "NuclideName");
      auto& known = file_.nuclides_reported;
      if (name.empty() || known.size() >= 100 || std::find(known.begin(), known.end(), name) != known.end()) continue;
      known.push_back(std::move(name));
    }
  }
}

void N42Fields::read_place(const pugi::xml_node& state) {
  if (file_.latitude) return;
  pugi::xml_node point = child(child(state, "StateVector"), "GeographicPoint");
  if (!point) point = child(state, "GeographicPoint");
  const auto latitude = parse_number(child_text(point, "LatitudeValue"));
  const auto longitude = parse_number(child_text(point, "LongitudeValue"));
  if (!latitude || !longitude || !(std::abs(*latitude) <= 90) || !(std::abs(*longitude) <= 180)) return;
  file_.latitude = latitude;
  file_.longitude = longitude;
}

Result<std::optional<Time>> N42Fields::time(const pugi::xml_node& node, const char* name) {
  const std::string text = child_text(node, name);
  if (text.empty()) return std::optional<Time>{};
  bool zoneless = false;
  const auto value = parse_xml_time(text, zoneless);
  if (!value)
    return fail(node, std::string(name) + ": expected a time like 2026-11-23T14:31:06.2Z, found " + quoted(text));
  if (zoneless) remark("times have no zone; taken as UTC");
  return value;
}

Result<void> N42Fields::add(RadMeasurement measurement) {
  if (file_.measurements.size() >= kMaxMeasurements) {
    return invalid_input("more than " + std::to_string(kMaxMeasurements) + " measurements");
  }
  file_.measurements.push_back(std::move(measurement));
  return {};
}

Result<std::vector<std::uint32_t>> N42Fields::channel_data(const pugi::xml_node& spectrum) {
  const pugi::xml_node data = child(spectrum, "ChannelData");
  if (!data) return fail(spectrum, "expected ChannelData");
  const std::string compression = attribute(data, {"compressionCode", "Compression", "CompressionCode"});
  const std::string word = lower(compression);
  const bool counted = word == "countedzeroes" || word == "countedzeros";
  if (!word.empty() && word != "none" && !counted) {
    return fail(data, "expected compressionCode None or CountedZeroes, found " + quoted(compression));
  }
  auto counts = parse_channels(data.text().get(), counted, kMaxChannels);
  if (!counts) return fail(data, counts.error().message);
  channels_ += counts->size();
  if (channels_ > kMaxFileChannels)
    return fail(data, "more than " + std::to_string(kMaxFileChannels) + " channels in one file");
  return counts;
}

Result<std::vector<double>> N42Fields::coefficients(const pugi::xml_node& node, const char* name, std::size_t most) {
  auto values = parse_numbers(child(node, name).text().get(), most);
  if (!values) return fail(node, std::string(name) + ": " + values.error().message);
  return values;
}

Result<void> N42Fields::read_occupied(const pugi::xml_node& node, const char* name, std::optional<bool>& occupied) {
  const std::string text = lower(child_text(node, name));
  if (text.empty()) return {};
  if (text != "0" && text != "1" && text != "true" && text != "false") {
    return fail(node, std::string(name) + ": expected true or false, found " + quoted(text));
  }
  occupied = text == "1" || text == "true";
  return {};
}

}  // namespace beltwarden::formats
