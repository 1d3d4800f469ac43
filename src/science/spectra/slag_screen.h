// "Is there slag in it?": how far a spectrum lies from clean ore of its brand, and how much more likely slag makes it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "science/spectra/reference_library.h"
#include "science/spectra/training.h"

namespace beltwarden::spectra {

namespace slag_parts {
struct NearestOnPath;
}

struct ScreenOptions {
  double false_alarms = 0.01;          ///< share of clean spectra allowed above the limit
  std::vector<bool> used;              ///< points of the axis; empty = those present in every row
  int slags = 150;                     ///< invented from the library
  double slag_share_of_alarms = 0.7;   ///< of the false alarms, spent on likeness to slag; the others on strangeness
  int folds = 5;
  bool means = true;                   ///< learn what means over many slices may be; false where `learn_lots` is asked afterwards anyway
  std::uint64_t seed = 0;
};

/// A clean brand is a Gaussian in absorbance whose covariance is that of its rows, shrunk towards that of the other brands and a
/// little towards the unit matrix (after Friedman, J. Am. Stat. Assoc. 84 (1989) 165-175), so light path, moisture and composition
/// are as far from zero as they usually vary. After whitening, two statistics:
///   likeness   ln of the mean likelihood ratio of slag against none over all slags and shares invented from the library
///              (slag_templates.h): the Neyman-Pearson test for slag drawn from them (Kay, Fundamentals of Statistical Signal
///              Processing II (1998), 6.4.1);
///   strangeness  the length of the whitened deviation: anything that is not that brand.
/// Each is expressed in standard deviations of clean means of as many scans, of slices the model had not seen.
/// Immutable after fitting; safe to share between threads.
class SlagScreen {
 public:
  /// `clean`: reflectance rows of one brand. `others`: of other brands on the same axis, may have no rows. `library`: on the same axis;
  /// none = strangeness only. At least 30 usable rows. Where `clean` names lots, folds keep them together and, if there are 8 of two slices
  /// or more, what they share is learnt from the rows held out; without them it is taken that lots differ by as much as slices do and the slices
  /// of each by as much again, which is more than either can be.
  static Result<SlagScreen> fit(TrainingSet clean, const TrainingSet& others, const std::optional<ReferenceLibrary>& library,
                                const ScreenOptions& options);

  struct Scratch {
    Treatment::Scratch treatment;
    Eigen::VectorXd treated, binned, white, gains;
  };
  struct Judgement {
    bool valid = false;
    double distance = 0, limit = 0;          ///< suspect above the limit
    bool suspect() const { return valid && distance > limit; }
    double likeness = 0, strangeness = 0;    ///< in standard deviations of clean means
    double slag_fraction = 0;                ///< share of the dry mass if slag it is, 0 ... 1; NaN without a library
    double slag_fraction_std = 0;
    double slag_fraction_common = 0;         ///< share of its square that no averaging over a lot takes away: grains and specimens
  };
  /// `scans`: how many the spectrum is the mean of (>= 1).
  Judgement judge(Eigen::Ref<const Eigen::VectorXd> reflectance, double scans, Scratch& scratch) const;

  /// What the deviation looks like, likeliest first: members of the library by the likelihood of some of them mixed into the
  /// brand; angle and correlation are those between the whitened deviation and the member's.
  std::vector<LibraryMatch> match(Eigen::Ref<const Eigen::VectorXd> reflectance, std::size_t most, Scratch& scratch) const;

  /// Limits for means when no slice of the fit had several scans: clean means are made from the fit's single scans, held out, by taking
  /// out of their covariance what repeated scans of the slices at hand scatter. `groups`: a row's slice. Slices that are suspect even
  /// by the limit of a single scan, and the quarter that scatters most, are left out. False, and nothing changed, when limits for means
  /// are there already or fewer than 8 slices of 3 scans remain.
  bool learn_scan_scatter(const Spectra& reflectance, std::span<const std::uint32_t> groups);

  /// Detection limit of slag, share of dry mass, for a mean of `scans` scans: the least share of which nine in ten slags are found nine times
  /// in ten, whichever of the laws of mixing holds. Slags are mixtures of the library's, in grains commonly up to three times larger or
  /// smaller than the ore's (slag_templates.h). 1 (not detectable) where that is more than half the mass: beyond it nothing is stated; NaN without a library, and in models
  /// written before this was reckoned.
  double detection_limit(double scans) const;

  /// The same from `usual`: rows are scans, `groups` slices, `lots` at least 8 lots of two slices or more that the screen was not fitted on.
  Result<void> learn_lots(const TrainingSet& usual);
  /// Whether means can be judged: false without a library, and in models of older versions that never learnt of lots.
  bool knows_means() const { return clean_.lot > 0; }
  struct MeanLimit {
    double limit = 0;              ///< the mean of slag_fraction over clean slices lies above it with the probability asked for
    double detection = 0;          ///< as `detection_limit`, of that mean (Currie, Anal. Chem. 40 (1968) 586-593)
  };
  /// For the mean over `slices` slices of a lot of which `before_slices` others, of the mean `before_mean`, were seen before; NaN
  /// without `knows_means`.
  MeanLimit mean_limit(double slices, double before_mean, double before_slices, double false_alarms) const;

  /// The most scans whose means the limits were calibrated for.
  double most_scans() const { return levels_.back().scans; }
  double false_alarms() const { return false_alarms_; }
  const Treatment& treatment() const { return treatment_; }
  bool knows_slag() const { return paths_.rows() > 0; }

  std::string to_bytes() const;
  static Result<SlagScreen> from_bytes(std::string_view bytes);

 private:
  /// How `count` clean means of `scans` scans lie.
  struct Level {
    double scans = 1, count = 0;
    double like_mean = 0, like_sd = 1, like_limit = 3;          ///< limit in sd
    double strange_mean = 0, strange_sd = 1, strange_limit = 3;
    double along_sd = 1;                                        ///< of unseen clean means along what slags change, whitened
  };
  bool whiten(Eigen::Ref<const Eigen::VectorXd> reflectance, Scratch& s) const;
  double likeness(const Eigen::VectorXd& white, Eigen::VectorXd& gains) const;
  const Level& level_for(double scans) const;
  std::vector<slag_parts::NearestOnPath> nearest(const Eigen::VectorXd& white) const;
  /// The fraction and its standard deviation; returns the share of the variance that is not noise.
  double weigh(const std::vector<slag_parts::NearestOnPath>& near, double& fraction, double& std) const;
  void calibrate_fraction(const ReferenceLibrary& library, const Eigen::MatrixXd& binned, const Eigen::MatrixXd& treated,
                          const Eigen::VectorXd& brand, const ScreenOptions& options);
  void settle();
  /// A slice's share of slag, its lot, and its mean spectrum as whitened by this screen.
  struct CleanSlices {
    std::vector<double> share;
    std::vector<std::uint32_t> lots;
    std::vector<Eigen::VectorXd> white;    ///< of a few
  };
  Result<void> learn_means(const CleanSlices& slices);
  Level level_of(double scans, double slices, const std::vector<Eigen::VectorXd>& white, const std::vector<double>& like, const std::vector<double>& strange) const;

  Treatment treatment_;
  double false_alarms_ = 0.01, slag_share_of_alarms_ = 0.7;
  Eigen::Index bins_ = 0;
  Eigen::VectorXd mean_;              ///< bins, absorbance
  Eigen::MatrixXd whitening_;         ///< bins x bins
  Eigen::MatrixXd paths_;             ///< (slags x steps) x bins, whitened; no rows without a library
  Eigen::MatrixXd members_;           ///< (members x steps) x bins, whitened
  Eigen::MatrixXd trials_;            ///< (laws x slags x steps) x bins, whitened: slags of any grain that detection limits hold for
  std::vector<std::string> member_names_, member_kinds_;
  std::vector<Level> levels_;         ///< by scans, increasing
  Eigen::MatrixXd held_out_;          ///< whitened single scans that their fold had not seen; no rows when means are calibrated
  double spread_ = 1;                 ///< factor of the fraction's standard deviation: from mixtures of slags it was not told of
  double grains_ = 0.7;               ///< more of it, a unit of share x (1 - share): grain size and unknown specimens
  struct CleanLots {
    double mean = 0, lot = 0, slice = 0;   ///< of slag_fraction: mean, variance between lots and between slices of one
  };
  CleanLots clean_;
  Eigen::MatrixXd response_;          ///< slags of `trials_` x steps: what known shares add to slag_fraction; no rows until lots were learnt
  double softness_ = 1;               ///< how little a better fit counts in weighing slags: from the same mixtures
  Eigen::VectorXd half_norms_;        ///< of paths_, from them
};

/// Screens of several brands, by name.
using SlagScreens = std::vector<std::pair<std::string, SlagScreen>>;

/// One screen a class of `clean`. `library` none: the generated slag minerals where the axis lies between 350 and 2500 nm and the rows
/// are reflectances, else none.
/// `progress`, where given, is told the brand begun and the share done.
Result<SlagScreens> fit_slag_screens(TrainingSet clean, std::optional<ReferenceLibrary> library, const ScreenOptions& options,
                                     const std::function<void(const std::string& brand, double share)>& progress = {});

}  // namespace beltwarden::spectra
