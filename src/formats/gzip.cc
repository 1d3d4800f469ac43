#include "formats/gzip.h"

#include <zlib.h>

#include <algorithm>

namespace beltwarden::formats {
namespace {

constexpr int kGzipWindow = 15 + 16;  // 32 KB window, gzip header
constexpr std::size_t kStep = 1 << 16;

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.substr(0, 2) == "\x1F\x8B"; }

Result<std::string> gunzip(std::string_view bytes, std::size_t max_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return io_error("gzip: no memory to unpack");
  std::string unpacked;
  std::string step(kStep, '\0');
  std::size_t taken = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    if (stream.avail_in == 0) {
      const std::size_t n = std::min(bytes.size() - taken, kStep);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + taken));
      stream.avail_in = static_cast<uInt>(n);
      taken += n;
    }
    stream.next_out = reinterpret_cast<Bytef*>(step.data());
    stream.avail_out = static_cast<uInt>(step.size());
    status = inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = step.size() - stream.avail_out;
    if (unpacked.size() + made > max_bytes) {
      inflateEnd(&stream);
      return invalid_input("gzip: unpacks to more than the " + std::to_string(max_bytes) + " bytes allowed here");
    }
    unpacked.append(step, 0, made);
    // A file may hold several members one after the other (as `cat a.gz b.gz` makes).
    if (status == Z_STREAM_END && (stream.avail_in > 0 || taken < bytes.size())) status = inflateReset(&stream);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) {
    return invalid_input("gzip: " + std::string(status == Z_BUF_ERROR ? "cut off" : "damaged") + " near byte " +
                         std::to_string(taken - std::min<std::size_t>(stream.avail_in, taken)));
  }
  return unpacked;
}

Result<std::string> gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return io_error("gzip: no memory to pack");
  }
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) return io_error("gzip: packing failed");
  return packed;
}

}  // namespace beltwarden::formats
