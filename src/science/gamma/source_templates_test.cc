#include "science/gamma/source_templates.h"

#include <gtest/gtest.h>

namespace beltwarden::gamma {
namespace {

SourceTemplate with_peak(const char* shielding, std::size_t at) {
  SourceTemplate source{"Am-241", shielding, std::vector<double>(1000, 1.0)};
  for (std::size_t i = at - 3; i <= at + 3; ++i) source.cps[i] += 50;
  return source;
}

TEST(SourceTemplates, AShieldThatLeavesNoLineIsNotTheNuclide) {
  TemplateLibrary library;
  library.templates = {with_peak("Unshielded", 20), with_peak("Shielded", 20), with_peak("HeavyShielding", 120)};
  EXPECT_TRUE(shows_lines(library, library.templates[0]));
  EXPECT_TRUE(shows_lines(library, library.templates[1]));
  EXPECT_FALSE(shows_lines(library, library.templates[2]));
}

}  // namespace
}  // namespace beltwarden::gamma
