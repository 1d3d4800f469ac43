#include "formats/picture.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

namespace beltwarden::formats {
namespace {

constexpr std::string_view kPngStart("\x89PNG\r\n\x1A\n", 8);
constexpr std::string_view kJpegStart("\xFF\xD8\xFF", 3);

std::size_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

Result<PictureSize> png_size(std::string_view bytes) {
  if (bytes.size() < 33 || bytes.substr(12, 4) != "IHDR") return invalid_input("PNG: expected IHDR at byte 12");
  return PictureSize{big_endian(bytes, 16, 4), big_endian(bytes, 20, 4)};
}

// Walks the segments up to the frame header (ITU-T T.81, B.2.2).
Result<PictureSize> jpeg_size(std::string_view bytes) {
  std::size_t at = 2;
  while (at + 4 <= bytes.size()) {
    if (static_cast<unsigned char>(bytes[at]) != 0xFF)
      return invalid_input("JPEG: byte " + std::to_string(at) + ": expected a marker");
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    const std::size_t size = big_endian(bytes, at + 2, 2);
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame && at + 9 <= bytes.size()) return PictureSize{big_endian(bytes, at + 7, 2), big_endian(bytes, at + 5, 2)};
    if (marker == 0xDA || marker == 0xD9 || size < 2) break;
    at += 2 + size;
  }
  return invalid_input("JPEG: no frame header up to byte " + std::to_string(std::min(at, bytes.size())) +
                       "; the file is cut off or damaged");
}

Result<std::string> encode(const PictureView& picture, const char* extension, const std::vector<int>& options) {
  if (picture.data == nullptr || picture.width == 0 || picture.height == 0 ||
      (picture.channels != 1 && picture.channels != 3) || picture.width > kMaxPicturePixels / picture.height ||
      picture.stride < picture.width * picture.channels) {
    return invalid_input("picture of " + std::to_string(picture.width) + " x " + std::to_string(picture.height) +
                         " x " + std::to_string(picture.channels) + ": expected 1 or 3 channels and at most 64 Mpixel");
  }
  try {
    const cv::Mat view(static_cast<int>(picture.height), static_cast<int>(picture.width),
                       picture.channels == 1 ? CV_8UC1 : CV_8UC3, const_cast<std::uint8_t*>(picture.data),
                       picture.stride);
    std::vector<std::uint8_t> bytes;
    if (!cv::imencode(extension, view, bytes, options)) return io_error(std::string("cannot encode as ") + extension);
    return std::string(bytes.begin(), bytes.end());
  } catch (const cv::Exception& e) {
    return io_error(std::string("cannot encode as ") + extension + ": " + e.what());
  }
}

}  // namespace

Result<std::string> encode_jpeg(const PictureView& picture, int quality) {
  if (quality < 1 || quality > 100)
    return invalid_input("JPEG quality: expected 1 to 100, found " + std::to_string(quality));
  return encode(picture, ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
}

Result<std::string> encode_png(const PictureView& picture) {
  return encode(picture, ".png", {cv::IMWRITE_PNG_COMPRESSION, 3});
}

Result<PictureSize> picture_size(std::string_view bytes) {
  if (bytes.substr(0, kPngStart.size()) == kPngStart) return png_size(bytes);
  if (bytes.substr(0, kJpegStart.size()) == kJpegStart) return jpeg_size(bytes);
  return invalid_input("expected a JPEG or PNG picture, found neither's first bytes");
}

Result<Picture> decode_picture(std::string_view bytes) {
  if (bytes.size() > kMaxPictureBytes) {
    return invalid_input("picture of " + std::to_string(bytes.size()) + " bytes; at most " +
                         std::to_string(kMaxPictureBytes) + " are read");
  }
  const auto size = picture_size(bytes);
  if (!size) return size.error();
  if (size->width == 0 || size->height == 0 || size->width > kMaxPicturePixels / size->height) {
    return invalid_input("picture of " + std::to_string(size->width) + " x " + std::to_string(size->height) +
                         " pixels; expected 1 to 64 Mpixel");
  }
  // The decoders fill what is missing with grey; an end marker says that nothing is.
  const bool whole = bytes[0] == '\xFF' ? bytes.rfind("\xFF\xD9") != std::string_view::npos
                                        : bytes.rfind("IEND") != std::string_view::npos;
  if (!whole)
    return invalid_input("the picture is cut off: no end marker in its " + std::to_string(bytes.size()) + " bytes");
  try {
    const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
    const cv::Mat decoded = cv::imdecode(raw, cv::IMREAD_COLOR);
    if (decoded.empty()) return invalid_input("the picture is damaged");
    Picture picture{static_cast<std::size_t>(decoded.cols), static_cast<std::size_t>(decoded.rows), 3, {}};
    picture.data.reserve(picture.width * picture.height * 3);
    for (int row = 0; row < decoded.rows; ++row) {
      const std::uint8_t* begin = decoded.ptr(row);
      picture.data.insert(picture.data.end(), begin, begin + picture.width * 3);
    }
    return picture;
  } catch (const cv::Exception& e) {
    return invalid_input(std::string("the picture is damaged: ") + e.what());
  }
}

}  // namespace beltwarden::formats
