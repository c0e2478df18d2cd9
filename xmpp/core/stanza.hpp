// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"
#include "xmpp/core/jid.hpp"
#include "xmpp/core/stanza_error.hpp"

namespace sallyport::xmpp {

enum class StanzaKind { message, presence, iq };

/// The type attribute over all kinds. An absent one is `normal` for messages and `available` for
/// presences; a message of an unknown type is `normal` (RFC 6121 §5.2.2), other unknown types are
/// refused.
enum class StanzaType {
    normal,
    chat,
    groupchat,
    headline,  // message
    available,
    unavailable,
    subscribe,
    subscribed,
    unsubscribe,
    unsubscribed,
    probe,  // presence
    get,
    set,
    result,  // iq
    error
};

/// An element with a checked header. Children are in their own namespaces; the stanza's own
/// namespace is always jabber:client here, whatever the stream's: readers and writers translate.
class Stanza {
  public:
    /// The only way from bytes; writes `from` and `to` back in normal form. Errors (as the
    /// condition to bounce with): jid-malformed for a bad `to` or `from`, bad-request for an iq
    /// without id, with an unknown type, or with a number of children other than RFC 6120 §8.2.3
    /// wants.
    /// A refused element is left as it was, but for the normal form.
    static boost::system::result<Stanza, StanzaError> from_element(Element&& element);
    static boost::system::result<Stanza, StanzaError> from_element(const Element& element) {
        return from_element(Element(element));
    }

    static Stanza message(StanzaType type, Jid from, Jid to, std::string_view id);
    static Stanza presence(StanzaType type, Jid from, Jid to);
    static Stanza iq(StanzaType type, Jid from, Jid to, std::string_view id);

    StanzaKind kind() const { return kind_; }
    StanzaType type() const { return type_; }
    const Jid& from() const { return from_; }  ///< empty when absent
    const Jid& to() const { return to_; }      ///< empty when absent
    /// The id, "" when absent (an iq always has one).
    std::string_view id() const { return element_.attribute("id").value_or(std::string_view{}); }
    std::string_view lang() const {
        return element_.attribute("xml:lang").value_or(std::string_view{});
    }
    const Element& element() const { return element_; }
    Element& element() {
        return element_;
    }  ///< for payload; the header is set by the setters below
    void set_from(Jid from);
    void set_to(Jid to);
    void set_id(std::string_view id) { element_.set("id", id); }

    /// The payload of an iq get or set: its single child. REQUIRES: such an iq.
    const Element& payload() const;
    /// An empty answer with from and to exchanged and the same id: iq result, or a message/presence
    /// of the same type.
    Stanza reply() const;
    /// The error answer, or nothing when this stanza must not be answered (type error, iq result):
    /// loops end here. Like most servers, a bounced iq or message does not carry the original
    /// payload.
    std::optional<Stanza> bounce(const StanzaError& error) const;

  private:
    Stanza(Element element, StanzaKind kind, StanzaType type, Jid from, Jid to)
        : element_(std::move(element)),
          kind_(kind),
          type_(type),
          from_(std::move(from)),
          to_(std::move(to)) {}
    Element element_;
    StanzaKind kind_;
    StanzaType type_;
    Jid from_;
    Jid to_;
};

/// The error answer to an element that from_element refused, or nothing when it must not be
/// answered (it is itself an error or a result, is no stanza, or says no usable `from`). `from` of
/// the answer is what the element had as `to`.
std::optional<Stanza> bounce_malformed(const Element& element, const StanzaError& error);

std::string_view to_string(StanzaKind kind);
/// The wire word; "" for normal and available, which are written as no attribute.
std::string_view to_string(StanzaType type);

}  // namespace sallyport::xmpp
