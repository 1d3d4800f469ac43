// What leaves the site of each journal entry.
#pragma once

#include "apps/site/outbox.h"

namespace beltwarden::site {

/// Observations travel as summaries (their channels stay in the site's journal) with the time of receipt; findings,
/// reports, evidence and commands travel whole.
Result<void> pack_for_center(const journal::Entry& entry, transport::Envelope& envelope);

}  // namespace beltwarden::site
