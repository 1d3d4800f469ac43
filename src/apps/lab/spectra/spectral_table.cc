#include "apps/lab/spectra/spectral_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "apps/lab/answer_text.h"
#include "apps/lab/files.h"
#include "formats/spectral_table_reader.h"

namespace beltwarden::lab {
namespace {

constexpr std::size_t kMaxRows = 2'000'000;
constexpr double kLargestValue = 1e12;   // squares of what is larger are lost beside those of a spectrum
constexpr double kShortestUsual_nm = 100;

struct Columns {
  std::size_t first_response = 0, first_point = 0;
};

// Where responses and wavelengths begin; no response may stand among the other columns.
Result<Columns> columns_of(const formats::SpectralHeader& h) {
  Columns c;
  c.first_point = c.first_response = h.names.size();
  while (c.first_response > 1 && h.names[c.first_response - 1].starts_with("y:")) --c.first_response;
  for (std::size_t i = 1; i < c.first_response; ++i) {
    if (h.names[i].starts_with("y:")) {
      return invalid_input("line 1: column " + std::to_string(i + 1) + " '" + h.names[i] + "': expected the order id, meta, y:<response>, wavelengths");
    }
  }
  return c;
}

struct Filter {
  std::size_t column;
  std::vector<std::string> values;
};

Result<std::vector<Filter>> filters_of(const std::vector<Where>& where, const formats::SpectralHeader& h, const std::string& path) {
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

Result<void> check_where(const std::vector<std::string>& texts) {
  const auto rules = parse_where(texts);
  return rules ? Result<void>{} : Result<void>(rules.error());
}

Result<SpectralTable> parse_spectral_table(std::string_view bytes, const std::string& path, const std::vector<Where>& where) {
  auto reader = formats::SpectralTableReader::open(bytes);
  if (!reader) return reader.error().within(path);
  const auto& header = reader->header();
  const auto columns = columns_of(header);
  if (!columns) return columns.error().within(path);
  auto filters = filters_of(where, header, path);
  if (!filters) return filters.error();
  const auto& names = header.names;
  SpectralTable t;
  t.path = path;
  t.meta_names.assign(names.begin() + 1, names.begin() + static_cast<std::ptrdiff_t>(columns->first_response));
  t.meta.resize(t.meta_names.size());
  for (std::size_t i = columns->first_response; i < columns->first_point; ++i) t.set.responses.push_back(names[i]);
  t.set.axis_nm = header.wavelengths_nm;
  if (auto ok = spectra::check_axis(t.set.axis_nm); !ok) return invalid_input(path + ": line 1: " + ok.error().message);

  std::vector<double> x, y;
  std::vector<std::string_view> fields;
  for (;;) {
    const auto more = reader->next(fields);
    if (!more) return more.error().within(path);
    if (!*more) break;
    const auto at_line = path + ": line " + std::to_string(reader->line());
    const bool kept = std::ranges::all_of(*filters, [&](const Filter& f) {
      return std::ranges::find(f.values, fields[f.column]) != f.values.end();
    });
    if (!kept) continue;
    if (t.ids.size() == kMaxRows) return invalid_input(at_line + ": expected at most 2,000,000 rows");
    t.ids.emplace_back(fields[0]);
    for (std::size_t i = 0; i < t.meta.size(); ++i) t.meta[i].emplace_back(fields[i + 1]);
    for (std::size_t i = columns->first_response; i < fields.size(); ++i) {
      const auto value = formats::table_value(fields[i]);
      if (!value) {
        const auto name = i < columns->first_point ? names[i] : exact_number(t.set.axis_nm[i - columns->first_point]);
        return invalid_input(at_line + ", column '" + name + "': expected a number, found '" + std::string(fields[i].substr(0, 40)) + "'");
      }
      if (std::abs(*value) > kLargestValue) {
        return invalid_input(at_line + ", field " + std::to_string(i + 1) + ": expected a number of at most 1e12, found '" + std::string(fields[i].substr(0, 40)) + "'");
      }
      (i < columns->first_point ? y : x).push_back(*value);
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

Result<std::vector<std::uint32_t>> groups_for_folds(const SpectralTable& table, const std::string& asked, std::string& said) {
  said = "folds keep the scans of a slice together";
  const auto* column = table.column(asked.empty() ? "group" : asked);
  if (column == nullptr && !asked.empty()) return invalid_input(table.path + ": --group " + asked + ": the table has no such column");
  if (column == nullptr) return table.set.groups;
  std::map<std::string, std::size_t> rows_of;
  for (const auto& g : *column) {
    if (!g.empty()) ++rows_of[g];
  }
  std::size_t largest = 0;
  for (const auto& [name, n] : rows_of) largest = std::max(largest, n);
  if (!asked.empty() && rows_of.size() < 3) {
    return invalid_input(table.path + ": --group " + asked + ": expected at least 3 groups, found " + std::to_string(rows_of.size()));
  }
  if (asked.empty() && (rows_of.size() < 6 || largest * 3 > table.rows())) {
    if (!rows_of.empty()) said += "; warning: the column group is passed over, as it names fewer than six groups or one of a third of the rows (--group group insists)";
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
  const auto& own_nm = table.set.axis_nm;
  if (own_nm.back() < axis_nm.front() || own_nm.front() > axis_nm.back()) {
    const auto span = [](const std::vector<double>& nm) { return exact_number(nm.front()) + " to " + exact_number(nm.back()) + " nm"; };
    return invalid_input(table.path + ": expected wavelengths within " + span(axis_nm) + ", found " + span(own_nm) +
                         (looks_like_micrometres(own_nm) ? " (micrometres? multiply them by 1000)" : ""));
  }
  spectra::Spectra out(table.set.spectra.rows(), static_cast<Eigen::Index>(axis_nm.size()));
  Eigen::VectorXd row(out.cols());
  for (Eigen::Index i = 0; i < out.rows(); ++i) {
    resampler->apply(table.set.spectra.row(i).transpose(), row);
    out.row(i) = row.transpose();
  }
  return out;
}

bool looks_like_micrometres(const std::vector<double>& axis_nm) { return axis_nm.back() < kShortestUsual_nm; }

std::string repeated_ids(const SpectralTable& table) {
  std::map<std::string_view, int> seen;
  std::size_t repeated = 0;
  std::string_view first;
  for (const auto& id : table.ids) {
    if (++seen[id] != 2) continue;
    if (repeated++ == 0) first = id;
  }
  if (repeated == 0) return {};
  return std::to_string(repeated) + (repeated == 1 ? " id occurs" : " ids occur") + " more than once (first '" + std::string(first.substr(0, 80)) +
         "'): their rows count as scans of one slice, and answers to them cannot be told apart";
}

std::vector<bool> bands_present(const spectra::Spectra& spectra, double most_missing) {
  std::vector<bool> present;
  for (Eigen::Index c = 0; c < spectra.cols(); ++c) {
    present.push_back(static_cast<double>(spectra.col(c).array().isNaN().count()) <= most_missing * static_cast<double>(spectra.rows()));
  }
  return present;
}

}  // namespace beltwarden::lab
