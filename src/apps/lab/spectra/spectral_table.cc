#include "apps/lab/spectra/spectral_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>

#include "apps/lab/files.h"

namespace beltwarden::lab {
namespace {

constexpr std::size_t kMaxRows = 2'000'000;

// Next field of a line, quotes removed; `line` moves past it. `last` tells that no comma followed.
std::string_view next_field(std::string_view& line, std::string& quoted, bool& last) {
  if (line.starts_with('"')) {
    quoted.clear();
    std::size_t i = 1;
    for (; i < line.size(); ++i) {
      if (line[i] != '"') {
        quoted += line[i];
      } else if (i + 1 < line.size() && line[i + 1] == '"') {
        quoted += line[i++];
      } else {
        break;
      }
    }
    line.remove_prefix(std::min(i + 1, line.size()));
    last = line.empty();
    if (!last) line.remove_prefix(1);
    return quoted;
  }
  const auto comma = line.find(',');
  last = comma == std::string_view::npos;
  const auto field = line.substr(0, comma);
  line.remove_prefix(last ? line.size() : comma + 1);
  return field;
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
  return s;
}

bool read_number(std::string_view text, double& value) {
  if (text.empty()) {
    value = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  if (text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size()) return true;
  if (text == "NA" || text == "NaN") {
    value = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  return false;
}

struct Header {
  std::vector<std::string> names;
  std::size_t first_response = 0, first_point = 0;
};

Result<Header> read_header(std::string_view line, const std::string& path) {
  Header h;
  std::string quoted;
  for (bool last = false; !last;) h.names.emplace_back(trimmed(next_field(line, quoted, last)));
  if (h.names[0] != "id") {
    return invalid_input(path + ": line 1: expected a header id,<meta>...,y:<response>...,<nm>..., found first column '" +
                         h.names[0].substr(0, 40) + "'");
  }
  const auto is_number = [](const std::string& s) {
    double nm = 0;
    return !s.empty() && read_number(s, nm) && std::isfinite(nm);
  };
  h.first_point = h.names.size();
  while (h.first_point > 1 && is_number(h.names[h.first_point - 1])) --h.first_point;
  h.first_response = h.first_point;
  while (h.first_response > 1 && h.names[h.first_response - 1].starts_with("y:")) --h.first_response;
  for (std::size_t i = 1; i < h.first_response; ++i) {
    if (h.names[i].starts_with("y:") || is_number(h.names[i])) {
      return invalid_input(path + ": line 1: column " + std::to_string(i + 1) + " '" + h.names[i].substr(0, 40) +
                           "': expected the order id, meta, y:<response>, wavelengths");
    }
  }
  return h;
}

struct Filter {
  std::size_t column;
  std::vector<std::string> values;
};

Result<std::vector<Filter>> filters_of(const std::vector<Where>& where, const Header& h, const std::string& path) {
  std::vector<Filter> out;
  for (const auto& w : where) {
    const auto at = static_cast<std::size_t>(std::ranges::find(h.names, w.column) - h.names.begin());
    if (at == h.names.size()) {
      return invalid_input(path + ": --where " + w.column + "=" + w.value + ": the table has no column '" + w.column + "'");
    }
    const auto same = std::ranges::find(out, at, &Filter::column);
    if (same != out.end()) {
      same->values.push_back(w.value);
    } else {
      out.push_back({at, {w.value}});
    }
  }
  return out;
}

Eigen::VectorXd mean_of_known(const spectra::Spectra& m, const std::vector<Eigen::Index>& rows) {
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(m.cols()), seen = sum;
  for (auto r : rows) {
    for (Eigen::Index j = 0; j < m.cols(); ++j) {
      if (std::isnan(m(r, j))) continue;
      sum[j] += m(r, j);
      seen[j] += 1;
    }
  }
  return sum.array() / seen.array();   // 0 / 0 = missing
}

}  // namespace

const std::vector<std::string>* SpectralTable::column(std::string_view name) const {
  for (std::size_t i = 0; i < meta_names.size(); ++i) {
    if (meta_names[i] == name) return &meta[i];
  }
  return nullptr;
}

int SpectralTable::response(std::string_view name) const {
  for (std::size_t i = 0; i < set.responses.size(); ++i) {
    if (set.responses[i] == name || std::string_view(set.responses[i]).substr(2) == name) return static_cast<int>(i);
  }
  return -1;
}

Result<std::vector<Where>> parse_where(const std::vector<std::string>& texts) {
  std::vector<Where> out;
  for (const auto& t : texts) {
    const auto at = t.find('=');
    if (at == std::string::npos || at == 0) return invalid_input("--where '" + t + "': expected column=value");
    out.push_back({t.substr(0, at), t.substr(at + 1)});
  }
  return out;
}

Result<SpectralTable> parse_spectral_table(std::string_view bytes, const std::string& path, const std::vector<Where>& where) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  const auto take_line = [&] {
    const auto end = bytes.find('\n');
    auto line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  };
  auto header = read_header(take_line(), path);
  if (!header) return header.error();
  auto filters = filters_of(where, *header, path);
  if (!filters) return filters.error();
  const auto& names = header->names;
  SpectralTable t;
  t.path = path;
  t.meta_names.assign(names.begin() + 1, names.begin() + static_cast<std::ptrdiff_t>(header->first_response));
  t.meta.resize(t.meta_names.size());
  for (std::size_t i = header->first_response; i < header->first_point; ++i) t.set.responses.push_back(names[i]);
  for (std::size_t i = header->first_point; i < names.size(); ++i) {
    double nm = 0;
    read_number(names[i], nm);
    t.set.axis_nm.push_back(nm);
  }
  if (auto ok = spectra::check_axis(t.set.axis_nm); !ok) return invalid_input(path + ": line 1: " + ok.error().message);

  std::vector<double> x, y;
  std::vector<std::string_view> fields(names.size());
  std::vector<std::string> quoted(names.size());
  for (std::size_t line_number = 2; !bytes.empty(); ++line_number) {
    auto line = take_line();
    if (line.empty()) continue;
    const auto at_line = path + ": line " + std::to_string(line_number);
    std::size_t found = 0;
    for (bool last = false; !last; ++found) {
      std::string spare;
      const auto f = next_field(line, found < names.size() ? quoted[found] : spare, last);
      if (found < names.size()) fields[found] = f;
    }
    if (found != names.size()) {
      return invalid_input(at_line + ": expected " + std::to_string(names.size()) + " fields as in the header, found " + std::to_string(found));
    }
    const bool kept = std::ranges::all_of(*filters, [&](const Filter& f) {
      return std::ranges::find(f.values, trimmed(fields[f.column])) != f.values.end();
    });
    if (!kept) continue;
    if (t.ids.size() == kMaxRows) return invalid_input(at_line + ": expected at most 2,000,000 rows");
    t.ids.emplace_back(trimmed(fields[0]));
    for (std::size_t i = 0; i < t.meta.size(); ++i) t.meta[i].emplace_back(trimmed(fields[i + 1]));
    for (std::size_t i = header->first_response; i < names.size(); ++i) {
      double value = 0;
      if (!read_number(trimmed(fields[i]), value)) {
        return invalid_input(at_line + ", column '" + names[i] + "': expected a number, found '" + std::string(fields[i].substr(0, 40)) + "'");
      }
      (i < header->first_point ? y : x).push_back(value);
    }
  }
  if (t.ids.empty()) {
    std::string why;
    for (const auto& w : where) why += " --where " + w.column + "=" + w.value;
    return invalid_input(path + ": no rows" + (why.empty() ? "" : " with" + why));
  }
  const auto n = static_cast<Eigen::Index>(t.ids.size());
  t.set.spectra = Eigen::Map<const spectra::Spectra>(x.data(), n, static_cast<Eigen::Index>(t.set.axis_nm.size()));
  t.set.values = Eigen::Map<const spectra::Spectra>(y.data(), n, static_cast<Eigen::Index>(t.set.responses.size()));
  if (const auto* c = t.column("class")) t.set.classes = *c;
  std::unordered_map<std::string, std::uint32_t> slices;
  for (const auto& id : t.ids) {
    t.set.groups.push_back(slices.emplace(id.substr(0, id.find('/')), static_cast<std::uint32_t>(slices.size())).first->second);
  }
  t.scans.assign(t.ids.size(), 1.0);
  return t;
}

Result<SpectralTable> read_spectral_table(const std::string& path, const std::vector<std::string>& where) {
  auto rules = parse_where(where);
  if (!rules) return rules.error();
  auto bytes = read_input(path);
  if (!bytes) return bytes.error();
  return parse_spectral_table(*bytes, path, *rules);
}

SpectralTable averaged(const SpectralTable& table) {
  std::map<std::uint32_t, std::size_t> at;
  std::vector<std::vector<Eigen::Index>> rows;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    const auto [where, is_new] = at.emplace(table.set.groups[i], rows.size());
    if (is_new) rows.emplace_back();
    rows[where->second].push_back(static_cast<Eigen::Index>(i));
  }
  std::vector<bool> first(table.rows(), false);
  for (const auto& r : rows) first[static_cast<std::size_t>(r[0])] = true;
  SpectralTable out = rows_where(table, first);
  const spectra::Spectra values = table.set.values;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    out.ids[i] = out.ids[i].substr(0, out.ids[i].find('/'));
    out.set.spectra.row(row) = mean_of_known(table.set.spectra, rows[i]).transpose();
    if (values.cols() > 0) out.set.values.row(row) = mean_of_known(values, rows[i]).transpose();
    out.scans[i] = 0;
    for (auto r : rows[i]) out.scans[i] += table.scans[static_cast<std::size_t>(r)];
  }
  return out;
}

SpectralTable rows_where(const SpectralTable& table, const std::vector<bool>& keep) {
  std::vector<Eigen::Index> rows;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    if (keep[i]) rows.push_back(static_cast<Eigen::Index>(i));
  }
  const auto pick = [&](const auto& from) {
    std::remove_cvref_t<decltype(from)> to;
    for (auto r : rows) to.push_back(from[static_cast<std::size_t>(r)]);
    return to;
  };
  SpectralTable out;
  out.path = table.path;
  out.ids = pick(table.ids);
  out.meta_names = table.meta_names;
  for (const auto& column : table.meta) out.meta.push_back(pick(column));
  out.set.axis_nm = table.set.axis_nm;
  out.set.spectra = table.set.spectra(rows, Eigen::all);
  if (!table.set.classes.empty()) out.set.classes = pick(table.set.classes);
  out.set.groups = pick(table.set.groups);
  out.set.responses = table.set.responses;
  out.set.values = table.set.values(rows, Eigen::all);
  out.scans = pick(table.scans);
  return out;
}

std::vector<std::uint32_t> groups_for_folds(const SpectralTable& table, std::string& said) {
  said = "folds keep the scans of a slice together";
  const auto* column = table.column("group");
  if (column == nullptr) return table.set.groups;
  std::map<std::string, std::size_t> rows_of;
  for (const auto& g : *column) {
    if (!g.empty()) ++rows_of[g];
  }
  std::size_t largest = 0;
  for (const auto& [name, n] : rows_of) largest = std::max(largest, n);
  if (rows_of.size() < 6 || largest * 3 > table.rows()) {
    if (!rows_of.empty()) said += "; the column group names too few groups to keep apart";
    return table.set.groups;
  }
  said += " and the rows of a group too";
  // Slices and groups may overlap; what is linked by either is one.
  std::vector<std::uint32_t> parent(table.rows());
  for (std::uint32_t i = 0; i < parent.size(); ++i) parent[i] = i;
  const auto root = [&](std::uint32_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  std::map<std::string, std::uint32_t> first_of_group;
  std::map<std::uint32_t, std::uint32_t> first_of_slice;
  for (std::uint32_t i = 0; i < parent.size(); ++i) {
    parent[root(i)] = root(first_of_slice.emplace(table.set.groups[i], i).first->second);
    if (!(*column)[i].empty()) parent[root(i)] = root(first_of_group.emplace((*column)[i], i).first->second);
  }
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < parent.size(); ++i) out.push_back(root(i));
  return out;
}

Result<spectra::Spectra> spectra_on(const SpectralTable& table, const std::vector<double>& axis_nm) {
  auto resampler = spectra::Resampler::make(table.set.axis_nm, axis_nm);
  if (!resampler) return resampler.error().within(table.path);
  if (resampler->identity()) return table.set.spectra;
  spectra::Spectra out(table.set.spectra.rows(), static_cast<Eigen::Index>(axis_nm.size()));
  Eigen::VectorXd row(out.cols());
  for (Eigen::Index i = 0; i < out.rows(); ++i) {
    resampler->apply(table.set.spectra.row(i).transpose(), row);
    out.row(i) = row.transpose();
  }
  return out;
}

std::vector<bool> bands_present(const spectra::Spectra& spectra, double most_missing) {
  std::vector<bool> present;
  for (Eigen::Index c = 0; c < spectra.cols(); ++c) {
    present.push_back(static_cast<double>(spectra.col(c).array().isNaN().count()) <= most_missing * static_cast<double>(spectra.rows()));
  }
  return present;
}

}  // namespace beltwarden::lab
