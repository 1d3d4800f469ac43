// The berth in real time, speaking the instruments' own protocols on one address.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/config.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"

namespace beltwarden::twin {

struct ServeOptions {
  std::string address = "127.0.0.1";
  /// 0 = any that is free.
  std::uint16_t plc_port = 1502, spectrum_port = 7201, gamma_port = 7202;
  bool camera = true;  ///< GigE Vision's port is fixed: one camera an address
  /// When set, spectra (SPC) and gamma documents (N42) are also left here as files.
  std::filesystem::path spectrum_folder, gamma_folder;
  double begin_s = 0;  ///< how far into the ship's discharge it begins
  /// The clock that stamps what instruments say.
  const Clock* clock = nullptr;  ///< required; outlives the berth
};

class ServedBerth {
 public:
  static Result<std::unique_ptr<ServedBerth>> start(const Config& scenario, const std::string& data_folder,
                                                    const ServeOptions& options, Log& log);
  virtual ~ServedBerth() = default;

  /// A site's `[line]` and `[[instrument]]` tables that fit this berth; without site, folders and pack.
  virtual std::string site_toml() const = 0;
  virtual std::string declarations_json() const = 0;

  /// Wall seconds since the discharge began, and whether the ship is empty and the belt has run clear.
  virtual double elapsed_s() const = 0;
  virtual bool finished() const = 0;

  struct Figures {
    std::uint64_t spectra = 0, frames = 0, gamma = 0;  ///< made so far
    std::uint16_t plc_port = 0, spectrum_port = 0, gamma_port = 0;
  };
  virtual Figures figures() const = 0;
};

}  // namespace beltwarden::twin
