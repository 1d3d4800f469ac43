#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "formats/n42.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace beltwarden::formats;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);

  // A stream gives the same documents however it is cut.
  std::vector<std::string> at_once, in_pieces;
  N42Framer whole(4096), pieces(4096);
  whole.feed(bytes, at_once);
  for (std::size_t at = 0; at < size; at += 7) pieces.feed(bytes.substr(at, 7), in_pieces);
  for (const std::string& document : at_once) FUZZ_CHECK(document.size() <= 4096);
  if (whole.oversized() == 0 && pieces.oversized() == 0) FUZZ_CHECK(at_once == in_pieces);

  const auto file = read_n42(bytes);
  if (!file) {
    FUZZ_CHECK(!file.error().message.empty());
    return 0;
  }
  const auto text = write_n42(*file);
  if (!text) return 0;  // without calibration or time it may not be written
  const auto again = read_n42(*text);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->measurements.size() == file->measurements.size());
  for (std::size_t i = 0; i < file->measurements.size(); ++i) {
    const auto &a = file->measurements[i].spectra, &b = again->measurements[i].spectra;
    FUZZ_CHECK(a.size() == b.size());
    for (std::size_t k = 0; k < a.size(); ++k) FUZZ_CHECK(a[k].counts == b[k].counts);
  }
  return 0;
}
