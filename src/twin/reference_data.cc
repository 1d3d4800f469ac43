#include "twin/reference_data.h"

namespace beltwarden::twin {

Result<ReferenceData> ReferenceData::open(const std::string&) { return ReferenceData(); }

Result<spectra::MineralLibrary> ReferenceData::mineral_library(std::span<const double> axis_nm) const {
  return spectra::mineral_library(axis_nm);
}

std::vector<Berth::Provenance> ReferenceData::provenance() const {
  return {{"spectra", "synthetic", "minerals generated from published band positions"},
          {"vision", "synthetic", "procedural ore, belt and objects"},
          {"gamma", "synthetic", "detector response computed from nuclear data, Poisson counts"}};
}

}  // namespace beltwarden::twin
