// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/account_auth.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/post.hpp>

#include "xmpp/core/random.hpp"
#include "xmpp/sasl/identity.hpp"
#include "xmpp/sasl/legacy/secrets.hpp"

namespace sallyport::server {
namespace {

using store::AccountKey;
using store::FindAccount;
using xmpp::sasl::AskSecret;
using xmpp::sasl::Denied;
using xmpp::sasl::Fault;
using xmpp::sasl::Granted;
using xmpp::sasl::Hash;
using xmpp::sasl::Keys;

constexpr int iterations = 10'000;  // xmpp.md §5.3
constexpr std::size_t salt_bytes = 16;

struct Family {
    Hash hash;
    std::string_view kind;
};
/// Strongest last: the cheapest one to check a clear password with stands first.
constexpr std::array<Family, 3> families{{
    {Hash::sha256, "SCRAM-SHA-256"},
    {Hash::sha512, "SCRAM-SHA-512"},
    {Hash::sha1, "SCRAM-SHA-1"},
}};

// Kept, and read, while Legacy::on alone.
constexpr std::string_view digest_md5_kind = "DIGEST-MD5";
constexpr std::string_view cram_md5_kind = "CRAM-MD5";

std::string_view kind_of(AskSecret::Kind kind) {
    return kind == AskSecret::Kind::cram_md5 ? cram_md5_kind : digest_md5_kind;
}

const AccountKey* find_key(const std::vector<AccountKey>& keys, std::string_view kind) {
    const auto at = std::find_if(keys.begin(), keys.end(), [kind](const AccountKey& key) {
        return key.kind == kind;
    });
    return at == keys.end() ? nullptr : &*at;
}

std::string_view kind_of(Hash hash) {
    const auto at = std::find_if(families.begin(), families.end(), [hash](const Family& family) {
        return family.hash == hash;
    });
    return at->kind;
}

Keys to_keys(const AccountKey& key) {
    return {key.salt, key.iterations, key.stored_key, key.server_key};
}

/// What to compare a clear password with; for accounts that do not exist something that costs as
/// much and matches nothing.
std::pair<Hash, Keys> yardstick(const FindAccount::Answer& found) {
    for (const Family& family : families)
        if (const AccountKey* key = find_key(found.keys, family.kind))
            return {family.hash, to_keys(*key)};
    const std::string nothing = random_bytes(32);
    return {Hash::sha256, {random_bytes(salt_bytes), iterations, nothing, nothing}};
}

}  // namespace

std::optional<std::vector<AccountKey>> make_keys(std::string_view password) {
    std::vector<AccountKey> keys;
    for (const Family& family : families) {
        const std::string salt = random_bytes(salt_bytes);
        const auto made = xmpp::sasl::derive_keys(family.hash, password, salt, iterations);
        if (!made) return std::nullopt;
        keys.push_back(
            {std::string(family.kind),
             made->salt,
             made->iterations,
             made->stored_key,
             made->server_key}
        );
    }
    return keys;
}

std::optional<std::vector<AccountKey>> make_keys(
    const xmpp::Jid& account, std::string_view password, Legacy legacy
) {
    auto keys = make_keys(password);
    if (!keys || legacy == Legacy::off) return keys;
    const auto add = [&keys](std::string_view kind, std::string secret) {
        keys->push_back({std::string(kind), {}, 0, std::move(secret), {}});
    };
    // The server's realm is its domain.
    add(digest_md5_kind,
        xmpp::sasl::digest_md5_secret(account.local(), account.domain(), password));
    add(cram_md5_kind, xmpp::sasl::cram_md5_secret(password));
    return keys;
}

AccountAuth::AccountAuth(core::World& world, xmpp::Jid domain, Legacy legacy)
    : world_(world), domain_(std::move(domain)), legacy_(legacy), aside_(world.executor) {}

void AccountAuth::erase_unwanted_keys() {
    if (legacy_ == Legacy::on) return;
    world_.store.write(
        store::EraseAccountKeys{{std::string(digest_md5_kind), std::string(cram_md5_kind)}},
        [this,
         watch = std::weak_ptr<int>(alive_)](const Result<store::EraseAccountKeys::Answer>& done) {
            if (watch.expired()) return;
            if (!done)
                world_.log.error(
                    "server.legacy_keys_remain", {{"error", done.error().to_string()}}
                );
            else if (done->erased > 0)
                world_.log.info(
                    "server.legacy_keys_erased", {{"keys", std::to_string(done->erased)}}
                );
        }
    );
}

void AccountAuth::ask(
    const std::string& peer, const xmpp::sasl::Question& question, Answered answered
) {
    std::visit(
        [&](const auto& what) {
            Try attempt{peer, {}, std::move(answered)};
            if constexpr (requires { what.user; })
                attempt.user =
                    xmpp::sasl::normal_user(what.user, domain_.domain()).value_or(std::string());
            if (throttle_.is_banned(peer, attempt.user, world_.time.now()))
                return refuse(attempt, Fault::temporary_auth_failure, "throttled");
            answer(std::move(attempt), what);
        },
        question
    );
}

bool AccountAuth::is_banned(const std::string& peer, const std::string& user) {
    if (!throttle_.is_banned(peer, user, world_.time.now())) return false;
    count_refused("throttled");
    return true;
}

void AccountAuth::proved(
    const std::string& peer, const std::string& user, std::string_view mechanism
) {
    throttle_.right(peer, user);
    world_.metrics
        .counter(
            "c2s_logins_total",
            {{"mechanism", std::string(mechanism)}},
            "logins to the embedded server"
        )
        .add();
}

void AccountAuth::failed(const std::string& peer, const std::string& user, const char* proof) {
    throttle_.wrong(peer, user, world_.time.now());
    count_refused(proof);
}

void AccountAuth::count_refused(const char* reason) {
    world_.metrics
        .counter("c2s_logins_refused_total", {{"reason", reason}}, "logins that were refused")
        .add();
}

void AccountAuth::refuse(const Try& attempt, Fault fault, const char* reason) {
    count_refused(reason);
    attempt.answered(Denied{fault});
}

void AccountAuth::find(
    const std::string& user, std::function<void(const FindAccount::Answer*)> done
) {
    // Also what cannot be anybody's name is looked for, so that it takes as long.
    const auto bare = xmpp::Jid::from_parts(user, domain_.domain());
    world_.store.read(
        FindAccount{bare && !user.empty() ? std::string(bare->bare_view()) : std::string("@")},
        [watch = std::weak_ptr<int>(alive_),
         done = std::move(done)](const Result<FindAccount::Answer>& found) {
            if (!watch.expired()) done(found ? &*found : nullptr);
        }
    );
}

void AccountAuth::answer(Try attempt, const xmpp::sasl::AskKeys& ask) {
    const std::string user = attempt.user;
    find(user, [this, attempt = std::move(attempt), hash = ask.hash](const auto* found) {
        if (!found) return refuse(attempt, Fault::temporary_auth_failure, "store");
        const AccountKey* key = find_key(found->keys, kind_of(hash));
        // A disabled account looks as if it were not there.
        if (!key || found->row->disabled) return attempt.answered(Denied{});
        attempt.answered(to_keys(*key));
    });
}

void AccountAuth::answer(Try attempt, const xmpp::sasl::AskPassword& ask) {
    const std::string user = attempt.user;
    find(
        user,
        [this, attempt = std::move(attempt), password = ask.password](const auto* found) mutable {
            if (!found) return refuse(attempt, Fault::temporary_auth_failure, "store");
            check(attempt, std::move(password), *found);
        }
    );
}

// The proof is there already, and is judged as soon as this is answered.
void AccountAuth::answer(Try attempt, const AskSecret& ask) {
    if (legacy_ == Legacy::off) return attempt.answered(Denied{});
    const std::string user = attempt.user;
    find(user, [this, attempt = std::move(attempt), kind = kind_of(ask.kind)](const auto* found) {
        if (!found) return refuse(attempt, Fault::temporary_auth_failure, "store");
        // Others that were under way with it may have used up the tries.
        if (throttle_.is_banned(attempt.peer, attempt.user, world_.time.now()))
            return refuse(attempt, Fault::temporary_auth_failure, "throttled");
        const AccountKey* key = find_key(found->keys, kind);
        // Who has none, their password being older than the switch, looks as if not there.
        if (!key || found->row->disabled) return attempt.answered(Denied{});
        attempt.answered(xmpp::sasl::Secret{key->stored_key});
    });
}

// Who it is was proved by TLS: what is left is whether there is such an account. Nobody else gets
// to ask this, so the answer may say that it is disabled.
void AccountAuth::answer(Try attempt, const xmpp::sasl::AskCertificate&) {
    const std::string user = attempt.user;
    find(user, [this, attempt = std::move(attempt)](const auto* found) {
        if (!found) return refuse(attempt, Fault::temporary_auth_failure, "store");
        if (!found->row) return refuse(attempt, Fault::not_authorized, "certificate");
        if (found->row->disabled) return refuse(attempt, Fault::account_disabled, "disabled");
        attempt.answered(Granted{attempt.user, {}});
    });
}

void AccountAuth::find_accounts(
    std::vector<std::string> users, std::function<void(std::vector<std::string>)> done
) {
    struct Search {
        std::vector<std::string> users;
        std::vector<bool> is_account;
        std::size_t open;
        std::function<void(std::vector<std::string>)> done;
    };
    const std::size_t count = users.size();
    const auto search = std::make_shared<Search>(Search{
        std::move(users), std::vector<bool>(count), count, std::move(done)});
    for (std::size_t i = 0; i < count; ++i)
        find(search->users[i], [search, i](const auto* found) {
            search->is_account[i] = found && found->row;
            if (--search->open > 0) return;
            std::vector<std::string> accounts;
            for (std::size_t at = 0; at < search->users.size(); ++at)
                if (search->is_account[at]) accounts.push_back(std::move(search->users[at]));
            search->done(std::move(accounts));
        });
}

void AccountAuth::check(
    const Try& attempt, std::string password, const FindAccount::Answer& found
) {
    const bool is_disabled = found.row && found.row->disabled;
    auto is_right = std::make_shared<bool>(false);
    const bool runs = run(
        address_group(attempt.peer).value_or(std::string()),
        1,
        [is_right, stick = yardstick(found), password = std::move(password)] {
            *is_right = xmpp::sasl::is_password(stick.first, password, stick.second);
        },
        [this, is_right, is_disabled, attempt] {
            // Others that were under way with it may have used up the tries.
            if (throttle_.is_banned(attempt.peer, attempt.user, world_.time.now()))
                return refuse(attempt, Fault::temporary_auth_failure, "throttled");
            if (*is_right && is_disabled)
                return refuse(attempt, Fault::account_disabled, "disabled");
            if (*is_right) return attempt.answered(Granted{attempt.user, {}});
            failed(attempt.peer, attempt.user);
            attempt.answered(Denied{});
        }
    );
    if (!runs) refuse(attempt, Fault::temporary_auth_failure, "busy");
}

void AccountAuth::derive(const xmpp::Jid& account, std::string password, Derived done) {
    auto keys = std::make_shared<std::optional<std::vector<AccountKey>>>();
    aside_.run(
        [keys, account, legacy = legacy_, password = std::move(password)] {
            *keys = make_keys(account, password, legacy);
        },
        [keys, done = std::move(done)] { done(std::move(*keys)); }
    );
}

bool AccountAuth::derive_for(
    const std::string& who, const xmpp::Jid& account, std::string password, Derived done
) {
    auto keys = std::make_shared<std::optional<std::vector<AccountKey>>>();
    return run(
        who,
        families.size(),
        [keys, account, legacy = legacy_, password = std::move(password)] {
            *keys = make_keys(account, password, legacy);
        },
        [keys, done = std::move(done)] { done(std::move(*keys)); }
    );
}

/// Beside the network thread, unless too many derivations wait.
bool AccountAuth::run(
    const std::string& who,
    std::size_t derivations,
    std::function<void()> work,
    std::function<void()> done
) {
    const auto own = deriving_.find(who);
    const std::size_t before = own == deriving_.end() ? 0 : own->second;
    const bool is_full = waiting_ + derivations > max_waiting;
    const bool is_greedy = !who.empty() && before + derivations > max_per_address;
    if (is_full || is_greedy) return false;
    waiting_ += derivations;
    deriving_[who] += derivations;
    aside_.run(std::move(work), [this, who, derivations, done = std::move(done)] {
        waiting_ -= derivations;
        const auto at = deriving_.find(who);
        at->second -= derivations;
        if (at->second == 0) deriving_.erase(at);
        done();
    });
    return true;
}

}  // namespace sallyport::server
