#include "pack/fit.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>

#include "base/file.h"
#include "science/spectra/bundle.h"
#include "science/spectra/envelope.h"
#include "science/spectra/identity.h"
#include "science/spectra/line_health.h"
#include "science/spectra/one_class.h"
#include "science/spectra/regression_models.h"
#include "science/spectra/slag_screen.h"

namespace beltwarden::pack {
namespace {

namespace fs = std::filesystem;
using namespace spectra;

constexpr double kLeastSpread = 1e-3;      // %, below which a quantity of a brand does not vary and cannot be learnt
constexpr double kRejection = 0.004;       // of known material, as the desk has it
constexpr std::size_t kReadingsToTellBrands = 2;   // a slice: more of the same slice tell little more

// A window of about `nm` whatever the axis.
Step smoothing(const TrainingSet& set, double nm, int derivative) {
  const double step = (set.axis_nm.back() - set.axis_nm.front()) / static_cast<double>(set.axis_nm.size() - 1);
  const int half = std::clamp(static_cast<int>(std::lround(nm / 2 / step)), 2, 100);
  return {Step::Kind::kSavitzkyGolay, 2 * half + 1, 2, derivative};
}

// Shape alone: neither light nor haze changes it.
std::vector<Step> shape(const TrainingSet& set, double nm) { return {{Step::Kind::kSnv}, smoothing(set, nm, 1)}; }

// Opaque ores are nearly black: SNV would leave little but their noise, which cross-validation sees.
std::vector<std::vector<Step>> quick_treatments(const TrainingSet& set) { return {shape(set, 80), {{Step::Kind::kAbsorbance}}}; }

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

// The mean of each slice, with what is known of its first row.
TrainingSet slice_means(const TrainingSet& set) {
  std::vector<Eigen::Index> first;
  for (Eigen::Index i = 0; i < set.rows(); ++i) {
    if (i == 0 || set.groups[static_cast<std::size_t>(i)] != set.groups[static_cast<std::size_t>(i - 1)]) first.push_back(i);
  }
  TrainingSet means;
  means.axis_nm = set.axis_nm;
  means.responses = set.responses;
  means.values = set.values(first, Eigen::all);
  means.spectra.resize(static_cast<Eigen::Index>(first.size()), set.spectra.cols());
  for (std::size_t k = 0; k < first.size(); ++k) {
    const Eigen::Index next = k + 1 < first.size() ? first[k + 1] : set.rows();
    means.spectra.row(static_cast<Eigen::Index>(k)) = set.spectra.middleRows(first[k], next - first[k]).colwise().mean();
    means.classes.push_back(set.classes[static_cast<std::size_t>(first[k])]);
  }
  return means;
}

struct BrandRows {
  std::string name;
  TrainingSet composition, clean, held_out, usual;
  TrainingSet means;                       // of the slices of `composition`
};

Result<std::vector<BrandRows>> rows_of_brands(const Pack& pack, const TrainingProvider& provider, std::uint64_t seed, const Progress& progress) {
  std::vector<BrandRows> out;
  for (const auto& brand : pack.brands) {
    if (brand.training.empty()) continue;
    if (progress) progress("spectra of " + brand.name, 0.2 * static_cast<double>(out.size()) / static_cast<double>(pack.brands.size()));
    BrandRows rows{brand.name, {}, {}, {}, {}, {}};
    for (auto [set, purpose] : {std::pair{&rows.composition, Purpose::kComposition}, {&rows.clean, Purpose::kClean},
                                {&rows.held_out, Purpose::kHeldOut}, {&rows.usual, Purpose::kUsual}}) {
      auto given = provider(brand, purpose, seed);
      if (!given) return given.error().within("training spectra of '" + brand.name + "'");
      *set = std::move(*given);
      if (set->axis_nm != (out.empty() ? rows : out.front()).composition.axis_nm) {
        return invalid_input("training spectra of '" + brand.name + "' have another wavelength axis");
      }
    }
    rows.means = slice_means(rows.composition);
    out.push_back(std::move(rows));
  }
  if (out.size() < 2) return invalid_input("pack " + pack.name + ": expected at least two brands with a training source");
  return out;
}

// One response, folds by lot.
TrainingSet with_response(const TrainingSet& set, Eigen::Index response) {
  TrainingSet out = set;
  out.responses = {set.responses[static_cast<std::size_t>(response)]};
  out.values = set.values.col(response);
  return out;
}

// The mean of each slice of the other brands: what they teach of a response needs no single readings.
TrainingSet others_means(const std::vector<BrandRows>& brands, std::size_t than, Eigen::Index response) {
  TrainingSet out;
  out.axis_nm = brands[than].means.axis_nm;
  out.responses = {brands[than].composition.responses[static_cast<std::size_t>(response)]};
  Eigen::Index rows = 0;
  for (std::size_t b = 0; b < brands.size(); ++b) rows += b == than ? 0 : brands[b].means.rows();
  out.spectra.resize(rows, static_cast<Eigen::Index>(out.axis_nm.size()));
  out.values.resize(rows, 1);
  Eigen::Index at = 0;
  for (std::size_t b = 0; b < brands.size(); ++b) {
    if (b == than) continue;
    const auto& means = brands[b].means;
    out.spectra.middleRows(at, means.rows()) = means.spectra;
    out.values.middleRows(at, means.rows()) = means.values.col(response);
    out.classes.insert(out.classes.end(), means.classes.begin(), means.classes.end());
    at += means.rows();
  }
  return out;
}

Result<Regressor> fit_composition(const std::vector<BrandRows>& brands, std::size_t brand, Eigen::Index response, std::uint64_t seed, bool thorough) {
  auto set = with_response(brands[brand].composition, response);
  RegressorOptions o;
  o.slices = set.groups;
  set.groups = set.lots;                     // a lot is never on both sides of a fold
  o.related = others_means(brands, brand, response);
  o.confidence = 0.9999;
  o.check_errors = false;                    // lots held out say below how wrong it is
  o.seed = seed;
  if (!thorough) {
    o.quick = true;
    o.treatments = quick_treatments(set);
    o.folds = 5;
    o.most_components = 12;
  }
  auto model = Regressor::fit(std::move(set), o);
  if (!model) return model.error();
  if (auto ok = model->calibrate_slices(with_response(brands[brand].usual, response)); !ok) return ok.error();
  return model;
}

Result<std::string> fit_regressions(const std::vector<BrandRows>& brands, std::uint64_t seed, const FitEffort& effort, const std::function<void(double)>& progress) {
  const auto& responses = brands.front().composition.responses;
  struct Part {
    std::size_t brand;
    Eigen::Index response;
  };
  std::vector<Part> parts;
  for (std::size_t b = 0; b < brands.size(); ++b) {
    for (Eigen::Index k = 0; k < static_cast<Eigen::Index>(responses.size()); ++k) {
      const auto column = brands[b].composition.values.col(k);
      if (column.maxCoeff() - column.minCoeff() >= kLeastSpread) parts.push_back({b, k});
    }
  }
  std::vector<std::optional<Result<Regressor>>> fitted(parts.size());
  std::mutex mutex;
  double done = 0;
  effort.executor(parts.size(), [&](std::size_t i) {
    fitted[i] = fit_composition(brands, parts[i].brand, parts[i].response, seed, effort.thorough);
    const std::scoped_lock lock(mutex);
    progress(++done / static_cast<double>(parts.size()));
  });
  RegressionModels models;
  models.by = "class";
  for (const auto& r : responses) models.responses.push_back("y:" + r);
  models.models.resize(responses.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& name = brands[parts[i].brand].name;
    const auto response = static_cast<std::size_t>(parts[i].response);
    if (!*fitted[i]) return fitted[i]->error().within(responses[response] + " of " + name);
    models.models[response].emplace(name, std::move(**fitted[i]));
  }
  for (std::size_t k = responses.size(); k-- > 0;) {       // what varies in no brand
    if (models.models[k].empty()) models.models.erase(models.models.begin() + static_cast<std::ptrdiff_t>(k)), models.responses.erase(models.responses.begin() + static_cast<std::ptrdiff_t>(k));
  }
  auto bundle = models.to_bundle();
  bundle[std::string(kModelKindPart)] = "regression";
  return write_bundle(bundle);
}

// All brands' rows of one purpose, groups kept apart; of each slice at most `readings`.
TrainingSet together(const std::vector<BrandRows>& brands, TrainingSet BrandRows::* purpose, std::size_t readings = 1000) {
  TrainingSet out;
  out.axis_nm = (brands.front().*purpose).axis_nm;
  std::vector<std::pair<const TrainingSet*, Eigen::Index>> rows;
  std::uint32_t group = 0;
  for (const auto& brand : brands) {
    const auto& set = brand.*purpose;
    std::size_t taken = 0;
    for (Eigen::Index i = 0; i < set.rows(); ++i) {
      const bool another = i == 0 || set.groups[static_cast<std::size_t>(i)] != set.groups[static_cast<std::size_t>(i - 1)];
      if (another) taken = 0, ++group;
      if (taken++ >= readings) continue;
      rows.emplace_back(&set, i);
      out.groups.push_back(group);
      out.classes.push_back(brand.name);
    }
  }
  out.spectra.resize(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(out.axis_nm.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) out.spectra.row(static_cast<Eigen::Index>(i)) = rows[i].first->spectra.row(rows[i].second);
  out.values.resize(out.spectra.rows(), 0);
  return out;
}

Result<std::string> fit_identity(const std::vector<BrandRows>& brands, std::uint64_t seed, const FitEffort& effort) {
  auto rows = together(brands, &BrandRows::clean, kReadingsToTellBrands);
  IdentityOptions o;
  o.treatments = effort.thorough ? identity_treatments() : std::vector<std::vector<Step>>{shape(rows, 80)};
  o.fill_gaps = true;
  o.rejection = kRejection;
  o.seed = seed;
  o.executor = effort.executor;
  auto identity = Identity::fit(std::move(rows), o);
  if (!identity) return identity.error();
  return write_bundle({{std::string(kModelKindPart), "identity"}, {"identity", identity->to_bytes()}, {"class", "class"}});
}

// What slag would do to each brand, from the generated slag minerals: a pack with a measured library is fitted at the desk.
Result<std::string> fit_slag(const std::vector<BrandRows>& brands, std::uint64_t seed) {
  ScreenOptions o;
  o.false_alarms = kSliceFalseAlarms;
  o.means = false;               // learnt below, of lots as they usually come
  o.seed = seed;
  auto screens = fit_slag_screens(together(brands, &BrandRows::held_out), std::nullopt, o);
  if (!screens) return screens.error();
  Bundle bundle{{std::string(kModelKindPart), "screen"}, {"class", "class"}};
  for (auto& [brand, model] : *screens) {
    const auto rows = std::ranges::find(brands, brand, &BrandRows::name);
    if (auto ok = model.learn_lots(rows->usual); !ok) return ok.error().within(brand);
    bundle["screen/" + brand] = model.to_bytes();
  }
  return write_bundle(bundle);
}

Result<std::string> fit_shapes(const std::vector<BrandRows>& brands, std::uint64_t seed) {
  Bundle bundle;
  for (const auto& rows : brands) {
    auto envelope = Envelope::fit(rows.held_out);
    if (!envelope) return envelope.error().within(rows.name);
    auto shaped = fit_screen(rows.clean, rows.held_out, shape(rows.clean, 140), seed);
    if (!shaped) return shaped.error().within(rows.name);
    auto level = fit_screen(rows.clean, rows.held_out, {smoothing(rows.clean, 140, 1)}, seed);
    if (!level) return level.error().within(rows.name);
    bundle["envelope/" + rows.name] = envelope->to_bytes();
    bundle["shape/" + rows.name] = shaped->to_bytes();
    bundle["level/" + rows.name] = level->to_bytes();
  }
  return write_bundle(bundle);
}

}  // namespace

Result<FittedModels> fit_spectral_models(const Pack& pack, const TrainingProvider& provider, std::uint64_t seed, const Progress& progress,
                                         const FitEffort& effort) {
  const auto say = [&](const std::string& what, double share) {
    if (progress) progress(what, share);
  };
  auto brands = rows_of_brands(pack, provider, seed, progress);
  if (!brands) return brands.error();
  FittedModels out;
  const auto add = [&](const char* name, Result<std::string> bytes) -> Result<void> {
    if (!bytes) return bytes.error().within(name);
    out[name] = std::move(*bytes);
    return {};
  };
  if (auto ok = add("brand_regression", fit_regressions(*brands, seed, effort, [&](double share) { say("composition", 0.2 + 0.5 * share); })); !ok) return ok.error();
  say("what a brand looks like", 0.7);
  if (auto ok = add("brand_shape", fit_shapes(*brands, seed)); !ok) return ok.error();
  say("slag", 0.8);
  if (auto ok = add("slag_screen", fit_slag(*brands, seed)); !ok) return ok.error();
  auto line = LineReference::fit(slice_means(together(*brands, &BrandRows::held_out)));
  if (!line) return line.error().within("spectrometer_health");
  out["spectrometer_health"] = line->to_bytes();
  say("brand identity", 0.9);
  if (auto ok = add("brand_identity", fit_identity(*brands, seed, effort)); !ok) return ok.error();
  say("", 1);
  return out;
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
  fs::remove(out / "models" / "slag_comparison.bin", error);   // of older versions: brand_shape and slag_screen have taken its place
  for (const auto& [name, bytes] : models) {
    if (auto ok = write_file_atomically(out / "models" / (name + ".bin"), bytes); !ok) return ok;
  }
  return {};
}

}  // namespace beltwarden::pack
