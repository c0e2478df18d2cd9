// SPDX-License-Identifier: Apache-2.0
// account list|show|assign|release|suspend|resume
#include <algorithm>

#include "gateway/app/command_tools.hpp"
#include "gateway/core/core.hpp"
#include "gateway/core/services.hpp"

namespace sallyport::app {
namespace {

std::string kind_of(const ControlContext& context, const store::RegistrationRow& row) {
    if (!row.provider.empty()) return "own account at " + row.provider;
    for (const auto& transport : context.config().transports) {
        const auto* sms = std::get_if<config::SmsConfig>(&transport.settings);
        if (!sms || transport.domain.str() != row.transport) continue;
        auto at = sms->assign.find(row.own);
        if (at != sms->assign.end() && at->second.bare_view() == row.user)
            return "assigned by the file";
    }
    return row.from_pool ? "from the pool" : "assigned";
}

std::string state_of(const store::RegistrationRow& row) {
    return row.suspended ? "suspended" : "active";
}

const config::SmsConfig* sms_of(const config::Config& config, std::string_view domain) {
    for (const auto& transport : config.transports)
        if (transport.domain.str() == domain)
            return std::get_if<config::SmsConfig>(&transport.settings);
    return nullptr;
}

bool has_number(const config::SmsConfig& sms, const std::string& number) {
    return std::any_of(sms.providers.begin(), sms.providers.end(), [&](const auto& provider) {
        return std::find(provider.numbers.begin(), provider.numbers.end(), number) !=
               provider.numbers.end();
    });
}

/// The running domain of a registration; answers for the command when it is gone.
core::Domain* running_domain(const JobPtr& job, const std::string& name) {
    core::Domain* domain = job->context.core->find(name);
    if (!domain) job->fail(Exit::unavailable, "the gateway does not serve " + name + " at present");
    return domain;
}

/// Without the gateway the row alone is changed: it is read at the next start.
void suspend_row(const JobPtr& job, store::RegistrationRow row, bool suspended, std::string text) {
    row.suspended = suspended;
    store::PutRegistration op{std::move(row), job->context.now()};
    auto put = [job, text = std::move(text)](const Result<store::PutRegistration::Answer>& answer) {
        if (!answer) return fail_store(job, answer.error());
        job->ok(text);
    };
    job->context.store.write(std::move(op), std::move(put));
}

void set_suspended(const JobPtr& job, const store::RegistrationRow& row, bool suspended) {
    const std::string text =
        row.user + " on " + row.transport + " is " + (suspended ? "suspended" : "active") + ".\n";
    if (row.suspended == suspended) return job->ok(text);
    if (!job->context.core) return suspend_row(job, row, suspended, text);
    core::Domain* domain = running_domain(job, row.transport);
    if (!domain) return;
    const port::Account* account = domain->accounts.find(row.id);
    if (!account) return job->fail(Exit::unavailable, "the account has just changed; try again");
    auto done = [job, text](const Result<>& stored) {
        if (!stored) return fail_store(job, stored.error());
        job->ok(text);
    };
    job->context.core->services().membership.set_suspended(*domain, *account, suspended, done);
}

void show(
    const JobPtr& job,
    const store::RegistrationRow& row,
    const std::vector<store::OutboundRow>& waiting
) {
    job->ok(fields_text({
        {"user", row.user},
        {"domain", row.transport},
        {"number", row.own.empty() ? "-" : row.own},
        {"state", state_of(row)},
        {"kind", kind_of(job->context, row)},
        {"credentials", row.credentials.empty() ? "none" : "stored, encrypted with data/key"},
        {"since", time_text(row.created)},
        {"waiting",
         std::to_string(waiting.size()) + " messages (sallyport queue list --user " + row.user +
             ")"},
    }));
}

/// Why this number cannot be given to this user, "" when it can.
std::string obstacle(
    core::Domain& domain,
    const config::SmsConfig* sms,
    const std::string& number,
    const std::string& user
) {
    if (!sms || !has_number(*sms, number))
        return number + " stands in no `numbers:` of " + domain.name;
    if (const auto* holder = domain.accounts.find_by_own_address(number))
        return number + " belongs to " + holder->user.text + ": release it first";
    if (const auto* account = domain.accounts.find(port::UserLabel{user}))
        return user + " has " + account->own_address + " already: release it first";
    if (const auto assigned = domain.accounts.assigned(number); assigned && assigned->text != user)
        return "the file assigns " + number + " to " + assigned->text;
    return {};
}

/// The domain that the command means: --domain, or the only one.
core::Domain* meant_domain(const JobPtr& job) {
    const auto& domains = job->context.core->domains();
    const std::string name = job->command.option("--domain");
    if (!name.empty()) return running_domain(job, name);
    if (domains.size() == 1) return domains.begin()->second;
    job->fail(Exit::usage, "there are several domains: choose one with --domain");
    return nullptr;
}

}  // namespace

void account_list(const JobPtr& job) {
    auto list = [job](Result<store::Registrations::Answer> answer) {
        if (!answer) return fail_store(job, answer.error());
        const std::string domain = job->command.option("--domain");
        std::vector<std::vector<std::string>> rows{
            {"USER", "NUMBER", "DOMAIN", "STATE", "KIND", "SINCE"}};
        for (const auto& row : answer->rows) {
            if (!domain.empty() && row.transport != domain) continue;
            rows.push_back(
                {row.user,
                 row.own.empty() ? "-" : row.own,
                 row.transport,
                 state_of(row),
                 kind_of(job->context, row),
                 time_text(row.created)}
            );
        }
        for (const auto& [transport, number, until] : answer->resting)
            if (until > job->context.now() && (domain.empty() || transport == domain))
                rows.push_back(
                    {"-", number, transport, "resting", "released, until " + time_text(until), "-"}
                );
        job->ok(rows.size() > 1 ? table_text(rows) : "Nobody is registered.\n");
    };
    job->context.store.read(store::Registrations{}, std::move(list));
}

void account_show(const JobPtr& job) {
    with_account(job, [job](const store::RegistrationRow& row) {
        store::ListOutbound question;
        question.transport = row.transport;
        question.user = row.user;
        question.open_only = true;
        question.limit = 1000;
        auto then = [job, row](Result<store::ListOutbound::Answer> answer) {
            if (!answer) return fail_store(job, answer.error());
            show(job, row, answer->rows);
        };
        job->context.store.read(std::move(question), std::move(then));
    });
}

void account_suspend(const JobPtr& job) {
    with_account(job, [job](const store::RegistrationRow& row) { set_suspended(job, row, true); });
}

void account_resume(const JobPtr& job) {
    with_account(job, [job](const store::RegistrationRow& row) { set_suspended(job, row, false); });
}

void account_release(const JobPtr& job) {
    with_account(job, [job](const store::RegistrationRow& row) {
        core::Domain* domain = running_domain(job, row.transport);
        if (!domain) return;
        const port::Account* account = domain->accounts.find(row.id);
        if (!account)
            return job->fail(Exit::unavailable, "the account has just changed; try again");
        if (domain->accounts.assigned(row.own) == account->user)
            return job->fail(
                Exit::usage,
                "the file assigns " + row.own + " to " + row.user +
                    ": take it out of `assign:` and reload"
            );
        auto& core = *job->context.core;
        core.services().membership.expel(
            *domain,
            *account,
            "The operator of this gateway ended your registration with " + domain->title + "." +
                (row.own.empty() ? "" : " " + row.own + " is no longer yours.")
        );
        // Writes end in order: when this one has, the registration is gone, or it could not be
        // removed.
        auto then = [job, row](const Result<store::WakeLanes::Answer>& answer) {
            if (!answer) return fail_store(job, answer.error());
            const core::Domain* now = job->context.core->find(row.transport);
            if (now && now->accounts.find(row.id))
                return job->fail(
                    Exit::unavailable, "the registration could not be removed: see the log"
                );
            job->ok(row.user + " is no longer registered with " + row.transport + ".\n");
        };
        job->context.store.write(
            store::WakeLanes{row.transport, {row.own}, job->context.now()}, std::move(then)
        );
    });
}

void account_assign(const JobPtr& job) {
    const auto number = parse_who(job->word(0)), user = parse_who(job->word(1));
    if (!number || !number->is_number || !user || user->is_number)
        return job->fail(
            Exit::usage, "give a number and a JID: account assign +15550001111 alice@example.org"
        );
    core::Domain* domain = meant_domain(job);
    if (!domain) return;
    const std::string why =
        obstacle(*domain, sms_of(job->context.config(), domain->name), number->text, user->text);
    if (!why.empty()) return job->fail(Exit::usage, why);
    auto& core = *job->context.core;
    core.services().membership.admit(
        *domain,
        *xmpp::Jid::parse(user->text),
        number->text,
        "The operator of this gateway gave you the number " + number->text + " on " +
            domain->title +
            ". Texts to it arrive here; to write one, add a phone number as a contact."
    );
    auto then = [job, name = domain->name, number = number->text, user = user->text](
                    Result<store::WakeLanes::Answer> answer
                ) {
        if (!answer) return fail_store(job, answer.error());
        const core::Domain* now = job->context.core->find(name);
        const port::Account* account = now ? now->accounts.find(port::UserLabel{user}) : nullptr;
        if (!account || account->own_address != number)
            return job->fail(
                Exit::unavailable,
                number + " could not be assigned: it is taken, or rests after its release"
            );
        job->ok(number + " belongs to " + user + " on " + name + ".\n");
    };
    job->context.store.write(
        store::WakeLanes{domain->name, {number->text}, job->context.now()}, std::move(then)
    );
}

}  // namespace sallyport::app
