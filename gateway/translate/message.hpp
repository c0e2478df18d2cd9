// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/port/inbound.hpp"
#include "gateway/port/outbound.hpp"
#include "gateway/port/types.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::translate {

/// What a user's message stanza means. Reply fallbacks are stripped, OOB links split from the text
/// that repeats them.
struct Text {
    std::string body;
    std::vector<port::Attachment> attachments;
    std::string id;         ///< origin-id if there is one, else the stanza's id, else ""
    std::string stanza_id;  ///< what a receipt or an error must name
    bool wants_receipt = false;
    std::optional<std::string> corrects;  ///< id of the message that this one replaces (XEP-0308)
    std::string language;
};
struct ReceiptFor {
    std::string id;
};
struct Reacting {};       ///< XEP-0444
struct Retracting {};     ///< XEP-0424
struct EncryptedOnly {};  ///< nothing that the other side could read
struct Bodyless {};       ///< chat states, markers, anything that needs no answer
using Meaning = std::variant<Text, ReceiptFor, Reacting, Retracting, EncryptedOnly, Bodyless>;

/// Reads a message of type normal or chat.
Meaning read_message(const xmpp::Stanza& stanza);

/// How a message from a peer is shown.
struct ShownMessage {
    xmpp::Jid from;
    xmpp::Jid to;
    std::string id;
    port::MessageReceived message;
    std::string nick;  ///< XEP-0172, "" = none
    bool ask_receipt = false;
    WallTime now{};
};
xmpp::Stanza build_message(ShownMessage shown);

/// XEP-0184 `received`, to the bare JID, with a `<store/>` hint.
xmpp::Stanza build_receipt(
    const xmpp::Jid& from, const xmpp::Jid& to, std::string_view id, std::string_view of
);
/// The failure of a message as an error to the resource that sent it.
xmpp::Stanza build_failure_error(
    const xmpp::Jid& from,
    const xmpp::Jid& to_full,
    std::string_view stanza_id,
    const port::Failure& failure
);
/// The same as a chat message, for a sender who is gone: «first 40 characters» and why, replying to
/// the original.
xmpp::Stanza build_failure_notice(
    const xmpp::Jid& from,
    const xmpp::Jid& to,
    std::string_view id,
    std::string_view stanza_id,
    std::string_view preview,
    std::string_view why
);
/// A plain chat message.
xmpp::Stanza build_text(
    const xmpp::Jid& from, const xmpp::Jid& to, std::string_view id, std::string_view text
);

/// The body under which a group text arrives: who else got it, and where an answer goes.
std::string group_prefix(const port::MessageReceived& message);

}  // namespace sallyport::translate
