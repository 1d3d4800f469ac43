// Header, a zero byte, data.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check.h"
#include "formats/envi.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace beltwarden::formats;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = bytes.find('\0');
  const std::string_view header = bytes.substr(0, zero);
  const std::string_view numbers = zero == std::string_view::npos ? std::string_view{} : bytes.substr(zero + 1);
  const auto file = read_envi(header, numbers);
  if (!file) {
    FUZZ_CHECK(!file.error().message.empty());
    return 0;
  }
  FUZZ_CHECK(!file->spectra.empty());
  std::size_t points = 0;
  for (const Spectrum& spectrum : file->spectra) {
    FUZZ_CHECK(!spectrum.x.empty() && spectrum.x.size() == spectrum.y.size());
    points += spectrum.y.size();
  }
  FUZZ_CHECK(points <= numbers.size());
  return 0;
}
