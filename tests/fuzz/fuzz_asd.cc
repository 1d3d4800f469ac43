#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check_signals.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace beltwarden::formats;
  check_signals(read_asd(std::string_view(reinterpret_cast<const char*>(data), size)), size, 2);
  return 0;
}
