// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::port {

/// What a failed attempt means for the message (sms.md §6).
enum class FailureClass {
    permanent,  ///< never again: tell the user
    retryable,  ///< not taken; try again, at once over another route or after a pause
    ambiguous,  ///< it may have been taken: only a callback, a lookup or the policy decides
    held        ///< the account is at fault, not the message: stop the provider, keep the message
};

/// Why a network said no: a closed table; sentence, class and stanza condition of each are in
/// failure.cpp and translate/failure_map.
enum class Reason {
    // permanent
    invalid_number,
    opted_out,
    landline,
    blocked,
    sender_refused,
    region_refused,
    too_long,
    media_refused,
    bad_request,
    unreachable,
    expired,
    refused_by_policy,
    not_supported,
    no_route,
    // retryable
    throttled,
    temporary,
    not_connected,
    // held
    credentials,
    balance,
    suspended,
    // ambiguous
    unknown_outcome
};

struct Failure {
    Reason reason = Reason::temporary;
    std::string text;  ///< the network's own words, for `why`; may be empty
    std::string code;  ///< the network's own code, may be empty
    std::optional<std::chrono::milliseconds> retry_after;

    Failure() = default;
    explicit Failure(Reason r, std::string t = {}, std::string c = {})
        : reason(r), text(std::move(t)), code(std::move(c)) {}
    FailureClass failure_class() const;
};

std::string_view to_string(Reason reason);  ///< the word of providers.md
std::optional<Reason> parse_reason(std::string_view word);
FailureClass failure_class(Reason reason);
/// One plain sentence for the user, without a full stop: "the number is not in service".
std::string_view sentence(Reason reason);

}  // namespace sallyport::port
