// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "xmpp/core/stanza.hpp"

/// What an XMPP stream tells its owner. No event ever holds a secret.
namespace sallyport::xmpp {

/// The peer is who it claims to be and stanzas may flow. `domain` is the component's.
struct Established {
    Jid domain;
};

/// A stanza with a good header.
struct Received {
    Stanza stanza;
};

/// A stanza whose header is bad: to be answered with bounce_malformed(element, error), where that
/// gives an answer.
struct Malformed {
    Element element;
    StanzaError error;
};

enum class EndedBy {
    peer,  ///< its stream error or its </stream:stream>
    us,    ///< we closed, or refused what the peer sent, or ran out of patience
    link   ///< the bytes ended without a word
};

/// The stream is over; the Close action with the same reason follows. Told once.
struct Ended {
    EndedBy by = EndedBy::link;
    /// A stable word: an RFC 6120 §4.9.3 condition, or "closed", "eof", "handshake-timeout",
    /// "close-timeout".
    std::string reason;
    std::string
        text;  ///< what the peer said, or what was wrong with its XML; for the log; may be empty
    bool was_established = false;

    Ended() = default;
    Ended(EndedBy who, std::string why, std::string said, bool established)
        : by(who), reason(std::move(why)), text(std::move(said)), was_established(established) {}
};

}  // namespace sallyport::xmpp
