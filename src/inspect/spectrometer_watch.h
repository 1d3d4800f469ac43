// Watch: is it the ore that changed, or the spectrometer?
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Judges slices of known ore with "spectrometer_health" (spectra::LineReference): each fault must last over several slices, of
/// whatever lots. Says, once a fault begins and every 500 t while it lasts (suspect, low priority):
///  - "lamp_fading": share of the light lost, "wavelength_shift": nm, "layer_too_low": share of the spot that is belt,
///    "dirty_window": share of haze, before it is so thick that slices cannot be judged; "empty_belt" where material is weighed.
/// Coverage reaches over slices it could compare with a brand. Not required for a release: what cannot be judged for it is a hole
/// in the coverage of the models that needed the light.
Result<std::unique_ptr<Inspector>> make_spectrometer_watch(const InspectorSources& sources);

}  // namespace beltwarden::inspect
