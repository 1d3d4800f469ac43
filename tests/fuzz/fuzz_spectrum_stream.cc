#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check.h"
#include "instruments/spectrometer/stream_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace beltwarden::instruments;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  SpectrumFrameParser parser, in_pieces;
  parser.feed(bytes);
  std::size_t results = 0;
  while (const auto frame = parser.next()) {
    ++results;
    if (!frame->ok()) {
      FUZZ_CHECK(!frame->error().message.empty());
      continue;
    }
    FUZZ_CHECK((*frame)->axis != nullptr && (*frame)->counts.size() == (*frame)->axis->wavelengths_nm.size());
    SpectrumFrameParser again;
    again.feed(encode_spectrum_frame(**frame));
    const auto same = again.next();
    FUZZ_CHECK(same && same->ok() && (*same)->counts.size() == (*frame)->counts.size());
  }
  // A stream gives as many frames and errors however it is cut.
  std::size_t results_in_pieces = 0;
  for (std::size_t at = 0; at < size; at += 5) {
    in_pieces.feed(bytes.substr(at, 5));
    while (in_pieces.next()) ++results_in_pieces;
  }
  FUZZ_CHECK(results == results_in_pieces);
  return 0;
}
