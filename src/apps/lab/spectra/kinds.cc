#include "apps/lab/spectra/kinds.h"

#include <algorithm>
#include <array>
#include <utility>

#include "apps/lab/files.h"
#include "apps/lab/spectra/identity_kind.h"
#include "apps/lab/spectra/regression_kind.h"
#include "apps/lab/spectra/screen_kind.h"

namespace beltwarden::lab {

std::span<const ModelKind> model_kinds() {
  static constexpr std::array kKinds{
      ModelKind{"regression", check_regression_usage, fit_regression, predict_regression, evaluate_regression},
      ModelKind{"identity", check_identity_usage, fit_identity, predict_identity, evaluate_identity},
      ModelKind{"screen", check_screen_usage, fit_screen, predict_screen, evaluate_screen},
  };
  return kKinds;
}

Result<const ModelKind*> find_kind(std::string_view name) {
  std::string known;
  for (const auto& kind : model_kinds()) {
    if (kind.name == name) return &kind;
    known += (known.empty() ? "" : ", ") + std::string(kind.name);
  }
  return invalid_input("kind '" + std::string(name) + "': expected one of " + known);
}

Result<void> without(const FitRequest& request, std::string_view kind, std::initializer_list<std::string_view> options) {
  const std::pair<std::string_view, bool> given[] = {
      {"--response", !request.responses.empty()}, {"--by", !request.by.empty()},           {"--class", !request.class_column.empty()},
      {"--group", !request.group.empty()},
      {"--preprocess", request.preprocess != "auto"}, {"--components", request.components != "auto"}, {"--false-alarms", request.false_alarms.has_value()},
      {"--library", !request.library.empty()},    {"--report", !request.report.empty()},
  };
  for (const auto& [name, is_given] : given) {
    if (is_given && std::ranges::find(options, name) != options.end()) {
      return invalid_input(std::string(name) + " has no meaning for --kind " + std::string(kind) + (request.method == "auto" ? "" : " --method " + request.method));
    }
  }
  return {};
}

Result<ModelFile> read_model_file(const std::string& path) {
  auto bytes = read_input(path);
  if (!bytes) return bytes.error();
  auto parts = spectra::read_bundle(*bytes);
  if (!parts) return parts.error().within(path);
  const auto named = parts->find(spectra::kModelKindPart);
  if (named == parts->end()) return invalid_input(path + ": expected a model written by 'spectra fit', found other models");
  auto kind = find_kind(named->second);
  if (!kind) return kind.error().within(path);
  return ModelFile{*kind, std::move(*parts)};
}

Result<void> write_model_file(const std::string& path, std::string_view kind, spectra::Bundle parts) {
  parts[std::string(spectra::kModelKindPart)] = kind;
  return write_output(path, spectra::write_bundle(parts));
}

}  // namespace beltwarden::lab
