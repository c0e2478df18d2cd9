// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/shown.hpp"

#include "gateway/port/codec.hpp"
#include "gateway/translate/address.hpp"
#include "gateway/translate/failure_map.hpp"
#include "gateway/translate/message.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::core {
namespace {

using store::InboxRow;
using xmpp::Jid;
using xmpp::Stanza;
using Kind = InboxRow::Kind;

/// Fits into a stanza (EgressRules::stanza_bytes) whatever the characters are: none is longer than
/// the five bytes of "&amp;".
constexpr std::size_t most_characters = 40'000;

/// More than any text of a network that has limits.
constexpr std::size_t most_for_admins = 2000;

port::MessageReceived message_of(const InboxRow& row) {
    auto message = port::decode_message_received(row.payload);
    if (message) return *std::move(message);
    // A row that a newer program wrote, or a damaged one, is still shown.
    return {
        port::Address(row.peer),
        row.own,
        {},
        "[this text cannot be shown: " + message.error().to_string() + "]"};
}

port::Failure failure_of(const InboxRow& row) {
    return port::Failure(
        port::parse_reason(row.reason).value_or(port::Reason::temporary), row.payload
    );
}

struct Place {
    const World& world;
    Users& users;
    const Domain& domain;
    const InboxRow& row;
    Jid from;
    Jid to;
};

Stanza show_message(const Place& p, std::optional<port::MessageReceived> with_media) {
    translate::ShownMessage shown;
    shown.from = p.from;
    shown.to = p.to;
    shown.id = p.row.id;
    shown.message = with_media ? *std::move(with_media) : message_of(p.row);
    const port::ContactInfo contact = p.domain.transport->contact(port::Address(p.row.peer));
    if (contact.name != p.row.peer) shown.nick = contact.name;
    if (!shown.message.sent_at) shown.message.sent_at = p.row.received_at;
    // Between two users of this gateway the receipt is the other client's own.
    shown.ask_receipt = p.domain.accounts.find_by_own_address(p.row.peer) != nullptr;
    shown.now = p.world.time.wall();
    return translate::build_message(std::move(shown));
}

Stanza show_failure(const Place& p) {
    const port::Failure failure = failure_of(p.row);
    auto to_full = Jid::parse(p.row.to_full);
    auto user = p.users.find(p.to);
    // Hosts drop errors to resources that are gone: then a chat message tells.
    if (to_full && user && user->is_available(*to_full))
        return translate::build_failure_error(p.from, *to_full, p.row.stanza_id, failure);
    const std::string why = translate::explain(failure.reason, failure.text);
    return translate::build_failure_notice(
        p.from, p.to, p.row.id, p.row.stanza_id, p.row.preview, why
    );
}

Stanza show(const Place& p, std::optional<port::MessageReceived> with_media) {
    switch (p.row.kind) {
        case Kind::message:
            return show_message(p, std::move(with_media));
        case Kind::receipt:
            return translate::build_receipt(p.from, p.to, p.row.id, p.row.stanza_id);
        case Kind::failure:
            return show_failure(p);
        case Kind::notice:
            return translate::build_text(p.from, p.to, p.row.id, p.row.payload);
    }
    return translate::build_text(p.from, p.to, p.row.id, p.row.payload);
}

std::vector<Stanza> show_unowned(const World& world, const Domain& domain, const InboxRow& row) {
    const std::string text =
        "Text from " + row.peer + " to " + row.own + ", which nobody has: " + text_for_admins(row);
    std::vector<Stanza> stanzas;
    stanzas.reserve(world.config->admins.size());
    for (const Jid& admin : world.config->admins)
        stanzas.push_back(translate::build_text(domain.jid, admin, row.id, text));
    return stanzas;
}

}  // namespace

std::vector<Stanza> build_shown(
    const World& world,
    Users& users,
    const Domain& domain,
    const InboxRow& row,
    std::optional<port::MessageReceived> with_media
) {
    if (row.user.empty()) return show_unowned(world, domain, row);
    auto to = Jid::parse(row.user);
    if (!to) return {};
    const Jid from =
        row.peer.empty()
            ? domain.jid
            : translate::to_jid(*domain.transport, port::Address(row.peer), domain.jid);
    const Place place{world, users, domain, row, from, *to};
    std::vector<Stanza> stanzas;
    stanzas.push_back(show(place, std::move(with_media)));
    return stanzas;
}

std::string text_for_admins(const InboxRow& row) {
    if (row.kind == Kind::receipt || row.kind == Kind::failure) return {};
    if (row.kind == Kind::notice) return truncate_characters(row.payload, most_for_admins);
    const port::MessageReceived message = message_of(row);
    std::string text = message.text;
    for (const port::Attachment& attachment : message.attachments)
        text += (text.empty() ? "" : "\n") + attachment.url;
    return truncate_characters(text, most_for_admins);
}

Stanza shortened(const Stanza& message) {
    const std::string body = message.element().child_text("body", xmpp::ns::client).value_or("");
    const std::string text = truncate_characters(body, most_characters) +
                             "\n[This text is too long to be shown whole: it has " +
                             std::to_string(count_characters(body)) +
                             " characters, here are the first " + std::to_string(most_characters) +
                             ".]";
    return translate::build_text(message.from(), message.to(), message.id(), text);
}

bool wants_media(const InboxRow& row) {
    if (row.kind != Kind::message || row.user.empty()) return false;
    auto message = port::decode_message_received(row.payload);
    return message && !message->attachments.empty();
}

MediaFetch::MediaFetch(const InboxRow& row)
    : message(message_of(row)), results(message.attachments.size()) {}

void MediaFetch::put(std::size_t index, MediaResult result) {
    if (!is_done) results[index] = std::move(result);
}

port::MessageReceived MediaFetch::finished() const {
    port::MessageReceived shown = message;
    shown.attachments.clear();
    for (const auto& result : results) {
        if (result && *result) {
            shown.attachments.push_back(**result);
            continue;
        }
        const std::string why = result ? result->error().text : "it took too long";
        shown.text +=
            (shown.text.empty() ? "" : "\n") + ("[picture could not be fetched: " + why + "]");
    }
    return shown;
}

}  // namespace sallyport::core
