#include "inspect/declaration_watch.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "inspect/round.h"
#include "inspect/running_mean.h"
#include "inspect/spectral_inspector.h"

namespace beltwarden::inspect {
namespace {

constexpr double kEveryTonnes = 500, kFromTonnes = 1000;
constexpr double kUncertainties = 3;

// What two laboratories and a handful of increments may differ by, % absolute.
double tolerance(const std::string& quantity) {
  static const std::map<std::string, double> kTolerances{{"Fe", 0.5},  {"SiO2", 0.4}, {"Al2O3", 0.2},
                                                         {"P", 0.01}, {"LOI", 0.4},  {"moisture", 0.8}};
  const auto it = kTolerances.find(quantity);
  return it == kTolerances.end() ? 0.5 : it->second;
}

struct DeclaredLot {
  std::map<std::string, RunningMean> means;
  std::map<std::string, double> other_brands_t;
  double judged_t = 0, compared_at_t = 0;
  std::set<std::string> said;
};

class DeclarationWatch final : public SpectralInspector {
 public:
  using SpectralInspector::SpectralInspector;

 private:
  std::vector<TonneInterval> judge(const SliceView& slice, const FindingSink& say) override {
    auto& lot = lots_[slice.closed.interval.lot];
    const auto& j = slice.judgement;
    const bool known = j.calibrated() && (j.material == Material::kDeclared || j.material == Material::kOtherBrand);
    if (known) {
      const double mass = slice.closed.interval.tonnes.mass().value;
      lot.judged_t += mass;
      for (const auto& c : j.composition) lot.means[c.name].add(c.value, c.std_error, c.common, mass);
      if (j.material == Material::kOtherBrand) lot.other_brands_t[j.nearest] += mass;
    }
    const bool last = slice.closed.last_of_lot;
    if (lot.judged_t >= kFromTonnes && (last || lot.judged_t - lot.compared_at_t >= kEveryTonnes)) {
      lot.compared_at_t = lot.judged_t;
      compare(slice, lot, say);
      if (last) say_compared(slice, lot, say);
    }
    return known ? slice.seen : std::vector<TonneInterval>{};
  }

  void ended(const LotId& lot) override { lots_.erase(lot); }

  static wire::Measured measured(const std::string& name, const RunningMean& mean, const material::LotPlan& plan) {
    wire::Measured m{.name = "lot_mean." + name, .value = rounded(mean.mean(), kSpectralSteps),
                     .std_error = rounded(mean.std_error(), kSpectralSteps), .unit = "%"};
    if (const auto it = plan.declared_composition.find(name); it != plan.declared_composition.end()) {
      m.expected = it->second;
      m.low = rounded(it->second - tolerance(name), kSpectralSteps);
      m.high = rounded(it->second + tolerance(name), kSpectralSteps);
    }
    return m;
  }

  static wire::Finding about_lot(const SliceView& slice, wire::Verdict verdict, const char* code) {
    return finding_about({slice.closed.interval.lot, {Tonnes{0}, slice.closed.interval.tonnes.to}}, slice.spectrum.time, verdict, code);
  }

  static void compare(const SliceView& slice, DeclaredLot& lot, const FindingSink& say) {
    for (const auto& [name, mean] : lot.means) {
      const auto declared = slice.plan.declared_composition.find(name);
      if (declared == slice.plan.declared_composition.end() || lot.said.contains(name)) continue;
      const double off = std::abs(mean.mean() - declared->second);
      if (off <= tolerance(name) + kUncertainties * mean.std_error()) continue;
      lot.said.insert(name);
      auto finding = about_lot(slice, wire::Verdict::kSuspect, "declared_composition_differs");
      finding.priority = wire::Priority::kMedium;
      finding.label = name;
      finding.measured.push_back(measured(name, mean, slice.plan));
      say(std::move(finding));
    }
    for (const auto& [brand, tonnes] : lot.other_brands_t) {
      const std::string key = "brand " + brand;
      if (tonnes * 2 <= lot.judged_t || lot.said.contains(key)) continue;
      lot.said.insert(key);
      auto finding = about_lot(slice, wire::Verdict::kSuspect, "declared_brand_differs");
      finding.priority = wire::Priority::kHigh;
      finding.label = brand;
      finding.measured.push_back({.name = "tonnes_of_other_brand", .value = rounded(tonnes, kSpectralSteps), .unit = "t", .expected = 0});
      say(std::move(finding));
    }
  }

  static void say_compared(const SliceView& slice, const DeclaredLot& lot, const FindingSink& say) {
    auto finding = about_lot(slice, wire::Verdict::kOk, "declaration_compared");
    for (const auto& [name, mean] : lot.means) finding.measured.push_back(measured(name, mean, slice.plan));
    say(std::move(finding));
  }

  std::map<LotId, DeclaredLot> lots_;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_declaration_watch(const InspectorSources& sources) {
  auto made = spectral_line_of(sources);
  if (!made) return made.error();
  const auto& models = (*made)->models();
  InspectorInfo info{.name = "declaration", .instrument_kinds = {"spectrometer"}};
  info.fitted = models.can_regress() && models.can_screen();
  info.version = info.fitted ? sources.version : "";
  return std::unique_ptr<Inspector>(std::make_unique<DeclarationWatch>(std::move(info), std::move(*made)));
}

}  // namespace beltwarden::inspect
