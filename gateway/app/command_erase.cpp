// SPDX-License-Identifier: Apache-2.0
// account erase: a user is forgotten, as if they had never been here.
#include <algorithm>
#include <set>

#include "gateway/app/command_tools.hpp"
#include "gateway/app/user_rows.hpp"
#include "gateway/core/core.hpp"
#include "gateway/core/services.hpp"

namespace sallyport::app {
namespace {

using port::DeliveryState;

bool is_open(const store::OutboundRow& row) {
    return row.state <= DeliveryState::ambiguous;
}

std::size_t waiting_messages(const UserRows& rows) {
    const auto& sent = rows.stored.outbound;
    return static_cast<std::size_t>(std::count_if(sent.begin(), sent.end(), is_open));
}

/// Erases what the rows name outside the user's own: contacts, approvals, pauses, pictures.
void erase_traces(const JobPtr& job, const UserRows& rows) {
    store::Store& store = job->context.store;
    // The roster service of a running gateway forgets them itself, once it has said goodbye.
    if (!job->context.core)
        for (const auto& [domain, address] : rows.contacts)
            store.write(store::EraseRecord{"contacts/" + domain + "/" + rows.user, address});
    for (const auto& section : job->context.config().transports) {
        const std::string domain = section.domain.str();
        if (!rows.domain.empty() && rows.domain != domain) continue;
        store.write(store::EraseRecord{"bond/" + domain, rows.user});
        store.write(store::EraseRecord{"paused/" + domain, rows.user});
    }
    for (const UserMedia& media : rows.media) {
        std::error_code ignored;
        std::filesystem::remove_all(media.file.parent_path(), ignored);
    }
}

/// What ended without an outcome is counted, or the books would show it as open for ever.
void balance(core::Ledger& ledger, const store::EraseUser::Answer& erased) {
    for (const auto& [domain, count] : erased.open_out)
        ledger.out(domain, core::Ledger::Result::failed, count);
    for (const auto& [domain, count] : erased.open_in)
        ledger.in(domain, core::Ledger::Result::failed, count);
}

std::string assigned_text(const config::Config& config, const UserRows& rows) {
    std::string text;
    for (const auto& section : config.transports) {
        const auto* sms = std::get_if<config::SmsConfig>(&section.settings);
        if (!sms) continue;
        for (const auto& [number, user] : sms->assign)
            if (user.bare_view() == rows.user)
                text += section.file.string() + " still assigns " + number +
                        " to them: take it out, or they are registered again.\n";
    }
    return text;
}

void erase_rows(const JobPtr& job, const UserRows& rows) {
    erase_traces(job, rows);
    auto erased = [job, rows](Result<store::EraseUser::Answer> answer) {
        if (!answer) return fail_store(job, answer.error());
        if (job->context.core) balance(job->context.core->ledger(), *answer);
        job->ok(
            rows.user + " is erased: " + std::to_string(answer->rows) + " rows, " +
            std::to_string(rows.media.size()) + " pictures.\n" +
            assigned_text(job->context.config(), rows) +
            "Backups that were made before still hold them.\n"
        );
    };
    job->context.store.write(store::EraseUser{rows.domain, rows.user}, std::move(erased));
}

/// Takes the gateway and its contacts out of the user's roster.
void say_goodbye(core::Core& core, const UserRows& rows) {
    std::set<std::string> names;
    for (const auto& row : rows.stored.registrations) names.insert(row.transport);
    for (const auto& [domain, address] : rows.contacts) names.insert(domain);
    const auto user = xmpp::Jid::parse(rows.user);
    for (const std::string& name : names) {
        core::Domain* domain = core.find(name);
        if (domain && user) core.services().roster.leave(*domain, *user);
    }
}

/// Ends the registrations of a running gateway one after another, then erases.
void leave_all(const JobPtr& job, const std::shared_ptr<UserRows>& rows, std::size_t next) {
    core::Core* core = job->context.core;
    if (!core || next == rows->stored.registrations.size()) {
        if (core) say_goodbye(*core, *rows);
        return erase_rows(job, *rows);
    }
    const store::RegistrationRow& row = rows->stored.registrations[next];
    core::Domain* domain = core->find(row.transport);
    const port::Account* account = domain ? domain->accounts.find(row.id) : nullptr;
    if (!account) return leave_all(job, rows, next + 1);
    auto removed = [job, rows, next](const Result<>& done) {
        if (!done) return fail_store(job, done.error());
        leave_all(job, rows, next + 1);
    };
    core->services().membership.remove(*domain, *account, std::move(removed));
}

}  // namespace

void account_erase(const JobPtr& job) {
    with_user(job, [job](const std::string& user) {
        read_user(job, user, [job](const UserRows& rows) {
            if (rows.is_empty()) return job->fail(Exit::usage, "nothing is stored of " + rows.user);
            const std::size_t waiting = waiting_messages(rows);
            if (waiting > 0 && !job->command.has("--force")) {
                return job->fail(
                    Exit::unavailable,
                    std::to_string(waiting) + " messages of " + rows.user +
                        " have not ended yet (sallyport queue list --user " + rows.user +
                        "): wait, or erase them too with --force"
                );
            }
            leave_all(job, std::make_shared<UserRows>(rows), 0);
        });
    });
}

}  // namespace sallyport::app
