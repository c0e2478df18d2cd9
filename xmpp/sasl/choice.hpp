// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "xmpp/sasl/mechanism.hpp"

namespace sallyport::xmpp::sasl {

/// What a client knows when it chooses a mechanism.
struct Wish {
    std::vector<Credential> credentials;  ///< what it has
    std::vector<std::string> offered;     ///< mechanisms, in whatever order
    std::vector<std::string> permitted;   ///< by the operator; empty = all
    std::vector<std::string> bindings;    ///< channel binding types (XEP-0440)
    std::vector<std::string> refused;     ///< tried on this stream, and refused as such
    Binding binding;                      ///< of this connection
    bool has_tls = false;
    bool is_sasl2 = false;
    bool allows_legacy = false;
    bool allows_clear = false;  ///< the operator wants passwords to go out without TLS
    /// Of the best mechanism that the password was ever proved with: what is weaker may not have
    /// the password any more. Of no effect without a password.
    int pinned_rank = 0;
};

/// The strongest mechanism that both sides can do, by our own order (RFC 6120 §6.3.3), or why there
/// is none: nothing that fits, or an offer that only an attacker makes (XEP-0440 §3; weaker by a
/// class than what this account is pinned to).
std::variant<const MechanismRow*, GiveUp> choose(const Wish& wish);

}  // namespace sallyport::xmpp::sasl
