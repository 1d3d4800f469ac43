#include "apps/site/packer.h"

#include "wire/codec.h"

namespace beltwarden::site {

Result<void> pack_for_center(const journal::Entry& entry, transport::Envelope& envelope) {
  if (entry.kind != journal::EntryKind::kObservation && entry.kind != journal::EntryKind::kCommand) {
    envelope.received = Time{0};  // no driver received it: it says nothing of latency
    envelope.payload = entry.payload;
    return {};
  }
  auto observation = wire::decode_observation(entry.payload);
  if (!observation) return observation.error();
  envelope.received = observation->received;
  envelope.payload = wire::encode_summary(*observation);
  return {};
}

}  // namespace beltwarden::site
