// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "gateway/server/account_state.hpp"
#include "xmpp/core/element.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::store {
struct ChangeRoster;
}

namespace sallyport::server {

class Hub;
class Session;

/// The only hand that changes rosters: numbers the change (RFC 6121 §2.6), pushes it to interested
/// resources (§2.1.6) and writes it to the store.
///
/// Removed items stay for a while, unlisted, so that clients can be told by differences. When they
/// become too many they are forgotten, and Roster::erased says up to where.
class RosterBook {
  public:
    static constexpr std::size_t max_removed = 100;

    explicit RosterBook(Hub& hub) : hub_(hub) {}

    /// The item changed in a way that clients see. May erase other items, never this one.
    void changed(AccountState& account, RosterItem& item);
    /// It changed in a way that they do not see (a request came or went). May erase it.
    void noted(AccountState& account, RosterItem& item);
    /// Takes the item off the roster. It may be gone afterwards.
    void remove(AccountState& account, RosterItem& item);
    /// Pushes one item to one session.
    void push(const AccountState& account, const RosterItem& item, Session& session) const;

    /// The wire's version of a roster: the account's number makes it another one for another
    /// account of the same name.
    static std::string version_text(const AccountState& account, std::uint64_t version);

  private:
    void push_all(const AccountState& account, const RosterItem& item) const;
    void write(const AccountState& account, const RosterItem& item, store::ChangeRoster op) const;
    void forget_removed(AccountState& account, store::ChangeRoster& op) const;

    Hub& hub_;
};

}  // namespace sallyport::server
