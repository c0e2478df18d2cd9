// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/changes.hpp"

#include <boost/system/errc.hpp>

#include "gateway/base/log.hpp"
#include "gateway/server/hub.hpp"

namespace sallyport::server {

Changes::Key Changes::begin(AccountState& account, std::string subject) {
    hub_.accounts().begin_change(account, subject);
    return {account.bare(), account.number(), std::move(subject)};
}

void Changes::end(
    const Key& key, const std::function<void(AccountState&)>& apply, const Error* why
) {
    const Hub::Turn turn(hub_);
    if (why != nullptr)
        hub_.world().log.error(
            "account.unwritten", {{"user", Personal{key.bare.str()}}, {"why", why->to_string()}}
        );
    AccountState* account = hub_.accounts().find(key.bare);
    if (account == nullptr || account->number() != key.number) return;
    apply(*account);
    hub_.accounts().end_change(*account, key.subject);
}

store::Store& Changes::store() {
    return hub_.world().store;
}

xmpp::StanzaError unwritten(const Error& error) {
    using xmpp::Condition;
    if (error.code == boost::system::errc::no_space_on_device)
        return xmpp::StanzaError(
            Condition::resource_constraint, "The server's disk is full. Nothing was changed."
        );
    return xmpp::StanzaError(
        Condition::internal_server_error, "It could not be stored. Nothing was changed."
    );
}

}  // namespace sallyport::server
