// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "xmpp/sasl/mechanism.hpp"
#include "xmpp/stream/client_stream.hpp"

namespace sallyport::xmpp {

/// What is known while a client logs in; freed when it has.
struct ClientStream::Login {
    bool is_sasl2 = false;
    std::vector<std::string> offered;
    std::vector<std::string> fast;      ///< mechanisms for tokens (XEP-0484)
    std::vector<std::string> bindings;  ///< XEP-0440
    std::vector<std::string> refused;
    bool offers_fast = false;
    bool offers_bind = false;
    bool offers_resume = false;
    bool offers_inline_management = false;
    bool offers_inline_carbons = false;
    bool is_token_refused = false;
    bool asked_enable = false;
    bool awaits_key = false;
    bool is_fast = false;  ///< the chosen mechanism is one for a token
    const sasl::MechanismRow* row = nullptr;
    std::unique_ptr<sasl::ClientMechanism> mechanism;
};

}  // namespace sallyport::xmpp
