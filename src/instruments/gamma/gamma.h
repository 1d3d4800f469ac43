// Gamma monitors: N42.42-2011 documents (2006 where simple) over TCP or in a folder.
#pragma once

#include <memory>

#include "instruments/driver.h"

namespace beltwarden::instruments {

/// `driver = "gamma_stream"`: the monitor sends documents one after the other over TCP, each ended by its closing tag;
/// frame bytes 02 and 03 between them are skipped. Settings: `host`, `port`, `silence_s`, `longest_pause_s`,
/// `max_document_bytes`, `max_clock_difference_s`, `occupied_unless_told`.
Result<std::unique_ptr<Driver>> make_gamma_stream(const Config& settings, DriverContext context);

/// `driver = "gamma_folder"`: documents as files. Settings: `folder`, `poll_s`, `settle_s`, `keep_done`,
/// `max_clock_difference_s`, `occupied_unless_told`.
Result<std::unique_ptr<Driver>> make_gamma_folder(const Config& settings, DriverContext context);

}  // namespace beltwarden::instruments
