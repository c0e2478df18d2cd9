// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/server/account_state.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::server {

class Hub;

/// Whom of components' people each account sees as available, so that they can be shown as gone
/// when their component is. A room counts once, as the occupant that the account is there: who has
/// left it sees nobody in it.
class ComponentContacts {
  public:
    /// Per account; of more it does not hear.
    static constexpr std::size_t max_seen = 1'000;

    explicit ComponentContacts(Hub& hub);

    /// Presence that an account's sessions got.
    void note(AccountState& account, const xmpp::Stanza& presence);
    /// This session of the account sees nothing more, or its last one is not available any more.
    void forget(AccountState& account, std::string_view resource);
    /// The component of this domain has gone: routes unavailable presence to all who saw its people
    /// (as RFC 6121 §4.5.2 has a server do for a session that ends without a word), and from its
    /// rooms with the status of a service that stops (XEP-0045, 332).
    void lose(const xmpp::Jid& domain);

  private:
    struct Seen;
    void tell(AccountState& account, Seen& seen, std::string_view domain);

    Hub& hub_;
    std::size_t slot_;
};

}  // namespace sallyport::server
