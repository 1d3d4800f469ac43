// What a model says of a tonne interval.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "base/time.h"
#include "base/units.h"
#include "material/observation.h"
#include "material/reading.h"

namespace beltwarden::wire {

enum class Verdict : std::uint8_t {
  kOk = 1,            ///< judged, nothing to say
  kSuspect = 2,       ///< a person should look: opens an alarm
  kDontKnow = 3,      ///< outside calibration or unfit input: the tonnes count as not judged
};

/// ISA-18.2 priority of the alarm that the finding asks for; kNone asks for none.
enum class Priority : std::uint8_t { kNone = 0, kLow = 1, kMedium = 2, kHigh = 3, kCritical = 4 };

/// A number with its unit and uncertainty.
struct Measured {
  std::string name;                      ///< "Fe", "moisture", "anomaly_score", "gamma_rate", ...
  double value = 0;
  double std_error = 0;                  ///< standard uncertainty, same unit; 0 = a count or an exact number
  std::string unit;                      ///< "%", "cps", "t/h", "1"
  std::optional<double> expected;        ///< what was declared or expected
  std::optional<double> low, high;       ///< the limits or the band that it was held against
};

/// Something to look at. Either its bytes are here, or it is a frame of the site's ring that the site then pins.
struct Evidence {
  std::string kind;                      ///< "spectrum", "gamma_spectrum", "frame"
  std::string media_type;                ///< "application/json", "image/jpeg"
  std::string bytes;                     ///< empty for a frame still to be pinned
  Sha256 digest{};                       ///< of `bytes`; for a frame: of its raw pixels until pinned
  InstrumentId instrument;
  std::uint64_t frame_number = 0;
  std::optional<material::Box> box;      ///< in the frame, pixels
};

struct Finding {
  std::uint32_t ordinal = 0;             ///< among the findings of one cause, from 0
  EntryId cause;                         ///< the observation after which the model said this
  std::string model;                     ///< "brand_regression", "radioactivity", ...
  std::string model_version;             ///< pack name, version and digest it was fitted in
  LineId line;
  material::LotInterval where;
  Time time;                             ///< when that material was seen
  Verdict verdict = Verdict::kOk;
  Priority priority = Priority::kNone;
  std::string code;                      ///< what it is: "slice", "slag_suspect", "inclusion", "artificial_source", ...;
                                         ///< the UI's dictionary has a text for each
  std::string label;                     ///< class: brand, nuclide, impurity class; may be empty
  double confidence = 0;                 ///< of the label, 0...1; 0 = none given
  std::vector<Measured> measured;
  std::vector<Evidence> evidence;
};

/// How far each model judged a slice; the clearance of a lot is made of these.
struct SliceReport {
  LineId line;
  material::LotInterval slice;
  Time first, last;
  bool last_of_lot = false;
  struct Coverage {
    std::string name;                    ///< of the model or instrument
    std::vector<TonneInterval> covered;  ///< sorted, disjoint
    bool fitted = true;                  ///< false: the model has nothing to judge with and says so
  };
  std::vector<Coverage> models, instruments;
};

}  // namespace beltwarden::wire
