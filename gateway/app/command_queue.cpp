// SPDX-License-Identifier: Apache-2.0
// queue list|inbound|show|retry|drop
#include <algorithm>

#include "gateway/app/command_tools.hpp"
#include "gateway/core/core.hpp"
#include "gateway/core/shown.hpp"
#include "gateway/port/codec.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::app {
namespace {

/// What the host returned is tried again within hours; it waits too.
constexpr std::chrono::hours longest_return{24};

std::string why_of(const store::OutboundRow& row) {
    std::string why = row.reason;
    if (!row.reason_text.empty()) why += (why.empty() ? "" : ": ") + row.reason_text;
    return why.empty() ? "-" : why;
}

std::vector<std::string> cells(const store::OutboundRow& row) {
    return {
        row.id.text,
        std::string(to_string(row.state)),
        row.user,
        row.own,
        row.peer,
        time_text(row.accepted_at),
        std::to_string(row.attempts),
        why_of(row)};
}

/// A stranger's text in a table: it must neither break lines nor speak to the terminal.
std::string on_one_line(std::string text) {
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    std::replace_if(text.begin(), text.end(), is_control, ' ');
    return text;
}

std::vector<std::string> cells(const store::InboxRow& row) {
    return {
        row.id,
        row.user.empty() ? "-" : row.user,
        row.peer.empty() ? "-" : row.peer,
        row.own.empty() ? "-" : row.own,
        time_text(row.received_at),
        std::to_string(row.attempts),
        row.reason.empty() ? "-" : row.reason};
}

std::optional<std::size_t> limit_of(const ParsedCommand& command) {
    if (!command.has("--limit")) return 50;
    const auto limit = parse_decimal<std::size_t>(command.option("--limit"));
    return limit == 0 ? std::nullopt : limit;
}

std::string text_of(const store::OutboundRow& row) {
    if (row.payload.empty()) return "(blanked by retention)";
    auto message = port::decode_send_message(row.payload);
    if (!message) return "(unreadable)";
    std::string text = message->text;
    for (const auto& attachment : message->attachments)
        text += (text.empty() ? "" : " ") + attachment.url;
    return text;
}

/// Calls `then` with the message that the first word names.
void with_message(const JobPtr& job, std::function<void(const store::OutboundRow&)> then) {
    auto found = [job, then = std::move(then)](Result<store::FindOutbound::Answer> answer) {
        if (!answer) return fail_store(job, answer.error());
        if (!answer->row) return job->fail(Exit::usage, "there is no message " + job->word(0));
        then(*answer->row);
    };
    job->context.store.read(store::FindOutbound{port::OutId{job->word(0)}}, std::move(found));
}

void fail_unchangeable(const JobPtr& job, const store::OutboundRow& row) {
    job->fail(
        Exit::usage,
        row.id.text + " is " + std::string(to_string(row.state)) +
            ": only queued and ambiguous messages can be retried or dropped"
    );
}

/// What the running gateway does after a drop: the books balance, and the sender is told now.
void tell_dropped(
    core::Core& core, const store::OutboundRow& row, const store::DropOutbound::Answer& answer
) {
    core.ledger().moved(row.transport, row.state, port::DeliveryState::failed);
    if (answer.shown) core.arrivals().offer(*answer.shown);
    if (core::Domain* domain = core.find(row.transport)) core.delivery().wake(*domain);
}

}  // namespace

void queue_list(const JobPtr& job) {
    const auto limit = limit_of(job->command);
    if (!limit) return job->fail(Exit::usage, "--limit wants a number");
    store::ListOutbound question;
    question.transport = job->command.option("--domain");
    question.limit = *limit;
    question.failed_only = job->command.has("--failed");
    question.open_only = !question.failed_only && !job->command.has("--all");
    if (job->command.has("--user")) {
        const auto who = parse_who(job->command.option("--user"));
        if (!who || who->is_number) return job->fail(Exit::usage, "--user wants a JID");
        question.user = who->text;
    }
    auto list = [job](Result<store::ListOutbound::Answer> answer) {
        if (!answer) return fail_store(job, answer.error());
        std::vector<std::vector<std::string>> rows{
            {"ID", "STATE", "USER", "FROM", "TO", "ACCEPTED", "ATTEMPTS", "WHY"}};
        for (const auto& row : answer->rows) rows.push_back(cells(row));
        job->ok(rows.size() > 1 ? table_text(rows) : "No messages.\n");
    };
    job->context.store.read(std::move(question), std::move(list));
}

void queue_inbound(const JobPtr& job) {
    const auto limit = limit_of(job->command);
    if (!limit) return job->fail(Exit::usage, "--limit wants a number");
    store::InboxDue question;
    question.transport = job->command.option("--domain");
    question.now = job->context.now() + longest_return;
    question.limit = *limit;
    auto list = [job](Result<store::InboxDue::Answer> answer) {
        if (!answer) return fail_store(job, answer.error());
        const bool with_text = job->command.has("--text");
        std::vector<std::vector<std::string>> rows{
            {"ID", "USER", "FROM", "TO", "RECEIVED", "RETURNED", "WHY"}};
        if (with_text) rows.front().emplace_back("TEXT");
        for (const auto& row : answer->rows) {
            rows.push_back(cells(row));
            if (with_text) rows.back().push_back(on_one_line(core::text_for_admins(row)));
        }
        job->ok(rows.size() > 1 ? table_text(rows) : "Nothing waits.\n");
    };
    job->context.store.read(std::move(question), std::move(list));
}

void queue_show(const JobPtr& job) {
    with_message(job, [job](const store::OutboundRow& row) {
        std::vector<std::pair<std::string, std::string>> fields{
            {"id", row.id.text},
            {"state", std::string(to_string(row.state))},
            {"domain", row.transport},
            {"user", row.user},
            {"from", row.own},
            {"to", row.peer},
            {"provider", row.provider.empty() ? "-" : row.provider},
            {"attempts", std::to_string(row.attempts)},
            {"why", why_of(row)},
            {"receipt", row.wants_receipt ? "wanted" : "not wanted"},
            {"accepted", time_text(row.accepted_at)},
            {"attempted", time_text(row.attempted_at)},
            {"changed", time_text(row.changed_at)},
            {"deadline", time_text(row.deadline)}};
        if (job->command.has("--text")) fields.emplace_back("text", text_of(row));
        job->ok(fields_text(fields));
    });
}

void queue_retry(const JobPtr& job) {
    with_message(job, [job](const store::OutboundRow& row) {
        auto retried = [job, row](Result<store::RetryOutbound::Answer> answer) {
            if (!answer) return fail_store(job, answer.error());
            if (!answer->changed) return fail_unchangeable(job, row);
            core::Core* core = job->context.core;
            if (!core) return job->ok(row.id.text + " will be sent when the gateway runs.\n");
            if (core::Domain* domain = core->find(row.transport)) core->delivery().wake(*domain);
            job->ok(row.id.text + " is sent as soon as its turn comes.\n");
        };
        job->context.store.write(
            store::RetryOutbound{row.id, job->context.now()}, std::move(retried)
        );
    });
}

void queue_drop(const JobPtr& job) {
    with_message(job, [job](const store::OutboundRow& row) {
        auto dropped = [job, row](Result<store::DropOutbound::Answer> answer) {
            if (!answer) return fail_store(job, answer.error());
            if (!answer->changed) return fail_unchangeable(job, row);
            if (job->context.core) tell_dropped(*job->context.core, row, *answer);
            job->ok(
                row.id.text + " is dropped; " + row.user +
                (job->context.core ? " is told.\n" : " is told when the gateway runs.\n")
            );
        };
        job->context.store.write(
            store::DropOutbound{row.id, job->context.now()}, std::move(dropped)
        );
    });
}

}  // namespace sallyport::app
