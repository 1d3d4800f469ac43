// What stands between a lot and its release. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/views.h"
#include "record/intake.h"
#include "record/rows.h"

namespace beltwarden::control {

/// Everything that the release of one lot depends on.
struct ClearanceInput {
  LotId lot;
  double declared_mass_t = 0;                       ///< 0 = not declared
  std::optional<record::LotRow> row;                ///< nothing: no tonne has come
  std::vector<record::CoverageRow> coverage;
  std::vector<std::string> required_models;
  Tonnes ignored_hole{0.5};
  /// One of the journals that the lot came in: an epoch of its site.
  struct Journal {
    record::LotEpoch part;                          ///< what of it speaks of the lot
    record::Receipt receipt;
    std::vector<std::uint64_t> unreadable;          ///< sequences that arrived and could not be read, ascending
  };
  std::vector<Journal> journals;                    ///< ascending by site and epoch
  struct OpenCase {
    CaseId id;
    std::string code;
    TonneInterval tonnes;
    std::size_t findings = 0;
  };
  std::vector<OpenCase> open_cases;
  std::vector<InstrumentId> required_instruments;   ///< empty: all of `instruments`
  std::vector<record::InstrumentRow> instruments;   ///< of its line: now, or when its last slice closed
  struct Hold {
    std::string disposition;
    std::optional<TonneInterval> tonnes;
  };
  std::vector<Hold> holds;
  bool held = false;
};

/// "12.0 to 40.5 t".
std::string tonnes_text(TonneInterval tonnes);

/// "165.0 t".
std::string mass_text(Tonnes mass);

/// Empty: the lot may be released. At most ten holes a model are listed one by one.
std::vector<Blocker> blockers(const ClearanceInput& input);

/// Models and instruments of a lot with the share they covered of the tonnes whose slices have closed.
std::vector<CoverageView> coverage_views(const std::vector<record::CoverageRow>& rows, bool of_models,
                                         const std::vector<std::string>& required, Tonnes sliced);

}  // namespace beltwarden::control
