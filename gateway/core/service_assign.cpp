// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_assign.hpp"

#include <set>

#include "gateway/core/registrations.hpp"

namespace sallyport::core {
namespace {

using Assigned = std::map<std::string, port::UserLabel>;

std::string ns_of(const Domain& domain) {
    return "assigned/" + domain.name;
}

Assigned read_file(const config::Config& config, const Domain& domain) {
    Assigned found;
    for (const auto& transport : config.transports) {
        const auto* sms = transport.domain == domain.jid
                              ? std::get_if<config::SmsConfig>(&transport.settings)
                              : nullptr;
        if (!sms) continue;
        for (const auto& [number, user] : sms->assign) found.emplace(number, label_of(user));
    }
    return found;
}

bool says(const Assigned& assigned, const std::string& number, const port::UserLabel& user) {
    auto at = assigned.find(number);
    return at != assigned.end() && at->second == user;
}

}  // namespace

AssignmentPlan plan_assignments(
    const AccountBook& accounts, const Assigned& file, const Assigned& recorded
) {
    AssignmentPlan plan;
    std::map<std::string, std::string> number_of;  // one number for a user: the first of the file
    for (const auto& [number, user] : file) number_of.emplace(user.text, number);
    std::set<port::AccountId> ending;
    const auto end = [&](const port::Account& account) {
        if (!ending.insert(account.id).second) return;
        (number_of.contains(account.user.text) ? plan.moving : plan.leaving).push_back(account);
    };
    for (const auto& [number, user] : recorded) {
        if (says(file, number, user)) continue;
        plan.stale.push_back(number);
        const port::Account* holder = accounts.find_by_own_address(number);
        if (holder && holder->user == user) end(*holder);
    }
    for (const auto& [text, number] : number_of) {
        const port::UserLabel user{text};
        const port::Account* holder = accounts.find_by_own_address(number);
        if (!says(recorded, number, user)) plan.fresh.emplace_back(number, user);
        if (holder && holder->user == user) continue;
        if (holder) end(*holder);
        if (const port::Account* account = accounts.find(user)) end(*account);
        plan.coming.emplace_back(number, user);
    }
    return plan;
}

void Assignments::apply(Domain& domain) {
    Assigned file = read_file(*world_.config, domain);
    domain.accounts.set_assigned(file);
    store::ScanRecords question{ns_of(domain), "", world_.time.wall()};
    auto apply = [this, &domain, file = std::move(file)](Result<store::ScanRecords::Answer> answer
                 ) {
        if (!answer)
            return world_.log.error(
                "assign.unread", {{"domain", domain.name}, {"why", answer.error().to_string()}}
            );
        Assigned recorded;
        for (auto& [number, user] : answer->rows)
            recorded.emplace(std::move(number), port::UserLabel{std::move(user)});
        carry_out(domain, plan_assignments(domain.accounts, file, recorded));
    };
    world_.store.read(std::move(question), std::move(apply));
}

/// The store works in the order of these calls, so a number is free before its next owner takes it.
void Assignments::carry_out(Domain& domain, const AssignmentPlan& plan) {
    for (const port::Account& account : plan.leaving)
        membership_.expel(
            domain,
            account,
            "Your number " + account.own_address + " on " + domain.title +
                " was taken back by the operator of this gateway."
        );
    for (const port::Account& account : plan.moving) membership_.remove(domain, account);
    for (const std::string& number : plan.stale)
        world_.store.write(store::EraseRecord{ns_of(domain), number});
    for (const auto& [number, user] : plan.fresh)
        world_.store.write(store::PutRecord{ns_of(domain), number, user.text, std::nullopt});
    for (const auto& [number, user] : plan.coming) {
        const auto jid = xmpp::Jid::parse(user.text);
        if (!jid) continue;
        membership_.admit(
            domain,
            *jid,
            number,
            "The operator of this gateway gave you the number " + number + " on " + domain.title +
                ". Texts to it arrive here; to write one, add a phone number as a contact."
        );
    }
}

}  // namespace sallyport::core
