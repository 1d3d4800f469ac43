// The tables, as numbered steps. Inside this module only.
#pragma once

#include <soci/soci.h>

#include "base/result.h"
#include "record/database.h"

namespace beltwarden::record {

/// What this program writes.
extern const int kSchemaVersion;

/// Brings the database from whatever version it has to kSchemaVersion, one transaction a step. Refuses a newer one.
Result<void> migrate(Database& database);

}  // namespace beltwarden::record
