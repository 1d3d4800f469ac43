// Which treatments are worth trying on spectra that nothing is known of.
#include <algorithm>
#include <cmath>
#include <map>

#include "science/spectra/regressor.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr std::ptrdiff_t kFewestSlicesForEpo = 8;

int steps_near(double nm_per_point, double nm) {
  const int half = std::max(2, static_cast<int>(std::lround(nm / nm_per_point / 2)));
  return 2 * half + 1;
}

}  // namespace

std::vector<std::vector<Step>> auto_treatments(const TrainingSet& set) {
  const auto& axis = set.axis_nm;
  const double per_point = (axis.back() - axis.front()) / static_cast<double>(axis.size() - 1);
  // Windows wide enough to smooth noise and narrow beside a band: at least 5 points, about 22 and 50 nm in the near infrared.
  const auto window = [&](double nm, int least) { return std::clamp(steps_near(per_point, nm), least, 61); };
  const auto sg = [](int w, int order, int derivative) {
    return "sg(" + std::to_string(w) + "," + std::to_string(order) + "," + std::to_string(derivative) + ")";
  };
  const std::string d1 = sg(window(22, 7), 2, 1), wide1 = sg(window(50, 11), 2, 1), d2 = sg(window(30, 9), 3, 2), wide2 = sg(window(60, 13), 3, 2);
  std::vector<std::string> texts = {"raw", "snv", "detrend", d1, wide1, "snv," + d1, "snv," + wide1, d2, "snv," + d2, "snv," + wide2, "snv,detrend",
                                    "emsc," + d1, "msc," + wide1};
  // What can be reflectance is tried as absorbance too: positive throughout and mostly below 1.2, and not already a log
  // (which falls where reflectance rises, but that cannot be told: it costs a few more candidates).
  std::vector<double> seen;
  for (Eigen::Index i = 0; i < set.spectra.size(); i += std::max<Eigen::Index>(set.spectra.size() / 5000, 1)) {
    const double v = set.spectra.data()[i];
    if (std::isfinite(v)) seen.push_back(v);
  }
  std::ranges::sort(seen);
  if (!seen.empty() && sorted_quantile(seen, 0.01) > 0 && sorted_quantile(seen, 0.99) < 1.2) {
    texts.push_back("absorbance");
    for (const std::string& t : {std::string("snv"), d1, wide1, "snv," + d1, "snv," + wide1, wide2}) texts.push_back("absorbance," + t);
  }
  std::vector<std::vector<Step>> out;
  for (const auto& t : texts) {
    auto steps = parse_steps(t);
    if (steps && std::ranges::find(out, *steps) == out.end()) out.push_back(std::move(*steps));
  }
  return out;
}

std::vector<std::vector<Step>> epo_treatments(const TrainingSet& set, const std::vector<std::uint32_t>& slices) {
  std::map<std::uint32_t, int> scans;
  for (auto s : slices) ++scans[s];
  if (std::ranges::count_if(scans, [](const auto& s) { return s.second > 1; }) < kFewestSlicesForEpo) return {};
  std::vector<std::vector<Step>> out;
  for (auto steps : auto_treatments(set)) {
    const bool plain = steps.empty() || (steps.size() == 1 && (steps[0].kind == Step::Kind::kSnv || steps[0].kind == Step::Kind::kAbsorbance));
    if (!plain) continue;
    for (int directions : {1, 2, 4}) {
      auto with = steps;
      with.push_back({.kind = Step::Kind::kEpo, .order = directions});
      out.push_back(std::move(with));
    }
  }
  return out;
}

}  // namespace beltwarden::spectra
