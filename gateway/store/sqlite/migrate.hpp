// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "gateway/store/sqlite/sqlite.hpp"
#include "xmpp/core/embedded.hpp"

namespace sallyport::store {

/// Brings the database to the newest schema: steps are numbered from 1 in order. All missing steps
/// run in one transaction; before it a copy goes to `backup_dir`/before-schema-N.db, unless the
/// database is new. Refuses databases of newer programs and files that are something else.
Result<> migrate(
    Database& db, std::span<const embedded::File> steps, const std::string& backup_dir
);

/// Copies the database to `path`, complete or not at all, synced and readable by the owner alone.
Result<> copy_database(Database& db, const std::string& path);

}  // namespace sallyport::store
