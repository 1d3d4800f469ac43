// What officers said of places in pictures, as a table: picture (or frame), x, y, w, h, verdict and any further columns, which
// are provenance (who, when, why).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace beltwarden::lab {

struct PlaceVerdict {
  std::string picture;              ///< path
  double x = 0, y = 0, w = 0, h = 0;
  std::string verdict;              ///< "ore" or a class
  std::string provenance;           ///< file, line and the row as it stands there
};

struct Verdicts {
  std::vector<PlaceVerdict> given;
  std::size_t open = 0;             ///< rows without a verdict: nobody has judged them
};

/// Pictures lie in `frames`, or beside the file where that is empty. What `vision detect` wrote, with a column `verdict` added,
/// is such a table. At least one verdict.
Result<Verdicts> read_verdicts(const std::string& path, const std::string& frames);

}  // namespace beltwarden::lab
