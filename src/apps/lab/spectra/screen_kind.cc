#include "apps/lab/spectra/screen_kind.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "apps/lab/answer_text.h"
#include "apps/lab/spectra/reference_table.h"
#include "science/spectra/one_class.h"
#include "science/spectra/slag_screen.h"

namespace beltwarden::lab {
namespace {

using spectra::SlagScreen;

constexpr std::string_view kPrefix = "screen/", kOneClassPrefix = "oneclass/";
constexpr double kFalseAlarms = 0.01;
constexpr double kMeanFalseAlarms = 2e-5;   // of one look at a mean, as the belt has it
constexpr double kMostReflectance = 2;     // of the value in the middle: nothing on a belt shines like that
constexpr double kMostUnscreened = 0.05;   // of the rows: a band missing more often is not used

struct Screens {
  std::string class_column;                         ///< empty: one brand, whatever the rows say
  std::map<std::string, SlagScreen, std::less<>> of;
  std::map<std::string, spectra::OneClass, std::less<>> one_class;   ///< with --method t2q or dd-simca, instead
  const std::vector<double>& axis_nm() const { return (of.empty() ? one_class.begin()->second.treatment() : of.begin()->second.treatment()).axis_nm(); }
  std::size_t brands() const { return of.size() + one_class.size(); }

  static Result<Screens> from_bundle(const spectra::Bundle& bundle) {
    Screens s;
    if (const auto it = bundle.find("class"); it != bundle.end()) s.class_column = it->second;
    for (const auto& [name, bytes] : bundle) {
      if (name.starts_with(kOneClassPrefix)) {
        auto model = spectra::OneClass::from_bytes(bytes);
        if (!model) return model.error().within(name);
        s.one_class.emplace(name.substr(kOneClassPrefix.size()), std::move(*model));
        continue;
      }
      if (!name.starts_with(kPrefix)) continue;
      auto screen = SlagScreen::from_bytes(bytes);
      if (!screen) return screen.error().within(name);
      s.of.emplace(name.substr(kPrefix.size()), std::move(*screen));
    }
    if (s.brands() == 0 || (!s.of.empty() && !s.one_class.empty())) return corrupt("model of kind screen: it holds no brand");
    return s;
  }
};

struct Answer {
  std::string brand;
  SlagScreen::Judgement judgement;
  std::vector<spectra::LibraryMatch> looks_like;    ///< of suspects
};

struct ScreenAnswers {
  SpectralTable table;
  std::vector<Answer> of;
};

// Where the fit had single scans only, the table's own repeated scans say what averaging them is worth.
Result<void> learn_scatter(Screens& screens, const SpectralTable& table) {
  auto spectra = spectra_on(table, screens.axis_nm());
  if (!spectra) return spectra.error();
  const auto* classes = screens.class_column.empty() ? nullptr : table.column(screens.class_column);
  for (auto& [brand, screen] : screens.of) {
    if (screen.most_scans() > 1) continue;
    std::vector<Eigen::Index> rows;
    std::vector<std::uint32_t> groups;
    for (std::size_t i = 0; i < table.rows(); ++i) {
      if (screens.brands() > 1 && classes != nullptr && (*classes)[i] != brand) continue;
      rows.push_back(static_cast<Eigen::Index>(i));
      groups.push_back(table.set.groups[i]);
    }
    screen.learn_scan_scatter((*spectra)(rows, Eigen::all), groups);
  }
  return {};
}

// A one-class model says how strange a spectrum is, not how much slag it holds.
SlagScreen::Judgement judge(const spectra::OneClass& model, const Eigen::VectorXd& spectrum, double scans) {
  spectra::OneClass::Scratch scratch;
  const auto j = model.judge(spectrum, scans, scratch);
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  return {j.valid, j.index, j.limit, unknown, unknown, unknown, unknown};
}

Result<ScreenAnswers> ask(Screens& screens, const SpectralTable& table, bool average, const Progress& progress) {
  if (average) {
    if (auto ok = learn_scatter(screens, table); !ok) return ok.error();
  }
  const auto* classes = screens.class_column.empty() ? nullptr : table.column(screens.class_column);
  if (classes == nullptr && !screens.class_column.empty() && screens.brands() > 1) {
    return invalid_input(table.path + ": expected the declared brand in column '" + screens.class_column + "', which is not there");
  }
  ScreenAnswers out{average ? averaged(table) : table, {}};
  auto spectra = spectra_on(out.table, screens.axis_nm());
  if (!spectra) return spectra.error();
  classes = screens.class_column.empty() ? nullptr : out.table.column(screens.class_column);
  SlagScreen::Scratch scratch;
  for (std::size_t i = 0; i < out.table.rows(); ++i) {
    if (progress) progress(static_cast<double>(i) / static_cast<double>(out.table.rows()));
    Answer a;
    if (classes != nullptr) a.brand = (*classes)[i];
    if (!screens.one_class.empty()) {
      const auto one = screens.one_class.size() == 1 ? screens.one_class.begin() : screens.one_class.find(a.brand);
      if (one != screens.one_class.end()) a.judgement = judge(one->second, spectra->row(static_cast<Eigen::Index>(i)).transpose(), out.table.scans[i]);
      out.of.push_back(std::move(a));
      continue;
    }
    const auto it = screens.of.size() == 1 ? screens.of.begin() : screens.of.find(a.brand);
    if (it != screens.of.end()) {
      const Eigen::VectorXd x = spectra->row(static_cast<Eigen::Index>(i)).transpose();
      a.judgement = it->second.judge(x, out.table.scans[i], scratch);
      if (a.judgement.suspect()) a.looks_like = it->second.match(x, 1, scratch);
    }
    out.of.push_back(std::move(a));
  }
  return out;
}

const char* verdict(const SlagScreen::Judgement& j) { return !j.valid ? "invalid" : j.suspect() ? "suspect" : "clean"; }

// Half of the values that are there are larger.
double middle_value(const spectra::Spectra& spectra) {
  std::vector<double> known;
  for (Eigen::Index i = 0; i < spectra.rows(); ++i) {
    for (Eigen::Index j = 0; j < spectra.cols(); j += 7) {
      if (std::isfinite(spectra(i, j))) known.push_back(spectra(i, j));
    }
  }
  if (known.empty()) return 0;
  const auto middle = known.begin() + static_cast<std::ptrdiff_t>(known.size() / 2);
  std::ranges::nth_element(known, middle);
  return *middle;
}

bool is_one_class(const FitRequest& request) { return request.method == "t2q" || request.method == "dd-simca"; }

Result<spectra::Bundle> fit_one_class(const FitRequest& request, const spectra::TrainingSet& clean, const std::vector<bool>& used) {
  auto steps = spectra::parse_steps(request.preprocess == "auto" ? "snv,sg(9,2,1)" : request.preprocess);
  if (!steps) return steps.error().within("--preprocess");
  spectra::OneClassOptions options;
  options.law = request.method == "dd-simca" ? spectra::OneClassLaw::kDataDriven : spectra::OneClassLaw::kSum;
  options.steps = std::move(*steps);
  options.used = used;
  options.false_alarms = request.false_alarms.value_or(kFalseAlarms);
  spectra::Bundle bundle{{"class", request.class_column}};
  auto classes = spectra::classes_of(clean);
  if (classes.empty()) classes = {""};
  for (const auto& name : classes) {
    auto model = spectra::OneClass::fit(name.empty() ? clean : spectra::rows_of(clean, name), options);
    if (!model) return model.error().within(request.table.path + ": " + name);
    bundle[std::string(kOneClassPrefix) + name] = model->to_bytes();
  }
  return bundle;
}

}  // namespace

Result<void> check_screen_usage(const FitRequest& request) {
  static constexpr std::string_view kMethods[] = {"auto", "likelihood", "t2q", "dd-simca"};
  if (std::ranges::find(kMethods, request.method) == std::end(kMethods)) {
    return invalid_input("--method '" + request.method + "': expected auto, likelihood, t2q or dd-simca");
  }
  if (auto ok = without(request, "screen", {"--response", "--by", "--components", "--report"}); !ok) return ok;
  if (!is_one_class(request)) return without(request, "screen", {"--preprocess"});
  if (auto ok = without(request, "screen", {"--library", "--group"}); !ok) return ok;
  if (auto steps = spectra::parse_steps(request.preprocess == "auto" ? "raw" : request.preprocess); !steps) return steps.error().within("--preprocess");
  return {};
}

Result<spectra::Bundle> fit_screen(const FitRequest& request) {
  if (auto ok = check_screen_usage(request); !ok) return ok.error();
  const auto& table = request.table;
  spectra::TrainingSet clean = table.set;
  clean.classes.clear();
  clean.responses.clear();
  clean.values.resize(clean.rows(), 0);
  if (!request.class_column.empty()) {
    const auto* classes = table.column(request.class_column);
    if (classes == nullptr) return invalid_input(table.path + ": expected the brand in column '" + request.class_column + "', which is not there");
    clean.classes = *classes;
  }
  // Rows that the table says hold slag are no clean ore.
  if (const int slag = table.response("slag"); slag >= 0) {
    double foul = 0;
    for (Eigen::Index i = 0; i < clean.rows(); ++i) foul += table.set.values(i, slag) > 0;
    if (foul > 0) {
      return invalid_input(table.path + ": expected rows of clean ore, found " + exact_number(foul) + " with y:slag above 0; choose with --where");
    }
  }
  if (is_one_class(request)) return fit_one_class(request, clean, bands_present(clean.spectra, kMostUnscreened));
  if (const double usual = middle_value(clean.spectra); usual > kMostReflectance) {
    return invalid_input(table.path + ": expected reflectances as fractions of white, 0 to 1, found " + json_number(usual) + " in the middle (in per cent? divide by 100)");
  }
  std::optional<spectra::ReferenceLibrary> library;
  if (!request.library.empty()) {
    auto read = read_reference_library(request.library);
    if (!read) return read.error();
    library = std::move(*read);
  }
  if (!request.group.empty()) {
    std::string said;
    auto lots = groups_for_folds(table, request.group, said);
    if (!lots) return lots.error();
    clean.lots = std::move(*lots);
  }
  spectra::ScreenOptions options;
  options.false_alarms = request.false_alarms.value_or(kFalseAlarms);
  options.used = bands_present(clean.spectra, kMostUnscreened);
  spectra::Bundle bundle{{"class", request.class_column}};
  auto screens = spectra::fit_slag_screens(std::move(clean), std::move(library), options, [&](const std::string& brand, double share) {
    if (request.progress) request.progress(brand, share);
  });
  if (!screens) return screens.error().within(table.path);
  for (auto& [brand, screen] : *screens) {
    if (request.say) {
      const double scans = screen.most_scans();
      const auto stated = [](double least) {
        return least >= 1 ? std::string("not detectable") : "found 9 times in 10 from " + json_number(100 * least) + " %";
      };
      request.say((brand.empty() ? "brand" : brand) + ": " +
                  (screen.knows_slag() ? "slag is " + stated(screen.detection_limit(scans)) : "no library: strangeness only") +
                  (screen.knows_means() ? ", in the mean of ten slices " + stated(screen.mean_limit(10, 0, 0, kMeanFalseAlarms).detection) : "") +
                  ", means of " + json_number(scans) + (scans > 1 ? " scans" : " scan (no slice with several scans: limits of means will follow the scatter of the scans judged)"));
    }
    bundle[std::string(kPrefix) + brand] = screen.to_bytes();
  }
  return bundle;
}

Result<std::string> predict_screen(const spectra::Bundle& bundle, const SpectralTable& table, bool average, const Progress& progress) {
  auto screens = Screens::from_bundle(bundle);
  if (!screens) return screens.error();
  auto answers = ask(*screens, table, average, progress);
  if (!answers) return answers.error();
  std::string out = "id,distance,limit,slag_fraction,slag_fraction_std,verdict,likeness,strangeness,looks_like,looks_like_confidence\n";
  for (std::size_t i = 0; i < answers->of.size(); ++i) {
    const auto& [brand, j, looks_like] = answers->of[i];
    out += csv_field(answers->table.ids[i]);
    if (j.valid) {
      for (double v : {j.distance, j.limit, j.slag_fraction, j.slag_fraction_std}) out += ',' + exact_number(v);
    } else {
      out += ",,,,";
    }
    out += std::string(",") + verdict(j) + ',';
    if (j.valid) out += exact_number(j.likeness) + ',' + exact_number(j.strangeness);
    else out += ',';
    out += ',';
    if (!looks_like.empty()) out += csv_field(looks_like[0].name) + ',' + exact_number(looks_like[0].confidence);
    else out += ',';
    out += '\n';
  }
  return out;
}

Result<std::string> evaluate_screen(const spectra::Bundle& bundle, const SpectralTable& table, bool average, bool json,
                                    const Progress& progress) {
  auto screens = Screens::from_bundle(bundle);
  if (!screens) return screens.error();
  auto answers = ask(*screens, table, average, progress);
  if (!answers) return answers.error();
  struct Count {
    double n = 0, suspect = 0, told = 0, off = 0, covered = 0;
    double rate() const { return suspect / n; }
  };
  std::map<double, Count> levels;
  std::map<std::string, std::map<double, Count>> brands;
  double invalid = 0, unlabelled = 0;
  const int slag = answers->table.response("slag");
  if (slag < 0) return invalid_input(table.path + ": evaluating a screen needs the slag content, %, in column 'y:slag', which is not there");
  for (std::size_t i = 0; i < answers->of.size(); ++i) {
    const auto& a = answers->of[i];
    if (!a.judgement.valid) {
      invalid += 1;
      continue;
    }
    const double level = answers->table.set.values(static_cast<Eigen::Index>(i), slag);
    if (std::isnan(level)) {   // nobody knows whether it is clean
      unlabelled += 1;
      continue;
    }
    const double off = a.judgement.slag_fraction - level / 100;
    for (auto* c : {&levels[level], &brands[a.brand][level]}) {
      c->n += 1;
      c->suspect += a.judgement.suspect();
      if (std::isnan(off)) continue;   // a one-class model says nothing of the fraction
      c->told += 1;
      c->off += off * off;
      c->covered += std::abs(off) <= 1.959964 * a.judgement.slag_fraction_std;
    }
  }
  std::string out;
  const auto figures = [&](const std::map<double, Count>& of) {
    std::string clean = "null", detection, fraction, comma;
    for (const auto& [level, c] : of) {
      if (level == 0) {
        clean = json_number(c.rate());
        continue;
      }
      detection += comma + json_text(json_number(level)) + ":" + json_number(c.rate());
      fraction += comma + json_text(json_number(level)) + ":" + json_number(std::sqrt(c.off / c.told));
      comma = ",";
    }
    return "\"false_alarms\":" + clean + ",\"detection\":{" + detection + "},\"slag_fraction_rmse\":{" + fraction + "}";
  };
  if (json) {
    double covered = 0, n = 0, told = 0;
    for (const auto& [level, c] : levels) n += c.n, told += c.told, covered += c.covered;
    out = "{\"n\":" + json_number(n) + ",\"invalid\":" + json_number(invalid) + ",\"unlabelled\":" + json_number(unlabelled) + ',' + figures(levels) +
          ",\"slag_fraction_coverage95\":" + json_number(covered / told);
    out += ",\"by\":{";
    std::string comma;
    for (const auto& [brand, of] : brands) {
      out += comma + json_text(brand) + ":{" + figures(of) + '}';
      comma = ",";
    }
    return out + "}}\n";
  }
  for (const auto& [level, c] : levels) {
    out += (level == 0 ? "clean: " : json_number(level) + " % slag: ") + json_number(100 * c.rate()) + " % of " + json_number(c.n) + " suspect";
    if (c.told > 0) {
      out += ", slag fraction off by " + json_number(100 * std::sqrt(c.off / c.told)) + " % (rms), " + json_number(100 * c.covered / c.told) +
             " % within the 95 % interval";
    }
    out += '\n';
  }
  return out + json_number(invalid) + " invalid, " + json_number(unlabelled) + " without a slag content\n";
}

}  // namespace beltwarden::lab
