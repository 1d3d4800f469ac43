#include "pack/fit.h"

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "science/spectra/bundle.h"
#include "science/spectra/envelope.h"
#include "science/spectra/identity.h"
#include "science/spectra/line_health.h"
#include "science/spectra/one_class.h"
#include "science/spectra/regression.h"
#include "science/spectra/slag_screen.h"

namespace beltwarden::pack {
namespace {

namespace fs = std::filesystem;
using namespace spectra;

constexpr double kLeastSpread = 1e-3;   // %, below which a quantity of a brand does not vary and cannot be learnt

// A window of about `nm` whatever the axis.
Step smoothing(const TrainingSet& set, double nm, int derivative) {
  const double step = (set.axis_nm.back() - set.axis_nm.front()) / static_cast<double>(set.axis_nm.size() - 1);
  const int half = std::clamp(static_cast<int>(std::lround(nm / 2 / step)), 2, 100);
  return {Step::Kind::kSavitzkyGolay, 2 * half + 1, 2, derivative};
}

// Shape alone: neither light nor haze changes it.
std::vector<Step> shape(const TrainingSet& set, double nm) { return {{Step::Kind::kSnv}, smoothing(set, nm, 1)}; }

Result<OneClass> fit_screen(const TrainingSet& clean, const TrainingSet& held_out, std::vector<Step> steps, std::uint64_t seed) {
  OneClassOptions o;
  o.steps = std::move(steps);
  o.seed = seed;
  o.false_alarms = kSliceFalseAlarms;
  auto model = OneClass::fit(clean, o);
  if (!model) return model.error();
  if (auto ok = model->calibrate(held_out, kSliceFalseAlarms); !ok) return ok.error();
  return model;
}

void keep_varying_responses(TrainingSet& set) {
  std::vector<Eigen::Index> keep;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < set.responses.size(); ++i) {
    const auto column = set.values.col(static_cast<Eigen::Index>(i));
    if (column.maxCoeff() - column.minCoeff() < kLeastSpread) continue;
    keep.push_back(static_cast<Eigen::Index>(i));
    names.push_back(set.responses[i]);
  }
  set.values = Eigen::MatrixXd(set.values(Eigen::all, keep));
  set.responses = std::move(names);
}

void append(TrainingSet& to, const TrainingSet& from) {
  if (to.rows() == 0) {
    to = from;
    to.responses.clear();
    to.values.resize(to.rows(), 0);
    return;
  }
  const std::uint32_t offset = *std::ranges::max_element(to.groups) + 1;
  Spectra both(to.rows() + from.rows(), from.spectra.cols());
  both.topRows(to.rows()) = to.spectra;
  both.bottomRows(from.rows()) = from.spectra;
  to.spectra = std::move(both);
  to.classes.insert(to.classes.end(), from.classes.begin(), from.classes.end());
  for (auto g : from.groups) to.groups.push_back(g + offset);
}

TrainingSet slice_means(const TrainingSet& set) {
  TrainingSet means;
  means.axis_nm = set.axis_nm;
  std::vector<Spectrum> rows;
  for (Eigen::Index i = 0; i < set.rows();) {
    Spectrum sum = Spectrum::Zero(set.spectra.cols());
    const auto group = set.groups[static_cast<std::size_t>(i)];
    means.classes.push_back(set.classes[static_cast<std::size_t>(i)]);
    double n = 0;
    for (; i < set.rows() && set.groups[static_cast<std::size_t>(i)] == group; ++i, ++n) sum += set.spectra.row(i).transpose();
    rows.push_back(sum / n);
  }
  means.spectra.resize(static_cast<Eigen::Index>(rows.size()), set.spectra.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) means.spectra.row(static_cast<Eigen::Index>(i)) = rows[i].transpose();
  return means;
}

// What slag would do to each brand, from the generated slag minerals: a pack with a measured library is fitted from it.
Result<void> fit_slag(const TrainingSet& clean, std::uint64_t seed, Bundle& to) {
  ScreenOptions o;
  o.false_alarms = kSliceFalseAlarms;
  o.seed = seed;
  auto screens = fit_slag_screens(clean, std::nullopt, o);
  if (!screens) return screens.error();
  for (const auto& [brand, model] : *screens) to["slag/" + brand] = model.to_bytes();
  return {};
}

}  // namespace

Result<FittedModels> fit_spectral_models(const Pack& pack, const TrainingProvider& provider, std::uint64_t seed,
                                         const Progress& progress) {
  Bundle regression, screen;
  TrainingSet all, all_held_out;
  std::size_t done = 0, wanted = 0;
  for (const auto& brand : pack.brands) wanted += !brand.training.empty();
  if (wanted < 2) return invalid_input("pack " + pack.name + ": expected at least two brands with a training source");
  const auto say = [&](const std::string& what, double share) {
    if (progress) progress(what, share);
  };
  for (const auto& brand : pack.brands) {
    if (brand.training.empty()) continue;
    say(brand.name, static_cast<double>(done++) / static_cast<double>(wanted + 2));
    auto composition = provider(brand, Purpose::kComposition, seed);
    auto clean = provider(brand, Purpose::kClean, seed);
    auto held_out = provider(brand, Purpose::kHeldOut, seed);
    for (auto* set : {&composition, &clean, &held_out}) {
      if (!*set) return set->error().within("training spectra of '" + brand.name + "'");
    }
    if (clean->axis_nm != composition->axis_nm || clean->axis_nm != held_out->axis_nm ||
        (all.rows() > 0 && all.axis_nm != clean->axis_nm)) {
      return invalid_input("training spectra of '" + brand.name + "' have another wavelength axis");
    }
    keep_varying_responses(*composition);
    RegressionOptions r;
    // Opaque ores are nearly black: SNV would leave little but their noise, which cross-validation sees.
    r.treatments = {shape(*composition, 80), {{Step::Kind::kAbsorbance}}};
    r.folds = 4;
    r.most_components = 12;
    r.seed = seed;
    r.confidence = 0.9999;
    auto model = RegressionModel::fit(*composition, r);
    if (!model) return model.error().within(brand.name);
    auto envelope = Envelope::fit(*held_out);
    if (!envelope) return envelope.error().within(brand.name);
    auto screen_shape = fit_screen(*clean, *held_out, shape(*clean, 140), seed);
    if (!screen_shape) return screen_shape.error().within(brand.name);
    auto screen_level = fit_screen(*clean, *held_out, {smoothing(*clean, 140, 1)}, seed);
    if (!screen_level) return screen_level.error().within(brand.name);
    regression["regression/" + brand.name] = model->to_bytes();
    regression["envelope/" + brand.name] = envelope->to_bytes();
    screen["screen/" + brand.name] = screen_shape->to_bytes();
    screen["level/" + brand.name] = screen_level->to_bytes();
    screen["envelope/" + brand.name] = envelope->to_bytes();
    append(all, *clean);
    append(all_held_out, *held_out);
  }
  say("slag", static_cast<double>(done) / static_cast<double>(wanted + 2));
  if (auto ok = fit_slag(all_held_out, seed, screen); !ok) return ok.error().within("slag comparison");
  auto line = LineReference::fit(slice_means(all_held_out));
  if (!line) return line.error().within("spectrometer health");
  say("brand identity", static_cast<double>(done + 1) / static_cast<double>(wanted + 2));
  IdentityOptions i;
  i.steps = shape(all, 80);
  i.seed = seed;
  auto identity = Identity::fit(all, i);
  if (!identity) return identity.error().within("brand identity");
  say("", 1);
  return FittedModels{{"brand_regression", write_bundle(regression)},
                      {"brand_identity", identity->to_bytes()},
                      {"slag_comparison", write_bundle(screen)},
                      {"spectrometer_health", line->to_bytes()}};
}

Result<void> write_pack(const fs::path& source, const FittedModels& models, const fs::path& out) {
  auto toml = read_file(source / "pack.toml", 4 << 20);
  if (!toml) return toml.error();
  if (auto ok = parse(*toml, (source / "pack.toml").string()); !ok) return ok.error();
  std::error_code error;
  fs::create_directories(out / "models", error);
  if (error) return io_error("cannot make " + (out / "models").string() + ": " + error.message());
  fs::remove(out / "pack.sig", error);
  if (!fs::equivalent(source, out, error)) {
    if (auto ok = write_file_atomically(out / "pack.toml", *toml); !ok) return ok;
  }
  for (const auto& [name, bytes] : models) {
    if (auto ok = write_file_atomically(out / "models" / (name + ".bin"), bytes); !ok) return ok;
  }
  return {};
}

}  // namespace beltwarden::pack
