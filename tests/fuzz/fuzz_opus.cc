#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check.h"
#include "formats/spectrum_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace beltwarden::formats;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto file = read_opus(bytes);
  if (!file) {
    FUZZ_CHECK(!file.error().message.empty());
    return 0;
  }
  FUZZ_CHECK(!file->spectra.empty());
  // Memory follows the bytes that are there, not those that are claimed.
  std::size_t points = 0;
  for (const Spectrum& spectrum : file->spectra) {
    FUZZ_CHECK(!spectrum.x.empty() && spectrum.x.size() == spectrum.y.size());
    points += spectrum.y.size();
  }
  FUZZ_CHECK(points <= size);
  keep_main_signal(*file);
  FUZZ_CHECK(file->spectra.size() == 1);
  return 0;
}
