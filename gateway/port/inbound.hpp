// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/port/failure.hpp"
#include "gateway/port/types.hpp"

namespace sallyport::port {

/// A message from a peer (or, `by_me`, from the user's own other device on that network).
struct MessageReceived {
    Address from;
    std::string own_address;  ///< which of our addresses it came to; accounts are found by it
    MessageRef ref;           ///< the network's id; dedupe key together with the transport
    std::string text;
    std::vector<Attachment> attachments;    ///< still at the network's place: core copies them
    std::vector<Address> other_recipients;  ///< of a group text
    std::optional<WallTime> sent_at;        ///< the network's time, if it tells
    bool by_me = false;

    MessageReceived() = default;
    MessageReceived(Address f, std::string own, MessageRef r, std::string t)
        : from(std::move(f)), own_address(std::move(own)), ref(std::move(r)), text(std::move(t)) {}
};

/// The states of sms.md §2.0; terminal ones last. A lattice: an outcome never moves a message back
/// (§6.4).
enum class DeliveryState {
    queued,
    attempting,
    ambiguous,
    accepted,
    sent,
    unconfirmed,
    delivered,
    undelivered,
    failed,
    expired
};

/// News of one of our messages: the result of an attempt, or a later report. Found by id, else by
/// ref.
struct Outcome {
    std::optional<OutId> id;
    std::vector<MessageRef> refs;  ///< ids that the network gave (several for a split text)
    DeliveryState state = DeliveryState::accepted;
    std::optional<Failure>
        failure;  ///< set for undelivered, failed, ambiguous and for attempts that were not taken
    std::string provider;  ///< who says so

    Outcome() = default;
    Outcome(std::optional<OutId> i, DeliveryState s) : id(std::move(i)), state(s) {}
};

struct Correction {
    Address from;
    MessageRef target;
    std::string text;
};
struct Retraction {
    Address from;
    MessageRef target;
};
struct Reaction {
    Address from;
    MessageRef target;
    std::vector<std::string> emojis;
};
struct TypingNotice {
    Address from;
    bool active = false;
};
enum class Availability { online, away, do_not_disturb, offline };
struct PresenceChange {
    Address of;
    Availability availability = Availability::online;
    std::string text;
};
struct ContactChange {
    ContactInfo contact;
};
struct Occupant {
    Address room;
    std::string nick;
    std::string id;
    std::string role;
    std::string affiliation;
    bool present = true;
    bool self = false;
    std::string previous_nick;
    std::string text;
};
struct RoomMessage {
    Address room;
    std::string nick;
    std::string id;
    std::string text;
    bool action = false;
    bool by_me = false;
    WallTime at;
};
struct RoomState {
    Address room;
    bool joined = false;
    std::string subject;
    std::string subject_by;
    std::optional<Failure> failure;
};
struct RoomFeatures {
    Address room;
    std::vector<std::string> flags;
};
struct RoomInvite {
    Address room;
    Address by;
    std::string text;
};
enum class SessionStatus { connecting, online, offline, refused };
struct SessionState {
    SessionStatus status = SessionStatus::online;
    std::optional<Failure> failure;
};

using Inbound = std::variant<
    MessageReceived,
    Outcome,
    Correction,
    Retraction,
    Reaction,
    TypingNotice,
    PresenceChange,
    ContactChange,
    Occupant,
    RoomMessage,
    RoomState,
    RoomFeatures,
    RoomInvite,
    SessionState>;

}  // namespace sallyport::port
