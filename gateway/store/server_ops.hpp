// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/clock.hpp"

/// What the embedded server's services ask of the store (see store.hpp, whose variants hold these).
/// `account` is the internal number of an account of the embedded server; what comes for an account
/// that is gone is not kept, and RemoveAccount erases all of it.
namespace sallyport::store {

// ---- writes ----

/// Keeps a message until its account comes online, unless the account's limits are reached.
struct AddOffline {
    std::int64_t account = 0;
    std::string stanza;  ///< as text, in jabber:client
    WallTime now{};
    std::size_t most = 500;                         ///< messages of one account
    std::size_t most_bytes = std::size_t{5} << 20;  ///< of all of them together
    struct Answer {
        bool is_full = false;  ///< nothing was kept
    };
};
/// A session has taken an account's messages up to and including `through`.
struct RemoveOffline {
    std::int64_t account = 0;
    std::int64_t through = 0;
    struct Answer {};
};
/// One message of one account's archive. `id` is a ULID and says the time.
struct AddArchived {
    std::int64_t account = 0;
    std::string id;
    std::string peer;      ///< bare JID of the other side
    std::string resource;  ///< of the other side, "" = none
    std::string stanza;
    struct Answer {};
};
/// Forgets archived messages older than `before`, at most `limit` of them.
struct PruneArchive {
    WallTime before{};
    std::size_t limit = 1000;
    struct Answer {
        std::size_t rows = 0;
    };
};
/// Replaces texts of an account, all or none; an empty one is erased.
struct PutAccountTexts {
    std::int64_t account = 0;
    std::vector<std::pair<std::string, std::string>> texts;  ///< name, text
    struct Answer {};
};

// ---- reads ----

/// The account's waiting messages after row `after`, oldest first: as many as fit in `bytes`, at
/// least one.
struct OfflineMessages {
    std::int64_t account = 0;
    std::int64_t after = 0;
    std::size_t bytes = 256 * 1024;
    struct Row {
        std::int64_t row = 0;
        WallTime arrived{};
        std::string stanza;
    };
    struct Answer {
        std::vector<Row> rows;
        bool is_complete = true;  ///< nothing comes behind these
    };
};
/// A page of an archive. All conditions hold together; absent ones do not count.
struct ArchivePage {
    std::int64_t account = 0;
    std::optional<std::string> peer;
    std::optional<std::string> resource;  ///< with `peer`
    std::optional<WallTime> start;        ///< at or after
    std::optional<WallTime> end;          ///< at or before
    std::vector<std::string> after;       ///< ids that all results follow
    std::vector<std::string> before;      ///< ids that all results precede
    bool from_end = false;                ///< the page is at the end of what matches
    std::size_t limit = 50;               ///< 0: only the count
    std::size_t bytes = 256 * 1024;       ///< of stanzas on the page; at least one fits
    bool with_count = false;
    struct Row {
        std::string id;
        WallTime stamp{};
        std::string stanza;
    };
    struct Answer {
        bool knows_ids = true;    ///< false: an id of `after` or `before` is not in the archive
        std::vector<Row> rows;    ///< oldest first
        bool is_complete = true;  ///< nothing more matches on the side where the page ends
        std::optional<std::size_t> count;
        std::size_t first_index = 0;  ///< of the page among all matches; meaningful with_count
    };
};
/// Messages by their ids, in the order of the archive.
struct ArchiveByIds {
    std::int64_t account = 0;
    std::vector<std::string> ids;
    std::size_t bytes = 256 * 1024;  ///< of stanzas; one always fits
    struct Answer {
        bool knows_ids = true;  ///< false: one of them is not there, and rows is empty
        bool fits = true;       ///< false: they are more than `bytes`, and rows is empty
        std::vector<ArchivePage::Row> rows;
    };
};
/// The ends of an archive (XEP-0313 §5.2).
struct ArchiveEnds {
    std::int64_t account = 0;
    struct Answer {
        std::optional<std::pair<std::string, WallTime>> first, last;
    };
};
/// The texts of those names that the account has.
struct AccountTexts {
    std::int64_t account = 0;
    std::vector<std::string> names;
    struct Answer {
        std::vector<std::pair<std::string, std::string>> texts;
    };
};

}  // namespace sallyport::store
