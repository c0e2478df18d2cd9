// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/stream_error.hpp"

#include <array>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 25> words{
    "bad-format",
    "bad-namespace-prefix",
    "conflict",
    "connection-timeout",
    "host-gone",
    "host-unknown",
    "improper-addressing",
    "internal-server-error",
    "invalid-from",
    "invalid-namespace",
    "invalid-xml",
    "not-authorized",
    "not-well-formed",
    "policy-violation",
    "remote-connection-failed",
    "reset",
    "resource-constraint",
    "restricted-xml",
    "see-other-host",
    "system-shutdown",
    "undefined-condition",
    "unsupported-encoding",
    "unsupported-feature",
    "unsupported-stanza-type",
    "unsupported-version",
};

// In the order of XmlFault.
constexpr std::array<StreamCondition, 6> faults{
    StreamCondition::not_well_formed,
    StreamCondition::restricted_xml,
    StreamCondition::unsupported_encoding,
    StreamCondition::policy_violation,
    StreamCondition::bad_namespace_prefix,
    StreamCondition::bad_format,
};

}  // namespace

std::string_view to_string(StreamCondition condition) {
    return words[static_cast<std::size_t>(condition)];
}

std::optional<StreamCondition> parse_stream_condition(std::string_view word) {
    for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i] == word) return static_cast<StreamCondition>(i);
    return std::nullopt;
}

StreamCondition to_condition(XmlFault fault) {
    return faults[static_cast<std::size_t>(fault)];
}

Element StreamError::to_element() const {
    Element error("error", ns::streams);
    error.add(to_string(condition), ns::stream_errors).add_text(host);
    if (!text.empty()) error.add("text", ns::stream_errors).add_text(text);
    if (extra) error.add(*extra);
    return error;
}

StreamError StreamError::parse(const Element& error) {
    StreamError result;
    error.for_each([&](const Element& child) {
        if (child.ns() != ns::stream_errors) return;
        if (child.name() == "text") {
            result.text = child.text();
        } else if (auto condition = parse_stream_condition(child.name())) {
            result.condition = *condition;
            result.host = child.text();
        }
    });
    return result;
}

bool is_stream_error(const Element& element) {
    return element.is("error", ns::streams);
}

}  // namespace sallyport::xmpp
