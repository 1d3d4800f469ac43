// The search behind Regressor::fit: its steps, and what each leaves for the next. Not for users of the module.
#pragma once

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "science/spectra/combination.h"
#include "science/spectra/regressor.h"

namespace beltwarden::spectra {

class RegressorSearch {
 public:
  RegressorSearch(TrainingSet set, const RegressorOptions& options) : set_(std::move(set)), options_(options) {}
  Result<Regressor> run(FitStory* story);

 private:
  struct Prepared {                 // a treatment of the training rows
    Treatment treatment;
    TreatedSet treated;
    std::vector<int> fold;
    CrossFit cross;
    Eigen::MatrixXd unseen;         // each row as treated by what was learnt without its fold; no rows where nothing is learnt
    int components = 1;
    double rmsecv = 0;
    bool learns() const { return unseen.rows() > 0; }
  };

  struct Candidate {
    enum class Method { kPls, kPls2, kSimpls, kBorrowed, kLocal, kGp } method = Method::kPls;
    std::size_t prepared = 0;
    bool autoscale = false;
    int components = 0;
    double least_vip = 0;           // PLS on the points with at least this influence; 0 = on all
    bool intervals = false;         // PLS on the intervals that inner cross-validation picks
    LinearMember borrowed;
    std::vector<int> subset;        // rows a Gaussian process is fitted on; empty = all
    LocalOptions local;
    GpKernel kernel;
    Eigen::VectorXd predicted, variance;
    double rmsecv = 0;
  };

  struct Space {
    Latent latent;
    Eigen::MatrixXd scores;
  };
  using SpaceName = std::pair<std::size_t, bool>;   // treatment, autoscaled

  static std::string describe(const Candidate& c);
  void report(double share) const {
    if (options_.progress) options_.progress(share * searched_);
  }
  const Space& space(std::size_t prepared, bool autoscale) const { return *spaces_.at({prepared, autoscale}); }
  std::vector<std::size_t> best_treatments() const;
  bool wanted(RegressorMethod method) const { return options_.method == RegressorMethod::kAuto || options_.method == method; }

  // regressor_search.cc
  Result<void> take_rows();
  Result<void> keep_only(RegressorMethod method);
  std::vector<bool> points_missing_at_most(double share) const;
  Result<void> prepare();
  static void drop_worst(std::vector<std::optional<Prepared>>& found, std::size_t held);
  void try_pls();
  void try_selection();
  void try_intervals();
  void try_together(RegressorMethod method);
  void try_borrowed();
  Result<CrossFit> cross_learning(Prepared& p, const std::vector<Step>& steps, int most) const;
  // regressor_methods.cc
  void make_spaces(const std::vector<SpaceName>& wanted);
  void try_gps();
  void try_local();
  // regressor_build.cc
  void choose();
  Result<Regressor> build();
  Result<LinearMember> linear_member(const Prepared& p, const Candidate& c) const;
  Result<LinearMember> interval_member(const Prepared& p) const;
  Result<LinearMember> together_member(const Prepared& p, const Candidate& c) const;
  Result<LinearMember> selected_member(const Prepared& p, const Candidate& c) const;
  void limits(const Prepared& p, Regressor& model);
  void tell(const Regressor& model, FitStory& story) const;
  // regressor_errors.cc
  std::vector<std::vector<Step>> closest_treatments() const;
  bool checks_errors() const;
  void check_errors();
  void errors(Regressor& model) const;
  // regressor_slices.cc
  void errors_of_lots(Regressor& model) const;

  TrainingSet set_;
  const RegressorOptions& options_;
  std::vector<bool> used_;
  GapFiller filler_;
  std::vector<Eigen::Index> rows_;
  Eigen::VectorXd y_, t2_, q_;
  Eigen::MatrixXd all_y_;           // this response first, then its companions, each over its standard deviation; no columns without
  double scale_y_ = 1;
  std::vector<std::uint32_t> groups_, slices_;
  std::vector<int> fold_;
  int folds_ = 10;
  std::vector<Prepared> prepared_;
  std::map<SpaceName, std::unique_ptr<Space>> spaces_;
  std::vector<Candidate> candidates_;
  std::size_t best_pls_ = 0;
  Combination combination_;
  double searched_ = 1;             // share of the work done when the search itself ends
  double understated_ = 1;          // errors of rows that a whole search had not seen, over what it stated
  std::string unchecked_;           // why that could not be found out
  std::string why_;
};

inline double root_mean_square(const Eigen::VectorXd& v) { return std::sqrt(v.squaredNorm() / static_cast<double>(v.size())); }

}  // namespace beltwarden::spectra
