// Near-infrared spectrometers: the two doors they come in by.
#pragma once

#include <memory>

#include "instruments/driver.h"

namespace beltwarden::instruments {

/// `driver = "spectrometer_stream"`: a vendor gateway's spectra over TCP (spectrum_stream.proto).
/// Settings: `host`, `port`, `silence_s`, `longest_pause_s`, `max_reference_age_s`, `min_white_level`,
/// `max_lamp_hours`, `max_clock_difference_s`.
Result<std::unique_ptr<Driver>> make_spectrometer_stream(const Config& settings, DriverContext context);

/// `driver = "spectrometer_folder"`: SPC, JCAMP-DX or CSV files in a folder. White and dark references are told by the
/// file's own `kind` (white, dark, sample), else by `white_name` and `dark_name` in the file's name.
/// Settings: `folder`, `poll_s`, `settle_s`, `keep_done`, `white_name`, `dark_name`, `quantity` (auto, reflectance,
/// counts), `full_scale`, and those about references as above.
Result<std::unique_ptr<Driver>> make_spectrometer_folder(const Config& settings, DriverContext context);

}  // namespace beltwarden::instruments
