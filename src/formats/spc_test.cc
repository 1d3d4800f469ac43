#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "formats/spc_layout.h"
#include "formats/spectrum_file.h"

namespace beltwarden::formats {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class T>
void add(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A header by hand: flags, exponent, points, first and last x, subfiles; units nm and reflectance.
std::string header(int flags, int exponent, std::uint32_t points, double first, double last, std::uint32_t subfiles) {
  std::string bytes(512, '\0');
  bytes[0] = static_cast<char>(flags);
  bytes[1] = 0x4B;
  bytes[3] = static_cast<char>(exponent);
  spc::store(bytes.data(), 4, points);
  spc::store(bytes.data(), 8, first);
  spc::store(bytes.data(), 16, last);
  spc::store(bytes.data(), 24, subfiles);
  bytes[28] = 3;
  bytes[29] = static_cast<char>(129);
  return bytes;
}

std::string subheader(int exponent, std::uint32_t points = 0) {
  std::string bytes(32, '\0');
  bytes[1] = static_cast<char>(exponent);
  spc::store(bytes.data(), 16, points);
  return bytes;
}

TEST(Spc, ReadsIntegersAgainstTheirExponent) {
  // y = integer x 2^(exponent - 32): 2^30 x 2^(2 - 32) = 1; -2^29 x 2^-30 = -0.5.
  std::string bytes = header(0, 2, 3, 1000, 1020, 1) + subheader(2);
  add<std::int32_t>(bytes, 1 << 30);
  add<std::int32_t>(bytes, -(1 << 29));
  add<std::int32_t>(bytes, 3);
  const auto file = read_spc(bytes);
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->spectra.size(), 1u);
  EXPECT_THAT(file->spectra[0].x, ElementsAre(1000, 1010, 1020));
  EXPECT_THAT(file->spectra[0].y, ElementsAre(1, -0.5, std::ldexp(3, -30)));
  EXPECT_EQ(file->spectra[0].x_unit, "nm");
  EXPECT_EQ(file->spectra[0].y_unit, "reflectance");
}

TEST(Spc, ReadsSixteenBitSubfilesWithTheirOwnExponents) {
  std::string bytes = header(spc::kY16Bit | spc::kMultifile, 7, 2, 1, 2, 2);
  for (const int exponent : {1, 3}) {
    bytes += subheader(exponent);
    add<std::int16_t>(bytes, 1 << 14);
    add<std::int16_t>(bytes, -(1 << 13));
  }
  const auto file = read_spc(bytes);
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->spectra.size(), 2u);
  EXPECT_THAT(file->spectra[0].y, ElementsAre(0.5, -0.25));  // 2^14 x 2^(1 - 16)
  EXPECT_THAT(file->spectra[1].y, ElementsAre(2, -1));
}

TEST(Spc, ReadsSubfilesWithTheirOwnAxes) {
  std::string bytes = header(spc::kMultifile | spc::kOwnAxis | spc::kExplicitAxis, -128, 0, 0, 0, 2);
  for (const std::uint32_t points : {2u, 1u}) {
    bytes += subheader(-128, points);
    for (std::uint32_t i = 0; i < points; ++i) add<float>(bytes, 100.5f + static_cast<float>(i));
    for (std::uint32_t i = 0; i < points; ++i) add<float>(bytes, 7.0f);
  }
  const auto file = read_spc(bytes);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_THAT(file->spectra.at(0).x, ElementsAre(100.5, 101.5));
  EXPECT_THAT(file->spectra.at(1).x, ElementsAre(100.5));
}

TEST(Spc, WritesWhatItReads) {
  const Time measured = *parse_rfc3339("2026-11-23T14:31:06.250Z");
  SpectrumFile file;
  file.spectra.push_back(
      {"scan 17", {1000, 1002, 1005}, "nm", {0.25, 0.5, NAN}, "reflectance", measured, {{"kind", "white"}}});
  file.spectra.push_back(
      {"scan 18", {1000, 1002, 1005}, "nm", {1, 2, 4}, "reflectance", {}, {{"integration_ms", "12.5"}}});
  const auto bytes = write_spc(file);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(sniff(*bytes), SpectralFormat::kSpc);
  const auto again = read_spectrum_file(*bytes);
  ASSERT_TRUE(again.ok()) << again.error().message;
  ASSERT_EQ(again->spectra.size(), 2u);
  EXPECT_EQ(again->spectra[0].id, "scan 17");
  EXPECT_EQ(again->spectra[0].measured, measured);
  EXPECT_EQ(again->spectra[0].meta.at("kind"), "white");
  EXPECT_EQ(again->spectra[0].meta.at("date"), "2026-11-23T14:31");
  EXPECT_THAT(again->spectra[0].x, ElementsAre(1000, 1002, 1005));
  EXPECT_TRUE(std::isnan(again->spectra[0].y[2]));
  EXPECT_EQ(again->spectra[1].id, "scan 18");
  EXPECT_EQ(again->spectra[1].meta.at("integration_ms"), "12.5");
  EXPECT_THAT(again->spectra[1].y, ElementsAre(1, 2, 4));
}

TEST(Spc, EvenAxesKeepFullPrecision) {
  SpectrumFile file;
  file.spectra.push_back({"", {}, "nm", {}, "absorbance"});
  for (int i = 0; i < 2151; ++i) {
    file.spectra[0].x.push_back(350.1 + i * 0.1);
    file.spectra[0].y.push_back(i);
  }
  const auto again = read_spc(*write_spc(file));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_THAT(again->spectra[0].x[1000], DoubleNear(450.1, 1e-9));
}

std::string error_of(std::string_view bytes) {
  const auto file = read_spc(bytes);
  return file.ok() ? "read without an error" : file.error().message;
}

TEST(Spc, RefusesToWriteAnAxisThatCannotBeRead) {
  SpectrumFile file;
  file.spectra.push_back({"", {-1e308, 1e308}, "nm", {1, 1}});
  EXPECT_THAT(write_spc(file).error().message, HasSubstr("beyond what 32-bit floats hold"));
  file.spectra[0].x = {5, 5};  // mass spectra repeat values
  EXPECT_THAT(read_spc(*write_spc(file))->spectra[0].x, ElementsAre(5, 5));
}

TEST(Spc, SaysWhatDoesNotFit) {
  EXPECT_THAT(error_of(""), HasSubstr("expected a header, found 0 bytes"));
  EXPECT_THAT(error_of(std::string(600, 'x')), HasSubstr("byte 1: expected version 4B or 4D, found 78"));
  EXPECT_THAT(error_of(header(0, 0, 3, 1, 2, 1).substr(0, 300)),
              HasSubstr("expected a header of 512 bytes, found 300"));
  EXPECT_THAT(error_of(header(0, 0, 3, 1, 2, 1) + subheader(0) + "12345678"),
              HasSubstr("subfile 0: expected it to reach to byte 556, but the file ends at 552"));
  EXPECT_THAT(error_of(header(0, 0, 0, 1, 2, 1) + subheader(0)),
              HasSubstr("byte 4: expected 1 to 1048576 points, found 0"));
  EXPECT_THAT(error_of(header(0, 0, 4'000'000'000u, 1, 2, 1) + subheader(0)), HasSubstr("found 4000000000"));
  EXPECT_THAT(error_of(header(spc::kMultifile, 0, 2, 1, 2, 4'000'000'000u) + subheader(0) + std::string(8, '\0')),
              HasSubstr("4000000000 subfiles do not fit"));
  EXPECT_THAT(error_of(header(0, 0, 2, 5, 5, 1) + subheader(0) + std::string(8, '\0')),
              HasSubstr("first and last x are the same"));
  EXPECT_THAT(error_of(header(0, 0, 2, NAN, 5, 1) + subheader(0) + std::string(8, '\0')),
              HasSubstr("not a finite number"));
  std::string big_endian = header(0, 0, 2, 1, 2, 1);
  big_endian[1] = 0x4C;
  EXPECT_THAT(error_of(big_endian), HasSubstr("big-endian files are not read"));
}

TEST(Spc, ALogOutsideTheFileCostsOnlyTheLog) {
  std::string bytes = header(0, -128, 1, 1000, 1000, 1) + subheader(-128);
  add<float>(bytes, 0.5f);
  spc::store<std::uint32_t>(bytes.data(), 248, 1'000'000);
  const auto file = read_spc(bytes);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_THAT(file->remarks, ElementsAre(HasSubstr("log at byte 1000000 lies outside")));
}

}  // namespace
}  // namespace beltwarden::formats
