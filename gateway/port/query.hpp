// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/port/inbound.hpp"
#include "gateway/port/outbound.hpp"

namespace sallyport::port {

/// A form as a value: XEP-0004 without XML. Used for registration, room configuration and command
/// steps.
struct FormField {
    enum class Kind { text, secret, number, flag, choice, choices, multiline, fixed, hidden };
    std::string name;
    std::string label;
    Kind kind = Kind::text;
    bool required = false;
    std::vector<std::string> values;
    std::vector<std::pair<std::string, std::string>> options;  ///< value, label
};
struct Form {
    std::string title;
    std::string instructions;
    std::vector<FormField> fields;
};
using FormValues = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// A command that an address offers (XEP-0050), and one step of running it. Steps carry the
/// transport's own opaque state.
struct Command {
    std::string node;
    std::string name;
    bool admin_only = false;
};

// Questions that may wait on the network.
struct Ping {
    Address to;
};
struct AskVersion {
    Address to;
};
struct AskContact {
    Address to;
};
struct Search {
    std::string text;
    std::size_t limit = 50;
};
struct ListRooms {
    std::string network;
    std::string after;
    std::size_t limit = 50;
};
struct RoomList {
    Address room;
    std::string list;
};  ///< bans, voices, operators, …
struct History {
    Address room;
    std::string before;
    std::size_t limit = 50;
};
struct ListCommands {
    Address of;
};
struct RunCommand {
    Address of;
    std::string node;
    std::string state;
    std::string action;
    FormValues values;
};
struct RoomForm {
    Address room;
};
/// Was this message taken by the network? Asked while an attempt is ambiguous.
struct FindSent {
    OutId id;
    SendMessage message;
    std::string own_address;
    std::string provider;
    WallTime attempted_at;
};

using Query = std::variant<
    Ping,
    AskVersion,
    AskContact,
    Search,
    ListRooms,
    RoomList,
    History,
    ListCommands,
    RunCommand,
    RoomForm,
    FindSent>;

struct Pong {
    std::chrono::milliseconds round_trip{};
};
struct VersionInfo {
    std::string name;
    std::string version;
    std::string system;
};
struct Addresses {
    std::vector<ContactInfo> items;
    std::string next;
};
struct Lines {
    std::vector<std::pair<std::string, std::string>> items;
};
struct Commands {
    std::vector<Command> items;
};
struct CommandStep {
    std::string state;
    bool done = true;
    std::string note;
    bool error = false;
    std::optional<Form> form;
};
struct MessagePage {
    std::vector<RoomMessage> items;
    std::string next;
};
/// `found` = the network has it under `refs`; `absent` = this look did not find it; `later` = it
/// did not answer, and is to be asked again; `unknown` = it cannot be asked at all.
struct SentStatus {
    enum class Answer { found, absent, later, unknown };
    Answer answer = Answer::unknown;
    std::vector<MessageRef> refs;
    DeliveryState state = DeliveryState::accepted;
    std::vector<MessageRef>
        others;  ///< found: what it could be instead, when `refs` turns out to be another message's
    std::chrono::seconds settle{120};  ///< absent twice, this far apart, means it was not sent
};

using Reply = std::variant<
    Pong,
    VersionInfo,
    ContactInfo,
    Addresses,
    Lines,
    Commands,
    CommandStep,
    Form,
    MessagePage,
    SentStatus>;

}  // namespace sallyport::port
