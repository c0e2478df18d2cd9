// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"

/// The narrow door between the XMPP side and the legacy networks: small values, no stanza, no JID,
/// no SQL. Everything here crosses awaits and threads, so every type has constructors (style.md,
/// the await law).
namespace sallyport::port {

/// A registration of one user with one transport: a row id of the store.
struct AccountId {
    std::int64_t value = 0;
    friend auto operator<=>(const AccountId&, const AccountId&) = default;
};

/// A user as transports know them: the bare JID as text, to show, hash, compare and format, never
/// to parse.
struct UserLabel {
    std::string text;
    friend auto operator<=>(const UserLabel&, const UserLabel&) = default;
};

/// A legacy peer, room or service in its transport's canonical text: "+15551234567",
/// "#channel%irc.libera.chat".
struct Address {
    enum class Kind { person, room, service };
    std::string text;
    Kind kind = Kind::person;

    Address() = default;
    explicit Address(std::string t, Kind k = Kind::person) : text(std::move(t)), kind(k) {}
    friend auto operator<=>(const Address&, const Address&) = default;
};

/// Our id of one outbound message, a ULID: callbacks, ledgers and commands name messages by it.
struct OutId {
    std::string text;
    friend auto operator<=>(const OutId&, const OutId&) = default;
};

/// A network's id of a message ("SM…", a Message-ID, a msgid), unique within (transport, provider).
struct MessageRef {
    std::string
        provider;  ///< name of the providers: entry or network; "" when the transport has but one
    std::string id;

    MessageRef() = default;
    MessageRef(std::string p, std::string i) : provider(std::move(p)), id(std::move(i)) {}
    friend auto operator<=>(const MessageRef&, const MessageRef&) = default;
};

struct Attachment {
    std::string url;               ///< where it can be fetched
    std::string media_type;        ///< "" when unknown
    std::string name;              ///< file name to show, "" when unknown
    std::uint64_t size_bytes = 0;  ///< 0 when unknown

    Attachment() = default;
    explicit Attachment(std::string u, std::string type = {})
        : url(std::move(u)), media_type(std::move(type)) {}
    friend bool operator==(const Attachment&, const Attachment&) = default;
};

/// Name and details of a peer, for rosters and vCards.
struct ContactInfo {
    Address address;
    std::string name;       ///< what to show, "" = the address itself
    std::string phone;      ///< E.164, "" = none
    std::string email;      ///< "" = none
    bool replyable = true;  ///< false for alphanumeric senders and no-reply addresses
};

}  // namespace sallyport::port
