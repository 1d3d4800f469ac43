#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "formats/gzip.h"
#include "formats/spectrum_file.h"

namespace beltwarden::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string error_of(std::string_view bytes) {
  const auto file = read_spectrum_file(bytes);
  return file.ok() ? "read without an error" : file.error().message;
}

TEST(SpectralCsv, ReadsIdsMetaResponsesAndWavelengths) {
  const auto file = read_spectrum_file(
      "id,class,y:Fe,1000,1002.5,1010\r\n"
      "s1/1,\"Carajas, fines\",65.2,0.5,,0.7\r\n"
      "s1/2,B,,0.1,0.2,3e-1\r\n");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->format, "CSV");
  ASSERT_EQ(file->spectra.size(), 2u);
  const Spectrum& first = file->spectra[0];
  EXPECT_EQ(first.id, "s1/1");
  EXPECT_EQ(first.meta.at("class"), "Carajas, fines");
  EXPECT_EQ(first.meta.at("y:Fe"), "65.2");
  EXPECT_EQ(first.x_unit, "nm");
  EXPECT_THAT(first.x, ElementsAre(1000, 1002.5, 1010));
  EXPECT_EQ(first.y[0], 0.5);
  EXPECT_TRUE(std::isnan(first.y[1]));
  EXPECT_THAT(file->spectra[1].y, ElementsAre(0.1, 0.2, 0.3));
}

TEST(SpectralCsv, SaysWhereAndWhatWasExpected) {
  EXPECT_THAT(error_of("id,1000,1010\na,1,abc\n"),
              HasSubstr("line 2: column 3 (1010 nm): expected a number or nothing, found 'abc'"));
  EXPECT_THAT(error_of("id,1000,1010\na,1\n"), HasSubstr("line 2: expected 3 fields as in the header, found 2"));
  EXPECT_THAT(error_of("id,1000,1010\na,1,2,3\n"), HasSubstr("found 4"));
  EXPECT_THAT(error_of("id,1000,990\na,1,2\n"),
              HasSubstr("column 3: wavelengths must increase, found '990' after 1000"));
  EXPECT_THAT(error_of("id,1000,1000\na,1,2\n"), HasSubstr("wavelengths must increase"));
  EXPECT_THAT(error_of("id,-5,1000\na,1,2\n"), HasSubstr("expected a positive wavelength"));
  EXPECT_THAT(error_of("id,set,set,1000\na,b,c,1\n"), HasSubstr("column 'set' occurs twice"));
  EXPECT_THAT(error_of("id,1000,set\na,1,2\n"), HasSubstr("expected a wavelength in nm after 1000, found 'set'"));
  EXPECT_THAT(error_of("id,set\na,b\n"), HasSubstr("expected wavelength columns"));
  EXPECT_THAT(error_of("id,1000\n"), HasSubstr("no row"));
  EXPECT_THAT(error_of("id,1000\n,1\n"), HasSubstr("the id is empty"));
  EXPECT_THAT(error_of("id,y:Fe,1000\na,high,1\n"), HasSubstr("(y:Fe): expected a number"));
  EXPECT_THAT(error_of("id,1000\n\"a,1\n"), HasSubstr("quote is not closed"));
  EXPECT_THAT(error_of("id,measured,1000\na,yesterday,1\n"), HasSubstr("(measured): expected a time"));
  EXPECT_THAT(error_of("id,1000\na,inf\n"), HasSubstr("expected a number"));
  EXPECT_THAT(error_of("id,1000\na,1e999\n"), HasSubstr("expected a number"));
}

TEST(SpectralCsv, WritesWhatItReads) {
  SpectrumFile file;
  file.spectra.push_back({"a \"b\"",
                          {1000, 1010.25},
                          "nm",
                          {0.1, NAN},
                          "reflectance",
                          *parse_rfc3339("2026-11-23T14:31:06.25Z"),
                          {{"kind", "sample"}, {"y:Fe", "61.5"}, {"note", "wet, dark"}}});
  const auto text = write_spectral_csv(file);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text,
            "id,measured,y_unit,kind,note,y:Fe,1000,1010.25\n"
            "\"a \"\"b\"\"\",2026-11-23T14:31:06.250Z,reflectance,sample,\"wet, dark\",61.5,0.1,\n");
  const auto again = read_spectral_csv(*text);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->spectra[0].id, "a \"b\"");
  EXPECT_EQ(again->spectra[0].meta, file.spectra[0].meta);
  EXPECT_EQ(again->spectra[0].measured, file.spectra[0].measured);
  EXPECT_EQ(again->spectra[0].y_unit, "reflectance");
}

TEST(SpectralCsv, RefusesToWriteTwoAxes) {
  SpectrumFile file;
  file.spectra.push_back({"a", {1, 2}, "nm", {1, 1}});
  file.spectra.push_back({"b", {1, 3}, "nm", {1, 1}});
  EXPECT_THAT(write_spectral_csv(file).error().message, HasSubstr("'b' has another axis"));
}

TEST(SpectralCsv, IsReadPackedToo) {
  const auto packed = gzip("id,1000\na,1\n");
  ASSERT_TRUE(packed.ok());
  EXPECT_EQ(read_spectrum_file(*packed)->spectra[0].id, "a");
  EXPECT_THAT(error_of(packed->substr(0, packed->size() - 6)), HasSubstr("gzip: cut off"));
  EXPECT_THAT(error_of(packed->substr(0, 10) + "garbage, not deflate"), HasSubstr("gzip: damaged"));
  const auto bomb = gzip(std::string(1 << 20, 'x'));
  EXPECT_THAT(gunzip(*bomb, 1000).error().message, HasSubstr("more than the 1000 bytes allowed"));
}

TEST(Sniff, GoesByContent) {
  EXPECT_EQ(sniff("##TITLE=x"), SpectralFormat::kJcampDx);
  EXPECT_EQ(sniff("\r\n  ##TITLE=x"), SpectralFormat::kJcampDx);
  EXPECT_EQ(sniff("\xEF\xBB\xBFid,1000\n"), SpectralFormat::kCsv);
  EXPECT_EQ(sniff("MLK"), SpectralFormat::kUnknown);
  std::string spc(512, '\0');
  spc[1] = 0x4B;
  EXPECT_EQ(sniff(spc), SpectralFormat::kSpc);
  EXPECT_EQ(sniff(""), SpectralFormat::kUnknown);
  EXPECT_THAT(error_of(""), HasSubstr("empty"));
  EXPECT_THAT(error_of("hello"), HasSubstr("no spectrum file: expected SPC"));
  EXPECT_THAT(read_spectrum_file("ENVI\nsamples = 3").error().message, ::testing::HasSubstr("header alone"));
}

TEST(Wavelengths, ComeInNanometres) {
  EXPECT_THAT(*wavelengths_nm({"", {10000, 8000}, "cm-1", {1, 1}}), ElementsAre(1000, 1250));
  EXPECT_THAT(*wavelengths_nm({"", {1.5, 2}, "um", {1, 1}}), ElementsAre(1500, 2000));
  EXPECT_THAT(wavelengths_nm({"", {1, 2}, "Hz", {1, 1}}).error().message, HasSubstr("found 'Hz'"));
  EXPECT_THAT(wavelengths_nm({"", {1000, 1001, 1001}, "nm", {1, 1, 1}}).error().message,
              HasSubstr("point 2: the axis turns at 1001"));
  EXPECT_THAT(wavelengths_nm({"", {1000, 1001, 999}, "nm", {1, 1, 1}}).error().message, HasSubstr("point 2"));
  EXPECT_THAT(wavelengths_nm({"", {0, 1}, "nm", {1, 1}}).error().message, HasSubstr("point 0: expected a positive x"));
}

}  // namespace
}  // namespace beltwarden::formats
