// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/stanza.hpp"

#include <array>
#include <cassert>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {

using Refusal = StanzaError;

constexpr std::array<std::string_view, 3> kinds{"message", "presence", "iq"};

struct TypeRow {
    std::string_view word;
    StanzaKind kind;
    StanzaType type;
};

constexpr std::array<TypeRow, 16> type_rows{{
    {"chat", StanzaKind::message, StanzaType::chat},
    {"error", StanzaKind::message, StanzaType::error},
    {"groupchat", StanzaKind::message, StanzaType::groupchat},
    {"headline", StanzaKind::message, StanzaType::headline},
    {"normal", StanzaKind::message, StanzaType::normal},
    {"unavailable", StanzaKind::presence, StanzaType::unavailable},
    {"subscribe", StanzaKind::presence, StanzaType::subscribe},
    {"subscribed", StanzaKind::presence, StanzaType::subscribed},
    {"unsubscribe", StanzaKind::presence, StanzaType::unsubscribe},
    {"unsubscribed", StanzaKind::presence, StanzaType::unsubscribed},
    {"probe", StanzaKind::presence, StanzaType::probe},
    {"error", StanzaKind::presence, StanzaType::error},
    {"get", StanzaKind::iq, StanzaType::get},
    {"set", StanzaKind::iq, StanzaType::set},
    {"result", StanzaKind::iq, StanzaType::result},
    {"error", StanzaKind::iq, StanzaType::error},
}};

std::optional<StanzaKind> parse_kind(const Element& element) {
    if (element.ns() != ns::client) return std::nullopt;
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (kinds[i] == element.name()) return static_cast<StanzaKind>(i);
    return std::nullopt;
}

std::optional<StanzaType> parse_type(const Element& element, StanzaKind kind) {
    std::optional<std::string_view> word = element.attribute("type");
    if (!word && kind == StanzaKind::presence) return StanzaType::available;
    if (word)
        for (const TypeRow& row : type_rows)
            if (row.kind == kind && row.word == *word) return row.type;
    // RFC 6121 §5.2.2: an unknown type of message is treated as normal.
    if (kind == StanzaKind::message) return StanzaType::normal;
    return std::nullopt;
}

boost::system::result<Jid, Refusal> parse_address(const Element& element, std::string_view name) {
    std::optional<std::string_view> text = element.attribute(name);
    if (!text) return Jid();
    Result<Jid> jid = Jid::parse(*text);
    if (!jid)
        return Refusal(
            Condition::jid_malformed, "The address in '" + std::string(name) + "' is not a JID."
        );
    return std::move(*jid);
}

// From here on the element says what the parsed addresses say, so that checking one checks the
// other.
void normalise(Element& element, std::string_view name, const Jid& jid) {
    if (!jid.is_empty() && element.attribute(name) != std::string_view(jid.str()))
        element.set(name, jid.str());
}

std::size_t count_children(const Element& element) {
    std::size_t count = 0;
    element.for_each([&](const Element&) { ++count; });
    return count;
}

// RFC 6120 §8.2.3: one child in a request, at most one in a result; errors are read leniently.
std::optional<Refusal> check_iq(const Element& element, StanzaType type) {
    if (element.attribute("id").value_or("").empty())
        return Refusal(Condition::bad_request, "An iq needs an id.");
    std::size_t children = count_children(element);
    bool request = type == StanzaType::get || type == StanzaType::set;
    if (request && children != 1)
        return Refusal(Condition::bad_request, "An iq of type get or set has exactly one child.");
    if (type == StanzaType::result && children > 1)
        return Refusal(Condition::bad_request, "An iq of type result has at most one child.");
    return std::nullopt;
}

Element header(
    StanzaKind kind, StanzaType type, const Jid& from, const Jid& to, std::string_view id
) {
    Element element(to_string(kind), ns::client);
    element.reserve_attributes(4);
    if (!to.is_empty()) element.append_attribute("to", to.str());
    if (!from.is_empty()) element.append_attribute("from", from.str());
    if (!id.empty()) element.append_attribute("id", id);
    if (std::string_view word = to_string(type); !word.empty())
        element.append_attribute("type", word);
    return element;
}

}  // namespace

boost::system::result<Stanza, StanzaError> Stanza::from_element(Element&& element) {
    std::optional<StanzaKind> kind = parse_kind(element);
    if (!kind) return Refusal(Condition::bad_request, "This is neither message, presence nor iq.");
    auto from = parse_address(element, "from");
    if (!from) return from.error();
    auto to = parse_address(element, "to");
    if (!to) return to.error();
    std::optional<StanzaType> type = parse_type(element, *kind);
    if (!type)
        return Refusal(
            Condition::bad_request, "The type is not one that RFC 6120 and 6121 define."
        );
    normalise(element, "from", *from);
    normalise(element, "to", *to);
    if (*kind == StanzaKind::iq)
        if (std::optional<Refusal> refusal = check_iq(element, *type)) return *refusal;
    return Stanza(std::move(element), *kind, *type, std::move(*from), std::move(*to));
}

Stanza Stanza::message(StanzaType type, Jid from, Jid to, std::string_view id) {
    Element element = header(StanzaKind::message, type, from, to, id);
    return Stanza(std::move(element), StanzaKind::message, type, std::move(from), std::move(to));
}

Stanza Stanza::presence(StanzaType type, Jid from, Jid to) {
    Element element = header(StanzaKind::presence, type, from, to, {});
    return Stanza(std::move(element), StanzaKind::presence, type, std::move(from), std::move(to));
}

Stanza Stanza::iq(StanzaType type, Jid from, Jid to, std::string_view id) {
    Element element = header(StanzaKind::iq, type, from, to, id);
    return Stanza(std::move(element), StanzaKind::iq, type, std::move(from), std::move(to));
}

void Stanza::set_from(Jid from) {
    from_ = std::move(from);
    from_.is_empty() ? element_.unset("from") : element_.set("from", from_.str());
}

void Stanza::set_to(Jid to) {
    to_ = std::move(to);
    to_.is_empty() ? element_.unset("to") : element_.set("to", to_.str());
}

const Element& Stanza::payload() const {
    const Element* child = element_.first_child();
    assert(child && kind_ == StanzaKind::iq);
    return *child;
}

Stanza Stanza::reply() const {
    StanzaType type = kind_ == StanzaKind::iq ? StanzaType::result : type_;
    return Stanza(header(kind_, type, to_, from_, id()), kind_, type, to_, from_);
}

std::optional<Stanza> Stanza::bounce(const StanzaError& error) const {
    if (type_ == StanzaType::error || type_ == StanzaType::result) return std::nullopt;
    Element element = header(kind_, StanzaType::error, to_, from_, id());
    element.add(error.to_element(ns::client));
    return Stanza(std::move(element), kind_, StanzaType::error, to_, from_);
}

std::optional<Stanza> bounce_malformed(const Element& element, const StanzaError& error) {
    std::optional<StanzaKind> kind = parse_kind(element);
    std::string_view type = element.attribute("type").value_or("");
    if (!kind || type == "error" || type == "result") return std::nullopt;
    auto from = parse_address(element, "from");
    if (!from || from->is_empty()) return std::nullopt;
    auto to = parse_address(element, "to");
    Jid self = to ? std::move(*to) : Jid();
    std::string_view id = element.attribute("id").value_or("");
    Stanza answer = *kind == StanzaKind::message
                        ? Stanza::message(StanzaType::error, self, *from, id)
                    : *kind == StanzaKind::iq ? Stanza::iq(StanzaType::error, self, *from, id)
                                              : Stanza::presence(StanzaType::error, self, *from);
    if (!id.empty()) answer.set_id(id);
    answer.element().add(error.to_element(ns::client));
    return answer;
}

std::string_view to_string(StanzaKind kind) {
    return kinds[static_cast<std::size_t>(kind)];
}

std::string_view to_string(StanzaType type) {
    if (type == StanzaType::normal) return {};
    for (const TypeRow& row : type_rows)
        if (row.type == type) return row.word;
    return {};
}

}  // namespace sallyport::xmpp
