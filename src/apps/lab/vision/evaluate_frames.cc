#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/lab/vision/evaluation.h"
#include "apps/lab/vision/picture_folder.h"

namespace beltwarden::lab {

namespace {

constexpr double kNameNothing = 1e9;   // classes are measured on crops

struct Object {
  Box box;
  int long_side_px = 0;
};
using Truth = std::map<std::string, std::vector<Object>>;  // by frame

struct Frame {
  std::string path, name;
  double score = 0;
  std::vector<vision::Blob> blobs;
};

Result<Truth> read_truth(const std::string& path) {
  auto labels = CsvTable::read(path);
  if (!labels) return labels.error();
  std::vector<std::size_t> column;
  for (const char* name : {"frame", "x", "y", "w", "h"}) {
    auto c = labels->column(name);
    if (!c) return c.error();
    column.push_back(*c);
  }
  const bool sized = labels->has("long_side_px");
  const std::size_t side = sized ? *labels->column("long_side_px") : 0;
  Truth truth;
  for (std::size_t r = 0; r < labels->rows(); ++r) {
    std::vector<double> number;
    for (std::size_t i = 1; i < column.size(); ++i) {
      auto value = labels->number(r, column[i]);
      if (!value) return value.error();
      number.push_back(*value);
    }
    double long_side = std::max(number[2], number[3]);
    if (sized) {
      auto value = labels->number(r, side);
      if (!value) return value.error();
      long_side = *value;
    }
    truth[labels->at(r, column[0])].push_back({{number[0], number[1], number[2], number[3]}, static_cast<int>(long_side)});
  }
  return truth;
}

Result<std::vector<Frame>> look(ModelEye& eye, const std::string& folder, const std::string& prefix, const Light& light,
                                const Progress& progress) {
  auto paths = list_pictures(folder);
  if (!paths) return paths.error();
  std::vector<Frame> out;
  for (std::size_t i = 0; i < paths->size(); ++i) {
    const std::string& path = (*paths)[i];
    progress(static_cast<double>(i) / static_cast<double>(paths->size()));
    if (!file_name(path).starts_with(prefix)) continue;
    auto picture = read_picture(path);
    if (!picture) return picture.error();
    relight(*picture, light);
    auto seen = eye.look(*picture, kNameNothing);
    if (!seen) return seen.error().within(path);
    std::vector<vision::Blob> blobs;
    for (const auto& thing : seen->things) blobs.push_back(thing.blob);
    out.push_back({path, file_name(path), seen->frame_score, std::move(blobs)});
  }
  if (out.empty()) return not_found(folder + ": no frames that begin with '" + prefix + "'");
  return out;
}

std::vector<double> scores_of(const std::vector<Frame>& frames) {
  std::vector<double> out;
  for (const Frame& frame : frames) out.push_back(frame.score);
  return out;
}

// The strongest blob that finds the box; below any threshold when there is none.
double strongest(const Frame& frame, const Box& box) {
  double best = -1e9;
  for (const auto& blob : frame.blobs) {
    if (finds(blob, box)) best = std::max(best, blob.score);
  }
  return best;
}

const char* size_name(int long_side_px) { return long_side_px < 32 ? "16-32" : long_side_px < 64 ? "32-64" : "> 64"; }

}  // namespace

bool finds(const vision::Blob& blob, const Box& box) {
  const double cx = blob.x + blob.w / 2.0, cy = blob.y + blob.h / 2.0;
  if (cx >= box.x && cx <= box.x + box.w && cy >= box.y && cy <= box.y + box.h) return true;
  const double w = std::min(blob.x + blob.w * 1.0, box.x + box.w) - std::max(blob.x * 1.0, box.x);
  const double h = std::min(blob.y + blob.h * 1.0, box.y + box.h) - std::max(blob.y * 1.0, box.y);
  if (w <= 0 || h <= 0) return false;
  return w * h / (blob.w * blob.h + box.w * box.h - w * h) >= 0.3;
}

void relight(vision::Picture& picture, const Light& light) {
  if (light.gamma == 1 && light.cast == std::array<double, 3>{1, 1, 1}) return;
  std::uint8_t curve[3][256];
  for (std::size_t k = 0; k < 3; ++k) {
    for (int v = 0; v < 256; ++v) {
      const double value = 255 * std::pow(v / 255.0, light.gamma) * light.cast[k];
      curve[k][v] = static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
    }
  }
  for (std::size_t i = 0; i < picture.bgr.size(); ++i) picture.bgr[i] = curve[i % 3][picture.bgr[i]];
}

double auroc(const std::vector<double>& high, const std::vector<double>& low) {
  if (high.empty() || low.empty()) return 0.5;
  double sum = 0;
  for (const double a : high) {
    for (const double b : low) sum += a > b ? 1 : a == b ? 0.5 : 0;
  }
  return sum / static_cast<double>(high.size() * low.size());
}

double FrameFigures::recall() const {
  double found = 0, all = 0;
  for (const auto& [name, size] : sizes) found += size.found, all += size.all;
  return found / std::max(1.0, all);
}

double FrameFigures::own_recall() const {
  double found = 0, all = 0;
  for (const auto& [name, size] : sizes) found += size.found_own, all += size.all;
  return found / std::max(1.0, all);
}

double FrameFigures::seam_rate() const {
  double called = 0, all = 0;
  for (const auto& [name, size] : sizes) called += size.seams_called, all += size.seams;
  return called / std::max(1.0, all);
}

Result<FrameFigures> evaluate_frames(const VisionModel& model, const std::string& data, const Light& light,
                                     const double* natural_limit, std::vector<Example>* examples, const Progress& progress) {
  auto opened = ModelEye::open(model);
  if (!opened) return opened.error();
  ModelEye& eye = *opened;
  // Clean frames, and objects and pasted ore at three levels: seven parts.
  int part = 0;
  const auto look_at = [&](const std::string& folder, const std::string& prefix) {
    const int before = part++;
    return look(eye, data + folder, prefix, light, [&](double share) { progress((before + share) / 7); });
  };
  auto clean = look_at("/clean", "");
  if (!clean) return clean.error();
  auto objects_truth = read_truth(data + "/labels.csv");
  if (!objects_truth) return objects_truth.error();
  auto seams_truth = read_truth(data + "/seams.csv");
  if (!seams_truth) return seams_truth.error();
  FrameFigures out;
  out.light = light;
  out.clean_scores = scores_of(*clean);
  std::vector<double> false_scores;
  for (const Frame& frame : *clean) {
    for (const auto& blob : frame.blobs) false_scores.push_back(blob.score);
  }
  std::sort(false_scores.begin(), false_scores.end(), std::greater<>());
  const std::size_t allowed = clean->size() / 10;
  out.limit = natural_limit != nullptr ? *natural_limit : false_scores.size() > allowed ? false_scores[allowed] : -1e9;
  const double own = model.detector.threshold;
  for (const double score : false_scores) out.own_false_per_frame += (score > own) / static_cast<double>(clean->size());
  for (const auto& [prefix, name] : {std::pair{"00", "0"}, {"04", "0.4"}, {"07", "0.7"}}) {
    auto objects = look_at("/objects", std::string("obj_") + prefix);
    if (!objects) return objects.error();
    auto seams = look_at("/seams", std::string("seam_") + prefix);
    if (!seams) return seams.error();
    FrameFigures::Level level;
    level.camouflage = name;
    level.object_scores = scores_of(*objects);
    level.seam_scores = scores_of(*seams);
    level.auroc_clean = auroc(level.object_scores, out.clean_scores);
    level.auroc_seams = auroc(level.object_scores, level.seam_scores);
    for (const Frame& frame : *objects) {
      for (const Object& object : (*objects_truth)[frame.name]) {
        const double score = strongest(frame, object.box);
        auto& size = out.sizes[size_name(object.long_side_px)];
        ++size.all, ++level.objects;
        size.found += score > out.limit, level.recall += score > out.limit;
        size.found_own += score > own, level.own_recall += score > own;
      }
    }
    for (const Frame& frame : *seams) {
      for (const Object& piece : (*seams_truth)[frame.name]) {
        const double score = strongest(frame, piece.box);
        auto& size = out.sizes[size_name(piece.long_side_px)];
        ++level.seams, ++size.seams;
        size.seams_called += score > out.limit, size.seams_called_own += score > own;
        level.seam_rate += score > out.limit;
        level.own_seam_rate += score > own;
      }
    }
    level.recall /= std::max(1, level.objects), level.own_recall /= std::max(1, level.objects);
    level.seam_rate /= std::max(1, level.seams), level.own_seam_rate /= std::max(1, level.seams);
    if (examples != nullptr) {
      const auto by_score = [](const Frame& a, const Frame& b) { return a.score < b.score; };
      const std::string of = std::string(", camouflage ") + name;
      examples->push_back({std::max_element(objects->begin(), objects->end(), by_score)->path, "Objects, clearest" + of});
      examples->push_back({std::min_element(objects->begin(), objects->end(), by_score)->path, "Objects, faintest" + of});
      examples->push_back({std::max_element(seams->begin(), seams->end(), by_score)->path, "Pasted ore, most object-like" + of});
    }
    out.levels.push_back(std::move(level));
  }
  if (examples != nullptr) {
    std::sort(clean->begin(), clean->end(), [](const Frame& a, const Frame& b) { return a.score > b.score; });
    for (std::size_t i = 0; i < std::min<std::size_t>(3, clean->size()); ++i) {
      examples->push_back({(*clean)[i].path, "Clean, most object-like (" + std::to_string(i + 1) + ")"});
    }
  }
  return out;
}

}  // namespace beltwarden::lab
