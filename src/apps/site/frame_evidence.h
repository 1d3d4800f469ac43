// A camera's picture as evidence: what the journal and the center keep of it.
#pragma once

#include <cstddef>

#include "apps/site/frame_ring.h"
#include "base/result.h"
#include "material/observation.h"
#include "wire/codec.h"

namespace beltwarden::site {

/// The picture as JPEG, of quality 85 or of the best of 60 and 30 that takes at most `max_bytes`. Errors: kInvalidInput when
/// none is small enough or the picture cannot be encoded.
Result<wire::EvidenceBlob> frame_evidence(const KeptFrame& kept, const material::LotInterval& where, std::size_t max_bytes);

}  // namespace beltwarden::site
