// Everything that travels or is kept, to bytes and back. Protocol buffers; the schema is beltwarden.proto and
// docs/wire-format.md. Decoding never trusts its input: sizes and numbers are bounded, and what does not fit is an error.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "material/observation.h"
#include "wire/command.h"
#include "wire/finding.h"

namespace beltwarden::wire {

/// Deterministic: equal values give equal bytes. Whatever was encoded decodes: texts that are too long or no UTF-8 are clipped
/// (clipped_utf8), lists are cut to what a reader takes, a number that is none is 0, or not told where it may be missing.
/// Enumerations, and evidence that makes a message longer than 16 MiB, are the caller's. `Observation::id` is not encoded: the
/// entry that carries it has it.
std::string encode(const material::Observation& observation);
std::string encode(const Finding& finding);
std::string encode(const SliceReport& report);
std::string encode(const SiteCommand& command);

Result<material::Observation> decode_observation(std::string_view bytes);
Result<Finding> decode_finding(std::string_view bytes);
Result<SliceReport> decode_slice_report(std::string_view bytes);
Result<SiteCommand> decode_command(std::string_view bytes);

/// What the center needs of an observation, without spectra, channels and candidates: cheap to send for every one.
/// The full observation stays in the site's journal.
std::string encode_summary(const material::Observation& observation);

/// Pinned evidence on its way to the center: the finding's frame, now a picture.
struct EvidenceBlob {
  Sha256 digest{};                       ///< of `bytes`
  std::string media_type;
  std::string bytes;
  Sha256 frame_digest{};                 ///< of the raw pixels it was made from; zero when it is no frame
  InstrumentId instrument;
  std::uint64_t frame_number = 0;
  material::LotInterval where;
};
std::string encode(const EvidenceBlob& blob);
Result<EvidenceBlob> decode_evidence(std::string_view bytes);

}  // namespace beltwarden::wire
