// How Regressor::fit looks for treatments, methods and their combination.
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <optional>

#include "science/spectra/combination.h"
#include "science/spectra/regressor.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr Eigen::Index kFewestRows = 8;
constexpr Eigen::Index kFewestForMore = 40;     // rows from which more than PLS is tried
constexpr Eigen::Index kMostForGp = 1500;       // rows a Gaussian process is fitted on
constexpr int kDirections = 120;
constexpr int kPicks = 6;
constexpr std::size_t kTreatmentsTuned = 4;

struct Prepared {                 // a treatment of the training rows
  Treatment treatment;
  TreatedSet treated;
  std::vector<int> fold;
  CrossFit cross;
  int components = 1;
  double rmsecv = 0;
};

struct GpTrial {
  std::size_t prepared = 0;
  bool autoscale = false;
  GpKernel kernel;
  double quick = 0;
  GpCross cross;
};

struct Candidate {
  enum class Method { kPls, kLocal, kGp } method = Method::kPls;
  std::size_t prepared = 0;
  bool autoscale = false;
  int components = 0;
  LocalOptions local;
  GpKernel kernel;
  Eigen::VectorXd predicted, variance;
  double rmsecv = 0;
};

double rms(const Eigen::VectorXd& v) { return std::sqrt(v.squaredNorm() / static_cast<double>(v.size())); }

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

std::string describe(const Candidate& c) {
  switch (c.method) {
    case Candidate::Method::kPls: return "PLS " + std::to_string(c.components);
    case Candidate::Method::kLocal:
      return "local PLS " + std::to_string(c.components) + " of " + std::to_string(c.local.neighbours) + " neighbours";
    case Candidate::Method::kGp: break;
  }
  return std::string(c.kernel.smooth > 0 ? "Gaussian process" : "ridge") + (c.autoscale ? " (points scaled)" : "") + ", " +
         std::to_string(c.kernel.directions) + " directions";
}

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
  std::vector<std::string> texts = {"raw", "snv", "detrend", d1, wide1, "snv," + d1, "snv," + wide1, d2, "snv," + d2, "snv," + wide2, "snv,detrend"};
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

/// The search, as steps that each leave their findings in members.
class RegressorSearch {
 public:
  RegressorSearch(TrainingSet set, const RegressorOptions& options) : set_(std::move(set)), options_(options) {}

  Result<Regressor> run(FitStory* story) {
    if (auto ok = take_rows(); !ok) return ok.error();
    if (auto ok = prepare(); !ok) return ok.error();
    try_pls();
    if (options_.components == 0 && y_.size() >= kFewestForMore) {
      try_gps();
      try_local();
    }
    choose();
    auto model = build();
    if (model && story != nullptr) tell(*model, *story);
    return model;
  }

 private:
  void report(double share) const {
    if (options_.progress) options_.progress(share);
  }

  // Rows with a response, usable under every treatment alike.
  Result<void> take_rows() {
    if (auto ok = complete(set_); !ok) return ok.error();
    if (set_.responses.size() != 1) return invalid_input("regressor: expected one response, found " + std::to_string(set_.responses.size()));
    used_ = points_present(set_.spectra);
    if (std::ranges::count(used_, true) < static_cast<std::ptrdiff_t>(used_.size()) * 3 / 4) used_ = mostly_present();
    auto plain = Treatment::make(set_.axis_nm, {}, used_);
    if (!plain) return plain.error();
    // Rows that any treatment refuses (gaps, flat) are left out of all.
    auto strict = Treatment::make(set_.axis_nm, {{Step::Kind::kSnv}}, used_);
    if (!strict) return strict.error();
    const auto treated = treat(*strict, set_);
    for (auto r : treated.row) {
      if (std::isfinite(set_.values(r, 0))) rows_.push_back(r);
    }
    if (static_cast<Eigen::Index>(rows_.size()) < kFewestRows) {
      return invalid_input("response '" + set_.responses[0] + "' is known for " + std::to_string(rows_.size()) +
                           " usable spectra, expected at least 8");
    }
    y_ = set_.values.col(0)(rows_);
    if (!options_.slices.empty() && options_.slices.size() != set_.groups.size()) return invalid_input("regressor: expected a slice for each row");
    for (auto r : rows_) {
      groups_.push_back(set_.groups[static_cast<std::size_t>(r)]);
      slices_.push_back(options_.slices.empty() ? groups_.back() : options_.slices[static_cast<std::size_t>(r)]);
    }
    set_.spectra = Spectra(set_.spectra(rows_, Eigen::all));
    set_.values = Eigen::MatrixXd(y_);
    set_.groups = groups_;
    if (!set_.classes.empty()) {
      std::vector<std::string> classes;
      for (auto r : rows_) classes.push_back(set_.classes[static_cast<std::size_t>(r)]);
      set_.classes = std::move(classes);
    }
    std::map<std::uint32_t, int> distinct;
    for (auto g : groups_) ++distinct[g];
    folds_ = std::clamp(options_.folds, 2, static_cast<int>(std::max<std::size_t>(distinct.size(), 2)));
    if (distinct.size() < 3) return invalid_input("response '" + set_.responses[0] + "': expected at least 3 slices or groups, found " + std::to_string(distinct.size()));
    fold_ = deal_folds(groups_, folds_, options_.seed);
    return {};
  }

  // Points missing in at most a twentieth of the rows; rows with more gaps than that are refused by the treatment.
  std::vector<bool> mostly_present() const {
    std::vector<bool> out(static_cast<std::size_t>(set_.spectra.cols()));
    for (Eigen::Index j = 0; j < set_.spectra.cols(); ++j) {
      Eigen::Index missing = 0;
      for (Eigen::Index i = 0; i < set_.rows(); ++i) missing += std::isnan(set_.spectra(i, j));
      out[static_cast<std::size_t>(j)] = missing * 20 <= set_.rows();
    }
    return out;
  }

  Result<void> prepare() {
    const auto treatments = options_.treatments.empty() ? auto_treatments(set_) : options_.treatments;
    std::vector<std::optional<Prepared>> found(treatments.size());
    std::vector<std::string> refused(treatments.size());
    options_.executor(treatments.size(), [&](std::size_t i) {
      auto treatment = Treatment::make(set_.axis_nm, treatments[i], used_);
      if (!treatment) {
        refused[i] = treatment.error().message;
        return;
      }
      if (auto learnt = treatment->fit(set_.spectra, set_.groups); !learnt) {
        refused[i] = learnt.error().message;
        return;
      }
      Prepared p;
      p.treatment = std::move(*treatment);
      p.treated = treat(p.treatment, set_);
      if (p.treated.invalid > 0 || !p.treated.x.allFinite()) {
        refused[i] = to_string(treatments[i]) + ": some spectra cannot be treated so";
        return;
      }
      const int inside = static_cast<int>(y_.size()) - 1 - static_cast<int>(std::ranges::count(fold_, 0));
      const int wanted = options_.components > 0 ? options_.components : options_.most_components;
      auto cross = cross_fit(p.treated.x, y_, fold_, folds_, std::max(1, std::min(wanted, inside)));
      if (!cross) {
        refused[i] = cross.error().message;
        return;
      }
      p.cross = std::move(*cross);
      p.components = options_.components > 0 ? static_cast<int>(p.cross.predicted.cols())
                                             : components_by_one_standard_error(p.cross.predicted, y_, groups_);
      p.rmsecv = rms(p.cross.predicted.col(p.components - 1) - y_);
      found[i] = std::move(p);
    });
    report(0.25);
    for (auto& p : found) {
      if (p) prepared_.push_back(std::move(*p));
    }
    if (!prepared_.empty()) return {};
    for (const auto& why : refused) {
      if (!why.empty()) return invalid_input("no treatment could be used: " + why);
    }
    return invalid_input("no treatment could be used");
  }

  void try_pls() {
    for (std::size_t i = 0; i < prepared_.size(); ++i) {
      Candidate c;
      c.prepared = i;
      c.components = prepared_[i].components;
      c.predicted = prepared_[i].cross.predicted.col(c.components - 1);
      c.rmsecv = prepared_[i].rmsecv;
      candidates_.push_back(std::move(c));
    }
    best_pls_ = 0;
    // An earlier, simpler treatment stays unless a later one is better by 2 %.
    for (std::size_t i = 1; i < prepared_.size(); ++i) {
      if (prepared_[i].rmsecv < 0.98 * prepared_[best_pls_].rmsecv) best_pls_ = i;
    }
  }

  struct Space {
    Latent latent;
    Eigen::MatrixXd scores;
  };
  const Space& space(std::size_t prepared, bool autoscale) { return *spaces_.at({prepared, autoscale}); }
  void make_spaces(const std::vector<std::pair<std::size_t, bool>>& wanted) {
    std::vector<std::pair<std::size_t, bool>> missing;
    for (const auto& w : wanted) {
      if (!spaces_.contains(w) && std::ranges::find(missing, w) == missing.end()) missing.push_back(w);
    }
    std::vector<std::unique_ptr<Space>> made(missing.size());
    options_.executor(missing.size(), [&](std::size_t i) {
      const auto& x = prepared_[missing[i].first].treated.x;
      made[i] = std::make_unique<Space>();
      made[i]->latent = fit_latent(x, kDirections, missing[i].second);
      made[i]->scores = made[i]->latent.scores(x);
    });
    for (std::size_t i = 0; i < missing.size(); ++i) spaces_[missing[i]] = std::move(made[i]);
  }

  void try_gps() {
    if (y_.size() > kMostForGp) return;
    std::vector<std::pair<std::size_t, bool>> spaces;
    for (std::size_t i = 0; i < prepared_.size(); ++i) {
      spaces.push_back({i, false});
      spaces.push_back({i, true});
    }
    make_spaces(spaces);
    report(0.4);
    // Quick looks on few rows, one a kind of coordinates; the best are tuned on all.
    struct Coordinates {
      double whitening;
      int directions;
    };
    constexpr Coordinates kCoordinates[] = {{0, 120}, {0.5, 60}, {1, 12}, {1, 25}};
    std::vector<GpTrial> trials;
    for (const auto& [prepared, autoscale] : spaces) {
      for (const auto& c : kCoordinates) {
        GpTrial t{prepared, autoscale, {}, 0, {}};
        t.kernel = {c.whitening, c.directions, 1.5, 1, 1, 0.1};
        trials.push_back(t);
      }
    }
    options_.executor(trials.size(), [&](std::size_t i) {
      auto& t = trials[i];
      const auto& s = space(t.prepared, t.autoscale);
      t.kernel = tune_gp(s.scores, s.latent.variance, y_, fold_, folds_, t.kernel, 200, 2, &t.quick);
    });
    report(0.6);
    std::ranges::stable_sort(trials, {}, &GpTrial::quick);
    if (trials.size() > kGpsTuned) trials.resize(kGpsTuned);
    options_.executor(trials.size(), [&](std::size_t i) {
      auto& t = trials[i];
      const auto& s = space(t.prepared, t.autoscale);
      t.kernel = tune_gp(s.scores, s.latent.variance, y_, fold_, folds_, t.kernel, 450, 3, &t.quick);
      auto cross = cross_gp(s.scores, s.latent.variance, y_, fold_, folds_, t.kernel);
      if (cross) t.cross = std::move(*cross);
    });
    report(0.9);
    for (auto& t : trials) {
      if (t.cross.predicted.size() == 0) continue;
      Candidate c;
      c.method = Candidate::Method::kGp;
      c.prepared = t.prepared;
      c.autoscale = t.autoscale;
      c.kernel = t.kernel;
      c.predicted = std::move(t.cross.predicted);
      c.variance = std::move(t.cross.variance);
      c.rmsecv = rms(c.predicted - y_);
      candidates_.push_back(std::move(c));
    }
  }

  void try_local() {
    std::vector<std::size_t> order(prepared_.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return prepared_[i].rmsecv; });
    order.resize(std::min(order.size(), kTreatmentsTuned));
    std::vector<std::pair<std::size_t, bool>> spaces;
    for (auto i : order) spaces.push_back({i, false});
    make_spaces(spaces);
    std::vector<Candidate> trials;
    const auto fewest_inside = static_cast<int>(y_.size()) * (folds_ - 1) / folds_ - 1;
    for (auto i : order) {
      for (int neighbours : {60, 120, 240}) {
        if (neighbours * 3 / 2 > fewest_inside) continue;
        Candidate c;
        c.method = Candidate::Method::kLocal;
        c.prepared = i;
        c.local = {neighbours, std::min(14, neighbours / 4), 12, 60};
        trials.push_back(std::move(c));
      }
    }
    options_.executor(trials.size(), [&](std::size_t i) {
      auto& c = trials[i];
      const auto& s = space(c.prepared, false);
      const auto predicted = cross_local(s.scores, s.latent.variance, y_, fold_, c.local);
      c.components = components_by_one_standard_error(predicted, y_, groups_);
      c.local.components = c.components;
      c.predicted = predicted.col(c.components - 1);
      c.rmsecv = rms(c.predicted - y_);
    });
    std::ranges::move(trials, std::back_inserter(candidates_));
    report(0.95);
  }

  void choose() {
    std::ranges::stable_sort(candidates_, {}, &Candidate::rmsecv);
    Eigen::MatrixXd predicted(y_.size(), static_cast<Eigen::Index>(candidates_.size()));
    for (std::size_t i = 0; i < candidates_.size(); ++i) predicted.col(static_cast<Eigen::Index>(i)) = candidates_[i].predicted;
    const bool searched = options_.components == 0;
    // From simple to involved: the best PLS, the best single method, the average of a few.
    const auto pls = std::ranges::find_if(candidates_, [&](const Candidate& c) { return c.method == Candidate::Method::kPls && c.prepared == best_pls_; });
    const int pls_at = static_cast<int>(pls - candidates_.begin());
    Combination simple{{{pls_at, 1.0}}, pls->predicted, pls->rmsecv};
    combination_ = simple;
    why_ = describe(*pls) + " on " + to_string(prepared_[pls->prepared].treatment.steps()) + " has an RMSECV of " + number(pls->rmsecv);
    if (!searched || candidates_.size() == 1) return;
    std::vector<Combination> options{simple, combine(predicted, y_, fold_, folds_, 1), combine(predicted, y_, fold_, folds_, kPicks)};
    const char* names[] = {"the best PLS", "the best single method", "the average of the best few"};
    std::size_t best = 0;
    for (std::size_t i = 1; i < options.size(); ++i) {
      if (options[i].rmse < options[best].rmse) best = i;
    }
    std::size_t chosen = best;
    for (std::size_t i = 0; i < best; ++i) {
      if (excess_in_standard_errors(options[i].predicted - y_, options[best].predicted - y_, groups_) <= 1) {
        chosen = i;
        break;
      }
    }
    combination_ = options[chosen];
    why_ += "; ";
    for (std::size_t i = 1; i < options.size(); ++i) why_ += std::string(names[i]) + " " + number(options[i].rmse) + (i + 1 < options.size() ? ", " : "");
    why_ += std::string(". Chosen: ") + names[chosen] +
            (best == 0 ? ", the simplest and the least"
             : chosen == best ? ", as the simpler are worse by more than one standard error of the difference"
                              : ", the simplest within one standard error of the least") + ". Of " + std::to_string(candidates_.size()) + " candidates in " +
            std::to_string(folds_) + " folds";
  }

  Result<Regressor> build() {
    Regressor model;
    model.why_ = why_;
    model.rmsecv_ = combination_.rmse;
    std::map<std::pair<std::size_t, int>, std::uint32_t> stage_of;     // prepared, 0 plain / 1 latent / 2 autoscaled
    const auto stage = [&](std::size_t prepared, int kind) {
      const auto [at, is_new] = stage_of.emplace(std::pair{prepared, kind}, static_cast<std::uint32_t>(model.stages_.size()));
      if (is_new) model.stages_.push_back({prepared_[prepared].treatment, kind > 0 ? space(prepared, kind == 2).latent : Latent{}});
      return at->second;
    };
    const auto& first = prepared_[best_pls_];
    stage(best_pls_, 0);
    auto domain = fit_pls(first.treated.x, y_, first.components);
    if (!domain) return domain.error();
    model.domain_ = std::move(*domain);
    limits(first, model);
    for (const auto& [at, weight] : combination_.weights) {
      const auto& c = candidates_[static_cast<std::size_t>(at)];
      const auto& p = prepared_[c.prepared];
      Regressor::Member m;
      m.weight = weight;
      if (c.method == Candidate::Method::kPls) {
        m.stage = stage(c.prepared, 0);
        auto pls = fit_pls(p.treated.x, y_, c.components);
        if (!pls) return pls.error();
        LinearMember linear;
        linear.components = pls->components();
        linear.coefficients = pls->coefficients(pls->components()).col(0);
        linear.constant = pls->mean_y[0] - pls->mean_x.dot(linear.coefficients);
        m.model = std::move(linear);
      } else {
        m.stage = stage(c.prepared, c.autoscale ? 2 : 1);
        const auto& s = space(c.prepared, c.autoscale);
        if (c.method == Candidate::Method::kLocal) {
          auto local = LocalPls::fit(s.scores, s.latent.variance, y_, c.local);
          if (!local) return local.error();
          m.model = std::move(*local);
        } else {
          auto gp = GaussianProcess::fit(s.scores, s.latent.variance, y_, c.kernel);
          if (!gp) return gp.error();
          m.model = std::move(*gp);
        }
      }
      model.members_.push_back(std::move(m));
    }
    errors(model);
    report(1);
    return model;
  }

  // T2 and Q beyond which a spectrum is foreign: of theory, or of what rows not seen in fitting have shown.
  void limits(const Prepared& p, Regressor& model) {
    t2_.resize(y_.size());
    q_.resize(y_.size());
    Eigen::VectorXd scores, rest;
    std::vector<double> t2, q;
    for (Eigen::Index i = 0; i < y_.size(); ++i) {
      const auto& without = p.cross.without[static_cast<std::size_t>(fold_[static_cast<std::size_t>(i)])];
      if (without.components() == 0) continue;
      const auto d = truncated(without, model.domain_.components()).distance(p.treated.x.row(i).transpose(), scores, rest);
      t2.push_back(t2_[i] = d.t2);
      q.push_back(q_[i] = d.q);
    }
    std::ranges::sort(t2);
    std::ranges::sort(q);
    const double c = options_.confidence;
    const double in_theory = model.domain_.rows > model.domain_.components() ? t2_limit(c, model.domain_.components(), model.domain_.rows) : 0;
    model.t2_limit_ = std::max(in_theory, t2.empty() ? 0 : sorted_quantile(t2, c));
    model.q_limit_ = q.size() < 2 ? 0 : std::max(q_limit_box(c, q), sorted_quantile(q, c));
  }

  void errors(Regressor& model) {
    auto& e = model.errors_;
    const Eigen::VectorXd& p = combination_.predicted;
    const Eigen::VectorXd error = p - y_;
    const double n = static_cast<double>(y_.size());
    e.mean_predicted = p.mean();
    e.mean_measured = y_.mean();
    e.variance_predicted = (p.array() - e.mean_predicted).square().mean();
    e.covariance = ((p.array() - e.mean_predicted) * (y_.array() - e.mean_measured)).mean();
    e.square = std::max(error.squaredNorm() / n, 1e-24);
    std::map<std::uint32_t, std::vector<double>> slices;
    for (Eigen::Index i = 0; i < p.size(); ++i) slices[slices_[static_cast<std::size_t>(i)]].push_back(p[i]);
    for (const auto& [slice, values] : slices) {
      const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
      for (double v : values) e.scans.squares += (v - mean) * (v - mean);
      e.scans.dof += static_cast<double>(values.size() - 1);
    }
    // Shape: the spread each row is believed to have; scale: what brings it to the errors seen.
    Eigen::VectorXd shape = Eigen::VectorXd::Zero(y_.size());
    double gp = 0;
    for (const auto& [at, weight] : combination_.weights) {
      const auto& c = candidates_[static_cast<std::size_t>(at)];
      if (c.method == Candidate::Method::kGp) shape += weight * c.variance, gp += weight;
    }
    if (gp > 0) {
      shape /= gp;
      e.shape = shape.mean();
      shape = (shape / e.shape).cwiseSqrt();
    } else {
      const int a = model.domain_.components();
      for (Eigen::Index i = 0; i < shape.size(); ++i) shape[i] = std::sqrt((1 + 1 / n + t2_[i] / (n - 1)) / (1 + (a + 1) / n));
    }
    std::vector<double> relative;
    for (Eigen::Index i = 0; i < shape.size(); ++i) relative.push_back(std::abs(error[i]) / shape[i]);
    std::ranges::sort(relative);
    double square = 0;
    for (double r : relative) square += r * r;
    // Conformal for the 95 % interval (Lei et al., J. Am. Stat. Assoc. 113 (2018) 1094-1111: the quantile at (n+1) 0.95), drawn
    // towards the normal's where rows are few.
    const double quantile = sorted_quantile(relative, std::min(1.0, 0.95 * (n + 1) / n)) / normal_quantile(0.975);
    const double normal = std::sqrt(square / n) * t_quantile(0.975, std::max(n - 1, 1.0)) / normal_quantile(0.975);
    const double trust = n / (n + 50);
    e.scale = std::max(trust * quantile + (1 - trust) * normal, 1e-12);
  }

  void tell(const Regressor& model, FitStory& story) {
    story.why = why_;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      const auto& c = candidates_[i];
      double weight = 0;
      for (const auto& [at, w] : combination_.weights) weight += at == static_cast<int>(i) ? w : 0;
      story.candidates.push_back({to_string(prepared_[c.prepared].treatment.steps()), describe(c), c.rmsecv, weight});
    }
    story.measured = y_;
    story.predicted = combination_.predicted;
    story.row = rows_;
    const auto& p = prepared_[best_pls_];
    story.rmsecv_by_components = ((p.cross.predicted.colwise() - y_).colwise().squaredNorm() / static_cast<double>(y_.size())).cwiseSqrt().transpose();
    story.components = p.components;
    story.coefficients = model.domain_.coefficients(model.domain_.components()).col(0);
    for (std::size_t j = 0; j < used_.size(); ++j) {
      if (used_[j]) story.axis_nm.push_back(set_.axis_nm[j]);
    }
    story.scores = (p.treated.x.rowwise() - model.domain_.mean_x) * model.domain_.rotations;
    story.t2 = t2_;
    story.q = q_;
    story.t2_limit = model.t2_limit_;
    story.q_limit = model.q_limit_;
    story.rmsecv = combination_.rmse;
    story.bias = (combination_.predicted - y_).mean();
    story.r2 = 1 - (combination_.predicted - y_).squaredNorm() / std::max((y_.array() - y_.mean()).square().sum(), 1e-300);
  }

  static constexpr std::size_t kGpsTuned = 8;

  TrainingSet set_;
  const RegressorOptions& options_;
  std::vector<bool> used_;
  std::vector<Eigen::Index> rows_;
  Eigen::VectorXd y_, t2_, q_;
  std::vector<std::uint32_t> groups_, slices_;
  std::vector<int> fold_;
  int folds_ = 10;
  std::vector<Prepared> prepared_;
  std::map<std::pair<std::size_t, bool>, std::unique_ptr<Space>> spaces_;
  std::vector<Candidate> candidates_;
  std::size_t best_pls_ = 0;
  Combination combination_;
  std::string why_;
};

Result<Regressor> Regressor::fit(TrainingSet set, const RegressorOptions& options, FitStory* story) {
  return RegressorSearch(std::move(set), options).run(story);
}

}  // namespace beltwarden::spectra
