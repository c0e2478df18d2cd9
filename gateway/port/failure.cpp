// SPDX-License-Identifier: Apache-2.0
#include "gateway/port/failure.hpp"

#include <array>
#include <stdexcept>

#include "gateway/port/transport.hpp"

namespace sallyport::port {
namespace {

struct Row {
    Reason reason;
    FailureClass of;
    std::string_view word;
    std::string_view sentence;
};

using enum FailureClass;

/// In the order of Reason, so that a reason is its own index.
constexpr std::array rows{
    Row{Reason::invalid_number, permanent, "invalid_number", "the number is not in service"},
    Row{Reason::opted_out,
        permanent,
        "opted_out",
        "the recipient asked not to get texts from this number (STOP)"},
    Row{Reason::landline,
        permanent,
        "landline",
        "the number is a landline and cannot receive texts"},
    Row{Reason::blocked, permanent, "blocked", "the carrier or the recipient blocked this message"},
    Row{Reason::sender_refused,
        permanent,
        "sender_refused",
        "your number is not allowed to send this text"},
    Row{Reason::region_refused,
        permanent,
        "region_refused",
        "texts to this country are not allowed"},
    Row{Reason::too_long, permanent, "too_long", "the message is too long for this network"},
    Row{Reason::media_refused,
        permanent,
        "media_refused",
        "the attachment was not accepted (type, size or address)"},
    Row{Reason::bad_request, permanent, "bad_request", "the network did not accept this message"},
    Row{Reason::unreachable,
        permanent,
        "unreachable",
        "the phone could not be reached; it may be switched off"},
    Row{Reason::expired, permanent, "expired", "it could not be sent in time"},
    Row{Reason::refused_by_policy,
        permanent,
        "refused_by_policy",
        "the operator of this gateway does not allow it"},
    Row{Reason::not_supported, permanent, "not_supported", "this network cannot do that"},
    Row{Reason::no_route, permanent, "no_route", "no provider is set up for your number"},
    Row{Reason::throttled,
        retryable,
        "throttled",
        "too many messages at once; it is tried again later"},
    Row{Reason::temporary, retryable, "temporary", "the network has a temporary problem"},
    Row{Reason::not_connected, retryable, "not_connected", "the network could not be reached"},
    Row{Reason::credentials, held, "credentials", "the provider refuses this gateway's login"},
    Row{Reason::balance, held, "balance", "the account at the provider has no credit left"},
    Row{Reason::suspended, held, "suspended", "the account at the provider is suspended"},
    Row{Reason::unknown_outcome, ambiguous, "unknown_outcome", "it may or may not have been sent"},
};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (static_cast<std::size_t>(rows[i].reason) != i) return false;
    }
    return rows.size() == static_cast<std::size_t>(Reason::unknown_outcome) + 1;
}
static_assert(is_in_order());

const Row& row(Reason reason) {
    return rows.at(static_cast<std::size_t>(reason));
}

}  // namespace

std::string_view to_string(Reason reason) {
    return row(reason).word;
}

std::optional<Reason> parse_reason(std::string_view word) {
    for (const Row& row : rows) {
        if (row.word == word) return row.reason;
    }
    return std::nullopt;
}

FailureClass failure_class(Reason reason) {
    return row(reason).of;
}

std::string_view sentence(Reason reason) {
    return row(reason).sentence;
}

FailureClass Failure::failure_class() const {
    return port::failure_class(reason);
}

void throw_exception_from_error(const Failure& failure, const boost::source_location& where) {
    throw std::logic_error(
        std::string("a failure was taken for an answer: ") +
        std::string(to_string(failure.reason)) + " at " + where.to_string()
    );
}

}  // namespace sallyport::port
