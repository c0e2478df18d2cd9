// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "gateway/server/account_state.hpp"
#include "gateway/server/subscription.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::server {

class Hub;
class Session;

/// subscribe, subscribed, unsubscribe, unsubscribed.
bool is_subscription(xmpp::StanzaType type);

/// Performs what the subscription tables say (RFC 6121 §3): what follows from a stanza follows when
/// the new state is committed. A state that cannot be written is answered with an error.
class Subscriptions {
  public:
    /// Requests that wait for one account, and what of one is kept.
    static constexpr std::size_t max_pending = 200;
    static constexpr std::size_t max_request_bytes = 8 * 1024;

    explicit Subscriptions(Hub& hub) : hub_(hub) {}

    /// A session of this account sends it; `to` is stamped bare.
    void send(Session& session, xmpp::Stanza stanza);
    /// The account itself sends it: an item was removed, or the account is.
    void cancel(AccountState& account, const xmpp::Jid& contact, Subscription before);
    /// One comes for this account.
    void receive(AccountState& account, const xmpp::Stanza& stanza);

  private:
    void conclude_sent(
        Session* session, AccountState& account, xmpp::Stanza stanza, const SubscriptionStep& step
    );
    void conclude_received(
        AccountState& account, const xmpp::Stanza& stanza, const SubscriptionStep& step
    );
    static void remember(const AccountState& account, RosterItem& item, const xmpp::Stanza& stanza);

    Hub& hub_;
};

}  // namespace sallyport::server
