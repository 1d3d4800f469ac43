// Writes the seeds of the fuzzers with our own writers: small inputs, one for each shape that the readers know.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "formats/made_files_test.h"
#include "formats/n42.h"
#include "formats/spectrum_file.h"
#include "instruments/spectrometer/stream_codec.h"

namespace {

namespace fs = std::filesystem;
using namespace beltwarden;

void put(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

formats::SpectrumFile spectra(bool even, int n) {
  formats::SpectrumFile file;
  for (int k = 0; k < n; ++k) {
    file.spectra.push_back({"s" + std::to_string(k),
                            {1000, 1010, even ? 1020.0 : 1025.5},
                            "nm",
                            {0.25, NAN, 1e-7 * k},
                            "reflectance",
                            Time{1'795'444'266'250'000'000},
                            {{"kind", "white"}, {"y:Fe", "61.5"}}});
  }
  return file;
}

formats::N42File measurements() {
  formats::N42File file;
  file.instrument_id = "BG-7";
  file.detectors = {{"A1", "Gamma", "NaI"}, {"N1", "Neutron", "He3"}};
  formats::RadMeasurement m;
  m.id = "seq-1";
  m.start = Time{1'795'444'266'250'000'000};
  m.real_s = 0.2;
  m.occupied = true;
  m.speed_mps = 3.5;
  m.spectra.push_back({"A1", {0, 0, 0, 0, 7, 1}, 0.2, 0.2, {0, 3, 1e-4}, {}});
  m.spectra.push_back({"A1", {1, 2}, 0.2, 0.2, {}, {0, 10, 30}});
  m.gross.push_back({"N1", 0.2, {2}});
  m.faults.push_back({"HV", "low", "Error", "A1"});
  file.measurements.push_back(m);
  return file;
}

instruments::SpectrumFrame frame(instruments::SpectrumKind kind) {
  instruments::SpectrumFrame f;
  f.sequence = 7;
  f.time = Time{1'795'444'266'250'000'000};
  f.kind = kind;
  f.axis = std::make_shared<const material::SpectralAxis>(material::SpectralAxis{{1000, 1100, 1200}});
  f.counts = {100, 200, NAN};
  f.full_scale = 4095;
  f.saturated = {1};
  f.integration_ms = 10;
  f.lamp_hours = 12;
  return f;
}

const char kCodings[] =
    "##TITLE=codings\n##JCAMP-DX=4.24 $$ "
    "comment\n##XUNITS=1/CM\n##YUNITS=ABSORBANCE\n##XFACTOR=1\n##YFACTOR=0.5\n##NPOINTS=12\n"
    "##FIRSTX=1\n##LASTX=12\n##XYDATA=(X++(Y..Y))\n1A2J%jT+5-6 7\n8B0J1\n10 C2K2 ? 1.5E+02\n##END=\n";
const char kPages[] =
    "##TITLE=pages\n##NTUPLES=NMR SPECTRUM\n##SYMBOL=X, R, I, N\n##UNITS=HZ, ARBITRARY UNITS, ARBITRARY "
    "UNITS,\n##FIRST=3, 1, 1, 1\n"
    "##LAST=1, 3, 3, 2\n##FACTOR=1, 1, 1, 1\n##VAR_DIM=3, 3, 3, 2\n##PAGE=N=1\n##DATA TABLE=(X++(R..R)), XYDATA\n3 A B "
    "C\n"
    "##PAGE=N=2\n##DATA TABLE=(X++(I..I)), XYDATA\n3 a b c\n##END=\n";

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_make_corpus FOLDER\n");
    return 2;
  }
  const fs::path corpus = argv[1];
  put(corpus / "csv/table.csv", *formats::write_spectral_csv(spectra(true, 3)));
  put(corpus / "csv/quoted.csv", "\xEF\xBB\xBFid,set,\"a \"\"b\"\"\",1000\r\n1,\"x,y\",,0.5\r\n");
  put(corpus / "jcamp/even.dx", formats::write_jcamp_dx(spectra(true, 1)));
  put(corpus / "jcamp/points.dx", formats::write_jcamp_dx(spectra(false, 2)));
  put(corpus / "jcamp/codings.dx", kCodings);
  put(corpus / "jcamp/pages.dx", kPages);
  put(corpus / "spc/even.spc", *formats::write_spc(spectra(true, 1)));
  put(corpus / "spc/multi.spc", *formats::write_spc(spectra(false, 2)));
  std::string integers = *formats::write_spc(spectra(true, 2));
  integers[0] = '\x05';        // 16-bit, multifile
  integers[512 + 1] = '\x02';  // exponent of the first subfile
  put(corpus / "spc/integers.spc", integers);
  std::string old(300, '\0');
  old[0] = '\x04', old[1] = '\x4D', old[2] = '\x05';
  old.replace(4, 12, std::string("\0\0\x40\x40\0\0\x80\x3F\0\0\0\x40", 12));  // 3 points from 1 to 2
  put(corpus / "spc/old.spc", old);
  put(corpus / "opus/sample.0", formats::made::opus_sample());
  put(corpus / "asd/revision1.asd", formats::made::asd_sample('1'));
  put(corpus / "asd/revision8.asd", formats::made::asd_sample());
  const std::string end_of_header(1, '\0');
  put(corpus / "envi/library.bin", formats::made::kEnviHeader + end_of_header + formats::made::envi_data());
  for (const char* interleave : {"bsq", "bil", "bip"}) {
    put(corpus / "envi" / interleave,
        formats::made::envi_cube_header(interleave, true) + end_of_header + formats::made::envi_cube_data(interleave, true));
  }
  put(corpus / "spectrum_text/ecostress.txt", "Name: a\nFirst Column: X\nX Units: Wavelength (micrometers)\n\n2.5\t1\n2,2\n1.5;-1.23e34\n");
  put(corpus / "spectrum_text/usgs.txt", " liba Record=1: a\n 3.3e-001\n 3.4e-001\n 3.5e-001\n");
  const std::string document = *formats::write_n42(measurements());
  put(corpus / "n42/document.n42", document);
  put(corpus / "n42/stream.n42", "\x02" + document + "\x03\n\x02" + document.substr(0, 300) + document);
  put(corpus / "n42/edition2006.n42",
      "<N42InstrumentData><Measurement><DetectorData><StartTime>2010-01-24T00:08:24.078</StartTime><Speed "
      "Units=\"mph\">2</Speed>"
      "<DetectorMeasurement><SpectrumMeasurement><Spectrum Detector=\"A1\"><LiveTime>PT0.2S</LiveTime><Calibration "
      "Type=\"Energy\">"
      "<Equation><Coefficients>0 3</Coefficients></Equation></Calibration><ChannelData Compression=\"CountedZeroes\">0 "
      "3 5</ChannelData>"
      "</Spectrum></SpectrumMeasurement></DetectorMeasurement></DetectorData></Measurement></N42InstrumentData>");
  put(corpus / "n42/prefixed2020.n42",
      "<?xml version=\"1.0\"?><n:RadInstrumentData xmlns:n=\"http://physics.nist.gov/N42/2020/N42\"><n:RadMeasurement id=\"m\">"
      "<n:Spectrum id=\"s\"><n:ChannelData compressionCode=\"CountedZeroes\">5 0 2 7</n:ChannelData></n:Spectrum>"
      "</n:RadMeasurement></n:RadInstrumentData>");
  put(corpus / "n42/envelope2006.n42",
      "<Event><N42InstrumentData><Measurement><Calibration Type=\"Energy\" ID=\"e\"><Equation><Coefficients>1 2</Coefficients>"
      "</Equation></Calibration><Spectrum CalibrationIDs=\"e\"><RealTime>PT2S</RealTime><ChannelData>3 4</ChannelData></Spectrum>"
      "</Measurement></N42InstrumentData></Event>");
  put(corpus / "gamma_series/series.csv",
      std::string("t,live,speed_mps,load_kg_per_m,c0,c1\n0,0.2,2.7,100,1,2\n0.2,0.2,,,3,4.0\n") + '\0' +
          "{\"energy_edges_kev\":[30, 40.5, 60]}");
  put(corpus / "gamma_series/calibration.csv",
      std::string("time_s,altitude_m,c0\n0,87,1\n1,88,3\n") + '\0' + "{\"calibration\":[0,3]}");
  using instruments::SpectrumKind;
  put(corpus / "spectrum_stream/frames.bin",
      encode_spectrum_frame(frame(SpectrumKind::kWhite)) + encode_spectrum_frame(frame(SpectrumKind::kSample), false));
  put(corpus / "spectrum_stream/dark.bin", encode_spectrum_frame(frame(SpectrumKind::kDark)));
  return 0;
}
