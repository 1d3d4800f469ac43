// A site's settings file. config/site.example.toml shows every setting.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "journal/journal.h"
#include "material/line_tracker.h"

namespace beltwarden::site {

/// One `[[instrument]]`: where it sits, and its driver's own settings in the same table.
struct InstrumentConfig {
  InstrumentId instrument;
  std::string kind, driver;
  Config settings;
};

struct SiteConfig {
  std::filesystem::path data_dir;
  std::filesystem::path pack;
  std::vector<std::string> trusted_keys;       ///< Ed25519 public keys, hexadecimal
  std::string database;                        ///< of the center; empty: SQLite in data_dir
  std::filesystem::path database_password_file;
  std::string timezone;
  std::string http_address;
  std::uint16_t http_port = 8080;
  journal::Retention retention;
  material::LineLayout layout;
  std::vector<InstrumentConfig> instruments;
};

/// Reads and checks everything but the drivers' own settings, which each driver checks itself.
Result<SiteConfig> load_site_config(const std::string& path);

}  // namespace beltwarden::site
