// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>

#include "gateway/base/clock.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::app {

/// Is this file a complete database of this program? Error: why not, in words.
Result<> check_backup(const std::filesystem::path& file);

struct Restored {
    std::size_t parked = 0;          ///< messages that waited in it
    std::filesystem::path previous;  ///< where the database is that was there, "" = none was
};
/// Puts a copy of `file` in the place of `database`, which is kept beside it. What waited in the
/// backup is parked. On an error nothing has changed. REQUIRES: nobody has `database` open.
Result<Restored> restore_backup(
    const std::filesystem::path& file, const std::filesystem::path& database, WallTime now
);

}  // namespace sallyport::app
