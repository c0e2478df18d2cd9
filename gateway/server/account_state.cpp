// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/account_state.hpp"

#include <algorithm>
#include <utility>

#include "gateway/server/session.hpp"

namespace sallyport::server {

AccountState::AccountState(xmpp::Jid bare) : bare_(std::move(bare)) {}
AccountState::~AccountState() = default;

Session* AccountState::find(std::string_view resource) const {
    for (Session* session : sessions_)
        if (session->full().resource() == resource) return session;
    return nullptr;
}

bool AccountState::has_available() const {
    return std::any_of(sessions_.begin(), sessions_.end(), [](const Session* session) {
        return session->is_available();
    });
}

bool AccountState::takes(std::string_view subject) const {
    return is_ready() && waiting_.empty() && may_begin(subject);
}

bool AccountState::is_changing(std::string_view subject) const {
    return std::find(changing_.begin(), changing_.end(), subject) != changing_.end();
}

/// A change of the whole account, and what is no change, go alone.
bool AccountState::may_begin(std::string_view subject) const {
    if (changing_.empty()) return true;
    return !subject.empty() && !is_changing(subject) && !is_changing({});
}

void AccountState::put_data(std::size_t slot, std::unique_ptr<ServiceData> data) {
    if (slot >= data_.size()) data_.resize(slot + 1);
    data_[slot] = std::move(data);
}

AccountState* Accounts::find(const xmpp::Jid& any) const {
    const auto at = accounts_.find(any.bare_view());
    return at != accounts_.end() && at->second->is_ready() ? at->second.get() : nullptr;
}

void Accounts::with(const xmpp::Jid& any, Use use, std::string subject) {
    auto at = accounts_.find(any.bare_view());
    if (at != accounts_.end()) {
        AccountState& account = *at->second;
        if (account.takes(subject)) return use(&account);
        account.waiting_.push_back({std::move(use), std::move(subject), {}});
        return;
    }
    auto made = std::make_unique<AccountState>(any.bare());
    AccountState& account = *made;
    account.waiting_.push_back({std::move(use), {}, {}});
    accounts_.emplace(account.bare().str(), std::move(made));
    unsettled_.push_back(&account);
    load_(account, [this, &account](bool exists) { loaded(account, exists); });
}

void Accounts::loaded(AccountState& account, bool exists) {
    account.phase_ = exists ? AccountState::Phase::ready : AccountState::Phase::absent;
    if (exists) return drain(account);
    const auto at = accounts_.find(account.bare().str());
    const auto gone = std::move(at->second);
    accounts_.erase(at);
    drain(*gone);
}

void Accounts::begin_change(AccountState& account, std::string_view subject) {
    account.changing_.emplace_back(subject);
    if (std::find(unsettled_.begin(), unsettled_.end(), &account) == unsettled_.end())
        unsettled_.push_back(&account);
}

void Accounts::end_change(AccountState& account, std::string_view subject) {
    const auto at = std::find(account.changing_.begin(), account.changing_.end(), subject);
    if (at != account.changing_.end()) account.changing_.erase(at);
    drain(account);
}

/// Runs what waits, as far as it may run. What comes up meanwhile stands behind it.
void Accounts::drain(AccountState& account) {
    if (std::exchange(account.is_draining_, true)) return;
    auto& waiting = account.waiting_;
    while (!waiting.empty()) {
        if (account.is_ready() && !account.may_begin(waiting.front().subject)) break;
        std::list<AccountState::Waiting> first;
        first.splice(first.begin(), waiting, waiting.begin());
        first.front().use(account.is_ready() ? &account : nullptr);
    }
    account.is_draining_ = false;
    if (account.is_ready() && !account.is_settled()) return;
    std::erase(unsettled_, &account);
    if (account.is_ready()) rest(account);
}

void Accounts::after_waiting(std::function<void()> run) {
    if (unsettled_.empty()) return run();
    // Counted, and not left to the last who lets go: at the end of all nothing runs any more.
    const auto left = std::make_shared<std::pair<std::size_t, std::function<void()>>>(
        unsettled_.size(), std::move(run)
    );
    const auto one_less = [left] {
        if (--left->first == 0) left->second();
    };
    for (AccountState* account : unsettled_) account->mark(one_less);
}

/// What is marked is no stanza, and takes no room of theirs.
void AccountState::mark(std::function<void()> reached) {
    if (waiting_.empty() || !waiting_.back().marked) {
        const auto marked = std::make_shared<std::vector<std::function<void()>>>();
        const auto call = [marked](AccountState*) {
            for (const auto& each : *marked) each();
        };
        waiting_.push_back({call, {}, marked});
    }
    waiting_.back().marked->push_back(std::move(reached));
}

void Accounts::forget(const xmpp::Jid& any) {
    const auto at = accounts_.find(any.bare_view());
    if (at == accounts_.end() || !at->second->is_ready() || !at->second->sessions_.empty()) return;
    AccountState& account = *at->second;
    account.phase_ = AccountState::Phase::absent;
    forgotten_.push_back(std::move(at->second));
    accounts_.erase(at);
    drain(account);
}

void Accounts::rest(AccountState& account) {
    if (!account.sessions_.empty() || !account.is_settled() || account.is_idle_) return;
    account.is_idle_ = true;
    idle_.push_back(account.bare().str());
    trim();
}

/// Forgets the accounts that have rested longest, once there are too many. One that was in use
/// meanwhile is only struck from the list.
void Accounts::trim() {
    while (idle_.size() > max_idle) {
        const auto at = accounts_.find(idle_.front());
        idle_.pop_front();
        if (at == accounts_.end()) continue;
        at->second->is_idle_ = false;
        if (at->second->sessions_.empty() && at->second->is_settled()) accounts_.erase(at);
    }
}

}  // namespace sallyport::server
