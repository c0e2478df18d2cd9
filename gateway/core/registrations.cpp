// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/registrations.hpp"

#include "gateway/port/codec.hpp"

namespace sallyport::core {

Result<port::Account> account_of(const store::RegistrationRow& row, const Sealer& sealer) {
    port::Account account;
    account.id = row.id;
    account.user.text = row.user;
    account.own_address = row.own;
    account.provider = row.provider;
    account.hook_token = row.hook_token;
    account.suspended = row.suspended;
    if (row.credentials.empty()) return account;
    if (!sealer) return Error("there is no key to open credentials with");
    auto clear = sealer.open(row.credentials);
    if (!clear) return clear.error();
    auto values = port::decode_form_values(*clear);
    if (!values) return values.error();
    account.credentials = *std::move(values);
    return account;
}

}  // namespace sallyport::core
