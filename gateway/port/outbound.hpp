// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "gateway/port/types.hpp"

namespace sallyport::port {

/// What XMPP asks of a network. Closed: adding a member breaks every visitor at compile time, which
/// is the point.
struct SendMessage {
    Address to;
    std::string text;  ///< may be empty when there is an attachment
    std::vector<Attachment> attachments;
    std::string language;                ///< BCP 47, "" = unknown
    std::optional<MessageRef> reply_to;  ///< networks with threads
    std::string subject;                 ///< email

    SendMessage() = default;
    SendMessage(Address t, std::string body) : to(std::move(t)), text(std::move(body)) {}
    friend bool operator==(const SendMessage& a, const SendMessage& b) {
        return a.to == b.to && a.text == b.text && a.attachments == b.attachments;
    }
};
struct Correct {
    Address to;
    MessageRef target;
    std::string text;
};
struct Retract {
    Address to;
    MessageRef target;
};
struct React {
    Address to;
    MessageRef target;
    std::vector<std::string> added;
    std::vector<std::string> removed;
};
struct Typing {
    Address to;
    bool active = false;
};
struct Read {
    Address to;
    MessageRef up_to;
};
struct JoinRoom {
    Address room;
    std::string nick;
    std::string password;
};
struct LeaveRoom {
    Address room;
    std::string text;
};
struct SetSubject {
    Address room;
    std::string text;
};
struct SetNick {
    Address room;
    std::string nick;
};
struct Invite {
    Address room;
    Address who;
    std::string text;
};
struct SetRole {
    Address room;
    std::string who;
    std::string role;
    std::string text;
};
struct SetAffiliation {
    Address room;
    std::string who;
    std::string affiliation;
    std::string text;
};
struct ConfigureRoom {
    Address room;
    std::vector<std::pair<std::string, std::string>> values;
};
struct Subscribe {
    Address to;
    bool on = true;
};
struct Away {
    std::string text;
    bool away = false;
};

using Outbound = std::variant<
    SendMessage,
    Correct,
    Retract,
    React,
    Typing,
    Read,
    JoinRoom,
    LeaveRoom,
    SetSubject,
    SetNick,
    Invite,
    SetRole,
    SetAffiliation,
    ConfigureRoom,
    Subscribe,
    Away>;

}  // namespace sallyport::port
