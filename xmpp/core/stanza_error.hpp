// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/assert/source_location.hpp>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// RFC 6120 §8.3.2: what the sender may do about it.
enum class ErrorType { auth, cancel, continue_, modify, wait };

/// RFC 6120 §8.3.3, all defined conditions. `undefined` is undefined-condition.
enum class Condition {
    bad_request,
    conflict,
    feature_not_implemented,
    forbidden,
    gone,
    internal_server_error,
    item_not_found,
    jid_malformed,
    not_acceptable,
    not_allowed,
    not_authorized,
    policy_violation,
    recipient_unavailable,
    redirect,
    registration_required,
    remote_server_not_found,
    remote_server_timeout,
    resource_constraint,
    service_unavailable,
    subscription_required,
    undefined,
    unexpected_request
};

std::string_view to_string(ErrorType type);
std::string_view to_string(Condition condition);
std::optional<Condition> parse_condition(std::string_view word);

/// "Bounce this stanza": a reply, not a log line. Type defaults to RFC 6120's for the condition.
struct StanzaError {
    Condition condition = Condition::undefined;
    ErrorType type = ErrorType::cancel;
    std::string text;              ///< for a person; may be empty
    std::string uri;               ///< content of <gone/> or <redirect/>
    std::optional<Element> extra;  ///< application-specific condition

    StanzaError() = default;
    explicit StanzaError(Condition c, std::string t = {});
    StanzaError(Condition c, ErrorType as, std::string t)
        : condition(c), type(as), text(std::move(t)) {}

    /// The <error/> child in the given stanza namespace.
    Element to_element(std::string_view ns) const;
    /// Reads the <error/> child of an error stanza; absent or unknown content gives
    /// undefined-condition/cancel.
    static StanzaError from_stanza(const Element& stanza);
};

/// Called by Boost when value() of a result meets a StanzaError: a bug of the caller, who must test
/// first.
[[noreturn]] void throw_exception_from_error(
    const StanzaError& error, const boost::source_location& where
);

}  // namespace sallyport::xmpp
