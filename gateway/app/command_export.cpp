// SPDX-License-Identifier: Apache-2.0
// account export: everything that is stored of a user, as JSON.
#include "gateway/app/command_tools.hpp"
#include "gateway/app/json_text.hpp"
#include "gateway/app/user_rows.hpp"
#include "gateway/port/codec.hpp"

namespace sallyport::app {
namespace {

constexpr std::array<std::string_view, 4> inbox_kinds{"message", "receipt", "failure", "notice"};

JsonText& time_field(JsonText& json, std::string_view name, WallTime time) {
    return time == WallTime{} ? json : json.field(name, time_text(time));
}

JsonText list_of(const std::vector<port::Attachment>& attachments) {
    JsonText list;
    list.open('[');
    for (const auto& attachment : attachments)
        list.item()
            .open('{')
            .field("url", attachment.url)
            .field("type", attachment.media_type)
            .close('}');
    return list.close(']');
}

void put_registration(JsonText& json, const store::RegistrationRow& row) {
    json.item().open('{').field("domain", row.transport).field("number", row.own);
    if (!row.provider.empty()) json.field("provider", row.provider);
    json.raw("suspended", row.suspended ? "true" : "false");
    json.raw("has_credentials", row.credentials.empty() ? "false" : "true");
    time_field(json, "since", row.created).close('}');
}

void put_sent(JsonText& json, const store::OutboundRow& row) {
    json.item().open('{').field("id", row.id.text).field("domain", row.transport);
    json.field("from", row.own).field("to", row.peer).field("sent_from", row.from);
    json.field("stanza_id", row.stanza_id).field("state", to_string(row.state));
    if (auto message = port::decode_send_message(row.payload); message && !row.payload.empty())
        json.field("text", message->text).raw("attachments", list_of(message->attachments).text());
    if (!row.reason.empty()) json.field("reason", row.reason).field("reason_text", row.reason_text);
    json.field("provider", row.provider)
        .number("attempts", static_cast<std::uint64_t>(row.attempts));
    time_field(json, "accepted", row.accepted_at);
    time_field(json, "attempted", row.attempted_at);
    time_field(json, "changed", row.changed_at).close('}');
}

void put_received(JsonText& json, const store::InboxRow& row) {
    json.item().open('{').field("id", row.id).field("domain", row.transport);
    json.field("kind", inbox_kinds.at(static_cast<std::size_t>(row.kind)))
        .field("to", row.own)
        .field("from", row.peer);
    if (!row.stanza_id.empty()) json.field("about", row.stanza_id);
    if (row.kind == store::InboxRow::Kind::message) {
        if (auto message = port::decode_message_received(row.payload);
            message && !row.payload.empty())
            json.field("text", message->text)
                .raw("attachments", list_of(message->attachments).text());
    } else if (!row.payload.empty()) {
        json.field("text", row.payload);
    }
    time_field(json, "received", row.received_at).close('}');
}

void put_media(JsonText& json, const UserMedia& media) {
    json.item()
        .open('{')
        .field("file", media.file.string())
        .number("bytes", media.bytes)
        .close('}');
}

void put_contact(JsonText& json, const std::pair<std::string, std::string>& contact) {
    json.item()
        .open('{')
        .field("domain", contact.first)
        .field("address", contact.second)
        .close('}');
}

template <class Rows, class Put>
void put_list(JsonText& json, std::string_view name, const Rows& rows, Put put) {
    JsonText list;
    list.open('[');
    for (const auto& row : rows) put(list, row);
    json.raw(name, list.close(']').text());
}

std::string export_text(const JobPtr& job, const UserRows& found) {
    JsonText json;
    json.open('{').field("user", found.user).field("exported", time_text(job->context.now()));
    put_list(json, "registrations", found.stored.registrations, put_registration);
    put_list(json, "contacts", found.contacts, put_contact);
    put_list(json, "sent", found.stored.outbound, put_sent);
    put_list(json, "received", found.stored.inbox, put_received);
    put_list(json, "media", found.media, put_media);
    return json.close('}').text() + "\n";
}

}  // namespace

void account_export(const JobPtr& job) {
    with_user(job, [job](const std::string& user) {
        read_user(job, user, [job](const UserRows& found) {
            if (found.is_empty())
                return job->fail(Exit::usage, "nothing is stored of " + found.user);
            job->ok(export_text(job, found));
        });
    });
}

}  // namespace sallyport::app
