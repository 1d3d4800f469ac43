#include "apps/beltwarden/resources.h"

#include <cstdlib>
#include <vector>

namespace beltwarden::app {
namespace {

namespace fs = std::filesystem;

fs::path binary_folder() {
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path(".") : binary.parent_path();
}

}  // namespace

Result<fs::path> find_resource(const std::string& name) {
  std::vector<fs::path> places;
  if (const char* home = std::getenv("BELTWARDEN_HOME")) places.emplace_back(home);
  const fs::path binary = binary_folder();
  places.push_back(binary);
  places.push_back(binary.parent_path());
  places.emplace_back("/usr/share/beltwarden");
  std::string looked;
  for (const auto& place : places) {
    std::error_code error;
    if (fs::exists(place / name, error)) return place / name;
    looked += (looked.empty() ? "" : ", ") + place.string();
  }
  return not_found(name + " is in none of " + looked + "; set BELTWARDEN_HOME to the folder that holds it");
}

std::string find_reference_data() {
  if (const char* folder = std::getenv("BELTWARDEN_DATA")) return folder;
  std::error_code error;
  for (const fs::path& place : {fs::path("../shared/data"), binary_folder() / "../../shared/data"}) {
    if (fs::is_directory(place, error)) return fs::weakly_canonical(place, error).string();
  }
  return {};
}

}  // namespace beltwarden::app
