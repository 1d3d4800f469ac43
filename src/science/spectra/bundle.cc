#include "science/spectra/bundle.h"

#include "science/spectra/bytes.h"

namespace beltwarden::spectra {

std::string write_bundle(const Bundle& bundle) {
  ModelWriter to;
  to.u32(static_cast<std::uint32_t>(bundle.size()));
  for (const auto& [name, bytes] : bundle) {
    to.text(name);
    to.blob(bytes);
  }
  return to.finish("BNDL", 1);
}

Result<Bundle> read_bundle(std::string_view bytes) {
  auto from = ModelReader::open(bytes, "BNDL", 1);
  if (!from) return from.error();
  Bundle bundle;
  const auto n = from->u32(4096);
  for (std::uint32_t i = 0; i < n && from->ok(); ++i) {
    auto name = from->text();
    bundle[std::move(name)] = from->blob();
  }
  if (auto ok = from->done(); !ok) return ok.error();
  return bundle;
}

Result<Bundle> read_bundle_of(std::string_view kind, std::string_view bytes) {
  auto bundle = read_bundle(bytes);
  const auto named = bundle ? bundle->find(kModelKindPart) : Bundle::iterator();
  if (bundle && named != bundle->end() && named->second == kind) return bundle;
  const std::string found = !bundle ? bundle.error().message : named == bundle->end() ? "models that name no kind" : "one of kind " + named->second;
  return invalid_input("expected a model of kind " + std::string(kind) + " as 'pack fit' and 'spectra fit' write it, found " + found +
                       " (packs fitted by older versions are fitted again)");
}

std::string_view name_after(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || name.size() <= prefix.size() || name[prefix.size()] != '/') return {};
  return name.substr(prefix.size() + 1);
}

}  // namespace beltwarden::spectra
