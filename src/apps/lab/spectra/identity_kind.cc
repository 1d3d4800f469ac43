#include "apps/lab/spectra/identity_kind.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "apps/lab/answer_text.h"
#include "base/workers.h"
#include "science/spectra/identity.h"

namespace beltwarden::lab {
namespace {

using spectra::Identity;

constexpr double kMostMissing = 0.4;     // of the rows: a band missing more often is not used
constexpr std::size_t kFewestGroups = 5; // in each class, for the folds to keep groups together
constexpr double kRejection = 0.004;     // for each of two limits: under one per cent of known material in all

Result<std::vector<std::vector<spectra::Step>>> treatments(const std::string& preprocess) {
  if (preprocess == "auto") return spectra::identity_treatments();
  auto steps = spectra::parse_steps(preprocess);
  if (!steps) return steps.error();
  return std::vector<std::vector<spectra::Step>>{std::move(*steps)};
}

// Groups that are all a class has cannot be left out of it: they are kinds of the class rather than lots.
bool each_class_has(const std::vector<std::uint32_t>& groups, const std::vector<std::string>& classes, std::size_t fewest) {
  std::map<std::string, std::set<std::uint32_t>> of;
  for (std::size_t i = 0; i < groups.size(); ++i) of[classes[i]].insert(groups[i]);
  return std::ranges::all_of(of, [&](const auto& c) { return c.second.size() >= fewest; });
}

struct Answers {
  SpectralTable table;
  std::vector<Identity::Judgement> of;
};

Result<std::pair<Identity, std::string>> model_of(const spectra::Bundle& bundle) {
  const auto bytes = bundle.find("identity"), column = bundle.find("class");
  if (bytes == bundle.end() || column == bundle.end()) return corrupt("model of kind identity: a part is missing");
  auto model = Identity::from_bytes(bytes->second);
  if (!model) return model.error();
  return std::pair{std::move(*model), column->second};
}

Result<Answers> ask(const Identity& model, const SpectralTable& table, bool average, const Progress& progress) {
  Answers out{average ? averaged(table) : table, {}};
  auto spectra = spectra_on(out.table, model.treatment().axis_nm());
  if (!spectra) return spectra.error();
  Identity::Scratch scratch;
  for (Eigen::Index i = 0; i < spectra->rows(); ++i) {
    out.of.push_back(model.judge(spectra->row(i).transpose(), scratch));
    if (progress) progress(static_cast<double>(i) / static_cast<double>(spectra->rows()));
  }
  return out;
}

}  // namespace

Result<void> check_identity_usage(const FitRequest& request) {
  if (request.class_column.empty()) return invalid_input("identity: expected --class, the column of the class");
  if (auto ok = without(request, "identity", {"--response", "--by", "--components", "--false-alarms", "--library", "--report"}); !ok) return ok;
  if (auto steps = treatments(request.preprocess); !steps) return steps.error().within("--preprocess");
  static constexpr std::string_view kMethods[] = {"auto", "pls-da", "lda", "svm"};
  if (std::ranges::find(kMethods, request.method) == std::end(kMethods)) {
    return invalid_input("--method '" + request.method + "': expected auto, pls-da, lda or svm");
  }
  return {};
}

Result<spectra::Bundle> fit_identity(const FitRequest& request) {
  if (auto ok = check_identity_usage(request); !ok) return ok.error();
  const auto& table = request.table;
  const auto* classes = table.column(request.class_column);
  if (classes == nullptr) return invalid_input(table.path + ": expected the class in column '" + request.class_column + "', which is not there");
  spectra::TrainingSet set = table.set;
  set.classes = *classes;
  std::string said;
  auto grouped = groups_for_folds(table, request.group, said);
  if (!grouped) return grouped.error();
  const bool insisted = !request.group.empty();
  if (each_class_has(*grouped, set.classes, insisted ? 2 : kFewestGroups)) {
    set.groups = std::move(*grouped);
  } else if (insisted) {
    return invalid_input(table.path + ": --group " + request.group + ": expected at least 2 groups in every class, that one can be left out");
  } else {
    said = "folds keep the scans of a slice together; warning: the groups are too few in some class to be left out whole (--group group insists)";
  }
  set.responses.clear();
  set.values.resize(set.rows(), 0);
  spectra::IdentityOptions options;
  options.used = bands_present(set.spectra, kMostMissing);
  options.fill_gaps = true;
  options.rejection = kRejection;
  auto steps = treatments(request.preprocess);
  if (!steps) return steps.error();
  options.treatments = std::move(*steps);
  options.executor = workers();
  if (request.method == "lda") options.only = spectra::DeciderOptions::Method::kDiscriminant;
  else if (request.method == "svm") options.only = spectra::DeciderOptions::Method::kSupportVectors;
  else if (request.method == "pls-da") options.discriminants_only = true;
  if (request.progress) options.progress = [&](double share) { request.progress("identity", share); };
  auto model = Identity::fit(std::move(set), options);
  if (!model) return model.error().within(table.path);
  if (request.say) {
    if (!said.empty()) request.say(said);
    int shown = 0;
    for (const auto& t : model->trials()) {
      if (shown++ == 5) break;
      request.say((shown == 1 ? "chosen: " : "        ") + t.treatment + "; " + t.method + ": " + json_number(100 * t.wrong) + " % wrong in cross-validation");
    }
  }
  return spectra::Bundle{{"identity", model->to_bytes()}, {"class", request.class_column}};
}

Result<std::string> predict_identity(const spectra::Bundle& bundle, const SpectralTable& table, bool average, const Progress& progress) {
  auto model = model_of(bundle);
  if (!model) return model.error();
  auto answers = ask(model->first, table, average, progress);
  if (!answers) return answers.error();
  std::string out = "id,class,confidence,verdict\n";
  for (std::size_t i = 0; i < answers->of.size(); ++i) {
    const auto& j = answers->of[i];
    out += csv_field(answers->table.ids[i]) + ',';
    if (j.valid) out += csv_field(model->first.classes()[static_cast<std::size_t>(j.class_index)]) + ',' + exact_number(j.confidence);
    else out += ',';
    out += !j.valid ? ",invalid\n" : j.known ? ",ok\n" : ",unknown\n";
  }
  return out;
}

Result<std::string> evaluate_identity(const spectra::Bundle& bundle, const SpectralTable& table, bool average, bool json,
                                      const Progress& progress) {
  auto model = model_of(bundle);
  if (!model) return model.error();
  auto answers = ask(model->first, table, average, progress);
  if (!answers) return answers.error();
  const auto* truth = answers->table.column(model->second);
  if (truth == nullptr) return invalid_input(table.path + ": evaluating needs the class in column '" + model->second + "', which is not there");
  double n = 0, right = 0, unknown = 0, right_known = 0, invalid = 0;
  std::map<std::string, std::map<std::string, double>> confusion;
  for (std::size_t i = 0; i < answers->of.size(); ++i) {
    const auto& j = answers->of[i];
    n += 1;
    if (!j.valid) {
      invalid += 1;
      continue;
    }
    const auto& named = model->first.classes()[static_cast<std::size_t>(j.class_index)];
    confusion[(*truth)[i]][named] += 1;
    right += named == (*truth)[i];
    unknown += !j.known;
    right_known += j.known && named == (*truth)[i];
  }
  const double known = n - invalid - unknown;
  std::string out;
  if (json) {
    out = "{\"n\":" + json_number(n) + ",\"accuracy\":" + json_number(right / n) + ",\"unknown\":" + json_number(unknown / n) +
          ",\"accuracy_of_known\":" + json_number(right_known / known) + ",\"invalid\":" + json_number(invalid) + ",\"confusion\":{";
    std::string comma;
    for (const auto& [c, row] : confusion) {
      out += comma + json_text(c) + ":{";
      std::string inner;
      for (const auto& [named, count] : row) {
        out += inner + json_text(named) + ':' + json_number(count);
        inner = ",";
      }
      out += '}';
      comma = ",";
    }
    return out + "}}\n";
  }
  out = json_number(100 * right / n) + " % of " + json_number(n) + " right, " + json_number(100 * unknown / n) + " % unknown, " + json_number(invalid) + " invalid\n";
  for (const auto& [c, row] : confusion) {
    out += "  " + c + ":";
    for (const auto& [named, count] : row) out += ' ' + named + ' ' + json_number(count);
    out += '\n';
  }
  return out;
}

}  // namespace beltwarden::lab
