#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check.h"
#include "formats/spectrum_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace beltwarden::formats;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto file = read_jcamp_dx(bytes);
  if (!file) {
    FUZZ_CHECK(!file.error().message.empty());
    (void)read_spectrum_file(bytes).ok();  // whatever format it thinks it is
    return 0;
  }
  FUZZ_CHECK(!file->spectra.empty());
  for (const Spectrum& spectrum : file->spectra)
    FUZZ_CHECK(!spectrum.x.empty() && spectrum.x.size() == spectrum.y.size());
  // What was read can be written, and read again.
  const auto again = read_jcamp_dx(write_jcamp_dx(*file));
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->spectra.size() == file->spectra.size());
  FUZZ_CHECK(again->spectra.front().y.size() == file->spectra.front().y.size());
  return 0;
}
