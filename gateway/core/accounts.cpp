// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/accounts.hpp"

namespace sallyport::core {
namespace {
template <class Map, class Key>
auto* value_or_null(const Map& map, const Key& key) {
    auto at = map.find(key);
    return at == map.end() ? nullptr : &*at->second;
}
}  // namespace

const port::Account* AccountBook::find(const port::UserLabel& user) const {
    return value_or_null(by_user_, user.text);
}

const port::Account* AccountBook::find_by_own_address(std::string_view own_address) const {
    return value_or_null(by_own_, std::string(own_address));
}

const port::Account* AccountBook::find(port::AccountId id) const {
    return value_or_null(by_id_, id.value);
}

bool AccountBook::is_resting(std::string_view own_address) const {
    auto at = resting_.find(std::string(own_address));
    return at != resting_.end() && time_ && at->second > time_->wall();
}

void AccountBook::set_resting(std::map<std::string, WallTime> until, const TimeSource& time) {
    resting_ = std::move(until);
    time_ = &time;
}

std::vector<const port::Account*> AccountBook::all() const {
    std::vector<const port::Account*> accounts;
    accounts.reserve(by_id_.size());
    for (const auto& [id, account] : by_id_) accounts.push_back(account.get());
    return accounts;
}

std::optional<port::UserLabel> AccountBook::assigned(std::string_view own_address) const {
    auto at = assigned_.find(std::string(own_address));
    if (at == assigned_.end()) return std::nullopt;
    return at->second;
}

void AccountBook::put(port::Account account) {
    remove(account.id);
    auto held = std::make_unique<port::Account>(std::move(account));
    by_user_[held->user.text] = held.get();
    if (!held->own_address.empty()) by_own_[held->own_address] = held.get();
    by_id_[held->id.value] = std::move(held);
}

void AccountBook::remove(port::AccountId id) {
    auto at = by_id_.find(id.value);
    if (at == by_id_.end()) return;
    const port::Account& account = *at->second;
    if (auto user = by_user_.find(account.user.text);
        user != by_user_.end() && user->second == &account)
        by_user_.erase(user);
    if (auto own = by_own_.find(account.own_address);
        own != by_own_.end() && own->second == &account)
        by_own_.erase(own);
    by_id_.erase(at);
}

}  // namespace sallyport::core
