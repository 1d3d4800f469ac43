#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/vision/evaluation.h"
#include "apps/lab/vision/overlay.h"
#include "apps/lab/vision/picture_folder.h"
#include "apps/lab/vision/vision_commands.h"
#include "formats/picture.h"
#include "report/vision_report.h"

namespace beltwarden::lab {

namespace {

struct EvaluateOptions {
  std::string model, data, crops, out = "-", report;
  double gamma = 1;
  std::vector<double> cast;
  bool sequences = true, other_light = true;
};

template <class... Values>
std::string text(const char* format, Values... values) {
  char line[400];
  std::snprintf(line, sizeof line, format, values...);
  return line;
}

const Light kOtherLights[] = {{"gamma 0.7, blue +10 %, red -10 %", 0.7, {1.1, 1.0, 0.9}},
                              {"gamma 1.4, blue -10 %, red +10 %", 1.4, {0.9, 1.0, 1.1}}};

// Share of both that lie above each threshold.
report::VisionReport::Curve curve(const std::string& name, std::vector<double> high, std::vector<double> low) {
  report::VisionReport::Curve out{name + text(" (%.3f)", auroc(high, low)), {0}, {0}};
  std::sort(high.begin(), high.end(), std::greater<>());
  std::sort(low.begin(), low.end(), std::greater<>());
  std::size_t found = 0;
  for (std::size_t wrong = 0; wrong < low.size(); ++wrong) {
    while (found < high.size() && high[found] > low[wrong]) ++found;
    out.false_share.push_back(static_cast<double>(wrong) / static_cast<double>(low.size()));
    out.found_share.push_back(static_cast<double>(found) / static_cast<double>(high.size()));
  }
  out.false_share.push_back(1);
  out.found_share.push_back(1);
  return out;
}

class Evaluation {
 public:
  Evaluation(const EvaluateOptions& options, VisionModel model) : options_(options), model_(std::move(model)) {
    light_.gamma = options.gamma;
    if (options.cast.size() == 3) std::copy(options.cast.begin(), options.cast.end(), light_.cast.begin());
    if (light_.gamma != 1 || options.cast.size() == 3) light_.name = "as asked for";
  }

  Result<void> run() {
    page_.title = "How well " + std::filesystem::path(options_.model).filename().string() + " sees";
    page_.data = options_.data;
    page_.made_with = "beltwarden vision evaluate";
    for (auto step : {&Evaluation::frames, &Evaluation::crops, &Evaluation::sequences}) {
      if (auto done = (this->*step)(); !done) return done;
    }
    if (!options_.report.empty()) {
      if (auto done = draw_examples(); !done) return done;
      if (auto done = write_output(options_.report, report::vision_report_html(page_)); !done) return done;
    }
    return write_output(options_.out, printed_);
  }

 private:
  Progress shown(const std::string& what) {
    return [this, what](double share) { bar_.show(what, share); };
  }

  void say(const std::string& line) {
    printed_ += line + "\n";
    page_.lines.push_back(line);
  }

  Result<void> frames() {
    auto natural = evaluate_frames(model_, options_.data, light_, nullptr, &examples_, shown("frames"));
    if (!natural) return natural.error();
    const auto& detector = model_.detector;
    say(text("threshold for one false blob in ten clean frames %.2f; the model's own %.2f gives %.3f (it claims %.3f)",
             natural->limit, detector.threshold, natural->own_false_per_frame, detector.claimed_false_per_frame));
    report::VisionReport::Table by_level{"Objects beside ore pasted the same way",
                                         {"camouflage", "AUROC against clean", "AUROC against pasted ore", "objects found",
                                          "pasted ore called", "found at the model's own threshold", "pasted ore called there"},
                                         {},
                                         "A detector that calls pasted ore has learned the paste, not the object: every rate of "
                                         "found objects stands beside the rate of pasted ore called at the same threshold."};
    report::VisionReport::Chart against_clean{"Objects against clean frames", "clean frames called", {}};
    report::VisionReport::Chart against_seams{"Objects against pasted ore", "frames with pasted ore called", {}};
    for (const auto& level : natural->levels) {
      say(text("camouflage %s: AUROC against clean %.3f, against seams %.3f; recall %.3f, pasted ore called %.3f; at the model's "
               "own threshold %.3f and %.3f",
               level.camouflage.c_str(), level.auroc_clean, level.auroc_seams, level.recall, level.seam_rate, level.own_recall,
               level.own_seam_rate));
      by_level.rows.push_back({level.camouflage, text("%.3f", level.auroc_clean), text("%.3f", level.auroc_seams),
                               text("%.3f of %d", level.recall, level.objects), text("%.3f of %d", level.seam_rate, level.seams),
                               text("%.3f", level.own_recall), text("%.3f", level.own_seam_rate)});
      against_clean.curves.push_back(curve("camouflage " + level.camouflage, level.object_scores, natural->clean_scores));
      against_seams.curves.push_back(curve("camouflage " + level.camouflage, level.object_scores, level.seam_scores));
    }
    page_.charts = {against_clean, against_seams};
    page_.tables.push_back(by_level);
    report::VisionReport::Table by_size{"Objects by long side", {"px", "found", "pasted ore of that size called", "found at the model's own threshold", "pasted ore called there"}, {}, ""};
    for (const auto& [name, size] : natural->sizes) {
      const double all = std::max(1, size.all), seams = std::max(1, size.seams);
      say(text("long side %s px: recall %.3f of %d, pasted ore called %.3f of %d; at the model's own threshold %.3f and %.3f", name.c_str(),
               size.found / all, size.all, size.seams_called / seams, size.seams, size.found_own / all, size.seams_called_own / seams));
      by_size.rows.push_back({name, text("%.3f of %d", size.found / all, size.all), text("%.3f of %d", size.seams_called / seams, size.seams),
                              text("%.3f", size.found_own / all), text("%.3f", size.seams_called_own / seams)});
    }
    page_.tables.push_back(by_size);
    return options_.other_light ? other_light(*natural) : Result<void>{};
  }

  // The same frames under other lamps, judged by the threshold set before the lamps changed.
  Result<void> other_light(const FrameFigures& natural) {
    report::VisionReport::Table table{"Changed light",
                                      {"light", "AUROC against clean, by camouflage", "largest AUROC lost",
                                       "recall at the threshold set before", "pasted ore called there", "share of recall lost", "false blobs a clean frame, own threshold"},
                                      {},
                                      ""};
    for (const Light& light : kOtherLights) {
      auto changed = evaluate_frames(model_, options_.data, light, &natural.limit, nullptr, shown(light.name));
      if (!changed) return changed.error();
      double lost = -1;
      std::string each;
      for (std::size_t i = 0; i < changed->levels.size(); ++i) {
        lost = std::max(lost, natural.levels[i].auroc_clean - changed->levels[i].auroc_clean);
        each += text(i == 0 ? "%.3f" : " / %.3f", changed->levels[i].auroc_clean);
      }
      const double recall_lost = 1 - changed->recall() / std::max(1e-9, natural.recall());
      say(text("light changed to %s: AUROC against clean %s (lost at most %.3f); recall at the old threshold %.3f of %.3f (share "
               "lost %.3f), pasted ore called %.3f; false blobs a clean frame at the model's own threshold %.3f",
               light.name.c_str(), each.c_str(), lost, changed->recall(), natural.recall(), recall_lost, changed->seam_rate(),
               changed->own_false_per_frame));
      table.rows.push_back({light.name, each, text("%.3f", lost), text("%.3f", changed->recall()), text("%.3f", changed->seam_rate()), text("%.3f", recall_lost),
                            text("%.3f", changed->own_false_per_frame)});
    }
    page_.tables.push_back(table);
    return {};
  }

  Result<void> crops() {
    if (options_.crops.empty() || model_.classifier.empty()) return {};
    auto found = evaluate_crops(model_, options_.crops, light_, true, shown("crops"));
    if (!found) return found.error();
    std::string each;
    report::VisionReport::Table table{"Classes", {"class", "F1", "called unknown when left out of the classifier", "known ones so called then"}, {}, ""};
    double left_out = 0, others = 0;
    for (const auto& [name, f1] : found->f1) {
      each += text(" %s %.2f", name.c_str(), f1);
      const auto left = found->left_out.find(name);
      const bool there = left != found->left_out.end();
      if (there) left_out += left->second.called_unknown, others += left->second.known_called_unknown;
      table.rows.push_back({name, text("%.3f", f1), there ? text("%.3f", left->second.called_unknown) : "",
                            there ? text("%.3f", left->second.known_called_unknown) : ""});
    }
    say(text("crops: macro-F1 %.3f (%s ); known called unknown %.3f", found->macro_f1, each.c_str(), found->known_called_unknown));
    if (!found->left_out.empty()) {
      const double n = static_cast<double>(found->left_out.size());
      say(text("each class left out of the classifier in turn (the network saw it): called unknown %.3f, known ones so called %.3f",
               left_out / n, others / n));
    }
    if (found->strangers > 0) {
      say(text("crops of classes left out of training: called unknown %.3f of %d", found->strangers_called_unknown, found->strangers));
    }
    page_.tables.push_back(table);
    return {};
  }

  Result<void> sequences() {
    if (!options_.sequences || !std::filesystem::exists(options_.data + "/sequences.csv")) return {};
    auto found = evaluate_sequences(model_, options_.data, shown("sequences"));
    if (!found) return found.error();
    say(text("sequences: objects found %d of %d; events per found object %.2f; false events without objects %d, with %d", found->found,
             found->planted, found->events / std::max(1.0, static_cast<double>(found->found)), found->false_without, found->false_with));
    say(text("belt shift read from the frames: at most %.2f px from the given one", found->largest_shift_miss_px));
    return {};
  }

  Result<void> draw_examples() {
    auto opened = ModelEye::open(model_);
    if (!opened) return opened.error();
    ModelEye& eye = *opened;
    for (const Example& example : examples_) {
      auto picture = read_picture(example.path);
      if (!picture) return picture.error();
      relight(*picture, light_);
      auto seen = eye.look(*picture, model_.detector.threshold);
      if (!seen) return seen.error();
      draw_evidence(*picture, *seen, model_.detector);
      const formats::PictureView view{picture->bgr.data(), static_cast<std::size_t>(picture->width),
                                      static_cast<std::size_t>(picture->height), 3, 3 * static_cast<std::size_t>(picture->width)};
      auto jpeg = formats::encode_jpeg(view, 85);
      if (!jpeg) return jpeg.error();
      page_.pictures.push_back({example.caption + text(", score %.2f: ", seen->frame_score) + file_name(example.path), std::move(*jpeg)});
    }
    return {};
  }

  const EvaluateOptions& options_;
  VisionModel model_;
  Light light_;
  std::string printed_;
  report::VisionReport page_;
  std::vector<Example> examples_;
  ProgressBar bar_{"evaluating"};
};

Result<void> evaluate(const EvaluateOptions& options) {
  auto model = load_vision_model(options.model);
  if (!model) return model.error();
  return Evaluation(options, std::move(*model)).run();
}

}  // namespace

void add_vision_evaluate(cli::Command& vision, int& exit_code) {
  auto options = std::make_shared<EvaluateOptions>();
  auto* command = vision.add_subcommand("evaluate", "Measure a model on labelled frames, crops and sequences");
  command->footer("DATA holds clean/, objects/ with labels.csv, seams/ with seams.csv, sequences/ with sequences.csv and tracks.csv.\n"
                  "Example: beltwarden vision evaluate --model brand.vision --data belt_eval_dev --crops crops --report seen.html");
  command->add_option("--model", options->model, "written by 'vision fit'")->required()->check(cli::ExistingFile());
  command->add_option("--data", options->data, "labelled frames")->required()->check(cli::ExistingDirectory());
  command->add_option("--crops", options->crops, "crops with labels.csv; rows of the set 'train' only to leave classes out");
  command->add_option("--gamma", options->gamma, "change the light of frames and crops first")->check(cli::Range(0.2, 5.0));
  command->add_option("--cast", options->cast, "and multiply blue, green, red")->delimiter(',')->expected(3);
  command->add_flag("!--no-sequences", options->sequences, "leave the sequences out");
  command->add_flag("!--no-other-light", options->other_light, "leave the changed light out");
  command->add_option("--report", options->report, "one HTML file: curves, tables, examples with the evidence on them");
  command->add_option("--out", options->out, "figures as text, - for stdout")->capture_default_str();
  command->callback([options, &exit_code] { exit_code = exit_status("vision evaluate", evaluate(*options)); });
}

}  // namespace beltwarden::lab
