// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/writer.hpp"

namespace sallyport::store {

void Tally::add(const std::string& transport, int state, std::int64_t rows) {
    changes_[{transport, state}] += rows;
}

void Tally::write(Database& db) {
    for (const auto& [key, rows] : changes_) {
        if (rows == 0) continue;
        Query(
            db,
            "INSERT INTO tally (transport, state, rows) VALUES (?, ?, ?)"
            " ON CONFLICT (transport, state) DO UPDATE SET rows = rows + excluded.rows",
            key.first,
            key.second,
            rows
        )
            .run();
    }
    changes_.clear();
}

}  // namespace sallyport::store
