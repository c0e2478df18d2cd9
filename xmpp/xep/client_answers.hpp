// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "xmpp/core/stanza.hpp"
#include "xmpp/xep/disco.hpp"

namespace sallyport::xmpp {

/// What a client says about itself.
struct ClientFacts {
    std::string name = "Sallyport";
    std::string version = SALLYPORT_VERSION;
    /// The features that follow from the answers below come by themselves; without an identity it
    /// is a bot's.
    DiscoInfo info;
    std::chrono::sys_time<std::chrono::milliseconds> time;
    std::chrono::minutes zone{0};  ///< offset from UTC
    std::chrono::seconds idle{0};  ///< since its user did something
};

/// The answer to an iq get or set that nobody else of the client answers: ping (XEP-0199), version
/// (XEP-0092), disco#info (XEP-0030), time (XEP-0202), last (XEP-0012); service-unavailable to
/// anything else (RFC 6120 §8.2.3). Nothing for what must not be answered. Servers end sessions
/// that do not answer (seed 004).
std::optional<Stanza> answer_as_client(const Stanza& request, const ClientFacts& facts);

}  // namespace sallyport::xmpp
