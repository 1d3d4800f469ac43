#include <algorithm>
#include <array>
#include <cmath>
#include <thread>

#include "base/workers.h"
#include "science/vision/clean_belt.h"
#include "science/vision/crop_cutouts.h"
#include "science/vision/detector.h"
#include "science/vision/net/trainer.h"
#include "science/vision/second_look_fit.h"
#include "science/vision/tone.h"

namespace beltwarden::vision {

namespace {

constexpr double kKeptOutShare = 1.0 / 6;  // of the frames, for the threshold
constexpr std::size_t kGroups = 5;         // of frames that set the threshold, each judged by what the others teach the second look
constexpr double kFirstShare = 0.5;        // of the second look's examples, while frames are kept out
constexpr double kFirstPart = 0.85;        // of the steps, without the frames kept out
// Numbers that are still moving, averaged over long: each step's lie farther from the optimum, their mean nearer (Izmailov et al. 2018).
constexpr double kLeastRateShare = 0.3;
constexpr double kAveragedFrom = 0.5;      // of the steps: from here on the numbers are averaged,
constexpr double kAveragedOver = 0.3;      // over about this share of the steps

// Binary cross-entropy of the evidence, and cross-entropy of the class where one is known.
double loss_of(const SceneTruth& truth, const net::Planes& head, int sample, int samples, int classes, net::Planes& gradient) {
  const double cells = static_cast<double>(truth.columns) * truth.rows;
  const double share = 1.0 / (cells * 0.03 * samples);  // about one cell in thirty shows an object
  constexpr double kSeamWeight = 2.0, kClassWeight = 0.6;
  double sum = 0;
  for (int y = 0; y < truth.rows; ++y) {
    const float* logit = head.row(sample, 0, y);
    float* to = gradient.row(sample, 0, y);
    for (int x = 0; x < truth.columns; ++x) {
      const std::size_t i = static_cast<std::size_t>(y * truth.columns + x);
      const bool object = truth.what[i] == SceneTruth::kObject;
      double weight = static_cast<double>(truth.weight[i]) * share;
      if (truth.what[i] == SceneTruth::kSeam) weight *= kSeamWeight;
      const double z = static_cast<double>(logit[x]);
      const double p = 1 / (1 + std::exp(-z));
      to[x] = static_cast<float>(weight * (p - (object ? 1 : 0)));
      sum += weight * (std::max(z, 0.0) - (object ? z : 0) + std::log1p(std::exp(-std::abs(z))));
      const int known = truth.class_index[i];
      double top = -1e30, total = 0;
      for (int c = 0; known >= 0 && c < classes; ++c) top = std::max(top, static_cast<double>(head.row(sample, 1 + c, y)[x]));
      for (int c = 0; known >= 0 && c < classes; ++c) total += std::exp(static_cast<double>(head.row(sample, 1 + c, y)[x]) - top);
      for (int c = 0; c < classes; ++c) {
        if (known < 0) {
          gradient.row(sample, 1 + c, y)[x] = 0;
          continue;
        }
        const double q = std::exp(static_cast<double>(head.row(sample, 1 + c, y)[x]) - top) / total;
        gradient.row(sample, 1 + c, y)[x] = static_cast<float>(kClassWeight * weight * (q - (c == known ? 1 : 0)));
        if (c == known) sum -= kClassWeight * weight * std::log(std::max(q, 1e-9));
      }
    }
  }
  return sum;
}

double auroc(const std::vector<double>& high, const std::vector<double>& low) {
  double sum = 0;
  for (const double a : high) {
    for (const double b : low) sum += a > b ? 1 : a == b ? 0.5 : 0;
  }
  return sum / static_cast<double>(std::max<std::size_t>(1, high.size() * low.size()));
}

// Scores of generated scenes of one kind: the strongest blob and the scene's.
struct SceneScores {
  std::vector<double> strongest, scene;
  double share_above(double limit) const {
    double count = 0;
    for (const double score : strongest) count += score > limit;
    return count / static_cast<double>(std::max<std::size_t>(1, strongest.size()));
  }
};

Result<SceneScores> score_scenes(const DetectorModel& model, std::span<const Picture> frames, const SceneOptions& options,
                                 int count, std::uint64_t seed) {
  const double objects = options.objects_per_scene, seams = options.seams_per_scene;
  const SceneMaker maker({frames, {}, {}}, options);
  Detector detector(model);
  SceneScores out;
  for (int i = 0; i < count; ++i) {
    Rng rng(seed, static_cast<std::uint64_t>(i));
    SceneTruth truth;
    Picture scene = maker.draw(rng, truth);
    const auto kind = [&](std::int8_t what) { return std::count(truth.what.begin(), truth.what.end(), what) > 0; };
    while ((objects > 0 && !kind(SceneTruth::kObject)) || (seams > 0 && !kind(SceneTruth::kSeam))) scene = maker.draw(rng, truth);
    auto seen = detector.look(scene.view());
    if (!seen) return seen.error();
    out.strongest.push_back(seen->blobs.empty() ? -1e9 : seen->blobs.front().score);
    out.scene.push_back(seen->frame_score);
  }
  return out;
}

Result<void> measure_synthetic(DetectorModel& model, std::span<const Picture> frames, int side_px, std::uint64_t seed, const Executor& executor) {
  constexpr int kScenes = 160;
  constexpr double kPerScene[3][2] = {{1.5, 0}, {0, 1.5}, {0, 0}};   // things, pieces of ore
  std::vector<Result<SceneScores>> parts(3, Result<SceneScores>(SceneScores{}));
  executor(parts.size(), [&](std::size_t i) {
    SceneOptions options;
    options.side_px = side_px;
    options.objects_per_scene = kPerScene[i][0];
    options.seams_per_scene = kPerScene[i][1];
    options.varied = false;
    parts[i] = score_scenes(model, frames, options, kScenes, seed + i + 1);
  });
  for (const auto& part : parts) {
    if (!part) return part.error();
  }
  const auto &objects = parts[0], &seams = parts[1], &clean = parts[2];
  model.synthetic = {objects->share_above(model.threshold), seams->share_above(model.threshold),
                     clean->share_above(model.threshold), auroc(objects->scene, clean->scene),
                     auroc(objects->scene, seams->scene), kScenes};
  return {};
}

// The long side from which on at least half of lone objects without camouflage are found; 0 when not even large ones are.
Result<int> smallest_found_px(const DetectorModel& model, std::span<const Picture> frames, int side_px, std::uint64_t seed) {
  constexpr int kScenes = 40;
  int smallest = 0;
  for (const int long_side : {64, 48, 32, 24, 20, 16, 12}) {
    SceneOptions options;
    options.side_px = side_px;
    options.seams_per_scene = 0;
    options.objects_per_scene = 1;
    options.camouflage = 0;
    options.varied = false;
    options.long_side_low_px = options.long_side_high_px = long_side;
    auto scores = score_scenes(model, frames, options, kScenes, seed + static_cast<std::uint64_t>(long_side));
    if (!scores) return scores.error();
    if (scores->share_above(model.threshold) < 0.5) break;
    smallest = long_side;
  }
  return smallest;
}

std::vector<CropCutout> cut_out_all(std::span<const Crop> crops) {
  std::vector<CropCutout> out(crops.size());
  const auto every_second = [&](std::size_t from) {
    for (std::size_t i = from; i < crops.size(); i += 2) out[i] = cut_out(crops[i]);
  };
  std::jthread other(every_second, 1);
  every_second(0);
  return out;
}

// Clean frames that are judged by what others taught the second look, which knows the places that it was taught by.
using JudgedGroup = TaughtLooks::Group;

// The thresholds, by frames of every lot, also those that the network was trained on (see set_threshold).
Result<void> set_by_all(DetectorModel& model, std::span<const Picture> clean, std::span<const JudgedGroup> groups, std::uint64_t seed,
                        const Executor& executor) {
  struct Judged {
    Result<void> done;
    std::vector<double> blobs;
    CleanBelt belt;
  };
  std::vector<Judged> judged(groups.size());
  executor(groups.size(), [&](std::size_t g) {
    const auto frames = clean.subspan(groups[g].first, groups[g].count);
    DetectorModel by_others = model;
    by_others.second = groups[g].by_others;
    Detector detector(by_others);
    judged[g].done = add_blob_scores(detector, frames, judged[g].blobs);
    auto belt = pass_clean_belt(detector, frames, seed + groups[g].first);
    if (belt) judged[g].belt = std::move(*belt);
    else judged[g].done = belt.error();
  });
  std::vector<double> blobs;
  CleanBelt belt;
  for (const Judged& one : judged) {
    if (!one.done) return one.done;
    blobs.insert(blobs.end(), one.blobs.begin(), one.blobs.end());
    belt.append(one.belt);
  }
  set_threshold(model, std::move(blobs), clean.size());
  set_event_threshold(model, belt);
  return {};
}

// Teaches the second look, if there is a backbone for one, and sets the thresholds.
Result<void> finish(DetectorModel& model, std::span<const Picture> clean, std::span<const Crop> crops, std::span<const CropCutout> cutouts,
                    const DetectorFit& fit, const Executor& executor) {
  if (fit.backbone == nullptr) {
    const std::size_t half = clean.size() / 2;
    return set_by_all(model, clean, std::array{JudgedGroup{0, half, {}}, JudgedGroup{half, clean.size() - half, {}}}, fit.seed, executor);
  }
  auto looks = learn_second_look(model, clean, crops, cutouts, fit, {kGroups, 1}, executor);
  if (!looks) return looks.error();
  auto set = set_by_all(model, clean, looks->groups, fit.seed, executor);
  model.second = std::move(looks->all);
  return set;
}

}  // namespace

Result<DetectorModel> fit_detector(std::span<const Picture> clean, std::span<const Crop> crops, const DetectorFit& fit,
                                   const std::function<void(double)>& progress) {
  if (clean.size() < 8) {
    return invalid_input("expected 8 or more clean frames, found " + std::to_string(clean.size()));
  }
  for (const Picture& picture : clean) {
    if (picture.width < 128 || picture.height < 128) {
      return invalid_input("expected clean frames of 128 x 128 pixels or more, found " + std::to_string(picture.width) +
                           " x " + std::to_string(picture.height));
    }
  }
  // The last frames of the order given are kept out first, in one piece: neighbours in time show the same stones.
  const std::size_t seen_frames = clean.size() - static_cast<std::size_t>(std::lround(kKeptOutShare * static_cast<double>(clean.size())));
  const std::span<const Picture> seen = clean.first(seen_frames), kept_out = clean.subspan(seen_frames);
  const std::vector<CropCutout> cutouts = cut_out_all(crops);

  DetectorModel model;
  model.mm_per_px = fit.mm_per_px;
  model.claimed_false_per_frame = fit.claimed_false_per_frame;
  model.network = detector_network(fit.classes, fit.seed);
  SceneOptions options;
  options.side_px = fit.side_px;
  const SceneMaker first({seen, crops, cutouts}, options), second({clean, crops, cutouts}, options);
  net::TrainingRun run;
  run.steps = fit.steps;
  run.width = run.height = options.side_px;
  run.least_rate_share = kLeastRateShare;
  const int change = static_cast<int>(kFirstPart * fit.steps);
  std::vector<std::vector<SceneTruth>> truths(static_cast<std::size_t>(run.lanes),
                                              std::vector<SceneTruth>(static_cast<std::size_t>(run.samples_per_lane)));
  const auto fill = [&](int step, int lane, net::Planes& input) {
    for (int s = 0; s < input.count(); ++s) {
      Rng rng(fit.seed * 1000003 + 17, (static_cast<std::uint64_t>(step) << 8) | static_cast<std::uint64_t>(lane * 64 + s));
      SceneTruth& truth = truths[static_cast<std::size_t>(lane)][static_cast<std::size_t>(s)];
      const Picture scene = (step < change ? first : second).draw(rng, truth);
      apply_tone(scene.view(), measure_tone(scene.view()), input, s);
    }
  };
  const int head = model.network.outputs.front();
  const auto loss = [&](int, int lane_index, net::Lane& lane) {
    double sum = 0;
    for (int s = 0; s < run.samples_per_lane; ++s) {
      sum += loss_of(truths[static_cast<std::size_t>(lane_index)][static_cast<std::size_t>(s)], lane.map(head), s,
                     run.samples_per_lane, fit.classes, lane.gradient(head));
    }
    return sum;
  };
  const Executor executor = workers(2);
  // The loss reads only the head; the other outputs are for readers of features.
  net::Network training = model.network;
  training.outputs = {head};
  net::AverageNumbers average(std::max(1.0, kAveragedOver * fit.steps));
  Result<void> scored;
  net::train(training, run, fill, loss, [&](int step, double) {
    if (step >= static_cast<int>(kAveragedFrom * fit.steps)) average.add(training);
    if (step + 1 == change) {
      average.put_into(model.network);
      if (fit.backbone != nullptr) {
        auto looks = learn_second_look(model, seen, crops, cutouts, fit, {0, kFirstShare}, executor);
        if (!looks) scored = looks.error();
        else model.second = std::move(looks->all);
      }
      if (!scored) return false;
      Detector detector(model);
      scored = set_frame_tail(model, detector, kept_out);
      std::vector<double> scores;
      if (scored) scored = add_blob_scores(detector, clean, scores);
      if (!scored) return false;
      set_threshold(model, std::move(scores), clean.size());
      scored = measure_synthetic(model, kept_out, fit.side_px, fit.seed, executor);
      auto smallest = smallest_found_px(model, kept_out, fit.side_px, fit.seed + 1000);
      if (smallest) model.smallest_side_px = *smallest;
      else scored = smallest.error();
    }
    progress(static_cast<double>(step + 1) / run.steps);
    return scored.ok();
  });
  if (!scored) return scored.error();
  average.put_into(model.network);
  if (auto done = finish(model, clean, crops, cutouts, fit, executor); !done) return done.error();
  return model;
}

}  // namespace beltwarden::vision
