// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "xmpp/sasl/mechanism.hpp"

namespace sallyport::xmpp::sasl {
namespace {

// RFC 6120 §6.5, in the order of Fault.
constexpr std::array<std::string_view, 11> words{
    "aborted",
    "account-disabled",
    "credentials-expired",
    "encryption-required",
    "incorrect-encoding",
    "invalid-authzid",
    "invalid-mechanism",
    "malformed-request",
    "mechanism-too-weak",
    "not-authorized",
    "temporary-auth-failure",
};

}  // namespace

std::string_view to_string(Fault fault) {
    return words[static_cast<std::size_t>(fault)];
}

std::optional<Fault> parse_fault(std::string_view word) {
    auto at = std::find(words.begin(), words.end(), word);
    if (at == words.end()) return std::nullopt;
    return static_cast<Fault>(at - words.begin());
}

}  // namespace sallyport::xmpp::sasl
