#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include <unistd.h>

#include "formats/n42.h"
#include "formats/n42_xml.h"
#include "formats/reference_data_test.h"

namespace beltwarden::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A document with one detector, one calibration and the given measurements.
std::string document(const std::string& measurements) {
  return "<?xml version=\"1.0\"?>\n<RadInstrumentData xmlns=\"http://physics.nist.gov/N42/2011/N42\">\n"
         "<RadInstrumentInformation "
         "id=\"i\"><RadInstrumentIdentifier>BG-7</RadInstrumentIdentifier></RadInstrumentInformation>\n"
         "<RadDetectorInformation id=\"A1\"><RadDetectorCategoryCode>Gamma</RadDetectorCategoryCode>"
         "<RadDetectorKindCode>NaI</RadDetectorKindCode></RadDetectorInformation>\n"
         "<EnergyCalibration id=\"c\"><CoefficientValues>0 3 0</CoefficientValues></EnergyCalibration>\n" +
         measurements + "</RadInstrumentData>";
}

std::string measurement(const std::string& channels, const std::string& inside = "",
                        const std::string& start = "2026-11-23T14:31:06.2Z", const std::string& real = "PT0.2S") {
  return "<RadMeasurement id=\"m1\"><MeasurementClassCode>Foreground</MeasurementClassCode><StartDateTime>" + start +
         "</StartDateTime><RealTimeDuration>" + real +
         "</RealTimeDuration><Spectrum id=\"s1\" radDetectorInformationReference=\"A1\" "
         "energyCalibrationReference=\"c\">"
         "<LiveTimeDuration>PT0.19S</LiveTimeDuration><ChannelData compressionCode=\"CountedZeroes\">" +
         channels + "</ChannelData></Spectrum>" + inside + "</RadMeasurement>";
}

std::string error_of(std::string_view bytes) {
  const auto file = read_n42(bytes);
  return file.ok() ? "read without an error" : file.error().message;
}

TEST(N42, ReadsSpectraOccupancyFaultsAndSpeed) {
  const auto file = read_n42(document(measurement(
      "0 2 7 1 0 1",
      "<RadDetectorState "
      "radDetectorInformationReference=\"A1\"><Fault><FaultCodeValue>HV</FaultCodeValue><FaultDescription>high voltage "
      "low</FaultDescription><FaultSeverityCode>Error</FaultSeverityCode></Fault></RadDetectorState>"
      "<RadItemState "
      "radItemInformationReference=\"x\"><StateVector><SpeedValue>3.5</SpeedValue></StateVector></RadItemState>"
      "<OccupancyIndicator>true</OccupancyIndicator>")));
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->instrument_id, "BG-7");
  ASSERT_EQ(file->measurements.size(), 1u);
  const RadMeasurement& m = file->measurements[0];
  EXPECT_EQ(m.start, *parse_rfc3339("2026-11-23T14:31:06.200Z"));
  EXPECT_EQ(m.real_s, 0.2);
  EXPECT_EQ(m.occupied, true);
  EXPECT_EQ(m.speed_mps, 3.5);
  ASSERT_EQ(m.spectra.size(), 1u);
  EXPECT_THAT(m.spectra[0].counts, ElementsAre(0, 0, 7, 1, 0));
  EXPECT_EQ(m.spectra[0].live_s, 0.19);
  EXPECT_THAT(m.spectra[0].calibration, ElementsAre(0, 3, 0));
  ASSERT_EQ(m.faults.size(), 1u);
  EXPECT_EQ(m.faults[0].code, "HV");
  EXPECT_EQ(m.faults[0].detector, "A1");
  EXPECT_EQ(file->detectors.at(0).kind, "NaI");
}

TEST(N42, SaysWhatDoesNotFit) {
  EXPECT_THAT(error_of(""), HasSubstr("expected an XML document"));
  EXPECT_THAT(error_of("<html></html>"), HasSubstr("found none"));
  const std::string whole = document(measurement("1 2 3"));
  EXPECT_THAT(error_of(whole.substr(0, whole.size() - 5)), HasSubstr("cut off"));
  EXPECT_THAT(error_of("<RadInstrumentData><a></RadInstrumentData>"), HasSubstr("line 1: not well-formed XML"));
  EXPECT_THAT(
      error_of(document(measurement("1 x 3"))),
      HasSubstr("line 6: ChannelData: channel 1: expected a whole number of counts from 0 to 4294967295, found 'x'"));
  EXPECT_THAT(error_of(document(measurement("1 -2"))), HasSubstr("found '-2'"));
  EXPECT_THAT(error_of(document(measurement("1 2.5"))), HasSubstr("found '2.5'"));
  EXPECT_THAT(error_of(document(measurement("1 4294967296"))), HasSubstr("found '4294967296'"));
  EXPECT_THAT(error_of(document(measurement("1 0"))), HasSubstr("expected how many zeros follow"));
  EXPECT_THAT(error_of(document(measurement("1 0 99999"))), HasSubstr("expected 1 to 65535 zeros, found '99999'"));
  EXPECT_THAT(error_of(document(measurement("1", "", "yesterday"))),
              HasSubstr("RadMeasurement m1: StartDateTime: expected a time"));
  EXPECT_THAT(error_of(document(measurement("1", "", "2026-11-23T14:31:06Z", "0.2"))),
              HasSubstr("RealTimeDuration: expected a duration like PT0.2S, found '0.2'"));
  EXPECT_THAT(error_of(document(measurement("1", "", "2026-11-23T14:31:06Z", "P1Y"))),
              HasSubstr("expected a duration"));
  EXPECT_THAT(error_of(document(measurement("1", "<OccupancyIndicator>maybe</OccupancyIndicator>"))),
              HasSubstr("OccupancyIndicator: expected true or false"));
  EXPECT_THAT(
      error_of(document("<EnergyCalibration id=\"c\"><CoefficientValues>0 1</CoefficientValues></EnergyCalibration>")),
      HasSubstr("the id occurs twice"));
  EXPECT_THAT(
      error_of(document(
          "<EnergyCalibration id=\"e\"><EnergyBoundaryValues>0 3 2</EnergyBoundaryValues></EnergyCalibration>")),
      HasSubstr("expected increasing energies, found 2 after 3"));
}

TEST(N42, ReadsCountsHoweverTheyAreWritten) {
  const auto counts = [](std::string_view text, bool counted_zeroes, std::size_t most) {
    return parse_channels(text, counted_zeroes, most);
  };
  EXPECT_THAT(*counts("7 10 0 99 100,123456789\n4294967295\t1.2E3 5.0  6", false, 100),
              ElementsAre(7, 10, 0, 99, 100, 123456789, 4294967295U, 1200, 5, 6));
  EXPECT_THAT(*counts(" 1 2 3 0 4 12 0 1 5", true, 100), ElementsAre(1, 2, 3, 0, 0, 0, 0, 12, 0, 5));
  EXPECT_THAT(*counts("00 2 3 4 5", true, 100), ElementsAre(0, 0, 3, 4, 5));
  EXPECT_THAT(*counts("", false, 100), ElementsAre());
  EXPECT_THAT(*counts("1 2 3 4", false, 4), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(counts("1 2 3 4 5 6", false, 4).error().message, HasSubstr("more than 4"));
  EXPECT_THAT(counts("1 2 0 3 5", true, 4).error().message, HasSubstr("expected 1 to 2 zeros, found '3'"));
  EXPECT_THAT(counts("1 2 3 0", true, 9).error().message, HasSubstr("found the end"));
  EXPECT_THAT(counts("1 2 0 0 5", true, 9).error().message, HasSubstr("expected 1 to 7 zeros"));
  EXPECT_THAT(counts("1 22 -3 5 6", false, 9).error().message, HasSubstr("channel 2"));
  EXPECT_THAT(counts("1 22 3x 5 6", false, 9).error().message, HasSubstr("'3x'"));
  EXPECT_THAT(counts("1 22 9999999999 5 6", false, 9).error().message, HasSubstr("9999999999"));
}

TEST(N42, AManyfoldExpansionIsRefused) {
  std::string many;
  for (int i = 0; i < 600; ++i) many += measurement("0 65536");
  EXPECT_THAT(error_of(document(many)), HasSubstr("more than 33554432 channels in one file"));
}

TEST(N42, ReadsTheEditionOf2006) {
  const auto file = read_n42(
      "<N42InstrumentData><Measurement><InstrumentInformation><InstrumentID>P1</InstrumentID></InstrumentInformation>"
      "<DetectorData><StartTime>2010-01-24T00:08:24.078Z</StartTime><SampleRealTime>PT0.250S</"
      "SampleRealTime><Occupied>1</Occupied>"
      "<Speed Units=\"mph\">10</Speed><DetectorMeasurement><SpectrumMeasurement><Spectrum "
      "Detector=\"A1\"><LiveTime>PT0.24S</LiveTime>"
      "<Calibration Type=\"Energy\"><Equation><Coefficients>0.5 2</Coefficients></Equation></Calibration>"
      "<ChannelData Compression=\"CountedZeroes\">0 3 "
      "5</ChannelData></Spectrum></SpectrumMeasurement></DetectorMeasurement>"
      "</DetectorData></Measurement></N42InstrumentData>");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->edition, "2006");
  const RadMeasurement& m = file->measurements.at(0);
  EXPECT_NEAR(*m.speed_mps, 4.4704, 1e-9);
  EXPECT_EQ(m.occupied, true);
  EXPECT_THAT(m.spectra.at(0).counts, ElementsAre(0, 0, 0, 5));
  EXPECT_THAT(m.spectra.at(0).calibration, ElementsAre(0.5, 2));
}

N42File example() {
  N42File file;
  file.instrument_id = "gamma <1> & co";
  file.manufacturer = "twin";
  file.model = "belt monitor";
  file.version = "1.0";
  file.detectors = {{"left slab", "Gamma", "NaI"}, {"n1", "Neutron", "He3"}};
  RadMeasurement m;
  m.start = *parse_rfc3339("2026-11-23T14:31:06.200Z");
  m.real_s = 0.2;
  m.occupied = true;
  m.speed_mps = 3.25;
  m.spectra.push_back({"left slab", {0, 0, 0, 0, 0, 0, 12, 3, 0, 1}, 0.1987, 0.2, {0, 3, 1e-5}, {}});
  m.spectra.push_back({"right", {5, 4, 3}, 0.2, 0.2, {}, {0, 10.5, 30, 100}});
  m.gross.push_back({"n1", 0.2, {2}});
  m.faults.push_back({"STUCK", "counts do not change", "Error", "left slab"});
  m.faults.push_back({"TEMP", "cabinet too warm", "", ""});
  file.measurements = {m, m};
  return file;
}

// What a file of 2006 may say otherwise than a portal's: MeV, small letters, what a spectrum is of, neutrons beside it.
TEST(N42, ReadsUnitsSourceTypesAndNeutronsOf2006) {
  const auto spectrum = [](const char* source) {
    return std::string("<Spectrum Detector=\"A\"><StartTime>2026-01-01T00:00:00Z</StartTime><SourceType>") + source +
           "</SourceType><RealTime>P0Y0M0DT0H0M1.0S</RealTime><LiveTime>PT0.9S</LiveTime>"
           "<Calibration Type=\"energy\" EnergyUnits=\"MeV\"><Equation Model=\"Polynomial\"><Coefficients>0.001 0.003 0</Coefficients></Equation></Calibration>"
           "<ChannelData>1 2 3</ChannelData></Spectrum>";
  };
  const auto file = read_n42("<N42InstrumentData><Measurement>" + spectrum("Item") + spectrum("Background") + spectrum("Calibration") +
                             "<CountDoseData DetectorType=\"Neutron\"><StartTime>2026-01-01T00:00:00Z</StartTime>"
                             "<SampleRealTime>PT10S</SampleRealTime><CountRate Units=\"cps\">0.7</CountRate></CountDoseData>"
                             "</Measurement></N42InstrumentData>");
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->measurements.size(), 3U);
  EXPECT_EQ(file->measurements[0].class_code, "Foreground");
  EXPECT_EQ(file->measurements[1].class_code, "Background");
  EXPECT_EQ(file->measurements[2].class_code, "Calibration");
  EXPECT_EQ(file->measurements[0].real_s, 1);
  EXPECT_EQ(file->measurements[0].spectra.at(0).calibration, (std::vector<double>{1, 3, 0}));   // keV
  EXPECT_DOUBLE_EQ(file->gross_of(file->measurements[0], "Neutron"), 7);                        // 0.7 a second for ten
  EXPECT_FALSE(read_n42("<N42InstrumentData><Measurement><Spectrum><RealTime>P1Y</RealTime><LiveTime>PT1S</LiveTime>"
                        "<ChannelData>1</ChannelData></Spectrum></Measurement></N42InstrumentData>"));   // a year has no length
}

TEST(N42, WritesWhatItReads) {
  const auto text = write_n42(example());
  ASSERT_TRUE(text.ok()) << text.error().message;
  const auto again = read_n42(*text);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->instrument_id, "gamma <1> & co");
  ASSERT_EQ(again->measurements.size(), 2u);
  const RadMeasurement& m = again->measurements[1];
  EXPECT_EQ(m.start, example().measurements[1].start);
  EXPECT_EQ(m.real_s, 0.2);
  EXPECT_EQ(m.occupied, true);
  EXPECT_EQ(m.speed_mps, 3.25);
  EXPECT_THAT(m.spectra.at(0).counts, ElementsAre(0, 0, 0, 0, 0, 0, 12, 3, 0, 1));
  EXPECT_THAT(m.spectra[0].calibration, ElementsAre(0, 3, 1e-5));
  EXPECT_EQ(m.spectra[0].live_s, 0.1987);
  EXPECT_THAT(m.spectra.at(1).energy_edges, ElementsAre(0, 10.5, 30, 100));
  EXPECT_EQ(again->gross_of(m, "Neutron"), 2);
  EXPECT_EQ(again->gross_of(m, "Gamma"), 0);
  ASSERT_EQ(m.faults.size(), 2u);
  EXPECT_EQ(m.faults[0].code, "TEMP");  // the instrument's state comes before the detectors'
  EXPECT_EQ(m.faults[1].severity, "Error");
}

TEST(N42, RefusesToWriteWhatTheSchemaForbids) {
  N42File file = example();
  file.measurements[0].spectra[0].calibration.clear();
  EXPECT_THAT(write_n42(file).error().message, HasSubstr("'left slab' has no energy calibration"));
  file = example();
  file.measurements[1].start.reset();
  EXPECT_THAT(write_n42(file).error().message, HasSubstr("measurement 1: expected a start time"));
}

TEST(N42, WhatItWritesFitsTheSchemaOf2011) {
  const auto data = reference_data();
  if (data.empty()) GTEST_SKIP() << "skipped: no reference data";
  if (std::system("command -v xmllint >/dev/null 2>&1") != 0) GTEST_SKIP() << "skipped: no xmllint";
  const auto path =
      std::filesystem::temp_directory_path() / ("beltwarden_n42_test_" + std::to_string(::getpid()) + ".n42");
  std::ofstream(path) << *write_n42(example());
  const std::string command =
      "xmllint --noout --schema '" + (data / "gamma/n42/n42_2011.xsd").string() + "' '" + path.string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::filesystem::remove(path);
}

TEST(N42Framer, FindsDocumentsHoweverTheyArrive) {
  const std::string one = document(measurement("1 2"));
  const std::string stream = "noise\x02" + one + "\x03\r\n\x02" + one + "\x03";
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, stream.size()}) {
    N42Framer framer(10'000);
    std::vector<std::string> documents;
    for (std::size_t at = 0; at < stream.size(); at += step)
      framer.feed(std::string_view(stream).substr(at, step), documents);
    EXPECT_THAT(documents, ElementsAre(one, one)) << step;
    EXPECT_EQ(framer.stray_bytes(), 5u);
    EXPECT_FALSE(framer.holds_partial());
  }
}

// A root's name at the end of a piece may be the beginning of another: found by the fuzzer.
TEST(N42Framer, ACutAfterARootsNameIsNoRoot) {
  const std::string one = document(measurement("1 2"));
  const std::string blanks(100, ' '), prefix(100, 'p');
  for (const std::string& noise : {std::string("<RadInstrumentDataCreatorName>x</RadInstrumentDataCreatorName>"), "<" + prefix + ":RadInstrumentData >",
                                   "</RadInstrumentData" + blanks + ">"}) {
    const std::string stream = noise + one + noise + one.substr(0, one.size() / 2) + noise + one.substr(one.size() / 2);
    std::vector<std::string> whole;
    N42Framer(10'000).feed(stream, whole);
    EXPECT_EQ(whole.size(), 2U) << noise;
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
      N42Framer framer(10'000);
      std::vector<std::string> documents;
      framer.feed(std::string_view(stream).substr(0, cut), documents);
      framer.feed(std::string_view(stream).substr(cut), documents);
      ASSERT_EQ(documents, whole) << noise << " cut at " << cut;
    }
  }
}

TEST(N42Framer, SkipsTheOversizedAndTheCutOff) {
  const std::string small = document(""), large = document(std::string(5000, ' '));
  N42Framer framer(2000);
  std::vector<std::string> documents;
  framer.feed(large + small + small.substr(0, 100) + small, documents);
  EXPECT_THAT(documents, ElementsAre(small, small));
  EXPECT_EQ(framer.oversized(), 1u);
  EXPECT_EQ(framer.truncated(), 1u);
  for (int i = 0; i < 100; ++i) framer.feed("<RadInstrumentData>" + std::string(1000, 'x'), documents);
  EXPECT_EQ(documents.size(), 2u);
  framer.feed("</RadInstrumentData>" + small, documents);
  EXPECT_EQ(documents.size(), 3u);
}

// As an instrument of the edition of 2020 writes with a namespace prefix throughout.
TEST(N42, ReadsPrefixedElementsOf2020) {
  const auto file = read_n42(
      "<?xml version=\"1.0\"?><n42:RadInstrumentData xmlns:n42=\"http://physics.nist.gov/N42/2020/N42\">"
      "<n42:RadDetectorInformation id=\"d\"><n42:RadDetectorCategoryCode>Gamma</n42:RadDetectorCategoryCode>"
      "</n42:RadDetectorInformation><n42:EnergyCalibration id=\"c\"><n42:CoefficientValues>0 3 0 1e-9 0</"
      "n42:CoefficientValues></n42:EnergyCalibration><n42:RadMeasurement id=\"m\"><n42:Spectrum id=\"s\" "
      "radDetectorInformationReference=\"d\" energyCalibrationReference=\"c\"><n42:ChannelData "
      "compressionCode=\"CountedZeroes\">5 0 2 7</n42:ChannelData></n42:Spectrum><n42:RadInstrumentState><n42:StateVector>"
      "<n42:GeographicPoint><n42:LatitudeValue>31.2</n42:LatitudeValue><n42:LongitudeValue>121.5</n42:LongitudeValue>"
      "</n42:GeographicPoint></n42:StateVector></n42:RadInstrumentState></n42:RadMeasurement>"
      "<n42:DerivedData id=\"x\"><n42:Spectrum id=\"y\"/></n42:DerivedData><n42:AnalysisResults><n42:NuclideAnalysisResults>"
      "<n42:Nuclide><n42:NuclideName>Cs-137</n42:NuclideName></n42:Nuclide></n42:NuclideAnalysisResults>"
      "</n42:AnalysisResults></n42:RadInstrumentData>");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->edition, "2020");
  ASSERT_EQ(file->measurements.size(), 1U);
  EXPECT_THAT(file->measurements[0].spectra.at(0).counts, ElementsAre(5, 0, 0, 7));
  EXPECT_THAT(file->measurements[0].spectra.at(0).calibration, ElementsAre(0, 3, 0, 1e-9, 0));
  EXPECT_EQ(file->derived_spectra, 1U);
  EXPECT_THAT(file->nuclides_reported, ElementsAre("Cs-137"));
  EXPECT_EQ(file->latitude, 31.2);
  EXPECT_EQ(file->longitude, 121.5);
  // No time and no live time: whole enough to read, with the fault told.
  EXPECT_FALSE(file->measurements[0].start);
  EXPECT_EQ(file->remarks.size(), 3U);
}

TEST(N42, ReadsAnEnvelopeAndCalibrationsByReferenceOf2006) {
  const auto file = read_n42(
      "<?xml version=\"1.0\"?><Event><N42InstrumentData><Measurement><Calibration Type=\"Energy\" ID=\"e1\"><Equation>"
      "<Coefficients>1 2</Coefficients></Equation></Calibration><Spectrum CalibrationIDs=\"f0 e1\"><RealTime>PT2S</RealTime>"
      "<ChannelData>3 4</ChannelData></Spectrum><Spectrum><RealTime>PT2S</RealTime></Spectrum></Measurement>"
      "</N42InstrumentData></Event>");
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->measurements.size(), 2U);
  ASSERT_EQ(file->measurements[0].spectra.size(), 1U);
  EXPECT_THAT(file->measurements[0].spectra[0].calibration, ElementsAre(1, 2));
  EXPECT_EQ(file->measurements[0].spectra[0].live_s, 2);
  EXPECT_TRUE(file->measurements[1].spectra.empty());
}

}  // namespace
}  // namespace beltwarden::formats
