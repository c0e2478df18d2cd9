// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/core/router.hpp"
#include "gateway/core/service_tools.hpp"
#include "gateway/core/world.hpp"

namespace sallyport::core {

/// What the gateway knows of a user's approval: may it see their presence?
enum class Bond { none, asked, approved, denied };

/// The relations between users, the gateway and its contacts: who was added, who approved, and the
/// presences that say so. Contacts are `to` only: their users see them, they see nobody (gateway.md
/// §2.8), so that a login costs few stanzas.
class Roster {
  public:
    /// The caps hash of the domain and of its contacts.
    using Caps = std::function<std::string(Domain&, To)>;
    Roster(World& world, Caps caps);

    /// The gateway's presence to a user (bare) or one of their resources.
    void show_gateway(Domain& domain, const xmpp::Jid& to);
    void hide_gateway(Domain& domain, const xmpp::Jid& user);
    void show_contact(Domain& domain, const port::Address& contact, const xmpp::Jid& to);

    /// Asks to see the user's presence, unless they were asked before; `again` asks anyway.
    enum class Ask { once, again };
    void ask_presence(Domain& domain, const xmpp::Jid& user, Ask how);
    void bond(Domain& domain, const xmpp::Jid& user, std::function<void(Bond)> then);
    void set_bond(Domain& domain, const xmpp::Jid& user, Bond bond);

    /// Remembers that the user added this contact; `stored` runs after commit.
    void add_contact(
        Domain& domain,
        const xmpp::Jid& user,
        const port::Address& contact,
        std::function<void(Result<>)> stored
    );
    void forget_contact(Domain& domain, const xmpp::Jid& user, const port::Address& contact);
    /// A user wrote to another spelling of this contact: the canonical one asks to be added, at
    /// most once a day, so that one tap mends the roster. Nothing when they have it already.
    void offer_canonical(Domain& domain, const xmpp::Jid& user, const port::Address& contact);

    /// Takes all contacts and the gateway out of the user's roster and forgets them (gateway.md
    /// §2.6).
    void leave(Domain& domain, const xmpp::Jid& user);

    /// The domain goes: nothing that waits may mention it any more.
    void forget(const Domain& domain) {
        static_cast<void>(domain);
        partings_.clear();
    }

    /// Keys of the records that are kept for a user.
    static std::string contacts_ns(const Domain& domain, const xmpp::Jid& user);
    static std::string bonds_ns(const Domain& domain);

  private:
    void part(Domain& domain, const xmpp::Jid& from, const xmpp::Jid& user);
    World& world_;
    Caps caps_;
    Pace partings_;  ///< a long roster must not fill the link's queue
    Buckets offers_;
};

}  // namespace sallyport::core
