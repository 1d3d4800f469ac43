#include <algorithm>
#include <numeric>

#include "formats/n42.h"
#include "formats/n42_fields.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::size_t kMaxElements = 2'000'000;

Result<void> read_document(std::string_view text, N42File& file, std::size_t& channels) {
  // A parsed element takes far more room than its few bytes; count before parsing.
  if (static_cast<std::size_t>(std::count(text.begin(), text.end(), '<')) > 2 * kMaxElements) {
    return invalid_input("more than " + std::to_string(kMaxElements) + " XML elements");
  }
  constexpr unsigned kOptions = pugi::parse_minimal | pugi::parse_escapes | pugi::parse_cdata;
  pugi::xml_document xml;
  auto parsed = xml.load_buffer(text.data(), text.size(), kOptions);
  if (parsed.status == pugi::status_end_element_mismatch) {
    // An envelope around the root was cut off at the root's end: read the root alone.
    const std::size_t root = text.find("N42InstrumentData");
    const std::size_t begin = root == std::string_view::npos ? root : text.rfind('<', root);
    if (begin != std::string_view::npos && begin > 0 && text.find_first_of(" \t\n\r>", begin) > root) {
      pugi::xml_document inner;
      if (inner.load_buffer(text.data() + begin, text.size() - begin, kOptions) &&
          local_name(inner.document_element()) == "N42InstrumentData") {
        return read_n42_2006(inner.document_element(), text.substr(begin), file, channels);
      }
    }
  }
  if (!parsed) {
    const auto end =
        text.begin() + std::clamp<std::ptrdiff_t>(parsed.offset, 0, static_cast<std::ptrdiff_t>(text.size()));
    return invalid_input("line " + std::to_string(1 + std::count(text.begin(), end, '\n')) +
                         ": not well-formed XML: " + parsed.description());
  }
  const pugi::xml_node root = xml.document_element();
  if (local_name(root) == "RadInstrumentData") return read_n42_2011(root, text, file, channels);
  if (local_name(root) == "N42InstrumentData") return read_n42_2006(root, text, file, channels);
  // Inside an envelope of somebody's own ("Event").
  for (const pugi::xml_node& inner : root.children()) {
    if (local_name(inner) == "RadInstrumentData") return read_n42_2011(inner, text, file, channels);
    if (local_name(inner) == "N42InstrumentData") return read_n42_2006(inner, text, file, channels);
  }
  return invalid_input("expected the root element RadInstrumentData or N42InstrumentData, found " +
                       quoted(root.name()));
}

}  // namespace

std::uint64_t RadSpectrum::total_counts() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

double GrossCounts::total() const { return std::accumulate(counts.begin(), counts.end(), 0.0); }

double N42File::gross_of(const RadMeasurement& measurement, std::string_view category) const {
  double sum = 0;
  for (const GrossCounts& gross : measurement.gross) {
    const auto of_it = [&](const RadDetector& detector) {
      return detector.id == gross.detector && detector.category == category;
    };
    if (std::any_of(detectors.begin(), detectors.end(), of_it)) sum += gross.total();
  }
  return sum;
}

Result<N42File> read_n42(std::string_view bytes) {
  if (bytes.size() > kMaxN42Bytes) {
    return invalid_input("N42: file of " + std::to_string(bytes.size()) + " bytes; at most " +
                         std::to_string(kMaxN42Bytes) + " are read");
  }
  N42Framer framer(kMaxN42Bytes);
  std::vector<std::string> documents;
  framer.feed(bytes, documents);

  N42File file;
  std::size_t channels = 0;
  for (const std::string& text : documents) {
    if (auto done = read_document(text, file, channels); !done) {
      return done.error().within(documents.size() == 1 ? "N42" : "N42: document " + std::to_string(file.documents + 1));
    }
    ++file.documents;
  }
  file.truncated_documents = framer.truncated() + (framer.holds_partial() ? 1 : 0);
  if (file.documents == 0) {
    return invalid_input(file.truncated_documents > 0
                             ? "N42: the document is cut off: no closing </RadInstrumentData>"
                             : "N42: expected an XML document with the root RadInstrumentData, found none");
  }
  return file;
}

}  // namespace beltwarden::formats
