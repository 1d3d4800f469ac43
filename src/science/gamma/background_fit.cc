#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>

#include "science/gamma/background_model.h"
#include "science/gamma/energy_grid.h"
#include "science/gamma/nonnegative.h"
#include "science/gamma/start_shape.h"

namespace beltwarden::gamma {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kGroup_s = 60;
constexpr double kLoadUnit = 100;             // kg/m
// How far an ore's bin may lie off its template, relative: another geometry scatters more or less. A prior of this width counts where
// the data tell little, and only there: without it a shape of which little ran comes out as a mixture of the others.
constexpr double kTemplateSd = 0.2;
constexpr int kRounds = 4, kSteps = 12;

// Counts of one minute at about the same load.
struct Block {
  std::size_t group = 0;
  double load = 0, live = 0;
  ArrayXd raw, counts;                        // as measured, at nominal gain
};

struct Group {
  std::size_t series = 0;
  double gain = 1;
  double ambient = 1, radon = 0;
  std::array<double, kOreSeriesCount> ore{};
  std::vector<std::size_t> blocks;
};

class Fitter {
 public:
  Fitter(std::span<const BeltSeries> series, const TemplateLibrary& library) : series_(series), library_(library) {}

  Result<BackgroundModel> fit(const ShareDone& progress) {
    if (auto gathered = gather(); !gathered) return gathered.error();
    begin();
    for (int round = 0; round < kRounds; ++round) {
      for (int step = 0; step < kSteps; ++step) {
        improve();
        if (progress) progress((round * kSteps + step + 1.0) / (kRounds * kSteps));
      }
      search_shadow();
      if (round + 1 < kRounds) align();
    }
    improve();
    finish();
    return std::move(model_);
  }

 private:
  Result<void> gather() {
    if (series_.empty()) return invalid_input("background: expected at least one series");
    const auto& channels = series_[0].channel_edges_kev;
    model_.edges_kev = working_edges(channels);
    bins_ = static_cast<Index>(model_.edges_kev.size()) - 1;
    const Fold fold(channels, model_.edges_kev);
    centre_.resize(bins_);
    for (Index b = 0; b < bins_; ++b) {
      const auto i = static_cast<std::size_t>(b);
      centre_[b] = std::sqrt(std::max(model_.edges_kev[i], 1.0) * model_.edges_kev[i + 1]);
    }
    ArrayXd row(bins_);
    double live_all = 0, least = 1e9, most = 0, rough = 0, rough_n = 0, steps = 0, step_n = 0;
    for (std::size_t s = 0; s < series_.size(); ++s) {
      const auto& one = series_[s];
      if (one.channel_edges_kev != channels)
        return invalid_input("background: series " + one.name + " has other channels than " + series_[0].name);
      std::map<std::pair<long, long>, std::size_t> by_load;
      long group_time = -1;
      double last_time = 0, before = -1, last = -1;
      for (std::size_t i = 0; i < one.size; ++i) {
        const BeltInterval interval = one.interval(i);
        if (i > 0 && interval.time_s - last_time < 60) steps += interval.time_s - last_time, step_n += 1;
        last_time = interval.time_s;
        // Noise of the belt scale: second differences see little of what the load really does.
        if (before > 20 && last > 20 && interval.load_kg_per_m > 20 && interval.load_known) {
          const double d = (interval.load_kg_per_m - 2 * last + before) / last;
          if (std::abs(d) < 0.15) rough += d * d, rough_n += 1;
        }
        before = last, last = interval.load_kg_per_m;
        if (!(interval.live_s > 0) || !(interval.load_kg_per_m >= 0) || !interval.load_known) continue;
        const long minute = static_cast<long>(std::floor(interval.time_s / kGroup_s));
        if (minute != group_time) {
          group_time = minute;
          groups_.push_back({.series = s});
          by_load.clear();
        }
        const long load_class = static_cast<long>(std::floor(12 * std::log1p(interval.load_kg_per_m / 20)));
        const auto [found, fresh] = by_load.try_emplace({minute, load_class}, blocks_.size());
        if (fresh) {
          Block block;
          block.group = groups_.size() - 1;
          block.raw = ArrayXd::Zero(bins_);
          groups_.back().blocks.push_back(blocks_.size());
          blocks_.push_back(std::move(block));
        }
        Block& block = blocks_[found->second];
        fold.apply(interval.counts, std::span<double>(row.data(), static_cast<std::size_t>(bins_)));
        block.raw += row;
        block.live += interval.live_s;
        block.load += interval.load_kg_per_m * interval.live_s;
        live_all += interval.live_s;
        least = std::min(least, interval.load_kg_per_m), most = std::max(most, interval.load_kg_per_m);
      }
    }
    for (Block& block : blocks_) {
      block.load /= std::max(block.live, 1e-9);
      block.counts = block.raw;
    }
    if (live_all < 600)
      return invalid_input("background: expected at least ten minutes of series, found " +
                           std::to_string(static_cast<int>(live_all)) + " s");
    loaded_ = most - least > 20;
    if (rough_n > 100) model_.load_noise = std::clamp(std::sqrt(rough / rough_n / 6), 0.002, 0.05);
    if (step_n > 0) model_.step_s = std::clamp(steps / step_n, 0.01, 60.0);
    model_.hours = live_all / 3600;
    model_.series = static_cast<int>(series_.size());
    return {};
  }

  ArrayXd left_of(const Shadow& shadow, double load) const {
    ArrayXd left(bins_);
    for (Index b = 0; b < bins_; ++b) left[b] = shadow.left(centre_[b], load);
    return left;
  }

  void shade() {
    left_.clear();
    for (const Block& block : blocks_) left_.push_back(left_of(model_.shadow, block.load));
  }

  void begin() {
    constexpr std::array<std::string_view, kOreSeriesCount> kHeads = {"K-40", "Ra-226", "Th-232"};
    for (std::size_t o = 0; o < kOreSeriesCount; ++o) start_[o] = ore_[o] = start_shape(library_, kHeads[o], model_.edges_kev);
    shade();
    ambient_.assign(series_.size(), ArrayXd::Constant(bins_, 1e-6));
    // The emptiest fifth of a series shows its surroundings best.
    for (std::size_t s = 0; s < series_.size(); ++s) {
      std::vector<const Block*> own;
      double live = 0;
      for (const Block& block : blocks_) {
        if (groups_[block.group].series == s) own.push_back(&block), live += block.live;
      }
      std::sort(own.begin(), own.end(), [](const Block* a, const Block* b) { return a->load < b->load; });
      double taken = 0;
      for (const Block* block : own) {
        if (taken > 0.2 * live) break;
        ambient_[s] += block->counts;
        taken += block->live;
      }
      ambient_[s] /= std::max(taken, 1e-9);
    }
    for (Group& group : groups_) {
      group.radon = 0.02 * ambient_[group.series].sum();
      group.ore = {20, 20, 20};
    }
  }

  // Expected counts of a block.
  ArrayXd expected(std::size_t b, const Shadow& shadow, bool given) const {
    const Block& block = blocks_[b];
    const Group& group = groups_[block.group];
    const ArrayXd left = given ? left_[b] : left_of(shadow, block.load);
    ArrayXd rate = left * (group.ambient * ambient_[group.series] + group.radon * ore_[kUraniumSeries]);
    for (std::size_t o = 0; o < kOreSeriesCount; ++o) rate += group.ore[o] * block.load / kLoadUnit * ore_[o];
    return (rate * block.live).max(1e-9);
  }

  // Amounts by minute, then shapes by bin: each a small weighted least squares with the weights of counting.
  void improve() {
    for (Group& group : groups_) {
      const ArrayXd& ambient = ambient_[group.series];
      MatrixXd normal = MatrixXd::Zero(5, 5);
      VectorXd right = VectorXd::Zero(5), amounts(5);
      for (const std::size_t b : group.blocks) {
        const Block& block = blocks_[b];
        MatrixXd columns(bins_, 5);
        columns.col(0) = left_[b] * ambient * block.live;
        columns.col(1) = left_[b] * ore_[kUraniumSeries] * block.live;
        for (std::size_t o = 0; o < kOreSeriesCount; ++o)
          columns.col(2 + static_cast<Index>(o)) = ore_[o] * (block.load / kLoadUnit * block.live);
        const VectorXd weight = expected(b, model_.shadow, true).max(0.3).inverse();
        const MatrixXd weighed = weight.asDiagonal() * columns;
        normal += columns.transpose() * weighed;
        right += weighed.transpose() * block.counts.matrix();
      }
      // Radon is little and seldom, and an ore is as it was before where the belt tells nothing: weak pulls.
      const double scale = normal(0, 0);
      amounts << group.ambient, group.radon, group.ore[0], group.ore[1], group.ore[2];
      normal(0, 0) += 1e-3 * scale;
      right[0] += 1e-3 * scale;
      const double part = 0.1 * ambient.sum();
      normal(1, 1) += 1 / (part * part) * 100;
      for (Index o = 2; o < 5; ++o) {
        const double pull = 1e-4 * scale / (part * part);
        normal(o, o) += pull;
        right[o] += pull * amounts[o];
      }
      nonnegative(normal, right, amounts);
      group.ambient = amounts[0], group.radon = amounts[1];
      for (std::size_t o = 0; o < kOreSeriesCount; ++o) group.ore[o] = amounts[2 + static_cast<Index>(o)];
    }
    std::vector<ArrayXd> weight;
    for (std::size_t b = 0; b < blocks_.size(); ++b) weight.push_back(expected(b, model_.shadow, true).max(0.3).inverse());
    const auto n = static_cast<Index>(series_.size()), unknowns = n + 3;
    for (Index i = 0; i < bins_; ++i) {
      MatrixXd normal = MatrixXd::Zero(unknowns, unknowns);
      VectorXd right = VectorXd::Zero(unknowns), shapes(unknowns);
      for (std::size_t b = 0; b < blocks_.size(); ++b) {
        const Block& block = blocks_[b];
        const Group& group = groups_[block.group];
        const auto s = static_cast<Index>(group.series);
        const double mass = block.load / kLoadUnit * block.live, through = left_[b][i] * block.live;
        const Eigen::Vector4d h(group.ambient * through, group.ore[0] * mass, group.ore[1] * mass + group.radon * through,
                                group.ore[2] * mass);
        const double w = weight[b][i];
        normal(s, s) += w * h[0] * h[0];
        right[s] += w * h[0] * block.counts[i];
        for (Index o = 0; o < 3; ++o) {
          const double cross = w * h[0] * h[1 + o];
          normal(s, n + o) += cross;
          normal(n + o, s) += cross;
          right[n + o] += w * h[1 + o] * block.counts[i];
          for (Index k = 0; k < 3; ++k) normal(n + o, n + k) += w * h[1 + o] * h[1 + k];
        }
      }
      for (Index s = 0; s < n; ++s) shapes[s] = ambient_[static_cast<std::size_t>(s)][i];
      for (Index o = 0; o < 3; ++o) {
        shapes[n + o] = ore_[static_cast<std::size_t>(o)][i];
        const double pull = 1 / std::pow(kTemplateSd * start_[static_cast<std::size_t>(o)][i], 2);
        normal(n + o, n + o) += pull;
        right[n + o] += pull * start_[static_cast<std::size_t>(o)][i];
      }
      for (Index s = 0; s < n; ++s) normal(s, s) += 1e-9;
      nonnegative(normal, right, shapes);
      for (Index s = 0; s < n; ++s) ambient_[static_cast<std::size_t>(s)][i] = std::max(shapes[s], 1e-9);
      for (Index o = 0; o < 3; ++o) ore_[static_cast<std::size_t>(o)][i] = std::max(shapes[n + o], 1e-9);
    }
    for (std::size_t o = 0; o < kOreSeriesCount; ++o) {
      const double sum = ore_[o].sum();
      ore_[o] /= sum;
      for (Group& group : groups_) {
        group.ore[o] *= sum;
        if (o == kUraniumSeries) group.radon *= sum;
      }
    }
  }

  double deviance(const Shadow& shadow) const {
    double sum = 0;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const ArrayXd mean = expected(b, shadow, false);
      const ArrayXd& counts = blocks_[b].counts;
      sum += 2 * (mean - counts + counts * (counts.max(1e-9) / mean).log()).sum();
    }
    return sum;
  }

  void search_shadow() {
    if (!loaded_) return;
    double best = deviance(model_.shadow);
    const auto attempt = [&](double Shadow::* part, double low, double high) {
      for (const double factor : {1.25, 0.8, 1.08, 0.926}) {
        for (int more = 0; more < 4; ++more) {
          Shadow other = model_.shadow;
          other.*part = std::clamp(other.*part * factor, low, high);
          const double deviance_there = deviance(other);
          if (!(deviance_there < best - 1)) break;
          best = deviance_there;
          model_.shadow = other;
        }
      }
    };
    attempt(&Shadow::most, 0.02, 0.95);
    attempt(&Shadow::per_kg_per_m, 1e-4, 0.1);
    attempt(&Shadow::photo, 0.02, 20);
    shade();
  }

  // Each minute's gain: Gauss-Newton on the stretch, with the amounts of all components free.
  void align() {
    for (Group& group : groups_) {
      ArrayXd mean = ArrayXd::Zero(bins_), raw = mean, ambient = mean, mass = mean;
      double live = 0;
      for (const std::size_t b : group.blocks) {
        mean += expected(b, model_.shadow, true);
        raw += blocks_[b].raw;
        ambient += left_[b] * ambient_[group.series] * blocks_[b].live;
        live += blocks_[b].live;
      }
      if (raw.sum() < 5000) continue;
      for (int step = 0; step < 2; ++step) {
        const auto at = [&](const ArrayXd& shape, double gain) {
          const auto moved = stretched(std::span(shape.data(), static_cast<std::size_t>(bins_)), model_.edges_kev, gain);
          return ArrayXd(Eigen::Map<const ArrayXd>(moved.data(), bins_));
        };
        MatrixXd columns(bins_, 5);
        const ArrayXd here = at(mean, group.gain);
        columns.col(0) = (at(mean, group.gain * 1.002) - at(mean, group.gain * 0.998)) / 0.004;
        columns.col(1) = at(ambient, group.gain);
        for (std::size_t o = 0; o < kOreSeriesCount; ++o)
          columns.col(2 + static_cast<Index>(o)) = at(ore_[o], group.gain) * mean.sum();
        const VectorXd weight = here.max(1.0).inverse();
        MatrixXd normal = columns.transpose() * weight.asDiagonal() * columns;
        normal.diagonal() *= 1 + 1e-6;
        const VectorXd right = columns.transpose() * (weight.array() * (raw - here)).matrix();
        group.gain *= 1 + std::clamp(normal.ldlt().solve(right)[0], -0.02, 0.02);
        group.gain = std::clamp(group.gain, 0.85, 1.15);
      }
    }
    // The energy scale is that of all minutes together: their mean gain is 1.
    double mean = 0;
    for (const Group& group : groups_) mean += group.gain / static_cast<double>(groups_.size());
    for (Group& group : groups_) group.gain /= mean;
    for (Block& block : blocks_) {
      const auto nominal = stretched(std::span(block.raw.data(), static_cast<std::size_t>(bins_)), model_.edges_kev,
                                     1 / groups_[block.group].gain);
      block.counts = Eigen::Map<const ArrayXd>(nominal.data(), bins_);
    }
  }

  void finish() {
    const auto plain = [](const ArrayXd& a) { return std::vector<double>(a.data(), a.data() + a.size()); };
    ArrayXd ambient = ArrayXd::Zero(bins_), all = ambient;
    double weight = 0;
    std::vector<double> scale(series_.size(), 0), live(series_.size(), 0);
    for (const Group& group : groups_) {
      double seconds = 0;
      for (const std::size_t b : group.blocks) seconds += blocks_[b].live;
      scale[group.series] += group.ambient * seconds;
      live[group.series] += seconds;
    }
    for (std::size_t s = 0; s < series_.size(); ++s) {
      if (!(live[s] > 0)) continue;
      ambient += ambient_[s] * scale[s], weight += live[s];
    }
    model_.ambient_cps = plain(ambient / std::max(weight, 1e-9));
    for (std::size_t o = 0; o < kOreSeriesCount; ++o) {
      model_.ore[o] = plain(ore_[o]);
      double n = 0, sum = 0, square = 0;
      for (const Group& group : groups_) {
        double mass = 0;
        for (const std::size_t b : group.blocks) mass += blocks_[b].load * blocks_[b].live;
        n += mass, sum += mass * group.ore[o], square += mass * group.ore[o] * group.ore[o];
      }
      model_.ore_mean[o] = n > 0 ? sum / n : 0;
      model_.ore_sd[o] = n > 0 ? std::sqrt(std::max(0.0, square / n - std::pow(model_.ore_mean[o], 2))) : 0;
    }
    double cells = 0;
    for (const Block& block : blocks_) {
      all += block.counts;
      if (block.live > 2) cells += static_cast<double>(bins_);
    }
    double sum = 0;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      if (!(blocks_[b].live > 2)) continue;
      const ArrayXd mean = expected(b, model_.shadow, true);
      sum += ((blocks_[b].counts - mean).square() / mean.max(0.5)).sum();
    }
    model_.deviance_per_bin = cells > 0 ? sum / cells : 0;
    const auto counts = plain(all);
    const LineGain k = line_gain(counts, model_.edges_kev, 1460.8), tl = line_gain(counts, model_.edges_kev, 2614.5);
    const double wk = 1 / (k.error * k.error + 1e-6), wt = 1 / (tl.error * tl.error + 1e-6);
    model_.anchored = k.error < 0.01 || tl.error < 0.01;
    if (model_.anchored) model_.anchor_gain = (k.gain * wk + tl.gain * wt) / (wk + wt);
  }

  std::span<const BeltSeries> series_;
  const TemplateLibrary& library_;
  BackgroundModel model_;
  Index bins_ = 0;
  bool loaded_ = false;
  ArrayXd centre_;
  std::vector<Block> blocks_;
  std::vector<Group> groups_;
  std::vector<ArrayXd> left_, ambient_;
  std::array<ArrayXd, kOreSeriesCount> ore_, start_;
};

}  // namespace

Result<BackgroundModel> fit_background(std::span<const BeltSeries> series, const TemplateLibrary& library,
                                       const ShareDone& progress) {
  return Fitter(series, library).fit(progress);
}

}  // namespace beltwarden::gamma
