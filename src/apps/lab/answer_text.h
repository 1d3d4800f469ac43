// Numbers and names as the answers of the laboratory's commands write them.
#pragma once

#include <string>
#include <string_view>

namespace beltwarden::lab {

/// The shortest text that reads back as the same number; nothing for what is not one.
std::string exact_number(double v);
/// Six significant digits; "null" for what is not a number: JSON.
std::string json_number(double v);
/// The shortest text that reads back as the same number; "null" for what is not one: JSON.
std::string json_exact(double v);
std::string csv_field(const std::string& s);
std::string json_text(std::string_view s);

}  // namespace beltwarden::lab
