#include "twin/cutout.h"

#include <map>
#include <opencv2/imgcodecs.hpp>
#include <sstream>

#include "base/file.h"

namespace beltwarden::twin {
namespace {

constexpr std::uint64_t kMostBytes = 4 << 20;
constexpr int kMostPixels = 2048;  // a side

Result<Cutout> read_one(const std::filesystem::path& file, const std::string& label) {
  auto bytes = read_file(file, kMostBytes);
  if (!bytes) return bytes.error();
  const std::vector<std::uint8_t> buffer(bytes->begin(), bytes->end());
  const cv::Mat picture = cv::imdecode(buffer, cv::IMREAD_UNCHANGED);
  if (picture.empty() || picture.type() != CV_8UC4 || picture.cols > kMostPixels || picture.rows > kMostPixels) {
    return invalid_input(file.string() +
                         ": expected a picture with 8-bit colours and opacity of at most 2048 x 2048 pixels");
  }
  Cutout c{label, picture.cols, picture.rows, {}};
  for (int y = 0; y < picture.rows; ++y) c.bgra.insert(c.bgra.end(), picture.ptr(y), picture.ptr(y) + picture.cols * 4);
  return c;
}

}  // namespace

const std::uint8_t* Cutout::at(double along, double across) const {
  const bool tall = height >= width;
  const double fx = tall ? across : along, fy = tall ? along : across;
  if (!(fx >= 0 && fx < 1 && fy >= 0 && fy < 1)) return nullptr;
  const auto x = static_cast<std::size_t>(fx * width), y = static_cast<std::size_t>(fy * height);
  return bgra.data() + (y * static_cast<std::size_t>(width) + x) * 4;
}

Result<std::vector<Cutout>> read_cutouts(const std::filesystem::path& folder, const std::string& set, int most) {
  auto table = read_file(folder / "objects.csv", kMostBytes);
  if (!table) return table.error();
  std::istringstream lines(*table);
  std::string line;
  std::getline(lines, line);
  if (line.rfind("object,class,source,set", 0) != 0)
    return invalid_input("objects.csv: expected the header object,class,source,set");
  std::vector<Cutout> out;
  std::map<std::string, int> taken;
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string object, label, source, which;
    std::getline(fields, object, ',');
    std::getline(fields, label, ',');
    std::getline(fields, source, ',');
    std::getline(fields, which, ',');
    while (!which.empty() && (which.back() == '\r' || which.back() == ' ')) which.pop_back();
    if (which != set || object.find('/') != std::string::npos || taken[label] >= most) continue;
    auto one = read_one(folder / (object + ".png"), label);
    if (!one) return one.error();
    out.push_back(std::move(*one));
    ++taken[label];
  }
  return out;
}

}  // namespace beltwarden::twin
