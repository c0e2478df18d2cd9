// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/core/world.hpp"
#include "gateway/store/fast_ops.hpp"
#include "xmpp/core/jid.hpp"
#include "xmpp/sasl/mechanism.hpp"
#include "xmpp/stream/server_stream.hpp"

namespace sallyport::server {

/// Tokens that clients log in by (XEP-0484): gives them, judges them, replaces them in time. A
/// token is good for one account, client and mechanism. It is not stored: it is made of a salt,
/// which is, and of a key beside the database. Network thread.
class FastTokens {
  public:
    static constexpr std::chrono::days lifetime{21};
    static constexpr std::chrono::days rotate_after{1};
    static constexpr std::size_t max_client_bytes = 128;  ///< of a user agent's id

    /// `world` outlives it. `domain`: of the accounts; `key`: secret.
    FastTokens(core::World& world, xmpp::Jid domain, std::string key);

    /// `is_due`: another token should follow this one.
    using Judged = std::function<void(xmpp::sasl::Answer answer, bool is_due)>;
    /// `judged` is called once, when a first use and a count are committed.
    void judge(
        const xmpp::sasl::AskToken& ask,
        const std::string& client,
        std::optional<std::uint64_t> count,
        Judged judged
    );
    /// A new token: Issued once it is committed, or StanzaError.
    void issue(const xmpp::AskIssue& ask, std::function<void(xmpp::ServerAnswer)> issued);
    void invalidate(const xmpp::TokenInvalidated& token);

  private:
    using Found = store::FindFastTokens::Answer;

    std::string bare(const std::string& user) const;
    void find(
        const std::string& user, const std::string& client, std::function<void(const Found*)> done
    );
    std::string make(
        std::int64_t account, const std::string& client, const store::FastTokenRow& row
    ) const;
    const store::FastTokenRow* find_proved(
        const Found& found, const xmpp::sasl::AskToken& ask, const std::string& client
    ) const;
    void use(
        const store::UseFastToken& use,
        xmpp::sasl::Granted granted,
        std::function<void(xmpp::sasl::Answer)> done
    );

    core::World& world_;
    xmpp::Jid domain_;
    std::string key_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< watched by what comes back later
};

}  // namespace sallyport::server
