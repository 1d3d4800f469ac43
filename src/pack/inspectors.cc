#include "pack/inspectors.h"

#include <algorithm>

#include "inspect/registry.h"

namespace beltwarden::pack {

Result<std::vector<std::unique_ptr<inspect::Inspector>>> make_inspectors(const Pack& pack) {
  for (const auto& wanted : pack.required_models) {
    const auto& known = inspect::inspector_registry();
    if (std::ranges::none_of(known, [&](const auto& entry) { return entry.first == wanted; })) {
      return unsupported("pack " + pack.stamp() + " requires the model '" + wanted + "', which this program does not have");
    }
  }
  inspect::InspectorSources sources;
  sources.model = [&pack](std::string_view name) -> std::string_view {
    const auto it = pack.models.find(name);
    return it == pack.models.end() ? std::string_view() : std::string_view(it->second);
  };
  sources.version = pack.stamp();
  sources.limits = pack.limits;
  std::vector<std::unique_ptr<inspect::Inspector>> out;
  for (const auto& [name, make] : inspect::inspector_registry()) {
    auto inspector = make(sources);
    if (!inspector) return inspector.error().within("pack " + pack.stamp() + ", inspector " + name);
    out.push_back(std::move(*inspector));
  }
  return out;
}

Result<void> check_models(const Pack& pack) {
  auto made = make_inspectors(pack);
  if (!made) return made.error();
  return {};
}

}  // namespace beltwarden::pack
