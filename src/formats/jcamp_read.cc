#include <algorithm>
#include <cmath>
#include <limits>

#include "formats/jcamp_ordinates.h"
#include "formats/spectrum_file.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::size_t kMaxLabels = 5'000, kMaxLabelValue = 4'096, kMaxMetaBytes = 64 << 20;
// Read into the spectrum itself, or of no use without the table.
constexpr std::string_view kNotMeta[] = {"",        "title",   "jcampdx", "longdate", "xunits", "yunits",
                                         "xfactor", "yfactor", "firstx",  "lastx",    "deltax", "npoints",
                                         "firsty",  "minx",    "maxx",    "miny",     "maxy",   "end"};

// Labels compare without case, blanks, dashes, slashes and underlines (JCAMP-DX 4.24, section 3).
std::string normal_label(std::string_view label) {
  std::string normal;
  for (const char c : lower(label.substr(0, 200))) {
    if (c != ' ' && c != '-' && c != '/' && c != '_' && c != '\t') normal += c;
  }
  return normal;
}

std::string meta_key(std::string_view label) {
  std::string key = lower(trim(label).substr(0, 200));
  if (!key.empty() && (key[0] == '$' || key[0] == '.')) key.erase(0, 1);
  std::replace(key.begin(), key.end(), ' ', '_');
  return key;
}

std::string unit_name(std::string_view text) {
  const std::string unit = lower(trim(text));
  if (unit == "1/cm" || unit == "cm-1" || unit == "cm^-1" || unit == "wavenumbers") return "cm-1";
  if (unit == "nanometers" || unit == "nanometres" || unit == "nm") return "nm";
  if (unit == "micrometers" || unit == "micrometres" || unit == "microns" || unit == "um") return "um";
  return unit;
}

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> items;
  while (items.size() < 16) {
    const std::size_t comma = text.find(',');
    items.emplace_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return items;
}

// Without the comment that `$$` begins.
std::string_view without_comment(std::string_view line) { return line.substr(0, line.find("$$")); }

struct JcampAxis {
  std::string unit;
  std::optional<double> first, last, factor, points;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : lines_(bytes) { file_.format = "JCAMP-DX"; }

  Result<SpectrumFile> read() {
    std::string_view line;
    bool have = lines_.next(line);
    while (have) {
      std::string_view text = trim(line);
      if (text.substr(0, 2) != "##") {
        if (labels_.empty() && !trim(without_comment(text)).empty())
          return fail("expected ##TITLE=, found " + quoted(text));
        keep(last_label_, trim(without_comment(text)), true);
        have = lines_.next(line);
        continue;
      }
      const std::size_t equals = text.find('=');
      if (equals == std::string_view::npos) return fail("expected '=' after the label, found " + quoted(text));
      const std::string_view label = text.substr(2, equals - 2);
      const std::string_view value = trim(without_comment(text.substr(equals + 1)));
      const std::string normal = normal_label(label);
      if (normal == "title") begin_block();
      if (is_table(normal) && !value.empty()) {
        auto done = read_table(normal, value, line, have);
        if (!done) return done.error();
        continue;  // `line` is the first one after the table
      }
      if (normal == "page") page_ = value;
      last_label_ = label;
      if (!keep(label, value, false)) return fail("more than " + std::to_string(kMaxLabels) + " labels");
      have = lines_.next(line);
    }
    if (file_.spectra.empty()) {
      return invalid_input(
          "no data table (##XYDATA=, ##XYPOINTS=, ##PEAK TABLE= or ##DATA TABLE=) up to the end at line " +
          std::to_string(lines_.line_number()));
    }
    return std::move(file_);
  }

 private:
  Error fail(const std::string& what) const {
    return invalid_input("line " + std::to_string(lines_.line_number()) + ": " + what);
  }

  static bool is_table(const std::string& label) {
    return label == "xydata" || label == "xypoints" || label == "peaktable" || label == "peakassignments" ||
           label == "datatable";
  }

  void begin_block() {
    labels_.clear();
    meta_.clear();
    page_.clear();
  }

  bool keep(std::string_view label, std::string_view value, bool continues) {
    if (labels_.size() >= kMaxLabels) return false;
    const auto put = [&](std::string& slot) {
      if (!continues)
        slot.clear();
      else if (!slot.empty() && !value.empty() && slot.size() < kMaxLabelValue)
        slot += ' ';
      if (slot.size() < kMaxLabelValue) slot += value.substr(0, kMaxLabelValue - slot.size());
    };
    const std::string normal = normal_label(label);
    put(labels_[normal]);
    if (std::find(std::begin(kNotMeta), std::end(kNotMeta), normal) == std::end(kNotMeta)) put(meta_[meta_key(label)]);
    return true;
  }

  std::string label(const char* normal) const {
    const auto found = labels_.find(normal);
    return found == labels_.end() ? std::string{} : found->second;
  }

  // Empty where absent; an error where it is there and no number.
  Result<std::optional<double>> number(const char* normal) const {
    const std::string text = label(normal);
    if (text.empty()) return std::optional<double>{};
    const auto value = parse_number(trim(text));
    if (!value) return fail(std::string("label ") + normal + ": expected a number, found " + quoted(text));
    return value;
  }

  // The axes of a plain block, from FIRSTX, LASTX, XFACTOR, NPOINTS and so on.
  Result<void> plain_axes(JcampAxis& x, JcampAxis& y) const {
    x.unit = unit_name(label("xunits"));
    y.unit = unit_name(label("yunits"));
    for (auto& [name, slot] : {std::pair<const char*, std::optional<double>*>{"firstx", &x.first},
                               {"lastx", &x.last},
                               {"xfactor", &x.factor},
                               {"yfactor", &y.factor},
                               {"npoints", &x.points}}) {
      auto value = number(name);
      if (!value) return value.error();
      *slot = *value;
    }
    if (!x.last && x.first && x.points) {
      auto step = number("deltax");
      if (!step) return step.error();
      if (*step) x.last = *x.first + **step * (*x.points - 1);
    }
    return {};
  }

  // The axes of a page of NTUPLES: `form` is "(X++(R..R))", the columns are named by SYMBOL.
  Result<void> ntuple_axes(std::string_view form, JcampAxis& x, JcampAxis& y) const {
    const auto symbols = list_of(label("symbol"));
    const std::string compact = normal_label(form);  // lower case, without blanks
    const std::size_t inner = compact.find("++(");
    if (inner == std::string::npos || inner < 2)
      return unsupported("table form " + quoted(form) + ": expected (X++(Y..Y))");
    const std::string x_symbol = compact.substr(1, inner - 1);
    const std::string y_symbol = compact.substr(inner + 3, compact.find("..", inner) - inner - 3);
    for (auto& [symbol, axis] : {std::pair<std::string, JcampAxis*>{x_symbol, &x}, {y_symbol, &y}}) {
      std::size_t i = 0;
      while (i < symbols.size() && lower(symbols[i]) != symbol) ++i;
      if (i == symbols.size())
        return fail("the table's " + quoted(symbol) + " is not in ##SYMBOL=" + quoted(label("symbol")));
      const auto pick = [&](const char* name) {
        const auto items = list_of(label(name));
        return i < items.size() ? items[i] : std::string{};
      };
      axis->unit = unit_name(pick("units"));
      axis->first = parse_number(pick("first"));
      axis->last = parse_number(pick("last"));
      axis->factor = parse_number(pick("factor"));
      axis->points = parse_number(pick("vardim"));
    }
    return {};
  }

  Result<void> read_table(const std::string& table, std::string_view value, std::string_view& line, bool& have) {
    const std::size_t close = value.rfind(')');
    const std::string form(value.substr(0, close == std::string_view::npos ? close : close + 1));
    JcampAxis x, y;
    if (auto done = table == "datatable" ? ntuple_axes(form, x, y) : plain_axes(x, y); !done) return done;
    if (file_.spectra.size() >= 1'000) return fail("more than 1000 data tables");
    if (x.points && (!(*x.points >= 1) || *x.points > kMaxSpectrumPoints || *x.points != std::floor(*x.points))) {
      return fail("expected 1 to " + std::to_string(kMaxSpectrumPoints) + " points, found " + number_text(*x.points));
    }
    Spectrum spectrum;
    auto done = form.find("++") != std::string::npos ? read_ordinates(x, y, spectrum, line, have)
                                                     : read_points(form, x, y, spectrum, line, have);
    if (!done) return done;
    points_ += spectrum.y.size();
    if (points_ > kMaxFilePoints) return fail("more than " + std::to_string(kMaxFilePoints) + " points in one file");
    spectrum.x_unit = x.unit;
    spectrum.y_unit = y.unit;
    spectrum.id = label("title");
    keep_meta(spectrum);
    if (!page_.empty()) spectrum.meta["page"] = page_;
    if (table == "datatable") spectrum.meta["table"] = form;
    read_date(spectrum);
    file_.spectra.push_back(std::move(spectrum));
    return {};
  }

  // Every table of a block gets the block's labels; a block of many tables must not multiply them without bound.
  void keep_meta(Spectrum& spectrum) {
    for (const auto& [key, value] : meta_) meta_bytes_ += key.size() + value.size() + 64;
    if (meta_bytes_ <= kMaxMetaBytes)
      spectrum.meta = meta_;
    else if (file_.remarks.empty())
      file_.remarks.push_back("too many labels; those of later tables are left out");
  }

  // LONGDATE is "2026/11/23 14:31:06.250 +0800"; only with its zone is it a point in time.
  void read_date(Spectrum& spectrum) const {
    std::string text = label("longdate");
    if (text.size() < 25 || text[4] != '/' || text[7] != '/' || text[10] != ' ') return;
    text[4] = text[7] = '-';
    text[10] = 'T';
    const std::size_t zone = text.find(' ');
    if (zone == std::string::npos || text.size() != zone + 6) return;
    text.insert(zone + 4, ":");
    text.erase(zone, 1);
    if (auto time = parse_rfc3339(text)) spectrum.measured = *time;
  }

  Result<void> read_ordinates(const JcampAxis& x, const JcampAxis& y, Spectrum& spectrum, std::string_view& line, bool& have) {
    OrdinateDecoder decoder;
    const std::size_t most = x.points ? static_cast<std::size_t>(*x.points) : kMaxSpectrumPoints;
    struct Check {
      std::size_t line, index;
      double x;
    };
    std::vector<Check> checks;
    while ((have = lines_.next(line)) && trim(line).substr(0, 2) != "##") {
      const std::string_view text = trim(without_comment(line));
      if (text.empty()) continue;
      Check check{lines_.line_number(), 0, 0};
      if (auto done = decoder.add_line(text, most, check.x, check.index); !done) return fail(done.error().message);
      checks.push_back(check);
    }
    spectrum.y = std::move(decoder.ordinates());
    const std::size_t n = spectrum.y.size();
    if (n == 0 || (x.points && n != most)) {
      return fail("the data table ends after " + std::to_string(n) + " points; expected " +
                  (x.points ? std::to_string(most) : std::string("at least one")));
    }
    const double factor = x.factor.value_or(1);
    const double first = x.first.value_or(checks.front().x * factor);
    if (!x.last && n > 1) return fail("neither LASTX nor DELTAX is given");
    const double step = n > 1 ? (*x.last - first) / static_cast<double>(n - 1) : 0;
    if (n > 1 && step == 0) return fail("FIRSTX and LASTX are the same, " + number_text(first));
    spectrum.x.resize(n);
    for (std::size_t i = 0; i < n; ++i)
      spectrum.x[i] = first + (*x.last - first) * static_cast<double>(i) / static_cast<double>(n - 1);
    if (n == 1) spectrum.x[0] = first;
    for (double& value : spectrum.y) value *= y.factor.value_or(1);
    // Abscissas at line starts are rounded, some programs' by a point: enough to notice lines that changed places.
    for (const Check& check : checks) {
      const double expected = spectrum.x[std::min(check.index, n - 1)];
      const double tolerance = 2 * std::abs(step) + std::abs(factor) + 1e-4 * std::abs(expected);
      if (!(std::abs(check.x * factor - expected) <= tolerance)) {
        return invalid_input("line " + std::to_string(check.line) +
                             ": the line begins at x = " + number_text(check.x * factor) + ", expected " +
                             number_text(expected) + ": lines are missing, doubled or out of order");
      }
    }
    return {};
  }

  // "(XY..XY)", and peak lists "(XYA)", "(XYM)" whose text in <> is dropped.
  Result<void> read_points(const std::string& form, const JcampAxis& x, const JcampAxis& y, Spectrum& spectrum,
                           std::string_view& line, bool& have) {
    const std::string compact = normal_label(form);
    if (compact != "(xy..xy)" && compact != "(xya)" && compact != "(xyma)") {
      return unsupported("line " + std::to_string(lines_.line_number()) + ": table form " + quoted(form) +
                         ": expected (X++(Y..Y)), (XY..XY) or (XYA)");
    }
    const std::size_t most = x.points ? static_cast<std::size_t>(*x.points) : kMaxSpectrumPoints;
    while ((have = lines_.next(line)) && trim(line).substr(0, 2) != "##") {
      const std::string_view comment_free = without_comment(line);
      std::string_view rest = trim(comment_free.substr(0, comment_free.find('<')));
      std::vector<double> pair;
      while (!rest.empty()) {
        if (std::string_view(" \t,;()").find(rest.front()) != std::string_view::npos) {
          rest.remove_prefix(1);
          continue;
        }
        double value = std::numeric_limits<double>::quiet_NaN();
        const std::string_view token = rest;
        if (rest.front() == '?')
          rest.remove_prefix(1);
        else if (!take_affn(rest, value))
          return fail("expected a number, found " + quoted(token));
        pair.push_back(value);
        if (pair.size() == 2) {
          if (std::isnan(pair[0])) return fail("a point without x");
          if (spectrum.x.size() >= most) return fail("more than the " + std::to_string(most) + " points expected");
          spectrum.x.push_back(pair[0] * x.factor.value_or(1));
          spectrum.y.push_back(pair[1] * y.factor.value_or(1));
          pair.clear();
        }
      }
      if (!pair.empty()) return fail("an x without its y at the end of the line");
    }
    if (spectrum.x.empty() || (x.points && spectrum.x.size() != most)) {
      return fail("the data table ends after " + std::to_string(spectrum.x.size()) + " points; expected " +
                  (x.points ? std::to_string(most) : std::string("at least one")));
    }
    return {};
  }

  LineReader lines_;
  SpectrumFile file_;
  std::map<std::string, std::string> labels_, meta_;
  std::string last_label_, page_;
  std::size_t points_ = 0, meta_bytes_ = 0;
};

}  // namespace

Result<SpectrumFile> read_jcamp_dx(std::string_view bytes) {
  if (bytes.size() > kMaxSpectrumFileBytes) return invalid_input("JCAMP-DX: file larger than 256 MiB");
  auto file = Reader(bytes).read();
  if (!file) return file.error().within("JCAMP-DX");
  return file;
}

}  // namespace beltwarden::formats
