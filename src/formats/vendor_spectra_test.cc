// OPUS, ASD, ENVI and text files made by hand: what is read of them, and what is said of broken ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "formats/envi.h"
#include "formats/made_files_test.h"
#include "formats/spectrum_file.h"

namespace beltwarden::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Opus, EverySpectrumIsReadWithItsOwnAxis) {
  const auto file = read_spectrum_file(made::opus_sample());
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->format, "OPUS");
  EXPECT_THAT(signals_of(*file), ElementsAre("sample single beam", "reference single beam", "absorbance"));
  const Spectrum& sample = file->spectra[0];
  EXPECT_THAT(sample.x, ElementsAre(9000, 7000, 5000));
  EXPECT_THAT(sample.y, ElementsAre(0.5, 1, 2));   // times CSF
  const Spectrum& absorbance = file->spectra[2];
  EXPECT_THAT(absorbance.x, ElementsAre(10000, 7500, 5000));
  EXPECT_THAT(absorbance.y, ElementsAre(0.25, 0.5, 0.75));
  EXPECT_EQ(absorbance.id, "ore 7");
  EXPECT_EQ(absorbance.x_unit, "cm-1");
  EXPECT_EQ(to_rfc3339(*absorbance.measured), to_rfc3339(*parse_rfc3339("2026-11-23T14:31:06.250+08:00")));
}

TEST(Opus, SaysWhatDoesNotFit) {
  const auto message = [](const std::string& bytes) {
    const auto file = read_opus(bytes);
    return file.ok() ? "was read" : file.error().message;
  };
  EXPECT_THAT(message("hello"), HasSubstr("0A 0A FE FE"));
  EXPECT_THAT(message(made::opus({{0x807, made::values<float>({1})}})), HasSubstr("no spectrum among its 1 blocks"));
  EXPECT_THAT(message(made::opus({{0x407, made::values<float>({1})}, {0x417, made::opus_status(3, 2, 1, 1)}})),
              HasSubstr("expected 3 values of 4 bytes, found a block of 4 bytes"));
  EXPECT_THAT(message(made::opus({{0x407, made::values<float>({1})}, {0x417, made::opus_status(2'000'000'000, 2, 1, 1)}})),
              HasSubstr("found 2e+09"));
  std::string cut = made::opus_sample();
  EXPECT_THAT(message(cut.substr(0, 60)), HasSubstr("the directory of 8 entries"));
  EXPECT_THAT(message(cut.substr(0, 140)), HasSubstr("but the file ends at 140"));
}

TEST(Asd, TheRatioIsTakenWhereCountsAreStored) {
  const auto file = read_spectrum_file(made::asd_sample());
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_THAT(signals_of(*file), ElementsAre("primary", "reference", "ratio"));
  EXPECT_THAT(file->spectra[0].y, ElementsAre(100, 200, 300, 400));
  EXPECT_THAT(file->spectra[2].y, ElementsAre(0.25, 0.5, 0.75, 1));
  EXPECT_THAT(file->spectra[2].x, ElementsAre(350, 351, 352, 353));
  EXPECT_EQ(file->spectra[2].meta.at("date"), "2026-11-23T14:31:06");
  EXPECT_EQ(file->spectra[2].meta.at("revision"), "8");
}

TEST(Asd, TheFirstRevisionHasNoReference) {
  const auto file = read_asd(made::asd_sample('1'));
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->spectra.size(), 1u);
  EXPECT_THAT(file->spectra[0].y, ElementsAre(0.25, 0.375, 0.5, 0.625));
  EXPECT_EQ(file->spectra[0].y_unit, "reflectance");
}

TEST(Asd, WhatIsCutOffIsSaid) {
  const std::string whole = made::asd_sample();
  EXPECT_THAT(read_asd(whole.substr(0, 500)).error().message, HasSubstr("expected 4 channels up to byte 516, but the file ends at 500"));
  const auto file = read_asd(whole.substr(0, whole.size() - 1));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->spectra.size(), 1u);
  EXPECT_THAT(file->remarks, ElementsAre(HasSubstr("the white reference is cut off")));
}

TEST(Envi, ALibraryIsReadWithNamesAndGaps) {
  const auto file = read_envi(made::kEnviHeader, made::envi_data());
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->spectra.size(), 2u);
  EXPECT_EQ(file->spectra[1].id, "Goethite b");
  EXPECT_THAT(file->spectra[1].y, ElementsAre(1, 2, 3));
  EXPECT_THAT(*wavelengths_nm(file->spectra[0]), ElementsAre(500, 1000, 2500));
  EXPECT_TRUE(std::isnan(file->spectra[0].y[2]));
}

TEST(Envi, CubesAreReadInEveryOrder) {
  for (const char* interleave : {"bsq", "bil", "bip"}) {
    for (const bool big_endian : {false, true}) {
      SCOPED_TRACE(interleave);
      const auto file = read_envi(made::envi_cube_header(interleave, big_endian), made::envi_cube_data(interleave, big_endian));
      ASSERT_TRUE(file.ok()) << file.error().message;
      ASSERT_EQ(file->spectra.size(), 4u);
      EXPECT_EQ(file->spectra[3].id, "line 1 sample 1");
      EXPECT_THAT(file->spectra[3].y, ElementsAre(110, 111, 112));
      EXPECT_THAT(file->spectra[1].y, ElementsAre(10, 11, 12));
      EXPECT_EQ(file->spectra[0].x_unit, "nm");   // guessed, and said so
      EXPECT_EQ(file->remarks.size(), 1u);
    }
  }
}

TEST(Envi, SaysWhatDoesNotFit) {
  const auto message = [](std::string header, const char* from, const char* to) {
    if (const auto at = header.find(from); at != std::string::npos) header.replace(at, std::strlen(from), to);
    const auto file = read_envi(header, made::envi_data());
    return file.ok() ? "was read" : file.error().message;
  };
  EXPECT_THAT(message(made::kEnviHeader, "lines = 2", "lines = 3"), HasSubstr("expected 36 bytes (3 spectra of 3 values of 4 bytes from byte 0), found 24"));
  EXPECT_THAT(message(made::kEnviHeader, "lines = 2", "lines = 999999999"), HasSubstr("header line 5, lines: expected 1 to"));
  EXPECT_THAT(message(made::kEnviHeader, "samples = 3\n", ""), HasSubstr("expected a field 'samples'"));
  EXPECT_THAT(message(made::kEnviHeader, "data type = 4", "data type = 6"), HasSubstr("found 6"));
  EXPECT_THAT(message(made::kEnviHeader, "0.5, 1.0", "0.5"), HasSubstr("wavelength: expected 3 values, found 2"));
  EXPECT_THAT(message(made::kEnviHeader, "2.5}", "2.5"), HasSubstr("the brace is not closed"));
}

TEST(Envi, ThePairIsFoundBySeveralNames) {
  EXPECT_EQ(envi_data_paths("a/lib.hdr").front(), "a/lib.sli");
  EXPECT_THAT(envi_data_paths("a/lib.sli.hdr"), ::testing::Contains("a/lib.sli"));
  EXPECT_THAT(envi_header_paths("a.b/lib"), ElementsAre("a.b/lib.hdr", "a.b/lib.HDR", "a.b/lib.hdr.gz"));
  EXPECT_THAT(envi_header_paths("lib.sli"), ::testing::IsSupersetOf({"lib.hdr", "lib.sli.hdr"}));
}

TEST(SpectrumText, TwoColumnsAfterKeys) {
  const auto file = read_spectrum_file("Name: Granite\nX Units: Wavelength (micrometers)\nY Units: Reflectance (percent)\n\n2.5\t10\n2.0\t20\n1.5\t30\n");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->spectra[0].id, "Granite");
  EXPECT_EQ(file->spectra[0].x_unit, "um");
  EXPECT_THAT(file->spectra[0].y, ElementsAre(10, 20, 30));
}

TEST(SpectrumText, SaysWhatDoesNotFit) {
  EXPECT_THAT(read_spectrum_file("1 2\n2 3\n3 x\n").error().message, HasSubstr("line 3: expected 2 numbers, found '3 x'"));
  EXPECT_THAT(read_spectrum_file("1 2\n2 3\n").error().message, HasSubstr("at least 3 lines"));
}

}  // namespace
}  // namespace beltwarden::formats
