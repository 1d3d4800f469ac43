#include "apps/lab/spectra/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "base/file.h"
#include "formats/gzip.h"
#include "apps/lab/spectra/references.h"
#include "formats/made_files_test.h"

namespace beltwarden::lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using formats::Spectrum;

NamedSpectra file_of(std::string path, std::vector<Spectrum> spectra) { return {std::move(path), {"SPC", std::move(spectra), {}}}; }

TEST(Convert, WavenumbersBecomeIncreasingNanometres) {
  const auto table = to_table({file_of("a.spc", {{"Ore", {10000, 8000, 5000}, "cm-1", {1, 2, 3}}})}, {});
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_THAT(table->spectra[0].x, ElementsAre(1000, 1250, 2000));
  EXPECT_THAT(table->spectra[0].y, ElementsAre(1, 2, 3));
  EXPECT_EQ(table->spectra[0].id, "a");
  EXPECT_EQ(table->spectra[0].meta.at("name"), "Ore");
}

TEST(Convert, IdsAreUnique) {
  const Spectrum s{"", {1, 2, 3}, "nm", {1, 2, 3}};
  const auto table = to_table({file_of("x/a.spc", {s}), file_of("y/a.spc", {s}), file_of("y/b.0", {s}), file_of("m.spc", {s, s})}, {});
  ASSERT_TRUE(table.ok());
  std::vector<std::string> ids;
  for (const auto& each : table->spectra) ids.push_back(each.id);
  EXPECT_THAT(ids, ElementsAre("a", "a~2", "b.0", "m#1", "m#2"));
}

TEST(Convert, OtherAxesAreRefusedUnlessRegridIsGiven) {
  const Spectrum first{"", {1000, 1010, 1020, 1030}, "nm", {1, 2, 3, 4}}, other{"", {1005, 1015, 1025}, "nm", {10, 20, 30}};
  const auto refused = to_table({file_of("a.spc", {first}), file_of("b.spc", {other})}, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("b.spc: spectrum 'b' has 3 points from 1005 to 1025, that of a.spc has 4 points"));
  EXPECT_THAT(refused.error().message, HasSubstr("--regrid"));
  ConvertOptions options;
  options.regrid = true;
  const auto table = to_table({file_of("a.spc", {first}), file_of("b.spc", {other})}, options);
  ASSERT_TRUE(table.ok()) << table.error().message;
  const auto& y = table->spectra[1].y;
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_DOUBLE_EQ(y[1], 15);
  EXPECT_DOUBLE_EQ(y[2], 25);
  EXPECT_TRUE(std::isnan(y[3]));
}

TEST(Convert, AxesThatDifferByRoundingAreOne) {
  const auto table = to_table({file_of("a.spc", {{"", {1000, 1001, 1002}, "nm", {1, 2, 3}}}),
                               file_of("b.spc", {{"", {1000.0001, 1001, 1001.9999}, "nm", {4, 5, 6}}})}, {});
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->spectra[1].x, table->spectra[0].x);
}

TEST(Convert, TheSignalIsChosen) {
  const auto input = [] { return std::vector<NamedSpectra>{{"s.0", *formats::read_opus(formats::made::opus_sample())}}; };
  const auto main = to_table(input(), {});
  ASSERT_TRUE(main.ok());
  ASSERT_EQ(main->spectra.size(), 1u);
  EXPECT_EQ(main->spectra[0].meta.at("signal"), "absorbance");
  EXPECT_THAT(main->remarks, ElementsAre(HasSubstr("took 'absorbance' of sample single beam, reference single beam, absorbance")));
  ConvertOptions options;
  options.signal = "reference single beam";
  EXPECT_THAT(to_table(input(), options)->spectra[0].y, ElementsAre(2, 2, 2));
  options.signal = "radiance";
  EXPECT_THAT(to_table(input(), options).error().message, HasSubstr("expected a signal 'radiance', found sample single beam"));
}

TEST(Convert, OtherUnitsStayAndAreSaid) {
  const auto table = to_table({file_of("r.spc", {{"", {300, 200, 100}, "cm-1 (Raman shift)", {1, 2, 3}}})}, {});
  ASSERT_TRUE(table.ok());
  EXPECT_THAT(table->spectra[0].x, ElementsAre(100, 200, 300));
  EXPECT_THAT(table->remarks, ElementsAre(HasSubstr("not nm")));
}

TEST(Convert, PeaksOnAxesOfTheirOwnGetAColumnEach) {
  const auto table = to_table({file_of("ms.spc", {{"", {160, 27}, "m/z", {9, 5}}, {"", {27, 30}, "m/z", {4, 3}}})}, {});
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_THAT(table->spectra[1].x, ElementsAre(27, 30, 160));
  EXPECT_DOUBLE_EQ(table->spectra[0].y[0], 5);
  EXPECT_DOUBLE_EQ(table->spectra[0].y[2], 9);
  EXPECT_TRUE(std::isnan(table->spectra[0].y[1]));
  EXPECT_DOUBLE_EQ(table->spectra[1].y[1], 3);
}

// The lamp fades from 1000 to 800 within the hour; half an hour in it stood at 900.
TEST(References, AreTakenAsTheyWereAtTheTime) {
  const auto at = [](const char* clock, double level) {
    return Spectrum{"", {1000, 1001, 1002}, "nm", {level, level, level}, "counts", {}, {{"date", std::string("2026-11-23T") + clock}}};
  };
  std::vector<NamedSpectra> inputs = {file_of("s.spc", {at("10:30", 460)})};
  const std::vector<NamedSpectra> whites = {file_of("w.spc", {at("10:00", 1010), at("11:00:00", 810)})};
  ASSERT_TRUE(to_reflectance(inputs, whites, {file_of("d.spc", {at("09:00", 10)})}).ok());
  EXPECT_DOUBLE_EQ(inputs[0].file.spectra[0].y[1], 0.5);
  EXPECT_EQ(inputs[0].file.spectra[0].y_unit, "reflectance");
  inputs[0].file.spectra[0].meta.clear();
  EXPECT_THAT(to_reflectance(inputs, whites, {}).error().message, HasSubstr("s.spc: expected the time of the spectrum"));
}

class SpectrumFiles : public ::testing::Test {
 protected:
  SpectrumFiles() : folder_(std::filesystem::path(::testing::TempDir()) / ("convert_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~SpectrumFiles() override { std::filesystem::remove_all(folder_); }
  std::string put(const char* name, const std::string& bytes) {
    const auto path = (folder_ / name).string();
    EXPECT_TRUE(write_file_atomically(path, bytes).ok());
    return path;
  }
  std::filesystem::path folder_;
};

TEST_F(SpectrumFiles, AnEnviPairIsReadByEitherName) {
  const auto header = put("lib.hdr", formats::made::kEnviHeader), data = put("lib.sli", formats::made::envi_data());
  for (const auto& names : {std::vector<std::string>{header}, {data}, {header, data}, {data, header}}) {
    const auto inputs = read_spectrum_files(names);
    ASSERT_TRUE(inputs.ok()) << inputs.error().message;
    ASSERT_EQ(inputs->size(), 1u);
    EXPECT_EQ(inputs->front().file.spectra.size(), 2u);
  }
}

TEST_F(SpectrumFiles, WhatIsMissingOrUnknownIsNamed) {
  EXPECT_THAT(read_spectrum_files({put("alone.hdr", formats::made::kEnviHeader)}).error().message, HasSubstr("alone.sli"));
  EXPECT_THAT(read_spectrum_files({put("noise.bin", "hello")}).error().message, HasSubstr("noise.bin: no spectrum file"));
  EXPECT_THAT(read_spectrum_files({(folder_ / "none.spc").string()}).error().message, HasSubstr("none.spc"));
  EXPECT_TRUE(read_spectrum_files({put("packed.asd.gz", *formats::gzip(formats::made::asd_sample()))}).ok());
}

}  // namespace
}  // namespace beltwarden::lab
