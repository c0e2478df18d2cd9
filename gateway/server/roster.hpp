// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/server/subscription.hpp"
#include "xmpp/core/element.hpp"
#include "xmpp/core/jid.hpp"

namespace sallyport::server {

/// One contact of one account (RFC 6121 §2.1).
struct RosterItem {
    xmpp::Jid jid;  ///< bare
    std::string name;
    std::vector<std::string> groups;
    Subscription subscription;
    bool is_listed = false;  ///< false: only a request of the contact waits; clients do not see it
    std::uint64_t version = 0;             ///< of the roster, when this item last changed
    std::unique_ptr<std::string> request;  ///< the whole stanza of a pending request (§3.1.3)

    /// The <item/> that clients see.
    xmpp::Element to_element() const;
    /// As it is, to be changed before it is written (an item cannot be copied by accident).
    RosterItem draft() const;
};

/// The roster of one account, sorted by address: pure data, as it is committed. Changes are the
/// RosterBook's.
class Roster {
  public:
    RosterItem* find(std::string_view bare);
    const RosterItem* find(std::string_view bare) const;
    RosterItem& put(const xmpp::Jid& bare);  ///< found, or made unlisted
    void erase(std::string_view bare);
    const std::vector<RosterItem>& items() const { return items_; }
    std::vector<RosterItem>& items() { return items_; }

    /// The contact gets our presence.
    bool shares_with(std::string_view bare) const {
        const RosterItem* item = find(bare);
        return item != nullptr && item->subscription.from;
    }

    /// The item as it is, or a new one that is not listed.
    RosterItem draft(const xmpp::Jid& bare) const;

    std::uint64_t version = 0;   ///< grows with every change that clients see
    std::uint64_t numbered = 0;  ///< the last version that was given to a change, committed or not
    std::uint64_t erased = 0;    ///< versions below it cannot be answered by differences

  private:
    std::vector<RosterItem> items_;
};

}  // namespace sallyport::server
