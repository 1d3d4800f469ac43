// Pipelines as text: "absorbance,bands(450-1000;1100-2450),snv,sg(11,2,1)".
#include <charconv>
#include <cmath>
#include <cstdio>

#include "science/spectra/treatment_steps.h"

namespace beltwarden::spectra {
namespace {

using Kind = Step::Kind;

constexpr std::size_t kMaxNumbers = 64;

struct Word {
  const char* name;
  Kind kind;
  const char* form;                 // for messages
  std::size_t least, most;          // numbers in brackets
};
// The first word of a kind is the one written.
constexpr Word kWords[] = {
    {"absorbance", Kind::kAbsorbance, "absorbance", 0, 0},
    {"reflectance", Kind::kReflectance, "reflectance", 0, 0},
    {"km", Kind::kKubelkaMunk, "km", 0, 0},
    {"snv", Kind::kSnv, "snv", 0, 0},
    {"msc", Kind::kMsc, "msc", 0, 0},
    {"emsc", Kind::kEmsc, "emsc(order)", 0, 1},
    {"sg", Kind::kSavitzkyGolay, "sg(window,order,derivative) with whole numbers", 3, 3},
    {"detrend", Kind::kDetrend, "detrend or detrend(order)", 0, 1},
    {"continuum", Kind::kContinuum, "continuum", 0, 0},
    {"splice", Kind::kSplice, "splice(nm;nm)", 1, kMaxNumbers},
    {"bands", Kind::kBands, "bands(nm-nm;nm-nm)", 2, kMaxNumbers},
    {"align", Kind::kAlign, "align(nm)", 1, 1},
    {"range", Kind::kRange, "range(low;high)", 2, 2},
    {"epo", Kind::kEpo, "epo(directions)", 1, 1},
    {"center", Kind::kCentre, "center", 0, 0},
    {"centre", Kind::kCentre, "center", 0, 0},
    {"autoscale", Kind::kAutoscale, "autoscale", 0, 0},
};

std::string number_text(double v) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, v);
  return {text, error == std::errc{} ? end : text};
}

std::string list_text(const Step& s) {
  std::string out;
  for (std::size_t i = 0; i < s.nm.size(); ++i) {
    if (i > 0) out += s.kind == Kind::kBands && i % 2 == 1 ? '-' : ';';
    out += number_text(s.nm[i]);
  }
  return '(' + out + ')';
}

std::string name_of(const Step& s) {
  const Word* word = kWords;
  while (word->kind != s.kind) ++word;
  const std::string name = word->name;
  switch (s.kind) {
    case Kind::kSavitzkyGolay:
      return name + '(' + std::to_string(s.window) + ',' + std::to_string(s.order) + ',' + std::to_string(s.derivative) + ')';
    case Kind::kDetrend: return s.order == 0 ? name : name + '(' + std::to_string(s.order) + ')';
    case Kind::kEmsc:
    case Kind::kEpo: return name + '(' + std::to_string(s.order) + ')';
    case Kind::kSplice:
    case Kind::kBands:
    case Kind::kAlign:
    case Kind::kRange: return name + list_text(s);
    default: return name;
  }
}

bool increasing(const std::vector<double>& v) {
  for (std::size_t i = 1; i < v.size(); ++i) {
    if (!(v[i] > v[i - 1])) return false;
  }
  return true;
}

// The text after the opening bracket, up to and with the closing one. Numbers part at , or ; and a pair of bands at -.
bool read_numbers(std::string_view text, std::size_t& at, bool pairs, std::vector<double>& out) {
  const auto skip_blanks = [&] {
    while (at < text.size() && text[at] == ' ') ++at;
  };
  for (;;) {
    skip_blanks();
    double value = 0;
    const auto [after, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (error != std::errc{} || !std::isfinite(value) || out.size() >= kMaxNumbers) return false;
    out.push_back(value);
    at = static_cast<std::size_t>(after - text.data());
    skip_blanks();
    if (at >= text.size()) return false;
    const char c = text[at++];
    if (c == ')') return true;
    if (c != ',' && c != ';' && !(c == '-' && pairs && out.size() % 2 == 1)) return false;
  }
}

bool to_step(const std::vector<double>& numbers, Step& step) {
  switch (step.kind) {
    case Kind::kSavitzkyGolay:
    case Kind::kDetrend:
    case Kind::kEmsc:
    case Kind::kEpo: {
      for (const double v : numbers) {
        if (v != std::floor(v) || std::abs(v) > 1e6) return false;
      }
      if (step.kind == Kind::kSavitzkyGolay) {
        step.window = static_cast<int>(numbers[0]), step.order = static_cast<int>(numbers[1]), step.derivative = static_cast<int>(numbers[2]);
      } else if (!numbers.empty()) {
        step.order = static_cast<int>(numbers[0]);
        if (step.kind == Kind::kDetrend && step.order == 2) step.order = 0;   // as "detrend" is written
      } else if (step.kind == Kind::kEmsc) {
        step.order = 2;
      }
      return true;
    }
    default: step.nm = numbers; return true;
  }
}

}  // namespace

Result<void> check_step(const Step& s) {
  const auto wrong = [&](const char* expected) { return invalid_input("treatment: " + name_of(s) + ": expected " + expected); };
  switch (s.kind) {
    case Kind::kSavitzkyGolay:
      if (s.window < 3 || s.window > 501 || s.window % 2 == 0 || s.order < 0 || s.order >= s.window || s.order > 8 ||
          s.derivative < 0 || s.derivative > s.order) {
        return wrong("an odd window of 3 to 501, an order below it and at most 8, a derivative up to the order");
      }
      break;
    case Kind::kDetrend:
    case Kind::kEmsc:
      if (s.order < 0 || s.order > 6) return wrong("an order of 0 to 6");
      break;
    case Kind::kEpo:
      if (s.order < 1 || s.order > 20) return wrong("1 to 20 directions");
      break;
    case Kind::kBands:
      if (s.nm.empty() || s.nm.size() % 2 != 0 || !increasing(s.nm)) return wrong("pairs of increasing nm");
      break;
    case Kind::kSplice:
      if (s.nm.empty() || !increasing(s.nm)) return wrong("increasing nm");
      break;
    case Kind::kRange:
      if (s.nm.size() != 2 || !increasing(s.nm)) return wrong("a low and a higher value");
      break;
    case Kind::kAlign:
      if (s.nm.size() != 1 || !(s.nm[0] > 0) || s.nm[0] > 100) return wrong("a shift above 0 and up to 100 nm");
      break;
    default: break;
  }
  return {};
}

Result<std::vector<Step>> parse_steps(std::string_view text) {
  const std::string where = "treatment '" + std::string(text) + "': ";
  std::vector<Step> steps;
  std::size_t at = 0;
  const auto skip_blanks = [&] {
    while (at < text.size() && text[at] == ' ') ++at;
  };
  while (true) {
    skip_blanks();
    std::size_t end = at;
    while (end < text.size() && text[end] != ',' && text[end] != '(' && text[end] != ' ') ++end;
    const auto name = text.substr(at, end - at);
    at = end;
    const Word* word = nullptr;
    for (const Word& w : kWords) {
      if (name == w.name) word = &w;
    }
    if (word != nullptr) {
      Step step;
      step.kind = word->kind;
      std::vector<double> numbers;
      const bool bracket = at < text.size() && text[at] == '(';
      if ((bracket && !read_numbers(text, ++at, step.kind == Kind::kBands, numbers)) || numbers.size() < word->least ||
          numbers.size() > word->most || !to_step(numbers, step)) {
        return invalid_input(where + "expected " + word->form);
      }
      if (auto ok = check_step(step); !ok) return ok.error();
      steps.push_back(std::move(step));
    } else if (!(name == "raw" && steps.empty())) {
      std::string known = "raw";
      for (const Word& w : kWords) {
        if (std::string_view(w.name) != "centre") known += std::string(", ") + w.form;
      }
      return invalid_input(where + "expected one of " + known + "; found '" + std::string(name) + "'");
    }
    if (steps.size() > kMaxSteps) return invalid_input("treatment: more than 8 steps");
    skip_blanks();
    if (at == text.size()) return steps;
    if (text[at] != ',' || name == "raw") {
      return invalid_input(where + "expected a comma at character " + std::to_string(at + 1));
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

}  // namespace beltwarden::spectra
