// A pack teaches the system a commodity. It is a folder:
//   pack.toml     names, limits, brands, HS codes, vocabulary: data, edited by users
//   models/*.bin  what was fitted
//   pack.sig      SHA-256 of every file, signed (signature.h)
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inspect/registry.h"
#include "pack/signature.h"

namespace beltwarden::pack {

using Limit = inspect::InspectorSources::Limit;

/// A text in the languages of the control room.
struct Title {
  std::string en, zh;
};

struct Brand {
  std::string name;                    ///< as declarations write it
  std::string title_zh;
  std::string origin;
  std::string training;                ///< where its training spectra come from: "generated", or a name the provider knows
  struct Range {
    double low = 0, high = 0;
  };
  std::map<std::string, Range> declared;   ///< what a declaration of this brand may say, % by quantity
};

struct HsCode {
  std::string code;                    ///< digits only
  Title title;
};

struct Pack {
  std::string name, version, commodity;
  Title title;
  std::string data;                    ///< "real", "semi-synthetic" or "synthetic"
  std::vector<std::string> required_models;
  std::vector<Limit> limits;
  std::vector<Brand> brands;
  std::vector<HsCode> hs_codes;
  std::map<std::string, Title> vocabulary;
  std::map<std::string, std::string, std::less<>> models;   ///< bytes by name without ".bin"
  std::string digest;                  ///< SHA-256 over all files, hexadecimal
  std::string signed_by;               ///< public key, hexadecimal; empty when it was read without a signature

  /// "iron-ore@0.1.0#3fa9c2d41b07", as findings carry it.
  std::string stamp() const;
  const Brand* brand(std::string_view name) const;
};

/// Reads a pack and checks that it hangs together, without asking who signed it: for fitting and checking only.
Result<Pack> read(const std::filesystem::path& folder);

/// Reads a pack whose files are exactly those signed by one of `trusted` keys. Nothing else may be put to work.
Result<Pack> load(const std::filesystem::path& folder, const std::vector<PublicKey>& trusted);

/// Parses pack.toml; `origin` names it in errors. Models and digest stay empty.
Result<Pack> parse(std::string_view toml, const std::string& origin);

}  // namespace beltwarden::pack
