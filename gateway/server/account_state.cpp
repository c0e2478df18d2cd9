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

void AccountState::put_data(std::size_t slot, std::unique_ptr<ServiceData> data) {
    if (slot >= data_.size()) data_.resize(slot + 1);
    data_[slot] = std::move(data);
}

AccountState* Accounts::find(const xmpp::Jid& any) const {
    const auto at = accounts_.find(any.bare_view());
    return at != accounts_.end() && at->second->is_ready() ? at->second.get() : nullptr;
}

void Accounts::with(const xmpp::Jid& any, Use use) {
    auto at = accounts_.find(any.bare_view());
    if (at != accounts_.end()) {
        AccountState& account = *at->second;
        if (account.is_ready()) return use(&account);
        account.waiting_.push_back(std::move(use));
        return;
    }
    auto made = std::make_unique<AccountState>(any.bare());
    AccountState& account = *made;
    account.waiting_.push_back(std::move(use));
    accounts_.emplace(account.bare().str(), std::move(made));
    loading_.push_back(&account);
    load_(account, [this, &account](bool exists) { loaded(account, exists); });
}

void Accounts::loaded(AccountState& account, bool exists) {
    std::erase(loading_, &account);
    account.phase_ = exists ? AccountState::Phase::ready : AccountState::Phase::absent;
    auto waiting = std::exchange(account.waiting_, {});
    if (!exists) {
        const std::string key = account.bare().str();
        accounts_.erase(key);
        for (Use& use : waiting) use(nullptr);
        return;
    }
    for (Use& use : waiting) use(account.is_ready() ? &account : nullptr);
    if (account.is_ready()) rest(account);
}

void Accounts::after_waiting(std::function<void()> run) {
    if (loading_.empty()) return run();
    // Runs when the last of the accounts that load now lets go of it.
    auto last = std::shared_ptr<void>(nullptr, [run = std::move(run)](void*) { run(); });
    for (AccountState* account : loading_) account->waiting_.emplace_back([last](AccountState*) {});
}

void Accounts::forget(const xmpp::Jid& any) {
    const auto at = accounts_.find(any.bare_view());
    if (at == accounts_.end() || !at->second->is_ready() || !at->second->sessions_.empty()) return;
    at->second->phase_ = AccountState::Phase::absent;
    forgotten_.push_back(std::move(at->second));
    accounts_.erase(at);
}

void Accounts::rest(AccountState& account) {
    if (!account.sessions_.empty() || account.is_idle_) return;
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
        if (at->second->sessions_.empty() && at->second->is_ready()) accounts_.erase(at);
    }
}

}  // namespace sallyport::server
