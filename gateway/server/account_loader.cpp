// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/account_loader.hpp"

#include <memory>
#include <string>
#include <utility>

namespace sallyport::server {
namespace {

Subscription subscription_of(const store::RosterRow& row) {
    Subscription now;
    now.to = row.subscription == store::Subscription::to ||
             row.subscription == store::Subscription::both;
    now.from = row.subscription == store::Subscription::from ||
               row.subscription == store::Subscription::both;
    now.pending_out = row.ask;
    now.approved = row.approved;
    return now;
}

}  // namespace

void AccountLoader::fill(AccountState& account, store::LoadAccount::Answer& answer) {
    account.number_ = answer.row->id;
    Roster& roster = account.roster;
    roster.version = static_cast<std::uint64_t>(answer.roster_ver);
    for (store::RosterRow& row : answer.roster) {
        auto jid = xmpp::Jid::parse(row.jid);
        if (!jid) continue;
        if (*jid == account.bare()) {  // RosterBook's mark
            roster.erased = static_cast<std::uint64_t>(row.ver);
            continue;
        }
        RosterItem& item = roster.put(*jid);
        item.name = std::move(row.name);
        item.groups = std::move(row.groups);
        item.subscription = subscription_of(row);
        item.is_listed = row.is_listed;
        item.version = static_cast<std::uint64_t>(row.ver);
    }
    for (store::PendingRow& row : answer.pending) {
        auto jid = xmpp::Jid::parse(row.jid);
        if (!jid) continue;
        RosterItem& item = roster.put(*jid);
        item.subscription.pending_in = true;
        item.request = std::make_unique<std::string>(std::move(row.stanza));
    }
}

void AccountLoader::load(AccountState& account, std::function<void(bool)> done) {
    store::LoadAccount question{account.bare().str()};
    for (const Service* service : services_.with(Hook::load))
        if (const auto name = service->loaded_text(); !name.empty())
            question.texts.emplace_back(name);
    store_.read(
        std::move(question),
        [this, &account, done = std::move(done)](Result<store::LoadAccount::Answer> answer) {
            if (!answer)
                log_.error(
                    "account.unread",
                    {{"user", Personal{account.bare().str()}}, {"why", answer.error().to_string()}}
                );
            if (!answer || !answer->row) return done(false);
            fill(account, *answer);
            for (Service* service : services_.with(Hook::load)) {
                const auto kept = answer->texts.find(service->loaded_text());
                service->on_load(account, *answer, kept == answer->texts.end() ? "" : kept->second);
            }
            done(true);
        }
    );
}

}  // namespace sallyport::server
