#include "apps/beltwarden/replay_difference.h"

#include <algorithm>
#include <cstdio>

#include "wire/codec.h"

namespace beltwarden::app {
namespace {

Result<std::vector<wire::Finding>> suspicions_in(const std::vector<std::string>& encoded) {
  std::vector<wire::Finding> out;
  for (const auto& bytes : encoded) {
    auto finding = wire::decode_finding(bytes);
    if (!finding) return finding.error();
    if (finding->verdict == wire::Verdict::kSuspect) out.push_back(std::move(*finding));
  }
  return out;
}

bool touches(const wire::Finding& a, const wire::Finding& b) {
  return a.where.lot == b.where.lot && (a.where.tonnes == b.where.tonnes || (a.where.tonnes.from < b.where.tonnes.to &&
                                                                              b.where.tonnes.from < a.where.tonnes.to));
}

void add_row(const char* change, const wire::Finding& f, std::string& csv) {
  char tonnes[80];
  std::snprintf(tonnes, sizeof tonnes, "%.10g,%.10g", f.where.tonnes.from.value, f.where.tonnes.to.value);
  csv += std::string(change) + "," + f.model + "," + f.code + "," + f.label + "," + f.where.lot.str() + "," + tonnes + "," +
         to_rfc3339(f.time) + "\n";
}

}  // namespace

Result<FindingDifference> difference_of(const std::vector<std::string>& before, const std::vector<std::string>& now) {
  auto old_ones = suspicions_in(before), new_ones = suspicions_in(now);
  if (!old_ones) return old_ones.error();
  if (!new_ones) return new_ones.error();
  FindingDifference out;
  out.csv = "change,model,code,label,lot,from_t,to_t,time\n";
  const auto key = [](const wire::Finding& f) { return f.model + " " + f.code; };
  std::map<std::string, std::vector<const wire::Finding*>> by_key;
  for (const auto& f : *old_ones) {
    ++out.suspicions[key(f)].before;
    by_key[key(f)].push_back(&f);
  }
  std::map<const wire::Finding*, bool> met;
  for (const auto& f : *new_ones) {
    auto& count = out.suspicions[key(f)];
    ++count.now;
    bool known = false, same_name = false;
    for (const auto* old : by_key[key(f)]) {
      if (!touches(f, *old)) continue;
      met[old] = true;
      known = true;
      same_name = same_name || old->label == f.label;
    }
    if (!known) ++count.fresh, add_row("new", f, out.csv);
    if (known && !same_name) add_row("renamed", f, out.csv);
  }
  for (const auto& f : *old_ones) {
    if (met.contains(&f)) continue;
    ++out.suspicions[key(f)].gone;
    add_row("gone", f, out.csv);
  }
  return out;
}

std::string in_words(const FindingDifference& difference) {
  std::string out;
  for (const auto& [name, c] : difference.suspicions) {
    char line[200];
    std::snprintf(line, sizeof line, ": %llu suspicions before, %llu now; %llu new, %llu gone\n", static_cast<unsigned long long>(c.before),
                  static_cast<unsigned long long>(c.now), static_cast<unsigned long long>(c.fresh), static_cast<unsigned long long>(c.gone));
    out += name + line;
  }
  return out;
}

}  // namespace beltwarden::app
