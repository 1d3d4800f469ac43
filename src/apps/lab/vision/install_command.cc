#include <cstdio>
#include <filesystem>
#include <memory>

#include "apps/lab/files.h"
#include "apps/lab/vision/vision_commands.h"
#include "apps/lab/vision/vision_model.h"
#include "science/vision/brand_networks.h"

namespace beltwarden::lab {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string model, brand, pack;
};

Result<void> install(const Options& options) {
  auto model = load_vision_model(options.model);
  if (!model) return model.error();
  const fs::path folder(options.pack), file = folder / "models" / "belt_network.bin";
  if (!fs::exists(folder / "pack.toml")) return not_found(options.pack + ": expected the folder of a pack, with pack.toml");
  vision::BrandNetworks networks;
  if (fs::exists(file)) {
    auto bytes = read_input(file.string());
    if (!bytes) return bytes.error();
    auto there = vision::brand_networks_from_bytes(*bytes, file.string());
    if (!there) return there.error();
    networks = std::move(*there);
  }
  networks.insert_or_assign(options.brand, static_cast<vision::BrandModel&&>(*model));
  auto bytes = vision::to_bytes(networks);
  if (!bytes) return bytes.error();
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (auto written = write_output(file.string(), *bytes); !written) return written;
  std::fprintf(stderr, "%s has networks of %zu brands; check and sign the pack: beltwarden pack check %s\n", file.c_str(),
               networks.size(), options.pack.c_str());
  return {};
}

}  // namespace

void add_vision_install(cli::Command& vision, int& exit_code) {
  auto options = std::make_shared<Options>();
  auto* command = vision.add_subcommand("install", "Put a brand's network into a pack, for the cameras of a site");
  command->footer("The site's rim then looks through it at pictures of that brand; other brands are judged by colour as before.\n"
                  "Example: beltwarden vision install --model brand.vision --brand \"Karstad fines\" --pack packs/iron-ore");
  command->add_option("--model", options->model, "a model of 'vision fit'")->required()->check(cli::ExistingFile());
  command->add_option("--brand", options->brand, "the brand's name in pack.toml")->required();
  command->add_option("--pack", options->pack, "folder of the pack")->required()->check(cli::ExistingDirectory());
  command->callback([options, &exit_code] { exit_code = exit_status("vision install", install(*options)); });
}

}  // namespace beltwarden::lab
