// Small tables with a header, by column name.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace beltwarden::lab {

using TableRow = std::map<std::string, std::string>;

/// Reads a CSV file without quotes; fails unless the columns of `needed` are there and each row is as long as the header.
Result<std::vector<TableRow>> read_table(const std::string& path, std::initializer_list<const char*> needed);

/// The number in a column; errors name file, column and what was found.
Result<double> table_number(const TableRow& row, const std::string& column, const std::string& path);

}  // namespace beltwarden::lab
