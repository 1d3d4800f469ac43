#include "apps/lab/vision/resume.h"

#include <cstdio>
#include <vector>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/vision/picture_folder.h"
#include "apps/lab/vision/verdicts.h"
#include "apps/lab/vision/vision_model.h"

namespace beltwarden::lab {

namespace {

struct Judged {
  std::vector<float> features;
  std::string verdict;
};

std::string call(const VisionModel& of, const Judged& one) {
  return vision::remembers(of.memory, one.features) ? std::string("ore") : vision::classify(one.features, of.classifier).label;
}

Result<void> learn(VisionModel& model, const Judged& one, const std::string& provenance) {
  if (one.verdict == "ore") {
    if (auto done = vision::remember(model.memory, one.features); !done) return done.error().within(provenance);
  } else {
    if (model.classifier.empty()) {
      return invalid_input(provenance + ": expected a model fitted with --crops to take the class '" + one.verdict + "'");
    }
    const vision::LabelledFeatures example{one.features, one.verdict};
    if (auto done = vision::add_to_class(model.classifier, {&example, 1}); !done) return done.error().within(provenance);
  }
  model.verdicts.push_back(provenance);
  return {};
}

}  // namespace

Result<void> resume_with_verdicts(const ResumeOptions& options) {
  auto model = load_vision_model(options.model);
  if (!model) return model.error();
  if (model->detector.foreign) {
    return unsupported(options.model + ": expected a model of 'vision fit'; an imported network gives no features to remember places by");
  }
  auto verdicts = read_verdicts(options.verdicts, options.frames);
  if (!verdicts) return verdicts.error();
  const VisionModel before = *model;
  auto eye = ModelEye::open(before);
  if (!eye) return eye.error();
  ProgressBar bar("learning");
  std::vector<Judged> judged;
  for (std::size_t i = 0; i < verdicts->given.size(); ++i) {
    bar.show(static_cast<double>(i) / static_cast<double>(verdicts->given.size()));
    const PlaceVerdict& one = verdicts->given[i];
    auto frame = read_picture(one.picture);
    if (!frame) return frame.error();
    auto features = eye->features_at(*frame, one.x + one.w / 2, one.y + one.h / 2);
    if (!features) return features.error().within(one.picture);
    judged.push_back({std::move(*features), one.verdict});
    if (auto done = learn(*model, judged.back(), one.provenance); !done) return done;
  }
  // The replay: what the old and the new model make of every call that was judged.
  int right_before = 0, right_after = 0, changed = 0;
  for (const Judged& one : judged) {
    const std::string old_call = call(before, one), new_call = call(*model, one);
    right_before += old_call == one.verdict;
    right_after += new_call == one.verdict;
    changed += old_call != new_call;
  }
  std::fprintf(stderr, "%zu verdicts: the old model agreed with %d, the new one agrees with %d; %d calls change\n", judged.size(),
               right_before, right_after, changed);
  if (verdicts->open > 0) std::fprintf(stderr, "%zu rows without a verdict were left out\n", verdicts->open);
  return write_output(options.out, to_bytes(*model));
}

}  // namespace beltwarden::lab
