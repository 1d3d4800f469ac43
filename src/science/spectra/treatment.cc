#include "science/spectra/treatment.h"

#include <Eigen/QR>
#include <algorithm>
#include <charconv>
#include <cmath>

namespace beltwarden::spectra {
namespace {

constexpr std::size_t kMaxSteps = 8;
constexpr int kMaxWindow = 501;

// Value of derivative `d` at window position `at` of the least-squares polynomial through a window
// (Savitzky and Golay, Anal. Chem. 36 (1964) 1627-1639), by the pseudo-inverse.
Eigen::MatrixXd savitzky_golay(int window, int order, int derivative) {
  const int half = window / 2;
  Eigen::MatrixXd vandermonde(window, order + 1);
  for (int i = 0; i < window; ++i) {
    double power = 1;
    for (int k = 0; k <= order; ++k, power *= i - half) vandermonde(i, k) = power;
  }
  const Eigen::MatrixXd fit =
      vandermonde.completeOrthogonalDecomposition().pseudoInverse();  // (order+1) x window: polynomial of the data
  Eigen::MatrixXd out(window, window);
  for (int at = 0; at < window; ++at) {
    Eigen::RowVectorXd row = Eigen::RowVectorXd::Zero(window);
    for (int k = derivative; k <= order; ++k) {
      double factor = std::pow(at - half, k - derivative);
      for (int j = 0; j < derivative; ++j) factor *= k - j;
      row += factor * fit.row(k);
    }
    out.row(at) = row;
  }
  return out;
}

std::string name_of(const Step& s) {
  switch (s.kind) {
    case Step::Kind::kAbsorbance: return "absorbance";
    case Step::Kind::kSnv: return "snv";
    case Step::Kind::kDetrend: return "detrend";
    case Step::Kind::kSavitzkyGolay: break;
  }
  return "sg(" + std::to_string(s.window) + "," + std::to_string(s.order) + "," + std::to_string(s.derivative) + ")";
}

Result<void> check(const Step& s) {
  if (s.kind != Step::Kind::kSavitzkyGolay) return {};
  if (s.window < 3 || s.window > kMaxWindow || s.window % 2 == 0 || s.order < 0 || s.order >= s.window ||
      s.order > 8 || s.derivative < 0 || s.derivative > s.order) {
    return invalid_input("treatment: " + name_of(s) + ": expected an odd window of 3 to 501, an order below it and at most 8, "
                         "a derivative up to the order");
  }
  return {};
}

}  // namespace

Result<std::vector<Step>> parse_steps(std::string_view text) {
  std::vector<Step> steps;
  std::size_t at = 0;
  const auto skip_blanks = [&] {
    while (at < text.size() && text[at] == ' ') ++at;
  };
  while (true) {
    skip_blanks();
    std::size_t end = at;
    while (end < text.size() && text[end] != ',' && text[end] != '(' && text[end] != ' ') ++end;
    const auto word = text.substr(at, end - at);
    at = end;
    Step step;
    if (word == "snv") {
      step.kind = Step::Kind::kSnv;
    } else if (word == "absorbance") {
      step.kind = Step::Kind::kAbsorbance;
    } else if (word == "detrend") {
      step.kind = Step::Kind::kDetrend;
    } else if (word == "sg" && at < text.size() && text[at] == '(') {
      step.kind = Step::Kind::kSavitzkyGolay;
      for (int* value : {&step.window, &step.order, &step.derivative}) {
        ++at;
        skip_blanks();
        const auto [after, error] = std::from_chars(text.data() + at, text.data() + text.size(), *value);
        at = static_cast<std::size_t>(after - text.data());
        const char expected = value == &step.derivative ? ')' : ',';
        if (error != std::errc{} || at >= text.size() || text[at] != expected) {
          return invalid_input("treatment '" + std::string(text) + "': expected sg(window,order,derivative) with whole numbers");
        }
      }
      ++at;
    } else if (!(word == "raw" && steps.empty())) {
      return invalid_input("treatment '" + std::string(text) + "': expected raw, absorbance, snv, detrend or "
                           "sg(window,order,derivative), found '" + std::string(word) + "'");
    }
    if (word != "raw") {
      if (auto ok = check(step); !ok) return ok.error();
      steps.push_back(step);
    }
    if (steps.size() > kMaxSteps) return invalid_input("treatment: more than 8 steps");
    skip_blanks();
    if (at == text.size()) return steps;
    if (text[at] != ',' || word == "raw") {
      return invalid_input("treatment '" + std::string(text) + "': expected a comma at character " + std::to_string(at + 1));
    }
    ++at;
  }
}

std::string to_string(const std::vector<Step>& steps) {
  std::string out;
  for (const auto& s : steps) {
    if (!out.empty()) out += ',';
    out += name_of(s);
  }
  return out.empty() ? "raw" : out;
}

Result<Treatment> Treatment::make(std::vector<double> axis_nm, std::vector<Step> steps, std::vector<bool> used) {
  if (auto ok = check_axis(axis_nm); !ok) return ok.error();
  if (used.empty()) used.assign(axis_nm.size(), true);
  if (used.size() != axis_nm.size()) {
    return invalid_input("treatment: expected " + std::to_string(axis_nm.size()) + " flags of points used, found " +
                         std::to_string(used.size()));
  }
  if (steps.size() > kMaxSteps) return invalid_input("treatment: more than 8 steps");
  Treatment t;
  Eigen::Index longest = 1;
  for (const auto& s : steps) {
    if (auto ok = check(s); !ok) return ok.error();
    Filter f;
    if (s.kind == Step::Kind::kSavitzkyGolay) {
      f.at = savitzky_golay(s.window, s.order, s.derivative);
      f.half = s.window / 2;
      f.middle = f.at.row(f.half).transpose();
      longest = std::max<Eigen::Index>(longest, s.window);
    }
    t.filters_.push_back(std::move(f));
  }
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) continue;
    if (i == 0 || !used[i - 1]) t.blocks_.push_back({t.outputs_, 0});
    ++t.blocks_.back().second;
    t.sources_.push_back(static_cast<Eigen::Index>(i));
    ++t.outputs_;
  }
  if (t.outputs_ < 3) return invalid_input("treatment: expected at least 3 points used, found " + std::to_string(t.outputs_));
  for (const auto& [first, count] : t.blocks_) {
    if (count < longest) {
      const double nm = axis_nm[static_cast<std::size_t>(t.sources_[static_cast<std::size_t>(first)])];
      return invalid_input("treatment: the block of " + std::to_string(count) + " points at " + std::to_string(nm) +
                           " nm is shorter than the window of " + std::to_string(longest));
    }
  }
  Eigen::MatrixXd powers(t.outputs_, 3);
  const double centre = (axis_nm.front() + axis_nm.back()) / 2, half = (axis_nm.back() - axis_nm.front()) / 2;
  for (Eigen::Index i = 0; i < t.outputs_; ++i) {
    const double x = (axis_nm[static_cast<std::size_t>(t.sources_[static_cast<std::size_t>(i)])] - centre) / half;
    powers.row(i) << 1, x, x * x;
  }
  t.parabola_ = Eigen::HouseholderQR<Eigen::MatrixXd>(powers).householderQ() * Eigen::MatrixXd::Identity(t.outputs_, 3);
  t.axis_nm_ = std::move(axis_nm);
  t.steps_ = std::move(steps);
  t.used_ = std::move(used);
  return t;
}

bool Treatment::gather(Eigen::Ref<const Eigen::VectorXd> in, Eigen::VectorXd& out) const {
  Eigen::Index gaps = 0;
  for (Eigen::Index i = 0; i < outputs_; ++i) {
    out[i] = in[sources_[static_cast<std::size_t>(i)]];
    if (std::isnan(out[i])) {
      ++gaps;
    } else if (!std::isfinite(out[i])) {
      return false;
    }
  }
  if (gaps == 0) return true;
  if (static_cast<double>(gaps) > kMaxGapShare * static_cast<double>(outputs_)) return false;
  for (const auto& [first, count] : blocks_) {
    Eigen::Index last_seen = -1;
    for (Eigen::Index i = first; i < first + count; ++i) {
      if (std::isnan(out[i])) continue;
      if (last_seen < 0) {
        for (Eigen::Index k = first; k < i; ++k) out[k] = out[i];
      } else {
        for (Eigen::Index k = last_seen + 1; k < i; ++k) {
          const double w = static_cast<double>(k - last_seen) / static_cast<double>(i - last_seen);
          out[k] = out[last_seen] * (1 - w) + out[i] * w;
        }
      }
      last_seen = i;
    }
    if (last_seen < 0) return false;
    for (Eigen::Index k = last_seen + 1; k < first + count; ++k) out[k] = out[last_seen];
  }
  return true;
}

void Treatment::smooth(const Filter& filter, const Eigen::VectorXd& in, Eigen::VectorXd& out) const {
  const Eigen::Index window = filter.at.rows(), half = filter.half;
  for (const auto& [first, count] : blocks_) {
    for (Eigen::Index i = 0; i < half; ++i) {
      out[first + i] = filter.at.row(i).dot(in.segment(first, window));
      const Eigen::Index from_end = window - 1 - i;
      out[first + count - 1 - i] = filter.at.row(from_end).dot(in.segment(first + count - window, window));
    }
    for (Eigen::Index i = half; i < count - half; ++i) {
      out[first + i] = filter.middle.dot(in.segment(first + i - half, window));
    }
  }
}

bool Treatment::apply(Eigen::Ref<const Eigen::VectorXd> in, Scratch& scratch, Eigen::Ref<Eigen::VectorXd> out) const {
  if (in.size() != inputs() || out.size() != outputs_) return false;
  scratch.a.resize(outputs_);
  scratch.b.resize(outputs_);
  if (!gather(in, scratch.a)) return false;
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    auto& x = scratch.a;
    switch (steps_[s].kind) {
      case Step::Kind::kAbsorbance:
        for (double& v : x) v = -std::log10(std::max(v, 1e-4));
        break;
      case Step::Kind::kSnv: {
        x.array() -= x.mean();
        const double sd = std::sqrt(x.squaredNorm() / static_cast<double>(outputs_ - 1));
        if (!(sd > 1e-12)) return false;
        x /= sd;
        break;
      }
      case Step::Kind::kSavitzkyGolay:
        smooth(filters_[s], x, scratch.b);
        scratch.a.swap(scratch.b);
        break;
      case Step::Kind::kDetrend:
        for (int k = 0; k < 3; ++k) x -= parabola_.col(k) * parabola_.col(k).dot(x);
        break;
    }
  }
  out = scratch.a;
  return true;
}

void Treatment::write(ModelWriter& to) const {
  to.numbers(axis_nm_);
  to.u32(static_cast<std::uint32_t>(steps_.size()));
  for (const auto& s : steps_) {
    to.u32(static_cast<std::uint32_t>(s.kind));
    for (int v : {s.window, s.order, s.derivative}) to.u32(static_cast<std::uint32_t>(v));
  }
  std::string flags;
  for (bool u : used_) flags += u ? '1' : '0';
  to.text(flags);
}

Treatment Treatment::read(ModelReader& from) {
  auto axis = from.numbers();
  std::vector<Step> steps(from.u32(kMaxSteps));
  for (auto& s : steps) {
    s.kind = static_cast<Step::Kind>(from.u32(4));
    for (int* v : {&s.window, &s.order, &s.derivative}) *v = static_cast<int>(from.u32(kMaxWindow));
    if (from.ok() && static_cast<std::uint32_t>(s.kind) == 0) from.fail("unknown treatment step");
  }
  const auto flags = from.text();
  if (!from.ok()) return {};
  std::vector<bool> used;
  for (char c : flags) used.push_back(c == '1');
  if (used.size() != axis.size()) {
    from.fail("flags of points used do not fit the axis");
    return {};
  }
  auto t = make(std::move(axis), std::move(steps), std::move(used));
  if (!t) {
    from.fail("treatment does not fit its axis");
    return {};
  }
  return std::move(*t);
}

}  // namespace beltwarden::spectra
