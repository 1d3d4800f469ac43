#include <algorithm>
#include <cstdio>
#include <memory>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/vision/picture_folder.h"
#include "apps/lab/vision/vision_commands.h"
#include "apps/lab/vision/vision_model.h"

namespace beltwarden::lab {

namespace {

struct ImportOptions {
  std::string torchscript, manifest, clean, out;
  double claim = 0.1;
};

Result<void> import(const ImportOptions& options) {
  auto bytes = read_input(options.torchscript);
  if (!bytes) return bytes.error();
  auto manifest = read_input(options.manifest);
  if (!manifest) return manifest.error();
  auto foreign = foreign_network_from_manifest(*manifest, std::move(*bytes), options.manifest);
  if (!foreign) return foreign.error();
  VisionModel model;
  model.foreign = std::move(*foreign);
  model.detector.foreign = true;
  model.detector.mm_per_px = model.foreign.mm_per_px;
  model.detector.claimed_false_per_frame = options.claim;
  auto source = open_foreign(model.foreign);  // also without clean frames: a network that does not load is refused here
  if (!source) return source.error();
  if (options.clean.empty()) {
    std::fprintf(stderr, "no --clean frames: the threshold is even odds and nobody knows how often clean ore exceeds it\n");
    return write_output(options.out, to_bytes(model));
  }
  auto paths = list_pictures(options.clean);
  if (!paths) return paths.error();
  std::vector<vision::Picture> clean;
  ProgressBar bar("reading");
  for (const std::string& path : *paths) {
    bar.show("reading", static_cast<double>(clean.size()) / static_cast<double>(paths->size()));
    auto picture = read_picture(path);
    if (!picture) return picture.error();
    clean.push_back(std::move(*picture));
  }
  // Each frame is looked at once by itself and in twenty views of a belt made of it.
  const double looks = 21.0 * static_cast<double>(clean.size());
  double looked = 0;
  vision::Detector counted([&](const vision::ImageView& image) {
    bar.show("setting limits", std::min(1.0, looked++ / looks));
    return (*source)(image);
  });
  if (auto set = vision::set_limits(model.detector, counted, clean, 1); !set) return set;
  std::fprintf(stderr, "%zu clean frames; threshold %.2f claims %.2g false blobs a frame\n", clean.size(), model.detector.threshold,
               options.claim);
  return write_output(options.out, to_bytes(model));
}

}  // namespace

void add_vision_import(cli::Command& vision, int& exit_code) {
  auto options = std::make_shared<ImportOptions>();
  auto* command = vision.add_subcommand("import", "Take a network of your own; it is measured like ours");
  command->footer("The network takes 1 x 3 x height x width floats and gives one number a cell. Manifest: name, mm_per_px, cell_px,\n"
                  "multiple_of_px, colours (rgb, bgr), mean, scale (of 8-bit values), answer (logit, probability).\n"
                  "Example: beltwarden vision import --torchscript net.pt --manifest net.toml --clean frames/ --out own.vision");
  command->add_option("--torchscript", options->torchscript, "the network")->required()->check(cli::ExistingFile());
  command->add_option("--manifest", options->manifest, "what it takes and gives")->required()->check(cli::ExistingFile());
  command->add_option("--clean", options->clean, "clean frames it was not trained on, to set the threshold by");
  command->add_option("--claim", options->claim, "false blobs in a clean frame that the threshold is set for")
      ->check(cli::Range(0.0001, 10.0))->capture_default_str();
  command->add_option("--out", options->out, "model to write, - for stdout")->required();
  command->callback([options, &exit_code] { exit_code = exit_status("vision import", import(*options)); });
}

}  // namespace beltwarden::lab
