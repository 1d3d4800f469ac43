#include "pack/inspectors.h"

#include <algorithm>

#include "inspect/registry.h"
#include "inspect/spectral_line.h"

namespace beltwarden::pack {
namespace {

inspect::InspectorSources sources_of(const Pack& pack) {
  inspect::InspectorSources sources;
  sources.model = [&pack](std::string_view name) -> std::string_view {
    const auto it = pack.models.find(name);
    return it == pack.models.end() ? std::string_view() : std::string_view(it->second);
  };
  sources.version = pack.stamp();
  sources.limits = pack.limits;
  return sources;
}

}  // namespace

Result<std::vector<std::unique_ptr<inspect::Inspector>>> make_inspectors(const Pack& pack) {
  for (const auto& wanted : pack.required_models) {
    const auto& known = inspect::inspector_registry();
    if (std::ranges::none_of(known, [&](const auto& entry) { return entry.first == wanted; })) {
      return unsupported("pack " + pack.stamp() + " requires the model '" + wanted + "', which this program does not have");
    }
  }
  auto sources = sources_of(pack);
  auto spectral = inspect::SpectralModels::make(sources);
  if (!spectral) return spectral.error().within("pack " + pack.stamp());
  sources.spectral = std::make_shared<inspect::SpectralLine>(std::move(*spectral));
  std::vector<std::unique_ptr<inspect::Inspector>> out;
  for (const auto& [name, make] : inspect::inspector_registry()) {
    auto inspector = make(sources);
    if (!inspector) return inspector.error().within("pack " + pack.stamp() + ", inspector " + name);
    out.push_back(std::move(*inspector));
  }
  return out;
}

Result<CameraModels> camera_models(const Pack& pack) {
  CameraModels out;
  if (const auto bytes = pack.models.find("belt_network"); bytes != pack.models.end()) {
    auto networks = vision::brand_networks_from_bytes(bytes->second, "pack " + pack.stamp() + ", model belt_network");
    if (!networks) return networks.error();
    for (const auto& [brand, network] : *networks) {
      if (pack.brand(brand) == nullptr) {
        return invalid_input("pack " + pack.stamp() + ", model belt_network: expected brands of the pack, found '" + brand + "'");
      }
    }
    out.networks = std::move(*networks);
  }
  if (const auto bytes = pack.models.find("inclusion_recognition"); !out.networks.empty() && bytes != pack.models.end()) {
    auto appearances = vision::appearances_from_text(bytes->second, "pack " + pack.stamp() + ", model inclusion_recognition");
    if (!appearances) return appearances.error();
    out.appearances = std::move(*appearances);
  }
  return out;
}

Result<void> check_models(const Pack& pack) {
  auto made = make_inspectors(pack);
  if (!made) return made.error();
  auto camera = camera_models(pack);
  if (!camera) return camera.error();
  return {};
}

Result<std::vector<std::string>> model_warnings(const Pack& pack) {
  const auto models = inspect::SpectralModels::make(sources_of(pack));
  if (!models) return models.error().within("pack " + pack.stamp());
  std::vector<std::string> out;
  for (const auto& brand : models->brands()) {
    if (!brand.slag) continue;
    const std::string of = "slag_screen of " + brand.name + ": ";
    if (brand.slag->most_scans() <= 1) {
      out.push_back(of + "its limits hold for single scans only, as no slice of its fit had several: of a slice's mean less slag is found than could be. Fit it on "
                         "slices of as many scans as the belt's");
    }
    if (!brand.slag->knows_means()) {
      out.push_back(of + "it has no statistics of means: slag spread thinly over 500 t or a lot is not looked for. Fit it again with a library, and with --group LOT "
                         "where lots are known");
    }
  }
  return out;
}

}  // namespace beltwarden::pack
