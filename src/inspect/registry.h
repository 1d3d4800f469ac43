// Every inspector by name: a file of its own and one line here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "inspect/inspector.h"

namespace beltwarden::inspect {

class SpectralLine;

/// What an inspector is made of. The pack provides it; inspectors know no files.
struct InspectorSources {
  /// The bytes of a fitted model ("models/<name>.bin" of the pack), or empty when the pack has none: the inspector is
  /// then made unfitted.
  std::function<std::string_view(std::string_view name)> model;
  /// "pack@version#digest", stamped on findings.
  std::string version;
  /// Limits of the pack that concern elements and activities.
  struct Limit {
    std::string quantity;                       ///< "SiO2", "P", "moisture", "K-40", ...
    std::string unit;
    double high = 0;                            ///< the limit itself
    double guard_k = 1.645;                     ///< exceeded only if value - guard_k * std_error > high
    std::string brand;                          ///< empty = every brand
    std::string source;                         ///< standard, clause, contract; shown where an activity exceeds it
    bool verified = false;
  };
  std::vector<Limit> limits;
  /// The line's spectra, where several inspectors are to share them; none: each gathers and judges its own.
  std::shared_ptr<SpectralLine> spectral = nullptr;
};

using InspectorFactory = Result<std::unique_ptr<Inspector>> (*)(const InspectorSources& sources);

/// In a fixed order: it is the order in which findings of one observation are written.
const std::vector<std::pair<std::string, InspectorFactory>>& inspector_registry();

}  // namespace beltwarden::inspect
