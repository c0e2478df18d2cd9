// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "gateway/port/context.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::core {

/// The registrations of one transport in memory, by user, own address and id: the store's rows are
/// the truth, this their index.
class AccountBook final : public port::Accounts {
  public:
    const port::Account* find(const port::UserLabel& user) const override;
    const port::Account* find_by_own_address(std::string_view own_address) const override;
    bool is_resting(std::string_view own_address) const override;
    std::vector<const port::Account*> all() const override;
    std::optional<port::UserLabel> assigned(std::string_view own_address) const override;
    const port::Account* find(port::AccountId id) const;

    void put(port::Account account);  ///< inserts or replaces by id
    void remove(port::AccountId id);
    void set_resting(std::set<std::string> own_addresses) { resting_ = std::move(own_addresses); }
    void rest(std::string own_address) { resting_.insert(std::move(own_address)); }
    void set_assigned(std::map<std::string, port::UserLabel> assigned) {
        assigned_ = std::move(assigned);
    }
    const std::map<std::string, port::UserLabel>& assigned() const { return assigned_; }
    std::size_t size() const { return by_id_.size(); }

  private:
    std::unordered_map<std::int64_t, std::unique_ptr<port::Account>> by_id_;
    std::unordered_map<std::string, const port::Account*> by_user_;
    std::unordered_map<std::string, const port::Account*> by_own_;
    std::set<std::string> resting_;
    std::map<std::string, port::UserLabel> assigned_;
};

}  // namespace sallyport::core
