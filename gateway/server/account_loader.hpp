// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "gateway/base/log.hpp"
#include "gateway/server/account_state.hpp"
#include "gateway/server/service.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::server {

/// Fills an AccountState from the store in one read: its roster, and what the services keep of it.
class AccountLoader {
  public:
    AccountLoader(store::Store& store, const Log& log, const ServiceTable& services)
        : store_(store), log_(log), services_(services) {}
    /// `done`: whether the account exists. A store that cannot be read counts as no account.
    void load(AccountState& account, std::function<void(bool)> done);

  private:
    static void fill(AccountState& account, store::LoadAccount::Answer& answer);

    store::Store& store_;
    const Log& log_;
    const ServiceTable& services_;
};

}  // namespace sallyport::server
