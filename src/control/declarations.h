// Import declarations: what the importer says is coming.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "material/observation.h"

namespace beltwarden::control {

struct Declaration {
  std::string number, hs_code, brand, origin, consignee, ship, call, lot, commodity;
  std::string line;                                 ///< empty: the site's first line
  std::int64_t feed_number = 0;                     ///< what the PLC shows while the lot is fed
  double mass_t = 0;                                ///< wet tonnes
  std::map<std::string, double> composition;        ///< "Fe" ... in % of dry mass, "moisture" in % of wet mass
  bool operator==(const Declaration&) const = default;
};

/// A field that does not fit. `row` counts from 1 (in CSV the line after the header is row 1).
struct FieldError {
  std::uint32_t row = 0;
  std::string field, message;
  bool operator==(const FieldError&) const = default;
};

/// Every field that does not fit, of every declaration, and what clashes between them; empty = all good.
std::vector<FieldError> check(const std::vector<Declaration>& declarations);

struct ParsedDeclarations {
  std::vector<Declaration> declarations;
  std::vector<FieldError> errors;                   ///< cells that do not parse, unknown or missing columns
};
/// CSV (RFC 4180) with a header of the names above, composition as `composition.Fe`. Bounded to 1 MiB and 1,000 rows.
ParsedDeclarations parse_declarations_csv(std::string_view text);

/// The plan that the site is told.
material::LotPlan plan_of(const Declaration& declaration);

/// A declaration as it stands in control.
struct DeclarationView {
  Declaration declaration;
  Time imported;
  std::string by;
  std::string state;                                ///< of its lot
};

struct ImportOutcome {
  std::uint32_t accepted = 0, unchanged = 0;
  std::vector<std::string> numbers;
  std::vector<FieldError> errors;                   ///< not empty: nothing was imported
  bool conflict = false;                            ///< the errors are clashes with what is known already
};

}  // namespace beltwarden::control
