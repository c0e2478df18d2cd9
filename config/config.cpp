// SPDX-License-Identifier: Apache-2.0
#include "config/config.hpp"

#include <algorithm>

namespace sallyport::config {

bool AccessRule::matches(const xmpp::Jid& user) const {
    switch (who) {
        case Who::anyone:
            return true;
        case Who::domain:
            return user.domain() == jid.domain();
        case Who::jid:
            return user.bare_view() == jid.bare_view();
    }
    return false;
}

Role Config::role_of(const xmpp::Jid& user) const {
    auto rule = std::find_if(access.begin(), access.end(), [&](const AccessRule& r) {
        return r.matches(user);
    });
    return rule == access.end() ? Role::none : rule->role;
}

bool Config::is_admin(const xmpp::Jid& user) const {
    return std::any_of(admins.begin(), admins.end(), [&](const xmpp::Jid& admin) {
        return admin.bare_view() == user.bare_view();
    });
}

}  // namespace sallyport::config
