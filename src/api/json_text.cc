#include "api/json_text.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

namespace beltwarden::api {
namespace {

void write(const boost::json::value& value, std::string& out) {
  if (const auto* object = value.if_object()) {
    out += '{';
    const char* between = "";
    for (const auto& [name, field] : *object) {
      out += between;
      out += boost::json::serialize(name);
      out += ':';
      write(field, out);
      between = ",";
    }
    out += '}';
  } else if (const auto* array = value.if_array()) {
    out += '[';
    const char* between = "";
    for (const auto& element : *array) {
      out += between;
      write(element, out);
      between = ",";
    }
    out += ']';
  } else if (const auto* number = value.if_double()) {
    char text[64];
    const char* end = std::to_chars(text, text + sizeof text, *number).ptr;
    out.append(static_cast<const char*>(text), end);
    // A reader that tells whole numbers from others gets the same kind back.
    if (std::find_if(static_cast<const char*>(text), end, [](char c) { return c == '.' || c == 'e'; }) == end) out += ".0";
  } else {
    out += boost::json::serialize(value);
  }
}

}  // namespace

std::string json_text(const boost::json::value& value) {
  std::string out;
  write(value, out);
  return out;
}

}  // namespace beltwarden::api
