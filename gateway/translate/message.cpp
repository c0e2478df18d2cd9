// SPDX-License-Identifier: Apache-2.0
#include "gateway/translate/message.hpp"

#include "gateway/translate/failure_map.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/xep/correction.hpp"
#include "xmpp/xep/delay.hpp"
#include "xmpp/xep/encryption.hpp"
#include "xmpp/xep/ids.hpp"
#include "xmpp/xep/oob.hpp"
#include "xmpp/xep/reply.hpp"

namespace sallyport::translate {
namespace {

namespace ns = xmpp::ns;
using xmpp::Element;
using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaType;

/// A message older than this says when it was sent (XEP-0203).
constexpr std::chrono::seconds delay_after{60};

/// Removes a link that the body repeats because plain clients need it there: at its end, or alone.
std::string without_link(std::string body, std::string_view url) {
    std::string_view rest = trim(body);
    if (!rest.ends_with(url)) return body;
    rest.remove_suffix(url.size());
    return std::string(trim(rest));
}

Text read_text(const Stanza& stanza, std::string body) {
    const Element& message = stanza.element();
    Text text;
    text.body = xmpp::strip_fallback(message, body, {ns::reply, ns::correct});
    for (const xmpp::OobData& link : xmpp::parse_oob(message)) {
        text.attachments.emplace_back(link.url);
        text.body = without_link(std::move(text.body), link.url);
    }
    text.stanza_id = stanza.id();
    text.id = xmpp::origin_id(message).value_or(std::string(stanza.id()));
    text.wants_receipt = message.child("request", ns::receipts) != nullptr;
    text.corrects = xmpp::corrected_id(message);
    text.language = stanza.lang();
    return text;
}

void add_hint(Stanza& stanza, std::string_view hint) {
    stanza.element().add(hint, ns::hints);
}

}  // namespace

Meaning read_message(const Stanza& stanza) {
    const Element& message = stanza.element();
    if (const Element* received = message.child("received", ns::receipts))
        return ReceiptFor{std::string(received->attribute("id").value_or(""))};
    if (message.child_of(ns::reactions)) return Reacting{};
    if (message.child_of(ns::retract) || message.child_of(ns::retract0) ||
        message.child_of(ns::fasten))
        return Retracting{};
    if (xmpp::is_encrypted(message)) return EncryptedOnly{};
    auto body = message.child_text("body", ns::client);
    const bool has_link = message.child_of(ns::oob) != nullptr;
    if (!has_link && trim(body.value_or("")).empty()) return Bodyless{};
    return read_text(stanza, body.value_or(""));
}

std::string group_prefix(const port::MessageReceived& message) {
    if (message.other_recipients.empty()) return {};
    std::string others;
    for (const port::Address& other : message.other_recipients) {
        if (!others.empty()) others += ", ";
        others += other.text;
    }
    return "[group text, also to " + others + "; your answer goes to " + message.from.text +
           " alone]\n";
}

Stanza build_message(ShownMessage shown) {
    Stanza stanza = Stanza::message(StanzaType::chat, shown.from, shown.to, shown.id);
    Element& element = stanza.element();
    std::string body = group_prefix(shown.message) + to_xml_text(shown.message.text);
    const auto& attachments = shown.message.attachments;
    // Clients show a picture inline when the body is the link and nothing else (XEP-0066 as used
    // since XEP-0363).
    if (body.empty() && attachments.size() == 1)
        body = attachments.front().url;
    else
        for (const port::Attachment& attachment : attachments)
            body += (body.empty() ? "" : "\n") + attachment.url;
    element.add("body", ns::client).add_text(body);
    for (const port::Attachment& attachment : attachments)
        element.add(xmpp::build_oob(attachment.url));
    element.add(xmpp::build_origin_id(shown.id));
    if (!shown.nick.empty()) element.add("nick", ns::nick).add_text(to_xml_text(shown.nick));
    if (shown.ask_receipt) element.add("request", ns::receipts);
    if (shown.message.sent_at && shown.now - *shown.message.sent_at > delay_after)
        element.add(xmpp::build_delay(*shown.message.sent_at, shown.from.domain()));
    return stanza;
}

Stanza build_receipt(const Jid& from, const Jid& to, std::string_view id, std::string_view of) {
    Stanza stanza = Stanza::message(StanzaType::chat, from, to.bare(), id);
    stanza.element().add("received", ns::receipts).set("id", of);
    add_hint(stanza, "store");
    return stanza;
}

Stanza build_failure_error(
    const Jid& from, const Jid& to_full, std::string_view stanza_id, const port::Failure& failure
) {
    Stanza stanza = Stanza::message(StanzaType::error, from, to_full, stanza_id);
    stanza.element().add(to_error(failure).to_element(ns::client));
    return stanza;
}

Stanza build_failure_notice(
    const Jid& from,
    const Jid& to,
    std::string_view id,
    std::string_view stanza_id,
    std::string_view preview,
    std::string_view why
) {
    std::string text = "⚠ Not delivered: «" + to_xml_text(preview) + "» – " + to_xml_text(why);
    Stanza stanza = build_text(from, to, id, text);
    if (!stanza_id.empty()) stanza.element().add(xmpp::build_reply(stanza_id, to.bare().str()));
    return stanza;
}

Stanza build_text(const Jid& from, const Jid& to, std::string_view id, std::string_view text) {
    Stanza stanza = Stanza::message(StanzaType::chat, from, to.bare(), id);
    stanza.element().add("body", ns::client).add_text(to_xml_text(text));
    stanza.element().add(xmpp::build_origin_id(id));
    return stanza;
}

}  // namespace sallyport::translate
