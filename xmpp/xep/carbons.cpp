// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/carbons.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/delay.hpp"
#include "xmpp/xep/hints.hpp"

namespace sallyport::xmpp {
namespace {

/// Payloads of instant messaging: messages of these are copied whatever their type is.
constexpr std::array im_payloads{ns::receipts, ns::chat_states, ns::markers, ns::conference};

bool is_room_message(const Element& message) {
    return message.child("x", ns::muc_user) != nullptr;
}

bool is_invitation(const Element& message) {
    const Element* room = message.child("x", ns::muc_user);
    return room != nullptr && room->child("invite", ns::muc_user) != nullptr;
}

}  // namespace

Element build_forwarded(
    const Element& stanza, std::optional<std::chrono::sys_time<std::chrono::milliseconds>> stamp
) {
    Element forwarded("forwarded", ns::forward);
    if (stamp) forwarded.add(build_delay(*stamp, {}));
    forwarded.add(stanza);
    return forwarded;
}

const Element* find_forwarded(const Element& parent) {
    const Element* forwarded = parent.child("forwarded", ns::forward);
    return forwarded ? forwarded->child_of(ns::client) : nullptr;
}

Stanza build_carbon(
    const Stanza& original, CarbonDirection direction, const Jid& account, const Jid& to
) {
    Stanza copy = Stanza::message(original.type(), account, to, {});
    const std::string_view word = direction == CarbonDirection::sent ? "sent" : "received";
    copy.element().add(word, ns::carbons).add(build_forwarded(original.element()));
    return copy;
}

bool is_carbon(const Element& message) {
    return message.child("sent", ns::carbons) != nullptr ||
           message.child("received", ns::carbons) != nullptr;
}

bool forbids_carbons(const Element& message) {
    return message.child("private", ns::carbons) != nullptr || has_hint(message, Hint::no_copy);
}

bool is_eligible_for_carbons(const Stanza& message, CarbonDirection direction) {
    const Element& element = message.element();
    if (message.kind() != StanzaKind::message || message.type() == StanzaType::groupchat ||
        forbids_carbons(element) || is_carbon(element))
        return false;
    if (is_invitation(element)) return true;
    // A room gives its private messages to every client that has joined: no copies of those.
    const bool is_from_occupant = direction == CarbonDirection::received &&
                                  is_room_message(element) && !message.from().is_bare();
    if (is_from_occupant) return false;
    if (message.type() == StanzaType::chat || message.type() == StanzaType::error) return true;
    if (message.type() == StanzaType::normal && element.child("body", ns::client)) return true;
    return std::any_of(im_payloads.begin(), im_payloads.end(), [&](std::string_view payload) {
        return element.child_of(payload) != nullptr;
    });
}

}  // namespace sallyport::xmpp
