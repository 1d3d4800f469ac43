// The built pages, from memory: what is not in the folder at start is not served.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "api/http.h"
#include "base/result.h"

namespace beltwarden::api {

class StaticFiles {
 public:
  /// Reads the folder whole, at most 64 MiB.
  static Result<StaticFiles> load(const std::filesystem::path& folder);

  /// The file of a path; the page itself for every path that is no file, since the pages route by themselves.
  Response answer(const std::string& path) const;

 private:
  struct File {
    std::string bytes, media_type;
  };
  std::map<std::string, File> files_;
};

}  // namespace beltwarden::api
