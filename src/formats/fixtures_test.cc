// Real instrument files against the values that independent readers found in them. Skipped where they are absent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "base/file.h"
#include "formats/envi.h"
#include "formats/n42.h"
#include "formats/reference_data_test.h"
#include "formats/spectrum_file.h"

namespace beltwarden::formats {
namespace {

void expect_near(double value, const std::string& expected, const char* what) {
  const double number = std::stod(expected);
  EXPECT_NEAR(value, number, 2e-6 * std::max(std::abs(number), 1e-12)) << what;
}

// Which spectrum of the file a row of expected.csv speaks of: the first of its signal, or the second where the row says so.
std::size_t index_of(const SpectrumFile& file, const std::vector<std::string>& row) {
  const std::string& signal = row[2];
  if (signal == "I" || signal == "block 2") return 1;
  if (row[0] != "opus" && row[0] != "asd") return 0;
  const bool second = row[10].find("second AB") != std::string::npos;
  std::size_t seen = 0;
  for (std::size_t i = 0; i < file.spectra.size(); ++i) {
    if (file.spectra[i].meta.at("signal") == signal && seen++ == (second ? 1u : 0u)) return i;
  }
  ADD_FAILURE() << "no signal " << signal;
  return 0;
}

double largest(const std::vector<double>& y) {
  double most = -INFINITY;
  for (const double v : y) {
    if (v > most) most = v;
  }
  return most;
}

void check_spectrum(const SpectrumFile& file, const std::vector<std::string>& row) {
  const bool signals = row[0] == "opus" || row[0] == "asd";
  if (!signals) {
    ASSERT_EQ(file.spectra.size(), std::stoul(row[4]));
  }
  const Spectrum& spectrum = file.spectra[index_of(file, row)];
  ASSERT_EQ(spectrum.y.size(), std::stoul(row[3]));
  ASSERT_EQ(spectrum.x.size(), spectrum.y.size());
  if (!row[5].empty()) {
    expect_near(spectrum.x.front(), row[5], "first x");
    expect_near(spectrum.x.back(), row[6], "last x");
  }
  expect_near(spectrum.y.front(), row[7], "first y");
  expect_near(spectrum.y.back(), row[8], "last y");
  double most = largest(spectrum.y);
  if (row[0] == "envi") {
    for (const Spectrum& each : file.spectra) most = std::max(most, largest(each.y));   // "over all rows"
  }
  expect_near(most, row[9], "largest y");
}

Result<SpectrumFile> read_fixture(const std::filesystem::path& path) {
  const auto bytes = read_file(path, kMaxSpectrumFileBytes);
  if (!bytes) return bytes.error();
  if (!is_envi_header(*bytes)) return read_spectrum_file(*bytes);
  for (const std::string& data_path : envi_data_paths(path.string())) {
    if (!std::filesystem::exists(data_path)) continue;
    const auto data = read_file(data_path, kMaxSpectrumFileBytes);
    return data ? read_envi(*bytes, *data) : Result<SpectrumFile>(data.error());
  }
  return not_found("no data beside " + path.string());
}

TEST(Fixtures, EverySpectrumFileIsReadRight) {
  const auto data = reference_data();
  if (data.empty()) GTEST_SKIP() << "skipped: no reference data";
  const auto folder = data / "spectra/format_fixtures";
  const auto rows = csv_rows(*read_file(folder / "expected.csv", 1 << 20));
  std::set<std::string> files;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    ASSERT_GE(row.size(), 11u);
    SCOPED_TRACE(row[1] + " " + row[2]);
    const auto file = read_fixture(folder / row[1]);
    ASSERT_TRUE(file.ok()) << file.error().message;
    check_spectrum(*file, row);
    if (row[0] == "envi") files.insert(row[1].substr(0, row[1].size() - 3) + "data");
    files.insert(row[1]);
  }
  EXPECT_EQ(files.size(), 58u);
  std::size_t lying_there = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    lying_there += entry.is_regular_file() && name != "README.md" && name != "expected.csv" && !name.starts_with("LICENSE");
  }
  EXPECT_EQ(lying_there, 58u) << "a file without an expected value";
}

// What a table is made of: the signal that a chemometrician would model.
TEST(Fixtures, TheMainSignalIsTheQuotient) {
  const auto data = reference_data();
  if (data.empty()) GTEST_SKIP() << "skipped: no reference data";
  const std::map<std::string, std::string> expected = {{"asd/soil.asd", "ratio"},
                                                       {"asd/v7sample00000.asd", "primary"},
                                                       {"bruker_opus/BF_lo_01_soil_cal.1", "absorbance"},
                                                       {"bruker_opus/opusreader_test_spectra.0", "reflectance"},
                                                       {"bruker_opus/scpdata_background.0", "reference single beam"}};
  for (const auto& [name, signal] : expected) {
    SCOPED_TRACE(name);
    auto file = *read_fixture(data / "spectra/format_fixtures" / name);
    keep_main_signal(file);
    ASSERT_EQ(file.spectra.size(), 1u);
    EXPECT_EQ(file.spectra[0].meta.at("signal"), signal);
  }
}

TEST(Fixtures, SpectralTablesAreRead) {
  const auto data = reference_data();
  if (data.empty()) GTEST_SKIP() << "skipped: no reference data";
  const std::map<std::string, std::pair<std::size_t, std::size_t>> tables = {
      {"gasoline.csv", {60, 401}},        {"corn.csv", {240, 700}},        {"datsoilspc.csv", {391, 431}},
      {"ore_endmembers.csv", {120, 224}}, {"klum.csv", {181, 431}},        {"nirsoil.csv", {825, 700}},
      {"bronir2_dev.csv", {528, 1201}},   {"fruit_puree.csv", {983, 235}}, {"ore_mixtures_dev.csv", {9000, 216}}};
  for (const auto& [name, size] : tables) {
    SCOPED_TRACE(name);
    auto bytes = read_file(data / "spectra" / name, kMaxSpectrumFileBytes);
    if (!bytes) bytes = read_file(data / "spectra" / (name + ".gz"), kMaxSpectrumFileBytes);
    ASSERT_TRUE(bytes.ok()) << bytes.error().message;
    const auto file = read_spectrum_file(*bytes);
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_EQ(file->spectra.size(), size.first);
    EXPECT_EQ(file->spectra.front().y.size(), size.second);
  }
}

TEST(Fixtures, RadiationFilesAreReadRight) {
  const auto data = reference_data();
  if (data.empty()) GTEST_SKIP() << "skipped: no reference data";
  const auto folder = data / "gamma/n42";
  const auto rows = csv_rows(*read_file(folder / "expected.csv", 1 << 20));
  const auto column = [&](const std::vector<std::string>& row, const char* name) {
    const auto at = std::find(rows[0].begin(), rows[0].end(), name) - rows[0].begin();
    return row.at(static_cast<std::size_t>(at));
  };
  ASSERT_EQ(rows.size(), 9u);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    SCOPED_TRACE(rows[i][0]);
    const auto number = [&](const char* name) { return std::stod(column(rows[i], name)); };
    const auto file = read_n42(*read_file(folder / rows[i][0], kMaxN42Bytes));
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_EQ("N42-" + file->edition, column(rows[i], "format"));
    EXPECT_EQ(file->documents, number("documents"));
    EXPECT_EQ(file->truncated_documents, number("truncated_documents"));
    EXPECT_EQ(file->measurements.size(), number("samples"));
    std::size_t spectra = 0, gross_records = 0, occupied = 0, unoccupied = 0;
    double counts = 0, live_s = 0, gross = 0;
    for (const RadMeasurement& measurement : file->measurements) {
      EXPECT_TRUE(measurement.start.has_value());
      occupied += measurement.occupied == std::optional(true);
      unoccupied += measurement.occupied == std::optional(false);
      for (const RadSpectrum& spectrum : measurement.spectra) {
        ++spectra;
        counts += static_cast<double>(spectrum.total_counts());
        live_s += spectrum.live_s;
        EXPECT_FALSE(spectrum.calibration.empty());
      }
      for (const GrossCounts& each : measurement.gross) ++gross_records, gross += each.total();
    }
    EXPECT_EQ(spectra, number("spectra"));
    EXPECT_EQ(counts, number("total_counts"));
    EXPECT_NEAR(live_s, number("total_live_s"), 1e-6);
    EXPECT_EQ(gross_records, number("gross_count_records"));
    EXPECT_EQ(gross, number("gross_counts_sum"));
    if (!column(rows[i], "occupied_samples").empty()) {
      EXPECT_EQ(occupied, number("occupied_samples"));
      EXPECT_EQ(unoccupied, number("unoccupied_samples"));
    }
    if (spectra > 0 && column(rows[i], "channels").find('/') == std::string::npos) {
      for (const RadMeasurement& measurement : file->measurements) {
        for (const RadSpectrum& spectrum : measurement.spectra) EXPECT_EQ(spectrum.counts.size(), number("channels"));
      }
    }
  }
}

TEST(Fixtures, EveryTruncationOfARealFileIsReadOrRefused) {
  const auto data = reference_data();
  if (data.empty()) GTEST_SKIP() << "skipped: no reference data";
  for (const char* name :
       {"galactic_spc/nir.spc", "galactic_spc/DRUG_SAMPLE.SPC", "galactic_spc/m_ordz.spc", "jcamp_dx/BRUKER1.JCM",
        "bruker_opus/BF_lo_01_soil_cal.1", "bruker_opus/MMP_2107_Test1.001", "asd/soil.asd", "asd/3L9257.000",
        "envi/ecostress_a.spectrum.txt"}) {
    const auto bytes = *read_file(data / "spectra/format_fixtures" / name, 1 << 20);
    const std::size_t whole = read_spectrum_file(bytes)->spectra.size();
    for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 300) {
      const auto cut = read_spectrum_file(bytes.substr(0, size));
      if (cut.ok())
        EXPECT_LE(cut->spectra.size(), whole);
      else
        EXPECT_FALSE(cut.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace beltwarden::formats
