#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check.h"
#include "formats/gamma_series.h"

// The table up to the first NUL, the JSON beside it after.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace beltwarden::formats;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t nul = bytes.find('\0');
  const std::string_view json = nul == std::string_view::npos ? std::string_view() : bytes.substr(nul + 1);
  const auto series = read_gamma_series(bytes.substr(0, nul), json);
  if (!series) {
    FUZZ_CHECK(!series.error().message.empty());
    return 0;
  }
  FUZZ_CHECK(series->size() > 0);
  FUZZ_CHECK(series->counts.size() == series->size() * series->channels);
  FUZZ_CHECK(series->live_s.size() == series->size() && series->load_kg_per_m.size() == series->size());
  FUZZ_CHECK(series->energy_edges_kev.empty() || series->energy_edges_kev.size() == series->channels + 1);
  for (std::size_t i = 1; i < series->energy_edges_kev.size(); ++i)
    FUZZ_CHECK(series->energy_edges_kev[i] > series->energy_edges_kev[i - 1]);
  return 0;
}
