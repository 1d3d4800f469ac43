#include <charconv>
#include <cmath>
#include <cstdio>

#include "science/gamma/belt_monitor.h"

namespace beltwarden::gamma {
namespace {

constexpr std::string_view kKind = "beltwarden gamma belt model 2";
constexpr std::size_t kMostBins = 1024, kMostTests = 500;

class Lines {
 public:
  void add(std::string_view name, std::initializer_list<double> values) { add(name, std::span(values.begin(), values.size())); }
  void add(std::string_view name, std::span<const double> values) {
    text_ += name;
    char buffer[40];
    for (const double value : values) {
      const auto [end, code] = std::to_chars(buffer, buffer + sizeof buffer, value);
      text_ += ' ';
      text_.append(buffer, code == std::errc{} ? end : buffer);
    }
    text_ += '\n';
  }
  std::string text_;
};

// Takes lines off, each a name and numbers.
class Reader {
 public:
  Reader(std::string_view& text, const std::string& origin) : text_(text), origin_(origin) {}

  Result<std::vector<double>> read(std::string_view name, std::size_t least, std::size_t most) {
    const std::size_t end = text_.find('\n');
    std::string_view line = text_.substr(0, end);
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    ++line_;
    const std::size_t blank = line.find(' ');
    if (line.substr(0, blank) != name) {
      return invalid_input(where() + "expected '" + std::string(name) + "', found '" +
                           std::string(line.substr(0, std::min<std::size_t>(blank, 40))) + "'");
    }
    std::vector<double> values;
    while (blank != std::string_view::npos) {
      const std::size_t at = line.find(' ');
      if (at == std::string_view::npos) break;
      line.remove_prefix(at + 1);
      double value = 0;
      const std::size_t length = std::min(line.find(' '), line.size());
      const auto [stop, code] = std::from_chars(line.data(), line.data() + length, value);
      if (code != std::errc{} || stop != line.data() + length || !std::isfinite(value))
        return invalid_input(where() + "'" + std::string(name) + "': expected numbers");
      if (values.size() >= most) return invalid_input(where() + "'" + std::string(name) + "': too many numbers");
      values.push_back(value);
    }
    if (values.size() < least) {
      return invalid_input(where() + "'" + std::string(name) + "': expected " + std::to_string(least) +
                           " numbers, found " + std::to_string(values.size()));
    }
    return values;
  }

  std::string where() const { return origin_ + ": line " + std::to_string(line_) + " of the model: "; }

 private:
  std::string_view& text_;
  const std::string& origin_;
  std::size_t line_ = 0;
};

}  // namespace

std::string to_text(const BackgroundModel& m) {
  Lines lines;
  lines.add("edges_kev", m.edges_kev);
  lines.add("ambient_cps", m.ambient_cps);
  for (const auto& shape : m.ore) lines.add("ore", shape);
  lines.add("ore_mean", m.ore_mean);
  lines.add("ore_sd", m.ore_sd);
  lines.add("shadow", {m.shadow.most, m.shadow.per_kg_per_m, m.shadow.photo});
  lines.add("scale", {m.load_noise, m.step_s, m.anchor_gain, m.anchored ? 1.0 : 0.0});
  lines.add("learnt", {m.deviance_per_bin, m.hours, static_cast<double>(m.series)});
  return lines.text_;
}

Result<BackgroundModel> background_from_text(std::string_view& text, const std::string& origin) {
  BackgroundModel m;
  Reader reader(text, origin);
  auto edges = reader.read("edges_kev", 9, kMostBins + 1);
  if (!edges) return edges.error();
  for (std::size_t i = 1; i < edges->size(); ++i) {
    if (!((*edges)[i] > (*edges)[i - 1])) return invalid_input(reader.where() + "expected edges that rise");
  }
  m.edges_kev = std::move(*edges);
  const std::size_t bins = m.edges_kev.size() - 1;
  auto ambient = reader.read("ambient_cps", bins, bins);
  if (!ambient) return ambient.error();
  m.ambient_cps = std::move(*ambient);
  for (auto& shape : m.ore) {
    auto read = reader.read("ore", bins, bins);
    if (!read) return read.error();
    shape = std::move(*read);
  }
  for (const std::vector<double>* shape : {&m.ambient_cps, &m.ore[0], &m.ore[1], &m.ore[2]}) {
    double sum = 0;
    for (const double value : *shape) {
      if (!(value >= 0)) return invalid_input(reader.where() + "expected rates of at least 0");
      sum += value;
    }
    if (!(sum > 0) || !(sum < 1e9)) return invalid_input(reader.where() + "expected shapes that count something");
  }
  auto mean = reader.read("ore_mean", kOreSeriesCount, kOreSeriesCount);
  if (!mean) return mean.error();
  auto sd = reader.read("ore_sd", kOreSeriesCount, kOreSeriesCount);
  if (!sd) return sd.error();
  std::copy(mean->begin(), mean->end(), m.ore_mean.begin());
  std::copy(sd->begin(), sd->end(), m.ore_sd.begin());
  auto shadow = reader.read("shadow", 3, 3);
  if (!shadow) return shadow.error();
  m.shadow = {(*shadow)[0], (*shadow)[1], (*shadow)[2]};
  if (!(m.shadow.most >= 0 && m.shadow.most < 1) || !(m.shadow.per_kg_per_m >= 0) || !(m.shadow.photo >= 0))
    return invalid_input(reader.where() + "expected a shadow from 0 to 1");
  auto scale = reader.read("scale", 4, 4);
  if (!scale) return scale.error();
  m.load_noise = (*scale)[0], m.step_s = (*scale)[1], m.anchor_gain = (*scale)[2], m.anchored = (*scale)[3] != 0;
  if (!(m.load_noise >= 0 && m.load_noise < 1) || !(m.step_s > 0 && m.step_s < 3600) || !(m.anchor_gain > 0.5 && m.anchor_gain < 2))
    return invalid_input(reader.where() + "a noise, step or gain is out of range");
  auto learnt = reader.read("learnt", 3, 3);
  if (!learnt) return learnt.error();
  m.deviance_per_bin = (*learnt)[0], m.hours = (*learnt)[1], m.series = static_cast<int>((*learnt)[2]);
  return m;
}

std::string to_text(const BeltModel& model) {
  Lines lines;
  lines.text_ = std::string(kKind) + "\n";
  lines.text_ += to_text(model.background);
  lines.add("drift", {model.drift.ambient, model.drift.radon, model.drift.ore, model.drift.gain});
  const FactorDrift& bins = model.drift.bins;
  lines.add("bins", {bins.ambient_sd, bins.ore_sd, bins.ambient_per_s, bins.ore_per_s});
  lines.add("alarms", {model.combined.start, model.combined.per_hour, model.combined.scale, model.combined.shape,
                       model.threshold, model.asked_per_hour, model.achieved_per_hour});
  lines.add("dispersion", {model.dispersion.usual, model.dispersion.sd});
  lines.add("tests", {static_cast<double>(model.tests.size())});
  for (const AlarmTest& test : model.tests)
    lines.add(test.name, {test.share, test.tail.start, test.tail.per_hour, test.tail.scale, test.tail.shape});
  return lines.text_ + to_text(model.library);
}

Result<BeltModel> belt_model_from_text(std::string_view text, const std::string& origin) {
  if (text.substr(0, kKind.size()) != kKind || text.size() <= kKind.size() || text[kKind.size()] != '\n') {
    return invalid_input(origin + ": expected a belt model as 'gamma tune' writes it ('" + std::string(kKind) + "')");
  }
  text.remove_prefix(kKind.size() + 1);
  BeltModel model;
  auto background = background_from_text(text, origin);
  if (!background) return background.error();
  model.background = std::move(*background);
  Reader reader(text, origin);
  auto drift = reader.read("drift", 4, 4);
  if (!drift) return drift.error();
  for (const double d : *drift) {
    if (!(d >= 0 && d < 10)) return invalid_input(reader.where() + "expected drifts from 0 on");
  }
  auto bins = reader.read("bins", 4, 4);
  if (!bins) return bins.error();
  for (const double b : *bins) {
    if (!(b >= 0 && b <= 1)) return invalid_input(reader.where() + "expected deviations of bins from 0 to 1");
  }
  model.drift = {(*drift)[0], (*drift)[1], (*drift)[2], (*drift)[3], {(*bins)[0], (*bins)[1], (*bins)[2], (*bins)[3]}};
  auto alarms = reader.read("alarms", 7, 7);
  if (!alarms) return alarms.error();
  const auto& a = *alarms;
  model.combined = {a[0], a[1], a[2], a[3]};
  model.threshold = a[4], model.asked_per_hour = a[5], model.achieved_per_hour = a[6];
  auto dispersion = reader.read("dispersion", 2, 2);
  if (!dispersion) return dispersion.error();
  model.dispersion = {(*dispersion)[0], (*dispersion)[1]};
  auto tests = reader.read("tests", 1, 1);
  if (!tests) return tests.error();
  if (!((*tests)[0] >= 0 && (*tests)[0] <= static_cast<double>(kMostTests)))
    return invalid_input(reader.where() + "expected at most 500 tests");
  for (double i = 0; i < (*tests)[0]; ++i) {
    const std::string name(text.substr(0, std::min(text.find(' '), text.find('\n'))));
    auto test = reader.read(name, 5, 5);
    if (!test) return test.error();
    const auto& t = *test;
    if (!(t[0] > 0) || !(t[3] > 0)) return invalid_input(reader.where() + "expected a share and a scale above 0");
    model.tests.push_back({name, t[0], {t[1], t[2], t[3], t[4]}});
  }
  if (!(model.combined.scale > 0)) return invalid_input(reader.where() + "expected a scale above 0");
  auto library = templates_from_text(text, origin);
  if (!library) return library.error();
  model.library = std::move(*library);
  return model;
}

}  // namespace beltwarden::gamma
