// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "gateway/base/clock.hpp"
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
    /// Own addresses that the pool may not give yet, and until when. `time` outlives the book.
    void set_resting(std::map<std::string, WallTime> until, const TimeSource& time);
    void rest(const std::string& own_address, WallTime until) { resting_[own_address] = until; }
    void set_assigned(std::map<std::string, port::UserLabel> assigned) {
        assigned_ = std::move(assigned);
    }
    const std::map<std::string, port::UserLabel>& assigned() const { return assigned_; }
    std::size_t size() const { return by_id_.size(); }

  private:
    std::unordered_map<std::int64_t, std::unique_ptr<port::Account>> by_id_;
    std::unordered_map<std::string, const port::Account*> by_user_;
    std::unordered_map<std::string, const port::Account*> by_own_;
    std::map<std::string, WallTime> resting_;
    const TimeSource* time_ = nullptr;
    std::map<std::string, port::UserLabel> assigned_;
};

}  // namespace sallyport::core
