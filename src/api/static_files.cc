#include "api/static_files.h"

#include "base/file.h"

namespace beltwarden::api {
namespace {

constexpr std::uint64_t kMaxBytes = 64u << 20;

std::string media_type_of(const std::filesystem::path& file) {
  static const std::map<std::string, std::string> types{
      {".html", "text/html; charset=utf-8"}, {".js", "text/javascript"},     {".css", "text/css"},
      {".svg", "image/svg+xml"},             {".png", "image/png"},          {".ico", "image/x-icon"},
      {".json", "application/json"},         {".woff2", "font/woff2"},       {".webmanifest", "application/manifest+json"}};
  const auto it = types.find(file.extension().string());
  return it == types.end() ? "application/octet-stream" : it->second;
}

}  // namespace

Result<StaticFiles> StaticFiles::load(const std::filesystem::path& folder) {
  StaticFiles out;
  std::uint64_t left = kMaxBytes;
  std::error_code error;
  for (auto it = std::filesystem::recursive_directory_iterator(folder, error); !error && it != std::filesystem::recursive_directory_iterator();
       it.increment(error)) {
    std::error_code gone;
    if (!it->is_regular_file(gone)) continue;
    auto bytes = read_file(it->path(), left);
    if (!bytes) return bytes.error().within("pages");
    left -= bytes->size();
    out.files_["/" + std::filesystem::relative(it->path(), folder).generic_string()] = {std::move(*bytes), media_type_of(it->path())};
  }
  if (error) return io_error("pages: cannot read " + folder.string() + ": " + error.message());
  if (!out.files_.contains("/index.html")) return not_found("pages: there is no index.html in " + folder.string());
  return out;
}

Response StaticFiles::answer(const std::string& path) const {
  auto it = files_.find(path);
  const bool asset = path.starts_with("/assets/");
  if (it == files_.end()) {
    if (asset) return {404, "text/plain", "no such file\n", {}};
    it = files_.find("/index.html");
  }
  if (it == files_.end()) return {404, "text/plain", "the pages are not built: run scripts/build.sh\n", {}};
  return {200, it->second.media_type, it->second.bytes,
          {{"Cache-Control", asset ? "public, max-age=31536000, immutable" : "no-cache"},
           {"Content-Security-Policy",
            "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"},
           {"X-Frame-Options", "DENY"},
           {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace beltwarden::api
