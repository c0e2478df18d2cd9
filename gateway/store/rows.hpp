// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "gateway/base/clock.hpp"
#include "gateway/port/inbound.hpp"
#include "gateway/port/types.hpp"

/// What stands in the store of messages and registrations, as the core sees it.
namespace sallyport::store {

using port::DeliveryState;

/// One outbound message. A lane is (transport, own, peer): its messages are attempted one after
/// another, oldest first.
struct OutboundRow {
    std::int64_t row = 0;   ///< order of acceptance
    std::int64_t lane = 0;  ///< the store's name of its lane
    port::OutId id;
    std::string transport;  ///< domain of the transport: "sms.example.org"
    port::AccountId account;
    std::string user;       ///< bare JID
    std::string own;        ///< our address, "+1555…"
    std::string peer;       ///< canonical address text
    std::string from;       ///< full JID that sent it
    std::string stanza_id;  ///< its id, "" = none
    bool wants_receipt = false;
    std::string payload;  ///< port::encode(SendMessage); blanked by retention
    std::string preview;  ///< first 40 characters, for failure notices; blanked by retention
    DeliveryState state = DeliveryState::queued;
    int attempts = 0;         ///< started so far
    std::string provider;     ///< of the last attempt
    int looks = 0;            ///< lookups of this ambiguity that found nothing
    std::string reason;       ///< word of the last failure (port::Reason), "" = none
    std::string reason_text;  ///< the network's words and code
    WallTime accepted_at{};
    WallTime attempted_at{};  ///< start of the last attempt
    WallTime deadline{};
    WallTime changed_at{};  ///< of the last change of state
};

/// What must be shown to a user, in order: inbound messages and the news of their own messages.
struct InboxRow {
    enum class Kind { message = 0, receipt = 1, failure = 2, notice = 3 };
    std::int64_t row = 0;
    std::string id;  ///< stanza id and origin-id, a ULID: the same at every re-send
    std::string transport;
    std::string
        user;  ///< bare JID; "" = nobody owns it yet (shown to admins, kept for the operator)
    std::string own;
    std::string peer;  ///< sender; for notice "" = the domain itself
    Kind kind = Kind::message;
    std::string payload;    ///< message: encode(MessageReceived); failure: text of the reason;
                            ///< notice: text; receipt: ""
    std::string stanza_id;  ///< receipt, failure: the id of the message it is about
    std::string to_full;    ///< failure: the full JID that sent it
    std::string reason;     ///< failure: port::Reason word; "expired" …
    std::string preview;    ///< failure: first 40 characters of the message
    WallTime received_at{};
    int attempts = 0;  ///< times it was returned by the host
};

/// Where the store keeps an outbound message. Given back with the outcome of its attempt, it saves
/// the search.
struct Place {
    std::int64_t row = 0;
    std::int64_t lane = 0;
};

struct RegistrationRow {
    port::AccountId id;
    std::string transport;
    std::string user;
    std::string own;       ///< "" for implicit accounts
    std::string provider;  ///< `own` accounts
    std::string hook_token;
    std::string credentials;  ///< sealed with data/key; "" = none
    bool from_pool = false;
    bool suspended = false;
    WallTime created{};
};

}  // namespace sallyport::store
