#include "science/vision/detector.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/config.h"
#include "base/toml_writer.h"
#include "science/vision/mirror.h"
#include "science/vision/tone.h"

namespace beltwarden::vision {

namespace {
constexpr float kNothing = -8;  // evidence where there is no load
constexpr std::string_view kMagic = "BWDETECTOR2\n";

Result<void> check_size(const ImageView& image) {
  if (image.bgr != nullptr && image.width_px >= 32 && image.height_px >= 32 && image.width_px <= 8192 &&
      image.height_px <= 8192) {
    return {};
  }
  return invalid_input("expected a picture of 32 to 8192 pixels a side, found " + std::to_string(image.width_px) + " x " +
                       std::to_string(image.height_px));
}
}  // namespace

net::Network detector_network(int classes, std::uint64_t seed) {
  net::Plan plan(3);
  const int half = plan.normalise(plan.mix(plan.fold(0), 16));
  const int half_out = plan.depthwise(half);
  int fine = plan.normalise(plan.mix(plan.fold(half_out), 32));
  for (int i = 0; i < 2; ++i) fine = plan.block(fine, 32, true);
  int middle = plan.normalise(plan.mix(plan.fold(fine), 48));
  for (int i = 0; i < 3; ++i) middle = plan.block(middle, 48, true);
  int coarse = plan.normalise(plan.mix(plan.fold(middle), 64));
  for (int i = 0; i < 4; ++i) coarse = plan.block(coarse, 64, true);
  const int joined_middle = plan.block(plan.add(plan.unfold(plan.mix(coarse, 48)), middle), 48, false);
  const int joined_fine = plan.block(plan.add(plan.unfold(plan.mix(joined_middle, 32)), fine), 32, true);
  const int head = plan.mix(joined_fine, 1 + classes);
  return net::make_network(std::move(plan), {head, joined_fine, joined_middle, coarse}, seed);
}

Detector::Detector(const DetectorModel& model, int strips, Executor executor)
    : crops_{net::Frozen(model.network), {}}, strips_(static_cast<std::size_t>(std::max(0, strips - 1))), executor_(std::move(executor)),
      outputs_(model.network.outputs), second_(model.second, std::max(1, strips)) {
  net::Network evidence = model.network;
  if (!evidence.outputs.empty()) evidence.outputs = {evidence.outputs.front()};
  frames_.frozen = net::Frozen(evidence);
}

namespace {

int whole_cells(int px, int scale) { return (px + scale - 1) / scale * scale; }

// The picture's columns from `left` on, `width` of them, through the network; the evidence lies in `scratch`.
void run_strip(const net::Frozen& network, const ImageView& image, const Tone& tone, int left, int width, net::Frozen::Scratch& scratch) {
  apply_tone(image, tone, network.prepare(width, whole_cells(image.height_px, network.coarsest_scale()), scratch), 0, left);
  network.run(scratch);
}

// Rows of evidence for a picture of `width` pixels, as the network rounds it up; nothing in them yet.
EvidenceMap empty_map(const ImageView& image, int cell_px) {
  EvidenceMap map;
  map.cell_px = cell_px;
  map.columns = (image.width_px + cell_px - 1) / cell_px;
  map.rows = (image.height_px + cell_px - 1) / cell_px;
  map.logit.resize(static_cast<std::size_t>(map.columns * map.rows));
  return map;
}

// Columns `from` to `to` (excluded) of the map, which are those of `head` from `skip` on.
void copy_columns(const net::Planes& head, int skip, EvidenceMap& map, int from, int to) {
  for (int y = 0; y < map.rows; ++y) std::copy_n(head.row(0, 0, y) + skip, to - from, &map.logit[static_cast<std::size_t>(y * map.columns + from)]);
}

// Bare belt is nobody's ore; what is brighter than it counts as load.
void leave_out_belt(const Tone& tone, EvidenceMap& map) {
  if (tone.columns == 0) return;
  for (int y = 0; y < map.rows; ++y) {
    const std::size_t cells = static_cast<std::size_t>(y * map.cell_px / kToneCell * tone.columns);
    for (int x = 0; x < map.columns; ++x) {
      float& logit = map.logit[static_cast<std::size_t>(y * map.columns + x)];
      if (tone.load[cells + static_cast<std::size_t>(x * map.cell_px / kToneCell)] == 0) logit = std::min(logit, kNothing);
    }
  }
}

}  // namespace

EvidenceMap Detector::map(const ImageView& image, const Tone& tone, Eye& eye) {
  const int width = whole_cells(image.width_px, eye.frozen.coarsest_scale());
  run_strip(eye.frozen, image, tone, 0, width, eye.scratch);
  const net::Planes& head = eye.scratch.map(outputs_.front());
  EvidenceMap map = empty_map(image, width / head.shape().width);
  copy_columns(head, 0, map, 0, map.columns);
  leave_out_belt(tone, map);
  return map;
}

// Each strip reads on either side what reaches into it.
EvidenceMap Detector::map_in_strips(const ImageView& image, const Tone& tone) {
  const int scale = frames_.frozen.coarsest_scale(), reach = frames_.frozen.reach_px();
  const int width = whole_cells(image.width_px, scale);
  const int strips = std::min(static_cast<int>(strips_.size()) + 1, width / (4 * reach));   // or what is read twice outweighs the help
  if (strips < 2) return map(image, tone, frames_);
  const int own = whole_cells((width + strips - 1) / strips, scale);
  struct Strip {
    int from, to, left, right;   // its own pixels, and those that it reads
    net::Frozen::Scratch* scratch;
  };
  std::vector<Strip> all;
  for (int from = 0; from < width; from += own) {
    const int to = std::min(from + own, width);
    all.push_back({from, to, std::max(0, from - reach), std::min(width, to + reach), all.empty() ? &frames_.scratch : &strips_[all.size() - 1]});
  }
  executor_(all.size(), [&](std::size_t i) {
    const Strip& s = all[i];
    run_strip(frames_.frozen, image, tone, s.left, s.right - s.left, *s.scratch);
  });
  EvidenceMap map;
  for (const Strip& s : all) {
    const net::Planes& head = s.scratch->map(outputs_.front());
    const int cell = (s.right - s.left) / head.shape().width;
    if (map.logit.empty()) map = empty_map(image, cell);
    copy_columns(head, (s.from - s.left) / cell, map, s.from / cell, std::min(s.to / cell, map.columns));
  }
  leave_out_belt(tone, map);
  return map;
}

std::vector<Blob> blobs_within(const EvidenceMap& evidence, const ImageView& image) {
  std::vector<Blob> blobs = find_blobs(evidence);
  for (Blob& blob : blobs) {
    blob.w = std::min(blob.w, image.width_px - blob.x);
    blob.h = std::min(blob.h, image.height_px - blob.y);
  }
  return blobs;
}

Result<EvidenceMap> Detector::first_evidence(const ImageView& image) {
  if (auto fits = check_size(image); !fits) return fits.error();
  if (source_) return source_(image);
  return map_in_strips(image, measure_tone(image));
}

Result<EvidenceMap> Detector::evidence(const ImageView& image) {
  if (source_ || second_.empty()) return first_evidence(image);
  if (auto fits = check_size(image); !fits) return fits.error();
  const Tone tone = measure_tone(image);
  EvidenceMap found = map_in_strips(image, tone);
  second_.look_again(image, tone, found, executor_);
  return found;
}

Result<Detector::Seen> Detector::look(const ImageView& image) {
  auto found = evidence(image);
  if (!found) return found.error();
  Seen seen{std::move(*found), {}, 0};
  seen.blobs = blobs_within(seen.evidence, image);
  seen.frame_score = frame_score(seen.blobs);
  return seen;
}

namespace {
void add_share(const std::vector<float>& features, float share, std::vector<float>& sum) {
  sum.resize(features.size());
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += share * features[i];
}
}  // namespace

Result<std::vector<float>> Detector::crop_features(const ImageView& crop) {
  auto one = crop_features(std::span(&crop, 1));
  if (!one) return one.error();
  return std::move(one->front());
}

Result<std::vector<std::vector<float>>> Detector::crop_features(std::span<const ImageView> crops) {
  constexpr std::size_t kTurns = 4;
  constexpr std::size_t kReadEvery = 3, kRead = (kTurns + kReadEvery - 1) / kReadEvery;   // the backbone is dearer: as it is, and turned by half a circle
  std::vector<std::vector<float>> out(crops.size());
  std::vector<Tone> tones(crops.size());
  std::vector<Picture> seen(crops.size() * kTurns);
  std::vector<ImageView> views(seen.size());
  std::vector<Window> windows;
  for (std::size_t i = 0; i < crops.size(); ++i) {
    if (auto fits = check_size(crops[i]); !fits) return fits.error();
    if (source_) continue;
    tones[i] = measure_rim_tone(crops[i], std::min(crops[i].width_px, crops[i].height_px) / 8);
    for (std::size_t turn = 0; turn < kTurns; ++turn) {
      const std::size_t at = i * kTurns + turn;
      seen[at] = mirrored(crops[i], Mirror::of_turn(turn));
      views[at] = seen[at].view();
      add_share(features_of(views[at], tones[i]), 1.0f / kTurns, out[i]);
      if (!second_.empty() && turn % kReadEvery == 0) windows.push_back({&views[at], &tones[i], crops[i].width_px / 2.0, crops[i].height_px / 2.0});
    }
  }
  if (windows.empty()) return out;
  const auto read = second_.features(windows, run_in_turn);
  for (std::size_t i = 0; i < crops.size(); ++i) {
    std::vector<float> mean;
    for (std::size_t k = 0; k < kRead; ++k) add_share(read[kRead * i + k], 1.0f / kRead, mean);
    for (std::size_t f = 0; f < mean.size(); f += net::Backbone::kPooled) out[i].push_back(mean[f]);   // of each channel what the inner third holds
  }
  return out;
}

std::vector<float> Detector::features_of(const ImageView& crop, const Tone& tone) {
  const EvidenceMap evidence = map(crop, tone, crops_);
  const int left = evidence.columns / 4, right = evidence.columns - left;
  const int top = evidence.rows / 4, bottom = evidence.rows - top;
  std::vector<double> weight;
  double total = 0;
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      weight.push_back(1e-3 + 1 / (1 + std::exp(-static_cast<double>(evidence.at(x, y)))));
      total += weight.back();
    }
  }
  std::vector<float> out;
  for (std::size_t o = 1; o <= outputs_.size(); ++o) {
    const bool classes = o == outputs_.size();
    const net::Planes& from = crops_.scratch.map(classes ? outputs_.front() : outputs_[o]);
    const int ratio = crops_.scratch.map(outputs_.front()).shape().width / from.shape().width;
    for (int c = classes ? 1 : 0; c < from.channels(); ++c) {
      double sum = 0;
      std::size_t i = 0;
      for (int y = top; y < bottom; ++y) {
        const float* row = from.row(0, c, y / ratio);
        for (int x = left; x < right; ++x) sum += weight[i++] * static_cast<double>(row[x / ratio]);
      }
      out.push_back(static_cast<float>(sum / total));
    }
  }
  return out;
}

std::string to_bytes(const DetectorModel& model) {
  TomlWriter toml;
  toml.put("mm_per_px", model.mm_per_px).put("threshold", model.threshold);
  toml.put("event_threshold", model.event_threshold).put("foreign", static_cast<std::int64_t>(model.foreign));
  toml.put("claimed_false_per_frame", model.claimed_false_per_frame);
  toml.put("smallest_side_px", static_cast<std::int64_t>(model.smallest_side_px));
  toml.put("tail_from", model.frame_tail.from).put("tail_scale", model.frame_tail.scale);
  toml.put("tail_share", model.frame_tail.share);
  const SyntheticRates& rates = model.synthetic;
  toml.put("synthetic_found", rates.found).put("synthetic_seams_called", rates.seams_called);
  toml.put("synthetic_clean_called", rates.clean_called).put("synthetic_auroc_clean", rates.auroc_clean);
  toml.put("synthetic_auroc_seams", rates.auroc_seams).put("synthetic_scenes", static_cast<std::int64_t>(rates.scenes));
  const std::string second = to_bytes(model.second);
  toml.put("second_look_bytes", static_cast<std::int64_t>(second.size()));
  const std::string text = toml.text();
  return std::string(kMagic) + std::to_string(text.size()) + "\n" + text + net::to_bytes(model.network) + second;
}

Result<DetectorModel> detector_from_bytes(std::string_view bytes, const std::string& origin) {
  const auto bad = [&](const std::string& what) { return corrupt(origin + ": " + what); };
  if (!bytes.starts_with(kMagic)) return bad("expected a detector that begins with BWDETECTOR2 (one of an earlier version reads light otherwise: fit it anew)");
  bytes.remove_prefix(kMagic.size());
  std::size_t length = 0, digits = 0;
  while (digits < bytes.size() && digits < 7 && bytes[digits] >= '0' && bytes[digits] <= '9') {
    length = 10 * length + static_cast<std::size_t>(bytes[digits++] - '0');
  }
  if (digits == 0 || digits >= bytes.size() || bytes[digits] != '\n' || bytes.size() - digits - 1 < length) {
    return bad("expected the length of the settings in the second line");
  }
  bytes.remove_prefix(digits + 1);
  auto config = Config::parse(bytes.substr(0, length), origin);
  if (!config) return config.error();
  DetectorModel model;
  const auto read = [&](const char* key, double low, double high, double& value) -> Result<void> {
    auto number = config->number(key, low, high);
    if (!number) return number.error();
    value = *number;
    return {};
  };
  for (const auto& [key, low, high, value] :
       {std::tuple{"mm_per_px", 0.05, 100.0, &model.mm_per_px}, {"threshold", -50.0, 50.0, &model.threshold},
        {"event_threshold", -50.0, 50.0, &model.event_threshold},
        {"claimed_false_per_frame", 0.0, 100.0, &model.claimed_false_per_frame},
        {"tail_from", -100.0, 100.0, &model.frame_tail.from}, {"tail_scale", 1e-6, 100.0, &model.frame_tail.scale},
        {"tail_share", 0.0, 1.0, &model.frame_tail.share},
        {"synthetic_found", 0.0, 1.0, &model.synthetic.found},
        {"synthetic_seams_called", 0.0, 1.0, &model.synthetic.seams_called},
        {"synthetic_clean_called", 0.0, 1.0, &model.synthetic.clean_called},
        {"synthetic_auroc_clean", 0.0, 1.0, &model.synthetic.auroc_clean},
        {"synthetic_auroc_seams", 0.0, 1.0, &model.synthetic.auroc_seams}}) {
    if (auto done = read(key, low, high, *value); !done) return done.error();
  }
  auto side = config->integer("smallest_side_px", 0, 1000);
  if (!side) return side.error();
  model.smallest_side_px = static_cast<int>(*side);
  auto foreign = config->integer("foreign", 0, 1, 0);
  if (!foreign) return foreign.error();
  model.foreign = *foreign == 1;
  auto scenes = config->integer("synthetic_scenes", 0, 1'000'000);
  if (!scenes) return scenes.error();
  model.synthetic.scenes = static_cast<int>(*scenes);
  const std::string_view numbers = bytes.substr(length);
  auto second_bytes = config->integer("second_look_bytes", 0, static_cast<std::int64_t>(numbers.size()), 0);
  if (!second_bytes) return second_bytes.error();
  const std::size_t network_bytes = numbers.size() - static_cast<std::size_t>(*second_bytes);
  auto second = second_look_from_bytes(numbers.substr(network_bytes), origin);
  if (!second) return second.error();
  model.second = std::move(*second);
  auto network = net::network_from_bytes(numbers.substr(0, network_bytes), origin);
  if (!network) return network.error();
  model.network = std::move(*network);
  const auto& steps = model.network.plan.steps();
  if (model.foreign) return model;
  if (model.network.outputs.empty() || steps.front().channels != 3) {
    return bad("expected a network from three colours to evidence");
  }
  const int head = steps[static_cast<std::size_t>(model.network.outputs.front())].scale;
  for (const int output : model.network.outputs) {
    if (steps[static_cast<std::size_t>(output)].scale < head) return bad("expected maps of features no finer than the evidence");
  }
  return model;
}

}  // namespace beltwarden::vision
