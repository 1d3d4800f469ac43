#include "record/database_words.h"

#include <cstdlib>
#include <fstream>

#include "record/database.h"

namespace beltwarden::record {
namespace {

constexpr std::size_t kLongestPassword = 1024;

// libpq's quoting: a backslash before quotes and backslashes, all of it in quotes.
std::string in_quotes(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

Result<std::string> first_line(const std::filesystem::path& file) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto status = fs::status(file, error);
  if (error || !fs::is_regular_file(status)) return not_found("password file " + file.string() + ": there is no such file");
  constexpr auto kOthers = fs::perms::group_read | fs::perms::group_write | fs::perms::others_read | fs::perms::others_write;
  if ((status.permissions() & kOthers) != fs::perms::none) {
    return invalid_input("password file " + file.string() + ": others may read or write it; expected mode 0600");
  }
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line) || line.empty()) {
    return invalid_input("password file " + file.string() + ": expected the password in its first line");
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.size() > kLongestPassword || line.find('\0') != std::string::npos) {
    return invalid_input("password file " + file.string() + ": expected at most 1024 bytes of text");
  }
  return line;
}

}  // namespace

Result<std::string> database_words(const std::string& database, const std::filesystem::path& password_file,
                                   const std::filesystem::path& data_dir) {
  if (database.empty()) {
    if (!password_file.empty()) return invalid_input("database: a password file is for PostgreSQL, and no database is named");
    return "sqlite://" + std::filesystem::absolute(data_dir / "center.db").string();
  }
  const auto url = DatabaseUrl::parse(database);
  if (!url) return url.error();
  if (url->backend == Backend::kSqlite) {
    if (!password_file.empty()) return invalid_input("database: SQLite knows no password; name no password file");
    return database;
  }
  if (url->connection.find("password") != std::string::npos || url->connection.find('@') != std::string::npos) {
    return invalid_input("database: expected no password among the words; put it into a file of mode 0600 and name that, or into " +
                         std::string(kDatabasePassword));
  }
  std::string password;
  if (!password_file.empty()) {
    auto read = first_line(password_file);
    if (!read) return read.error();
    password = std::move(*read);
  } else if (const char* from_environment = std::getenv(kDatabasePassword)) {
    password = from_environment;
  }
  if (password.find_first_of(" \t\n\v\f\r") != std::string::npos) {
    // SOCI takes the words apart at blanks, quoted or not.
    return invalid_input("database: expected a password without blanks");
  }
  return password.empty() ? database : database + " password=" + in_quotes(password);
}

}  // namespace beltwarden::record
