// What an event says, as named texts: readable in the database, whole in the hash chain.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/units.h"

namespace beltwarden::control {

/// Lines of "name<TAB>value", names ascending; backslash, tab and newline in values are escaped. Equal fields give equal
/// bytes.
class Fields {
 public:
  static Result<Fields> decode(std::string_view text);
  std::string encode() const;

  Fields& set(const std::string& name, std::string value);
  Fields& set(const std::string& name, const char* value) { return set(name, std::string(value)); }
  Fields& set(const std::string& name, double value);         ///< as many digits as bring the same number back
  Fields& set(const std::string& name, std::int64_t value);
  Fields& set(const std::string& name, bool value);
  Fields& set(const std::string& name, TonneInterval tonnes); ///< two fields: name_from_t, name_to_t
  Fields& set(const std::string& name, const std::vector<std::int64_t>& numbers);

  bool has(const std::string& name) const { return values_.contains(name); }
  std::string text(const std::string& name) const;            ///< empty when absent
  double number(const std::string& name) const;               ///< 0 when absent
  std::int64_t integer(const std::string& name) const;
  bool flag(const std::string& name) const;
  std::optional<TonneInterval> tonnes(const std::string& name) const;
  std::vector<std::int64_t> integers(const std::string& name) const;
  const std::map<std::string, std::string>& all() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

/// UTF-8 without control characters (but newlines where `lines`), at most `max_bytes` long.
bool is_clean_text(std::string_view text, std::size_t max_bytes, bool lines = false);

/// A reason that an officer gives: 3 to 1,000 bytes of clean text.
Result<void> check_reason(std::string_view reason);

}  // namespace beltwarden::control
