// Numbers and names as the answers of the spectra commands write them.
#pragma once

#include <string>

namespace beltwarden::lab {

/// The shortest text that reads back as the same number; nothing for what is not one.
std::string exact_number(double v);
/// Six significant digits; "null" for what is not a number: JSON.
std::string json_number(double v);
std::string csv_field(const std::string& s);
std::string json_text(const std::string& s);

}  // namespace beltwarden::lab
