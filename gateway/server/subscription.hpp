// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

/// RFC 6121 §3 and Appendix A as a pure table: what a subscription stanza does to one side's roster
/// item, and what follows. Each side of a subscription runs it on its own.
namespace sallyport::server {

/// The subscription bits of one roster item. The nine states of Appendix A.1 are their combinations
/// without `approved`.
struct Subscription {
    bool to = false;           ///< we get the contact's presence
    bool from = false;         ///< the contact gets ours
    bool pending_out = false;  ///< we asked: ask='subscribe'
    bool pending_in = false;   ///< the contact asked and nobody answered yet
    bool approved = false;     ///< pre-approved (§3.4)
    friend bool operator==(const Subscription&, const Subscription&) = default;

    bool is_nothing() const { return !(to || from || pending_out || pending_in || approved); }
    /// "none", "to", "from", "both".
    std::string_view word() const;
};

enum class SubscriptionVerb : std::uint8_t { subscribe, subscribed, unsubscribe, unsubscribed };

/// What follows from a stanza, beside the new state.
struct SubscriptionStep {
    Subscription next;
    bool route = false;   ///< outbound: send it on to the contact; inbound: deliver it to the user
    bool push = false;    ///< the item changed in a way that clients see
    bool answer = false;  ///< inbound: reply for the user, `subscribed` (or see `verb`)
    SubscriptionVerb verb = SubscriptionVerb::subscribed;  ///< of the answer
    bool announces = false;  ///< the contact now gets our presence: send it
    bool hides = false;      ///< the contact gets it no more: send unavailable
};

/// The user sends it to a contact (Appendix A.2).
SubscriptionStep step_outbound(Subscription now, SubscriptionVerb verb);
/// A contact sends it to the user (Appendix A.3).
SubscriptionStep step_inbound(Subscription now, SubscriptionVerb verb);

}  // namespace sallyport::server
