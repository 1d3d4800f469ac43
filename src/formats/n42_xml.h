// Reading fields out of parsed XML with errors that say which. Private to formats; the one header with pugixml in it.
#pragma once

#include <cstdint>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace beltwarden::formats {

/// The name without its namespace prefix.
std::string_view local_name(const pugi::xml_node& node);
/// First child of that local name; null node where there is none.
pugi::xml_node child(const pugi::xml_node& node, std::string_view name);
std::vector<pugi::xml_node> children(const pugi::xml_node& node, std::string_view name);
/// Both texts are clipped, to 1000 and 200 bytes of valid UTF-8: XML parsers let bytes through that are none.
std::string child_text(const pugi::xml_node& node, std::string_view name);
/// First attribute of any of the names (older writers vary their spelling); "" where there is none.
std::string attribute(const pugi::xml_node& node, std::initializer_list<const char*> names);

/// xsd:duration of days, hours, minutes and seconds ("PT1M0.5S"), in seconds; at most ten years.
std::optional<double> parse_duration(std::string_view text);
std::string duration_text(double seconds);

/// xsd:dateTime; `zoneless` is set where the zone is missing and UTC is assumed.
std::optional<Time> parse_xml_time(std::string_view text, bool& zoneless);

/// Finite numbers between blanks or commas; the error names the position of the first that is none.
Result<std::vector<double>> parse_numbers(std::string_view text, std::size_t most);

/// Channel counts; with `counted_zeroes` a 0 is followed by how many zeros it stands for.
Result<std::vector<std::uint32_t>> parse_channels(std::string_view text, bool counted_zeroes, std::size_t most);

}  // namespace beltwarden::formats
