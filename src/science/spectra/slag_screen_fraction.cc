// How sure the slag screen is of a fraction: from mixtures with slags that it has not been told of.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "base/rng.h"
#include "science/spectra/slag_screen.h"
#include "science/spectra/slag_screen_parts.h"
#include "science/spectra/slag_templates.h"

namespace beltwarden::spectra {
using namespace slag_parts;
namespace {

constexpr int kMixtures = 240;
constexpr std::size_t kFewestToHalve = 6;    // members of a library
constexpr double kNormal95 = 1.959964;
// Specimens of each kind dealt to two libraries in turn.
std::vector<ReferenceLibrary> halves_of(const ReferenceLibrary& slag) {
  std::array<std::vector<LibraryMember>, 2> members;
  std::map<std::string, int> dealt;
  int kinds = 0;
  for (const auto& m : slag.members()) {
    const auto [at, is_new] = dealt.emplace(m.kind, kinds);
    if (is_new) ++kinds;
    members[static_cast<std::size_t>(at->second++ % 2)].push_back(m);
  }
  std::vector<ReferenceLibrary> out;
  if (slag.members().size() < kFewestToHalve || members[0].empty() || members[1].empty()) return {slag, slag};
  for (auto& half : members) {
    auto library = ReferenceLibrary::make(slag.axis_nm(), std::move(half));
    if (!library) return {slag, slag};
    out.push_back(std::move(*library));
  }
  return out;
}

}  // namespace

// Half of the library's specimens are mixed into clean rows, their grains three times larger or smaller than the ore's (one standard deviation), and judged
// by a screen that knows the other half only.
void SlagScreen::calibrate_fraction(const ReferenceLibrary& library, const Eigen::MatrixXd& binned, const Eigen::MatrixXd& treated,
                                    const Eigen::VectorXd& brand, const ScreenOptions& options) {
  const auto halves = halves_of(library.slag());
  std::vector<SlagScreen> knows(2, *this);
  for (std::size_t h = 0; h < 2; ++h) {
    knows[h].paths_ = bin(draw_slag_paths(halves[h], brand, options.slags, options.seed + 7).change, bins_) * whitening_.transpose();
    knows[h].spread_ = 1;
    knows[h].grains_ = 0;
    knows[h].settle();
  }
  struct Mixture {
    std::vector<NearestOnPath> near;
    double share = 0;
    std::size_t judge = 0;
  };
  std::vector<Mixture> mixtures;
  Rng rng(options.seed + 11);
  for (int i = 0; i < kMixtures; ++i) {
    const auto row = static_cast<Eigen::Index>(rng.below(static_cast<std::uint64_t>(binned.rows())));
    const std::size_t judge = static_cast<std::size_t>(i % 2);
    const auto& from = halves[1 - judge];
    const double grain = std::exp(rng.normal(0, grain_spread()));
    const auto one = draw_slag_paths(from, treated.row(row).transpose(), static_cast<int>(from.members().size()) + 1,
                                     options.seed + 1000 + static_cast<std::uint64_t>(i), grain);
    const Eigen::Index step = i / 2 % (kSlagSteps - 1);
    const Eigen::VectorXd change = bin(one.change.row(one.change.rows() - kSlagSteps + step), bins_).transpose();
    mixtures.push_back({knows[judge].nearest(whitening_ * (binned.row(row).transpose() + change - mean_)), kSlagShares[step], judge});
  }
  double best = std::numeric_limits<double>::infinity();
  for (double softness : {1.0, 4.0, 16.0, 64.0, 256.0}) {
    for (auto& k : knows) k.softness_ = softness;
    double squares = 0, ratios = 0;
    struct Seen {
      double off = 0, std = 0, fraction = 0;
    };
    std::vector<Seen> seen;
    for (const auto& [near, share, judge] : mixtures) {
      Seen one;
      knows[judge].weigh(near, one.fraction, one.std);
      one.off = one.fraction - share;
      squares += one.off * one.off;
      ratios += std::min(25.0, one.off * one.off / (one.std * one.std));
      seen.push_back(one);
    }
    if (squares >= best) continue;
    best = squares;
    softness_ = softness;
    // Up to threefold by the spread the screen sees itself; what that leaves, by the share.
    spread_ = std::clamp(std::sqrt(ratios / static_cast<double>(mixtures.size())), 1.0, 3.0);
    std::vector<double> needed;
    for (const auto& one : seen) {
      const double rest = one.off * one.off / (kNormal95 * kNormal95) - spread_ * spread_ * one.std * one.std;
      needed.push_back(std::sqrt(std::max(rest, 0.0)) / (one.fraction * (1 - one.fraction) + kLeastUnsure));
    }
    std::ranges::sort(needed);
    grains_ = sorted_quantile(needed, 0.95);
  }
}

}  // namespace beltwarden::spectra
