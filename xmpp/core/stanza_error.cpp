// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/stanza_error.hpp"

#include <array>
#include <stdexcept>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {

struct Row {
    std::string_view word;
    ErrorType type;  // the type RFC 6120 §8.3.3 gives, or its first choice
};

// In the order of the enumeration.
constexpr std::array<Row, 22> conditions{{
    {"bad-request", ErrorType::modify},
    {"conflict", ErrorType::cancel},
    {"feature-not-implemented", ErrorType::cancel},
    {"forbidden", ErrorType::auth},
    {"gone", ErrorType::cancel},
    {"internal-server-error", ErrorType::cancel},
    {"item-not-found", ErrorType::cancel},
    {"jid-malformed", ErrorType::modify},
    {"not-acceptable", ErrorType::modify},
    {"not-allowed", ErrorType::cancel},
    {"not-authorized", ErrorType::auth},
    {"policy-violation", ErrorType::modify},
    {"recipient-unavailable", ErrorType::wait},
    {"redirect", ErrorType::modify},
    {"registration-required", ErrorType::auth},
    {"remote-server-not-found", ErrorType::cancel},
    {"remote-server-timeout", ErrorType::wait},
    {"resource-constraint", ErrorType::wait},
    {"service-unavailable", ErrorType::cancel},
    {"subscription-required", ErrorType::auth},
    {"undefined-condition", ErrorType::cancel},
    {"unexpected-request", ErrorType::wait},
}};

constexpr std::array<std::string_view, 5> types{"auth", "cancel", "continue", "modify", "wait"};

const Row& row(Condition condition) {
    return conditions[static_cast<std::size_t>(condition)];
}

std::optional<ErrorType> parse_type(std::string_view word) {
    for (std::size_t i = 0; i < types.size(); ++i)
        if (types[i] == word) return static_cast<ErrorType>(i);
    return std::nullopt;
}

}  // namespace

std::string_view to_string(ErrorType type) {
    return types[static_cast<std::size_t>(type)];
}

std::string_view to_string(Condition condition) {
    return row(condition).word;
}

std::optional<Condition> parse_condition(std::string_view word) {
    for (std::size_t i = 0; i < conditions.size(); ++i)
        if (conditions[i].word == word) return static_cast<Condition>(i);
    return std::nullopt;
}

StanzaError::StanzaError(Condition c, std::string t)
    : condition(c), type(row(c).type), text(std::move(t)) {}

Element StanzaError::to_element(std::string_view ns) const {
    Element error("error", ns);
    error.set("type", to_string(type));
    error.add(to_string(condition), ns::stanza_errors).add_text(uri);
    if (!text.empty()) error.add("text", ns::stanza_errors).add_text(text);
    if (extra) error.add(*extra);
    return error;
}

StanzaError StanzaError::from_stanza(const Element& stanza) {
    StanzaError result(Condition::undefined);
    const Element* error = stanza.child("error", stanza.ns());
    if (!error) return result;
    std::optional<ErrorType> type = parse_type(error->attribute("type").value_or(""));
    error->for_each([&](const Element& child) {
        if (child.ns() != ns::stanza_errors) {
            if (!result.extra) result.extra = child;
        } else if (child.name() == "text") {
            result.text = child.text();
        } else if (auto condition = parse_condition(child.name())) {
            result.condition = *condition;
            result.uri = child.text();
        }
    });
    result.type = type.value_or(row(result.condition).type);
    return result;
}

void throw_exception_from_error(const StanzaError& error, const boost::source_location& where) {
    throw std::logic_error(
        "value() of a stanza error at " + where.to_string() + ": " +
        std::string(to_string(error.condition))
    );
}

}  // namespace sallyport::xmpp
