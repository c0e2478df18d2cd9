// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/store/accounts_ops.hpp"

/// Tokens that clients log in with instead of a password (XEP-0484). A client has a current one and
/// perhaps one that was given to it and not used yet. They go with the account, with its
/// password, and when they expire.
namespace sallyport::store {

struct FastTokenRow {
    std::string mechanism;  ///< the only one that it is good for
    std::string salt;       ///< what it is made of, beside a key that is not here
    WallTime issued{};
    WallTime expires{};
    std::uint64_t count = 0;  ///< XEP-0484 §3.3: the last that was seen with it
    bool is_new = false;      ///< given, and not used yet
};

// ---- writes ----

/// A new token for a client: replaces one that was given and never used. Above `most_clients` those
/// go whose tokens expire first. Nothing happens when the account is gone.
struct PutFastToken {
    std::int64_t account = 0;
    std::string client;
    FastTokenRow token;  ///< `is_new` and `count` are ignored
    std::size_t most_clients = 20;
    struct Answer {
        bool found = false;
    };
};
/// The token of this salt was used: it is the current one, and the one before it is gone (§3.4).
struct UseFastToken {
    std::int64_t account = 0;
    std::string client, salt;
    std::optional<std::uint64_t> count;  ///< must be above the last one
    struct Answer {
        bool is_good = false;  ///< it is there, and the count is new
    };
};
/// A client's tokens are forgotten (§3.5).
struct DropFastTokens {
    std::int64_t account = 0;
    std::string client;
    struct Answer {};
};

// ---- reads ----

/// The account of this name, and what its client may log in with: the new token first.
struct FindFastTokens {
    std::string user, client;
    struct Answer {
        std::optional<AccountRow> row;
        std::vector<FastTokenRow> tokens;
    };
};

}  // namespace sallyport::store
