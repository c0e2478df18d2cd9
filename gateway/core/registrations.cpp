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

port::UserLabel label_of(const xmpp::Jid& user) {
    return port::UserLabel{std::string(user.bare_view())};
}

xmpp::Jid jid_of(const port::Account& account) {
    // It was parsed before it was stored.
    auto parsed = xmpp::Jid::parse(account.user.text);
    return parsed ? *std::move(parsed) : xmpp::Jid();
}

}  // namespace sallyport::core
