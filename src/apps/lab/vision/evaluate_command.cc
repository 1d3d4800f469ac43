#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/vision/picture_folder.h"
#include "apps/lab/vision/sequence_tracking.h"
#include "apps/lab/vision/vision_commands.h"

namespace beltwarden::lab {

namespace {

struct Options {
  std::string model, data, crops, out = "-";
  double gamma = 1;
  std::vector<double> cast;
  bool sequences = true;
};

struct Box {
  double x = 0, y = 0, w = 0, h = 0;
};

struct Object {
  Box box;
  int long_side = 0;
};

struct Frame {
  std::string name;
  double score = 0;
  std::vector<vision::Blob> blobs;
};

// As the data's README says: the centre lies in the box, or intersection over union is 0.3 or more.
bool finds(const vision::Blob& blob, const Box& box) {
  const double cx = blob.x + blob.w / 2.0, cy = blob.y + blob.h / 2.0;
  if (cx >= box.x && cx <= box.x + box.w && cy >= box.y && cy <= box.y + box.h) return true;
  const double w = std::min(blob.x + blob.w * 1.0, box.x + box.w) - std::max(blob.x * 1.0, box.x);
  const double h = std::min(blob.y + blob.h * 1.0, box.y + box.h) - std::max(blob.y * 1.0, box.y);
  if (w <= 0 || h <= 0) return false;
  return w * h / (blob.w * blob.h + box.w * box.h - w * h) >= 0.3;
}

// Probability that a frame of `high` scores above one of `low`, ties half.
double auroc(const std::vector<Frame>& high, const std::vector<Frame>& low) {
  double sum = 0;
  for (const Frame& a : high) {
    for (const Frame& b : low) sum += a.score > b.score ? 1 : a.score == b.score ? 0.5 : 0;
  }
  return sum / static_cast<double>(high.size() * low.size());
}

void relight(vision::Picture& picture, const Options& options) {
  if (options.gamma == 1 && options.cast.empty()) return;
  for (std::size_t i = 0; i < picture.bgr.size(); ++i) {
    const double cast = options.cast.empty() ? 1 : options.cast[i % 3];
    const double value = 255 * std::pow(picture.bgr[i] / 255.0, options.gamma) * cast;
    picture.bgr[i] = static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
  }
}

class Evaluation {
 public:
  Evaluation(const Options& options, VisionModel model)
      : options_(options), model_(std::move(model)), detector_(model_.detector) {}

  Result<void> run() {
    for (auto step : {&Evaluation::frames, &Evaluation::crops, &Evaluation::sequences}) {
      if (auto done = (this->*step)(); !done) return done;
    }
    return write_output(options_.out, report_);
  }

 private:
  template <class... Values>
  void say(const char* format, Values... values) {
    char line[400];
    std::snprintf(line, sizeof line, format, values...);
    report_ += line;
    report_ += '\n';
  }

  Result<std::vector<Frame>> look(const std::string& folder, const std::string& prefix) {
    auto paths = list_pictures(options_.data + "/" + folder);
    if (!paths) return paths.error();
    std::vector<Frame> out;
    for (const std::string& path : *paths) {
      if (!file_name(path).starts_with(prefix)) continue;
      auto picture = read_picture(path);
      if (!picture) return picture.error();
      relight(*picture, options_);
      auto seen = detector_.look(picture->view());
      if (!seen) return seen.error().within(path);
      out.push_back({file_name(path), seen->frame_score, std::move(seen->blobs)});
    }
    if (out.empty()) return not_found(options_.data + "/" + folder + ": no frames that begin with " + prefix);
    return out;
  }

  Result<void> frames() {
    auto clean = look("clean", "");
    if (!clean) return clean.error();
    auto labels = CsvTable::read(options_.data + "/labels.csv");
    if (!labels) return labels.error();
    std::map<std::string, std::vector<Object>> truth;
    std::vector<std::size_t> column;
    for (const char* name : {"frame", "x", "y", "w", "h", "long_side_px"}) {
      auto c = labels->column(name);
      if (!c) return c.error();
      column.push_back(*c);
    }
    const auto number = [&](std::size_t row, std::size_t c) { return std::atof(labels->at(row, column[c]).c_str()); };
    for (std::size_t r = 0; r < labels->rows(); ++r) {
      truth[labels->at(r, column[0])].push_back(
          {{number(r, 1), number(r, 2), number(r, 3), number(r, 4)}, static_cast<int>(number(r, 5))});
    }
    // One false blob in ten clean frames.
    std::vector<double> false_scores;
    for (const Frame& frame : *clean) {
      for (const auto& blob : frame.blobs) false_scores.push_back(blob.score);
    }
    std::sort(false_scores.begin(), false_scores.end(), std::greater<>());
    const std::size_t allowed = clean->size() / 10;
    const double limit = false_scores.size() > allowed ? false_scores[allowed] : -1e9;
    const double own = model_.detector.threshold;
    double above = 0;
    for (const double score : false_scores) above += score > own;
    say("threshold for one false blob in ten clean frames %.2f; the model's own %.2f gives %.3f (it claims %.3f)", limit, own,
        above / static_cast<double>(clean->size()), model_.detector.claimed_false_per_frame);
    std::map<std::string, std::array<double, 3>> by_size;  // found, found at own threshold, all
    for (const auto& [level, name] : {std::pair{"00", "0"}, {"04", "0.4"}, {"07", "0.7"}}) {
      auto objects = look("objects", std::string("obj_") + level);
      if (!objects) return objects.error();
      auto seams = look("seams", std::string("seam_") + level);
      if (!seams) return seams.error();
      double found = 0, all = 0;
      for (const Frame& frame : *objects) {
        for (const Object& object : truth[frame.name]) {
          const char* size = object.long_side < 32 ? "16-32" : object.long_side < 64 ? "32-64" : ">64";
          bool hit = false, own_hit = false;
          for (const auto& blob : frame.blobs) {
            if (!finds(blob, object.box)) continue;
            hit |= blob.score > limit;
            own_hit |= blob.score > own;
          }
          by_size[size][0] += hit;
          by_size[size][1] += own_hit;
          by_size[size][2] += 1;
          found += hit;
          all += 1;
        }
      }
      double fired = 0;
      for (const Frame& frame : *seams) {
        for (const auto& blob : frame.blobs) fired += blob.score > limit;
      }
      say("camouflage %s: AUROC against clean %.3f, against seams %.3f; recall %.3f; blobs a seam frame %.2f", name,
          auroc(*objects, *clean), auroc(*objects, *seams), found / std::max(1.0, all),
          fired / static_cast<double>(seams->size()));
    }
    for (const auto& [size, counts] : by_size) {
      say("long side %s px: recall %.3f, at the model's own threshold %.3f, of %.0f", size.c_str(), counts[0] / counts[2],
          counts[1] / counts[2], counts[2]);
    }
    return {};
  }

  Result<void> crops() {
    if (options_.crops.empty() || model_.classifier.empty()) return {};
    auto labels = CsvTable::read(options_.crops + "/labels.csv");
    if (!labels) return labels.error();
    auto crop = labels->column("crop"), label = labels->column("class");
    if (!crop) return crop.error();
    if (!label) return label.error();
    const bool sets = labels->has("set");
    const std::size_t set = sets ? *labels->column("set") : 0;
    std::set<std::string> known;
    for (const auto& one : model_.classifier.classes) known.insert(one.label);
    std::map<std::string, std::array<double, 3>> counts;  // right, said, there
    double stranger = 0, strangers = 0, known_unknown = 0, known_all = 0;
    for (std::size_t r = 0; r < labels->rows(); ++r) {
      if (sets && labels->at(r, set) == "train") continue;
      auto picture = read_picture(options_.crops + "/" + labels->at(r, *crop));
      if (!picture) return picture.error();
      relight(*picture, options_);
      auto features = detector_.crop_features(picture->view());
      if (!features) return features.error();
      const vision::CropClass what = vision::classify(*features, model_.classifier);
      const std::string& truth = labels->at(r, *label);
      if (!known.contains(truth)) {
        strangers += 1;
        stranger += !what.known;
        continue;
      }
      known_all += 1;
      known_unknown += !what.known;
      counts[truth][2] += 1;
      counts[truth][0] += what.known && what.label == truth;
      if (what.known) counts[what.label][1] += 1;
    }
    double sum = 0;
    std::string each;
    for (const auto& [name, c] : counts) {
      const double f1 = c[1] + c[2] > 0 ? 2 * c[0] / (c[1] + c[2]) : 0;
      sum += f1;
      char text[64];
      std::snprintf(text, sizeof text, " %s %.2f", name.c_str(), f1);
      each += text;
    }
    say("crops: macro-F1 %.3f (%s ); known called unknown %.3f", sum / std::max<double>(1, static_cast<double>(counts.size())),
        each.c_str(), known_unknown / std::max(1.0, known_all));
    if (strangers > 0) say("crops of classes left out of training: called unknown %.3f of %.0f", stranger / strangers, strangers);
    return {};
  }

  Result<void> sequences() {
    if (!options_.sequences || !std::filesystem::exists(options_.data + "/sequences.csv")) return {};
    auto list = CsvTable::read(options_.data + "/sequences.csv");
    auto tracks = CsvTable::read(options_.data + "/tracks.csv");
    if (!list) return list.error();
    if (!tracks) return tracks.error();
    std::vector<std::size_t> column;
    for (const char* name : {"sequence", "frame", "object_id", "x", "y", "w", "h"}) {
      auto c = tracks->column(name);
      if (!c) return c.error();
      column.push_back(*c);
    }
    auto name = list->column("sequence"), step = list->column("px_per_frame");
    if (!name) return name.error();
    if (!step) return step.error();
    std::map<std::string, std::map<long, std::map<std::string, Box>>> truth;
    for (std::size_t r = 0; r < tracks->rows(); ++r) {
      const auto number = [&](std::size_t c) { return std::atof(tracks->at(r, column[c]).c_str()); };
      truth[tracks->at(r, column[0])][std::lround(number(1))][tracks->at(r, column[2])] = {number(3), number(4), number(5), number(6)};
    }
    int planted = 0, found = 0, events = 0, false_with = 0, false_without = 0;
    double shift_error = 0;
    for (std::size_t r = 0; r < list->rows(); ++r) {
      const std::string& sequence = list->at(r, *name);
      auto paths = list_pictures(options_.data + "/sequences/" + sequence);
      if (!paths) return paths.error();
      const double px = std::atof(list->at(r, *step).c_str());
      auto measured = measure_px_per_frame(*paths);
      if (measured) shift_error = std::max(shift_error, std::abs(*measured - px));
      auto tracked = track_sequence(model_, *paths, px, [](double) {});
      if (!tracked) return tracked.error();
      std::set<std::string> objects;
      for (const auto& [frame, boxes] : truth[sequence]) {
        for (const auto& [id, box] : boxes) objects.insert(id);
      }
      std::set<std::string> hit;
      for (const TrackedEvent& one : *tracked) {
        bool matched = false;
        for (const auto& [id, box] : truth[sequence][one.event.best_frame]) {
          if (!finds(one.event.box, box)) continue;
          hit.insert(id);
          matched = true;
          break;
        }
        if (matched) ++events;
        else ++(objects.empty() ? false_without : false_with);
      }
      planted += static_cast<int>(objects.size());
      found += static_cast<int>(hit.size());
    }
    say("sequences: objects found %d of %d; events per found object %.2f; false events without objects %d, with %d", found,
        planted, static_cast<double>(events) / std::max(1, found), false_without, false_with);
    say("belt shift read from the frames: at most %.2f px from the given one", shift_error);
    return {};
  }

  const Options& options_;
  VisionModel model_;
  vision::Detector detector_;
  std::string report_;
};

Result<void> evaluate(const Options& options) {
  auto model = load_vision_model(options.model);
  if (!model) return model.error();
  return Evaluation(options, std::move(*model)).run();
}

}  // namespace

void add_vision_evaluate(CLI::App& vision, int& exit_code) {
  auto options = std::make_shared<Options>();
  auto* command = vision.add_subcommand("evaluate", "Measure a model on labelled frames, crops and sequences");
  command->footer("DATA holds clean/, objects/ with labels.csv, seams/, sequences/ with sequences.csv and tracks.csv.\n"
                  "Example: beltwarden vision evaluate --model brand.vision --data belt_eval_dev --crops crops");
  command->add_option("--model", options->model, "written by 'vision fit'")->required()->check(CLI::ExistingFile);
  command->add_option("--data", options->data, "labelled frames")->required()->check(CLI::ExistingDirectory);
  command->add_option("--crops", options->crops, "crops with labels.csv; rows of the set 'train' are left out");
  command->add_option("--gamma", options->gamma, "change the light of frames and crops first")->check(CLI::Range(0.2, 5.0));
  command->add_option("--cast", options->cast, "and multiply blue, green, red")->delimiter(',')->expected(3);
  command->add_flag("!--no-sequences", options->sequences, "leave the sequences out");
  command->add_option("--out", options->out, "report, - for stdout")->capture_default_str();
  command->callback([options, &exit_code] { exit_code = exit_status("vision evaluate", evaluate(*options)); });
}

}  // namespace beltwarden::lab
