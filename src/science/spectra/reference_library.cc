#include "science/spectra/reference_library.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "science/spectra/minerals.h"
#include "science/spectra/similarity.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr double kMostGaps = 0.2;
constexpr double kDefaultAngle = 0.1;   // radians; between specimens of one mineral, where the library does not say

// Straight lines over gaps; nearest value at the ends. False when too much is missing.
bool fill_gaps(Spectrum& r) {
  Eigen::Index gaps = 0, last = -1;
  for (Eigen::Index i = 0; i < r.size(); ++i) gaps += !std::isfinite(r[i]);
  if (static_cast<double>(gaps) > kMostGaps * static_cast<double>(r.size())) return false;
  for (Eigen::Index i = 0; i < r.size(); ++i) {
    if (!std::isfinite(r[i])) continue;
    for (Eigen::Index k = last + 1; k < i; ++k) {
      r[k] = last < 0 ? r[i] : r[last] + (r[i] - r[last]) * static_cast<double>(k - last) / static_cast<double>(i - last);
    }
    last = i;
  }
  for (Eigen::Index k = last + 1; k < r.size(); ++k) r[k] = r[last];
  return true;
}

}  // namespace

double albedo_of_reflectance(double reflectance) {
  const double r = std::clamp(reflectance, 0.001, 0.999);
  const double g = (1 - r) / (1 + r);
  return 1 - g * g;
}

double reflectance_of_albedo(double albedo) {
  const double g = std::sqrt(std::clamp(1 - albedo, 0.0, 1.0));
  return (1 - g) / (1 + g);
}

Spectrum mix_intimately(const Spectrum& base, const Spectrum& other, double share) {
  Spectrum out(base.size());
  for (Eigen::Index i = 0; i < base.size(); ++i) {
    out[i] = reflectance_of_albedo((1 - share) * albedo_of_reflectance(base[i]) + share * albedo_of_reflectance(other[i]));
  }
  return out;
}

Result<ReferenceLibrary> ReferenceLibrary::make(std::vector<double> axis_nm, std::vector<LibraryMember> members) {
  if (auto ok = check_axis(axis_nm); !ok) return ok.error().within("library");
  if (members.empty() || members.size() > kMaxMembers) {
    return invalid_input("library: expected 1 to " + std::to_string(kMaxMembers) + " members, found " + std::to_string(members.size()));
  }
  for (auto& m : members) {
    if (m.reflectance.size() != static_cast<Eigen::Index>(axis_nm.size())) {
      return invalid_input("library: '" + m.name + "' has " + std::to_string(m.reflectance.size()) + " points, expected " +
                           std::to_string(axis_nm.size()));
    }
    if (!fill_gaps(m.reflectance)) return invalid_input("library: more than a fifth of '" + m.name + "' is missing");
    if (m.reflectance.minCoeff() < -0.05 || m.reflectance.maxCoeff() > 1.5) {
      return invalid_input("library: '" + m.name + "' is not a reflectance between 0 and 1");
    }
  }
  ReferenceLibrary library;
  library.axis_nm_ = std::move(axis_nm);
  library.members_ = std::move(members);
  // The usual angle from a member to the nearest other of its kind.
  std::vector<double> nearest;
  for (std::size_t i = 0; i < library.members_.size(); ++i) {
    double best = 10;
    for (std::size_t k = 0; k < library.members_.size(); ++k) {
      if (k == i || library.members_[k].kind != library.members_[i].kind) continue;
      best = std::min(best, spectral_angle(library.members_[i].reflectance, library.members_[k].reflectance));
    }
    if (best < 10) nearest.push_back(best);
  }
  std::ranges::sort(nearest);
  library.usual_angle_ = std::max(nearest.size() < 3 ? kDefaultAngle : sorted_quantile(nearest, 0.5), 0.01);
  return library;
}

Result<ReferenceLibrary> ReferenceLibrary::generated_slag(std::span<const double> axis_nm) {
  auto minerals = mineral_library(axis_nm);
  if (!minerals) return minerals.error();
  std::vector<LibraryMember> members;
  for (const char* name : {"pyroxene", "fayalite", "monticellite", "calcite", "brucite", "portlandite", "wustite", "slag_glass",
                           "magnetite"}) {
    const auto* m = minerals->find(name);
    members.push_back({name, std::string("slag_") + (std::string_view(name) == "slag_glass" ? "glass" : name), m->reflectance});
  }
  return make({axis_nm.begin(), axis_nm.end()}, std::move(members));
}

Result<ReferenceLibrary> ReferenceLibrary::on(std::span<const double> axis_nm) const {
  if (std::ranges::equal(axis_nm, axis_nm_)) return *this;
  if (auto ok = check_axis(axis_nm); !ok) return ok.error().within("library");
  if (axis_nm.front() < axis_nm_.front() - kReachNm || axis_nm.back() > axis_nm_.back() + kReachNm) {
    const auto nm = [](double v) { return std::to_string(static_cast<int>(std::lround(v))); };
    return invalid_input("library: it covers " + nm(axis_nm_.front()) + " to " + nm(axis_nm_.back()) + " nm, expected " +
                         nm(axis_nm.front()) + " to " + nm(axis_nm.back()));
  }
  auto resampler = Resampler::make(axis_nm_, axis_nm);
  if (!resampler) return resampler.error();
  ReferenceLibrary out = *this;
  out.axis_nm_.assign(axis_nm.begin(), axis_nm.end());
  for (auto& m : out.members_) {
    Spectrum moved(static_cast<Eigen::Index>(axis_nm.size()));
    resampler->apply(m.reflectance, moved);
    if (!fill_gaps(moved)) return invalid_input("library: '" + m.name + "' does not cover the axis");
    m.reflectance = std::move(moved);
  }
  return out;
}

ReferenceLibrary ReferenceLibrary::slag() const {
  ReferenceLibrary out = *this;
  std::erase_if(out.members_, [](const LibraryMember& m) { return !m.kind.starts_with("slag"); });
  return out.members_.empty() ? *this : out;
}

std::vector<LibraryMatch> ReferenceLibrary::match(Eigen::Ref<const Eigen::VectorXd> spectrum, std::size_t most) const {
  std::vector<LibraryMatch> all;
  std::map<std::string, double> kinds;   // kind: its nearest member's angle
  for (const auto& m : members_) {
    const double angle = spectral_angle(spectrum, m.reflectance);
    if (std::isnan(angle)) continue;
    all.push_back({m.name, m.kind, 0, angle, correlation(spectrum, m.reflectance)});
    const auto [it, fresh] = kinds.emplace(m.kind, angle);
    if (!fresh) it->second = std::min(it->second, angle);
  }
  if (all.empty()) return all;
  std::ranges::stable_sort(all, {}, &LibraryMatch::angle);
  double sum = 0;
  const auto likelihood = [&](double angle) {
    return std::exp((all.front().angle * all.front().angle - angle * angle) / (2 * usual_angle_ * usual_angle_));
  };
  for (const auto& [kind, angle] : kinds) sum += likelihood(angle);
  if (all.size() > most) all.resize(most);
  for (auto& m : all) m.confidence = likelihood(kinds[m.kind]) / sum;
  return all;
}

}  // namespace beltwarden::spectra
