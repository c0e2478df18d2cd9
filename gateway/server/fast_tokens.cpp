// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/fast_tokens.hpp"

#include <utility>

#include "xmpp/core/random.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/hashed_token.hpp"
#include "xmpp/xep/datetime.hpp"

namespace sallyport::server {
namespace {

using store::FastTokenRow;
using xmpp::Condition;
using xmpp::StanzaError;
using xmpp::sasl::Answer;
using xmpp::sasl::Denied;
using xmpp::sasl::Fault;
using xmpp::sasl::Granted;

constexpr std::size_t salt_bytes = 16;

}  // namespace

FastTokens::FastTokens(core::World& world, xmpp::Jid domain, std::string key)
    : world_(world), domain_(std::move(domain)), key_(std::move(key)) {}

std::string FastTokens::bare(const std::string& user) const {
    const auto jid = xmpp::Jid::from_parts(user, domain_.domain());
    return jid ? jid->str() : std::string();
}

void FastTokens::find(
    const std::string& user, const std::string& client, std::function<void(const Found*)> done
) {
    world_.store.read(
        store::FindFastTokens{bare(user), client},
        [watch = std::weak_ptr<int>(alive_), done = std::move(done)](const Result<Found>& found) {
            if (!watch.expired()) done(found ? &*found : nullptr);
        }
    );
}

/// 256 bits in hexadecimal. The salt is of one length, so no two of these texts are alike.
std::string FastTokens::make(
    std::int64_t account, const std::string& client, const FastTokenRow& row
) const {
    const std::string what =
        row.salt + std::to_string(account) + '\0' + row.mechanism + '\0' + client;
    return hex_encode(xmpp::sasl::hmac(xmpp::sasl::Hash::sha256, key_, what));
}

/// The token whose knowledge is proved, of that mechanism. Looks at all of them, in constant time.
const FastTokenRow* FastTokens::find_proved(
    const Found& found, const xmpp::sasl::AskToken& ask, const std::string& client
) const {
    const FastTokenRow* proved = nullptr;
    for (const FastTokenRow& row : found.tokens) {
        const std::string token = make(found.row->id, client, row);
        const std::string proof = xmpp::sasl::hashed_token(token, "Initiator", ask.binding);
        const bool is_proved = equal_constant_time(proof, ask.token);
        if (is_proved && row.mechanism == ask.mechanism && proved == nullptr) proved = &row;
    }
    return proved;
}

void FastTokens::judge(
    const xmpp::sasl::AskToken& ask,
    const std::string& client,
    std::optional<std::uint64_t> count,
    Judged judged
) {
    find(ask.user, client, [this, ask, client, count, judged](const Found* found) {
        if (found == nullptr) return judged(Denied{Fault::temporary_auth_failure}, false);
        const FastTokenRow* row = find_proved(*found, ask, client);
        if (row == nullptr) return judged(Denied{}, false);
        if (found->row->disabled) return judged(Denied{Fault::account_disabled}, false);
        const WallTime now = world_.time.wall();
        if (row->expires <= now) return judged(Denied{Fault::credentials_expired}, false);
        const std::string token = make(found->row->id, client, *row);
        Granted granted{ask.user, xmpp::sasl::hashed_token(token, "Responder", ask.binding)};
        const bool is_due = now - row->issued >= rotate_after;
        if (!row->is_new && !count) return judged(std::move(granted), is_due);
        // It is the only one from now on, and no count comes twice, also after a crash.
        use({found->row->id, client, row->salt, count},
            std::move(granted),
            [judged, is_due](Answer answer) { judged(std::move(answer), is_due); });
    });
}

void FastTokens::use(
    const store::UseFastToken& use, Granted granted, std::function<void(Answer)> done
) {
    world_.store.write(
        use,
        [watch = std::weak_ptr<int>(alive_),
         granted = std::move(granted),
         done = std::move(done)](const Result<store::UseFastToken::Answer>& used) {
            if (watch.expired()) return;
            if (!used) return done(Denied{Fault::temporary_auth_failure});
            done(used->is_good ? Answer(granted) : Answer(Denied{}));
        }
    );
}

void FastTokens::issue(const xmpp::AskIssue& ask, std::function<void(xmpp::ServerAnswer)> issued) {
    if (ask.client.size() > max_client_bytes) return issued(StanzaError(Condition::not_acceptable));
    find(ask.user, ask.client, [this, ask, issued](const Found* found) {
        if (found == nullptr || !found->row || found->row->disabled)
            return issued(StanzaError(Condition::not_allowed));
        FastTokenRow row;
        row.mechanism = ask.mechanism;
        row.salt = random_bytes(salt_bytes);
        row.issued = world_.time.wall();
        row.expires = row.issued + lifetime;
        const xmpp::Issued given{
            make(found->row->id, ask.client, row), xmpp::build_datetime(row.expires)};
        world_.store.write(
            store::PutFastToken{found->row->id, ask.client, std::move(row)},
            [watch = std::weak_ptr<int>(alive_),
             issued,
             given](const Result<store::PutFastToken::Answer>& put) {
                if (watch.expired()) return;
                if (!put || !put->found) return issued(StanzaError(Condition::not_allowed));
                issued(given);
            }
        );
    });
}

void FastTokens::invalidate(const xmpp::TokenInvalidated& token) {
    find(token.user, token.client, [this, client = token.client](const Found* found) {
        if (found != nullptr && found->row)
            world_.store.write(store::DropFastTokens{found->row->id, client});
    });
}

}  // namespace sallyport::server
