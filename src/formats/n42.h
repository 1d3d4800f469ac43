// Radiation measurements in ANSI/IEEE N42.42 XML: the editions of 2011 and 2020, and of 2006 what portals commonly write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace beltwarden::formats {

inline constexpr std::size_t kMaxN42Bytes = std::size_t{64} << 20;
/// Channels of one spectrum after expansion, and of all spectra of a file together.
inline constexpr std::size_t kMaxChannels = 65'536, kMaxFileChannels = std::size_t{1} << 25;

struct RadDetector {
  std::string id;
  std::string category;  ///< RadDetectorCategoryCode: "Gamma", "Neutron", ...; empty in 2006
  std::string kind;      ///< RadDetectorKindCode: "NaI", "CsI", "HPGe", "PVT", "He3", ...
};

struct RadSpectrum {
  std::string detector;               ///< id of a RadDetector; may be empty in 2006
  std::vector<std::uint32_t> counts;  ///< per channel, zero runs expanded
  double live_s = 0, real_s = 0;
  std::vector<double> calibration;   ///< keV = a0 + a1 i + a2 i^2 + ..., i the channel's number from 0; may be empty
  std::vector<double> energy_edges;  ///< keV, channels + 1 values where the file gives edges instead; may be empty

  std::uint64_t total_counts() const;
};

/// Counts without channels, one value an energy window.
struct GrossCounts {
  std::string detector;
  double live_s = 0;
  std::vector<double> counts;

  double total() const;
};

struct RadFault {
  std::string code;
  std::string description;
  std::string severity;  ///< "Fatal", "Error", "Warning"
  std::string detector;  ///< empty: the instrument as a whole
};

struct RadMeasurement {
  std::string id;
  std::string class_code = "Foreground";  ///< "Foreground", "Background", "Calibration", ...
  std::optional<Time> start;
  double real_s = 0;
  std::optional<bool> occupied;     ///< something passes; empty where the instrument does not say
  std::optional<double> speed_mps;  ///< of what passes (2011: RadItemState, 2006: Speed)
  std::vector<RadSpectrum> spectra;
  std::vector<GrossCounts> gross;
  std::vector<RadFault> faults;
};

struct N42File {
  std::string instrument_id;  ///< RadInstrumentIdentifier, else the element's id
  std::string manufacturer, model;
  std::string version;  ///< software version, "name value" of each component
  std::string edition;  ///< "2020", "2011" or "2006"
  std::vector<RadDetector> detectors;
  std::vector<RadMeasurement> measurements;
  std::vector<std::string> remarks;     ///< what was odd but readable
  std::size_t derived_spectra = 0;      ///< spectra the instrument made from others (DerivedData); not read
  std::vector<std::string> nuclides_reported;  ///< by the instrument's own analysis, each once
  std::optional<double> latitude, longitude;   ///< degrees, where the instrument says it first
  std::size_t documents = 0;            ///< complete XML documents in the bytes
  std::size_t truncated_documents = 0;  ///< cut off; nothing of them is in `measurements`

  /// Sum over gross counts of detectors with this category ("Gamma", "Neutron"); 0 where there are none.
  double gross_of(const RadMeasurement& measurement, std::string_view category) const;
};

/// Reads one document, or several one after the other as a captured stream has them. Times without a zone are
/// taken as UTC, with a remark. Fails when no complete document is there or one has a field that does not fit.
Result<N42File> read_n42(std::string_view bytes);

/// One document of the 2011 edition that validates against the schema of NIST. Detectors and calibrations that
/// the measurements use but `detectors` does not name are added. Counts use CountedZeroes where that is shorter.
/// Spectra need a calibration or edges, measurements a start; what is missing is an error.
Result<std::string> write_n42(const N42File& file);

/// Finds documents in a byte stream: everything from `<?xml` or the root up to `</RadInstrumentData>` (2006:
/// `</N42InstrumentData>`); what lies between documents (frame bytes, blanks) is dropped. Bounded.
class N42Framer {
 public:
  explicit N42Framer(std::size_t max_document_bytes) : max_bytes_(max_document_bytes) {}

  /// Takes bytes in; complete documents are appended to `documents`.
  void feed(std::string_view bytes, std::vector<std::string>& documents);

  /// Documents that passed the bound without a closing tag; skipped up to the next one.
  std::uint64_t oversized() const { return oversized_; }
  /// Documents that another one began inside of: cut off by the sender.
  std::uint64_t truncated() const { return truncated_; }
  /// Bytes outside documents, other than blanks and frame bytes (02, 03).
  std::uint64_t stray_bytes() const { return stray_bytes_; }
  /// A document has begun and not ended.
  bool holds_partial() const { return state_ == State::kInside; }

 private:
  enum class State { kBetween, kInside, kSkipping };
  bool step(std::vector<std::string>& documents);
  void drop(std::size_t n, bool stray);

  std::size_t max_bytes_;
  State state_ = State::kBetween;
  std::string held_;
  std::size_t searched_ = 0;  // nothing of interest begins before this in held_
  std::uint64_t oversized_ = 0, truncated_ = 0, stray_bytes_ = 0;
};

}  // namespace beltwarden::formats
