// Where the center's database is, from what a configuration or a command line says.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace beltwarden::record {

/// The environment variable that holds the database's password where no file does.
inline constexpr const char* kDatabasePassword = "BELTWARDEN_DATABASE_PASSWORD";

/// What RecordOptions::database takes. `database` empty: SQLite in `data_dir`. For PostgreSQL a password comes from the first
/// line of `password_file`, which only its owner may read, or else from the environment, or else from what libpq looks at
/// by itself. One among the words is refused: configurations and command lines are read by many. No error names a password.
Result<std::string> database_words(const std::string& database, const std::filesystem::path& password_file,
                                   const std::filesystem::path& data_dir);

}  // namespace beltwarden::record
