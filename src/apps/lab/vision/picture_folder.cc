#include "apps/lab/vision/picture_folder.h"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <utility>

#include "apps/lab/files.h"
#include "formats/picture.h"

namespace beltwarden::lab {

namespace fs = std::filesystem;

Result<std::vector<std::string>> list_pictures(const std::string& folder_or_list) {
  constexpr std::size_t kMost = 1'000'000;
  std::vector<std::string> paths;
  std::error_code error;
  if (fs::is_directory(folder_or_list, error)) {
    for (fs::directory_iterator it(folder_or_list, error), end; !error && it != end; it.increment(error)) {
      std::string ending = it->path().extension().string();
      std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
      if (ending == ".jpg" || ending == ".jpeg" || ending == ".png") paths.push_back(it->path().string());
      if (paths.size() > kMost) return invalid_input(folder_or_list + ": more than 1,000,000 pictures");
    }
    if (error) return io_error(folder_or_list + ": " + error.message());
    std::sort(paths.begin(), paths.end());
  } else {
    auto text = read_input(folder_or_list);
    if (!text) return text.error();
    std::istringstream lines(*text);
    const fs::path folder = fs::path(folder_or_list).parent_path();
    bool first = true, table = false;
    for (std::string line; std::getline(lines, line);) {
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
      if (line.empty() || line.front() == '#') continue;
      if (std::exchange(first, false)) {
        const std::string column = line.substr(0, line.find(','));
        if ((table = column == "frame" || column == "picture" || column == "crop")) continue;
      }
      if (table) line.resize(std::min(line.size(), line.find(',')));
      if (table && !paths.empty() && fs::path(paths.back()).filename() == fs::path(line).filename()) continue;  // several rows a picture
      const fs::path beside = folder / line;
      paths.push_back(fs::exists(beside) || !fs::exists(line) ? beside.string() : line);
      if (paths.size() > kMost) return invalid_input(folder_or_list + ": more than 1,000,000 pictures");
    }
  }
  if (paths.empty()) return not_found(folder_or_list + ": expected .jpg, .jpeg or .png pictures, found none");
  return paths;
}

std::string file_name(const std::string& path) { return fs::path(path).filename().string(); }

Result<vision::Picture> read_picture(const std::string& path) {
  auto bytes = read_input(path);
  if (!bytes) return bytes.error();
  auto picture = formats::decode_picture(*bytes);
  if (!picture) return picture.error().within(path);
  return vision::Picture{static_cast<int>(picture->width), static_cast<int>(picture->height), std::move(picture->data)};
}

Result<void> write_picture(const std::string& path, const vision::Picture& picture) {
  const formats::PictureView view{picture.bgr.data(), static_cast<std::size_t>(picture.width),
                                  static_cast<std::size_t>(picture.height), 3, 3 * static_cast<std::size_t>(picture.width)};
  auto bytes = path.ends_with(".png") ? formats::encode_png(view) : formats::encode_jpeg(view, 92);
  if (!bytes) return bytes.error().within(path);
  return write_output(path, *bytes);
}

}  // namespace beltwarden::lab
