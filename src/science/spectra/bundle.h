// Several models in one file, by name: what an inspector takes from a pack.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace beltwarden::spectra {

/// Bytes of models by name ("regression/Karstad fines").
using Bundle = std::map<std::string, std::string, std::less<>>;

/// The part of a file of `spectra fit` that names its kind: regression, identity or screen. The same file is a model of a pack.
inline constexpr std::string_view kModelKindPart = "kind";

std::string write_bundle(const Bundle& bundle);
Result<Bundle> read_bundle(std::string_view bytes);
/// A bundle of the kind given; the error says how to come by one.
Result<Bundle> read_bundle_of(std::string_view kind, std::string_view bytes);

/// The part of a name after "prefix/"; empty when it does not begin so.
std::string_view name_after(std::string_view name, std::string_view prefix);

}  // namespace beltwarden::spectra
