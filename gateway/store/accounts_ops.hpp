// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"

/// The embedded server's people: accounts, their keys and rosters. An account is known by its
/// internal number, which is never given twice, so that who takes a deleted name inherits nothing;
/// `user` is its bare JID. What belongs to an account hangs on the number.
namespace sallyport::store {

/// What proves a password, never the password itself. `kind` is "SCRAM-SHA-256" and so on, or a
/// legacy mechanism: "DIGEST-MD5" and "CRAM-MD5" have a `stored_key` alone, as good as the
/// password.
struct AccountKey {
    std::string kind;
    std::string salt;
    int iterations = 0;
    std::string stored_key;
    std::string server_key;
};
struct AccountRow {
    std::int64_t id = 0;
    std::string user;  ///< bare JID
    bool disabled = false;
    WallTime created{};
};

/// RFC 6121 §2.1.2.5.
enum class Subscription { none = 0, to = 1, from = 2, both = 3 };
/// A contact, or with `is_listed` = false what is known of someone who is in no roster yet (a
/// pre-approval, RFC 6121 §3.4, or a subscription that was only asked for).
struct RosterRow {
    std::string jid;  ///< bare
    std::string name;
    Subscription subscription = Subscription::none;
    bool ask = false;       ///< pending out
    bool approved = false;  ///< pre-approved
    bool is_listed = true;
    std::vector<std::string> groups;
    std::int64_t ver = 0;  ///< the roster's version when it last changed
};
/// A request that the account has not answered (pending in): the whole stanza is shown again at
/// every login (RFC 6121 §3.1.3).
struct PendingRow {
    std::string jid;     ///< bare, of who asks
    std::string stanza;  ///< serialised
    WallTime received_at{};
};

// ---- writes ----

struct CreateAccount {
    std::string user;
    std::vector<AccountKey> keys;
    WallTime now{};
    struct Answer {
        bool conflict = false;  ///< the name is taken
        std::int64_t id = 0;
    };
};
/// A new password: replaces all keys, and takes all tokens away.
struct SetAccountKeys {
    std::int64_t account = 0;
    std::vector<AccountKey> keys;
    struct Answer {
        bool found = false;
    };
};
/// All accounts' keys of these kinds.
struct EraseAccountKeys {
    std::vector<std::string> kinds;
    struct Answer {
        std::size_t erased = 0;  ///< keys
    };
};
struct SetAccountDisabled {
    std::int64_t account = 0;
    bool disabled = false;
    struct Answer {
        bool found = false;
    };
};
/// Deletes it with everything that hangs on its number, and, as EraseUser, what any transport keeps
/// under its name: in one commit, so that the next owner of the name inherits nothing.
struct RemoveAccount {
    std::int64_t account = 0;
    struct Answer {
        bool found = false;
        std::vector<std::string> records;  ///< keys of those that are erased: files hang on some
    };
};
/// One change of a roster, whole: rows put and erased, requests remembered and forgotten. `ver`
/// becomes the roster's version unless that is higher already. Changes nothing when the account is
/// gone.
struct ChangeRoster {
    std::int64_t account = 0;
    std::int64_t ver = 0;
    std::vector<RosterRow> put;
    std::vector<std::string> erase;
    std::vector<PendingRow> put_pending;  ///< replaces a request of the same sender
    std::vector<std::string> erase_pending;
    struct Answer {
        bool found = false;
    };
};

// ---- reads ----

/// For logins: the account and its keys.
struct FindAccount {
    std::string user;
    struct Answer {
        std::optional<AccountRow> row;
        std::vector<AccountKey> keys;
    };
};
/// What a session or a stanza to this user needs, as it was at one moment: the account, its roster
/// and open requests (oldest first), and its texts of those names.
struct LoadAccount {
    std::string user;
    std::vector<std::string> texts = {};
    struct Answer {
        std::optional<AccountRow> row;
        std::int64_t roster_ver = 0;
        std::vector<RosterRow> roster;
        std::vector<PendingRow> pending;
        std::map<std::string, std::string, std::less<>> texts;
        bool has_offline = false;  ///< messages wait (OfflineMessages)
    };
};
/// All accounts by name.
struct ListAccounts {
    struct Answer {
        std::vector<AccountRow> rows;
    };
};

}  // namespace sallyport::store
