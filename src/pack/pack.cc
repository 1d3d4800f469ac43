#include "pack/pack.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/config.h"
#include "base/hash.h"

namespace beltwarden::pack {
namespace {

// Reads fields one after the other and keeps the first error.
class Fields {
 public:
  explicit Fields(const Config& config) : config_(config) {}

  Fields& text(std::string_view key, std::string& out) { return take(config_.text(key), out); }
  Fields& text_or(std::string_view key, std::string fallback, std::string& out) {
    return take(config_.text(key, std::move(fallback)), out);
  }
  Fields& number(std::string_view key, double low, double high, double& out) { return take(config_.number(key, low, high), out); }
  Fields& number_or(std::string_view key, double low, double high, double fallback, double& out) {
    return take(config_.number(key, low, high, fallback), out);
  }
  Fields& flag(std::string_view key, bool fallback, bool& out) { return take(config_.flag(key, fallback), out); }
  Fields& texts(std::string_view key, std::vector<std::string>& out) { return take(config_.texts(key), out); }
  Fields& title(std::string_view key, Title& out) {
    return text(std::string(key) + ".en", out.en).text(std::string(key) + ".zh", out.zh);
  }
  Fields& only(const std::vector<std::string_view>& known) {
    if (auto ok = config_.only(known); !ok && !error_) error_ = ok.error();
    return *this;
  }
  Fields& expect(bool holds, const std::string& what) {
    if (!holds && !error_) error_ = invalid_input(config_.where() + ": " + what);
    return *this;
  }
  Result<void> done() const { return error_ ? Result<void>(*error_) : Result<void>(); }

 private:
  template <class T>
  Fields& take(Result<T> value, T& out) {
    if (value) {
      out = std::move(*value);
    } else if (!error_) {
      error_ = value.error();
    }
    return *this;
  }
  const Config& config_;
  std::optional<Error> error_;
};

bool plain_name(const std::string& s) {
  return !s.empty() && s.size() <= 64 && std::ranges::all_of(s, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
}

Result<Brand> read_brand(const Config& config) {
  Brand b;
  Fields f(config);
  f.text("name", b.name).text_or("title_zh", "", b.title_zh).text_or("origin", "", b.origin).text_or("training", "", b.training);
  f.only({"name", "title_zh", "origin", "training", "declared"});
  f.expect(!b.name.empty() && b.name.size() <= 128, "'name' of a brand should have 1 to 128 characters");
  if (auto ok = f.done(); !ok) return ok.error();
  if (!config.has("declared")) return b;
  auto declared = config.table("declared");
  if (!declared) return declared.error();
  for (const auto& quantity : declared->keys()) {
    auto range = declared->numbers(quantity);
    if (!range) return range.error();
    if (range->size() != 2 || !((*range)[0] < (*range)[1]) || (*range)[0] < -100 || (*range)[1] > 100) {
      return invalid_input(declared->where() + ": '" + quantity + "' of brand '" + b.name + "': expected [low, high] in %");
    }
    b.declared[quantity] = {(*range)[0], (*range)[1]};
  }
  return b;
}

Result<Limit> read_limit(const Config& config) {
  Limit l;
  Fields f(config);
  f.text("quantity", l.quantity).text("unit", l.unit).number("high", -1e9, 1e9, l.high);
  f.number_or("guard_k", 0, 10, 1.645, l.guard_k).text_or("brand", "", l.brand).text("source", l.source);
  f.flag("verified", false, l.verified);
  f.only({"quantity", "unit", "high", "guard_k", "brand", "source", "verified"});
  if (auto ok = f.done(); !ok) return ok.error();
  return l;
}

Result<HsCode> read_hs_code(const Config& config) {
  HsCode h;
  Fields f(config);
  f.text("code", h.code).title("title", h.title).only({"code", "title"});
  f.expect(h.code.size() >= 4 && h.code.size() <= 12 && std::ranges::all_of(h.code, [](char c) { return c >= '0' && c <= '9'; }),
           "'code' should have 4 to 12 digits, found '" + h.code + "'");
  if (auto ok = f.done(); !ok) return ok.error();
  return h;
}

}  // namespace

std::string Pack::stamp() const { return name + "@" + version + "#" + digest.substr(0, 12); }

const Brand* Pack::brand(std::string_view wanted) const {
  const auto it = std::ranges::find(brands, wanted, &Brand::name);
  return it == brands.end() ? nullptr : &*it;
}

Result<Pack> parse(std::string_view toml, const std::string& origin) {
  auto config = Config::parse(toml, origin);
  if (!config) return config.error();
  Pack pack;
  Fields f(*config);
  f.text("name", pack.name).text("version", pack.version).text("commodity", pack.commodity).title("title", pack.title);
  f.text("data", pack.data).texts("required_models", pack.required_models);
  f.only({"name", "version", "commodity", "title", "data", "required_models", "hs_code", "limit", "brand", "word"});
  f.expect(plain_name(pack.name) && plain_name(pack.version) && plain_name(pack.commodity),
           "name, version and commodity should be letters, digits, '-', '_' and '.'");
  f.expect(pack.data == "real" || pack.data == "semi-synthetic" || pack.data == "synthetic",
           "'data' should be real, semi-synthetic or synthetic, found '" + pack.data + "'");
  if (auto ok = f.done(); !ok) return ok.error();

  std::set<std::string> names;
  for (const auto& table : config->tables("brand")) {
    auto brand = read_brand(table);
    if (!brand) return brand.error();
    if (!names.insert(brand->name).second) return invalid_input(table.where() + ": brand '" + brand->name + "' is there twice");
    pack.brands.push_back(std::move(*brand));
  }
  std::set<std::pair<std::string, std::string>> limited;
  for (const auto& table : config->tables("limit")) {
    auto limit = read_limit(table);
    if (!limit) return limit.error();
    if (!limit->brand.empty() && !names.contains(limit->brand)) {
      return invalid_input(table.where() + ": a limit names brand '" + limit->brand + "', which the pack does not have");
    }
    if (!limited.emplace(limit->brand, limit->quantity).second) {
      return invalid_input(table.where() + ": the limit of '" + limit->quantity + "' is there twice for the same brand");
    }
    pack.limits.push_back(std::move(*limit));
  }
  for (const auto& table : config->tables("hs_code")) {
    auto code = read_hs_code(table);
    if (!code) return code.error();
    pack.hs_codes.push_back(std::move(*code));
  }
  for (const auto& table : config->tables("word")) {
    std::string key;
    Title title;
    Fields word(table);
    word.text("key", key).text("en", title.en).text("zh", title.zh).only({"key", "en", "zh"});
    if (auto ok = word.done(); !ok) return ok.error();
    pack.vocabulary[key] = std::move(title);
  }
  return pack;
}

namespace {

Result<Pack> from_files(Files files, const std::filesystem::path& folder) {
  auto pack = parse(files.at("pack.toml"), (folder / "pack.toml").string());
  if (!pack) return pack.error();
  pack->digest = to_hex(sha256(manifest(files)));
  for (auto& [name, bytes] : files) {
    if (name.starts_with("models/")) pack->models.emplace(name.substr(7, name.size() - 7 - 4), std::move(bytes));
  }
  return pack;
}

}  // namespace

Result<Pack> read(const std::filesystem::path& folder) {
  auto files = read_files(folder);
  if (!files) return files.error();
  return from_files(std::move(*files), folder);
}

Result<Pack> load(const std::filesystem::path& folder, const std::vector<PublicKey>& trusted) {
  auto files = read_files(folder);
  if (!files) return files.error();
  auto key = verify(folder, *files, trusted);
  if (!key) return key.error();
  auto pack = from_files(std::move(*files), folder);
  if (pack) pack->signed_by = to_hex(*key);
  return pack;
}

}  // namespace beltwarden::pack
