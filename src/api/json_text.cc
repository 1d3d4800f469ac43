#include "api/json_text.h"

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
    out.append(text, std::to_chars(text, text + sizeof text, *number).ptr);
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
