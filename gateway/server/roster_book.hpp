// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "gateway/server/account_state.hpp"
#include "xmpp/core/element.hpp"
#include "xmpp/core/result.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::store {
struct ChangeRoster;
}

namespace sallyport::server {

class Hub;
class Session;

/// The only hand that changes rosters: numbers the change (RFC 6121 §2.6), writes it, and applies
/// it to memory when it is committed. Who asked for it then pushes it to interested resources
/// (§2.1.6) and does what else follows.
///
/// Removed items stay for a while, unlisted, so that clients can be told by differences. When they
/// become too many they are forgotten, and Roster::erased says up to where.
class RosterBook {
  public:
    static constexpr std::size_t max_removed = 100;

    /// Runs when the change is on disk and in the roster, or `written` says why it is in neither.
    using Done = std::function<void(AccountState& account, Result<> written)>;
    /// Runs when it is on disk, before it is in the roster.
    using Before = std::function<void(AccountState& account)>;

    /// Do clients see what changes?
    enum class Seen { yes, no };

    explicit RosterBook(Hub& hub) : hub_(hub) {}

    /// The contact's item becomes this draft. An unseen one with nothing in it is erased.
    void put(AccountState& account, RosterItem draft, Seen seen, Done done, Before before = {});
    /// Takes the contact off the roster.
    void remove(AccountState& account, const RosterItem& item, Done done);
    /// Pushes one item to one session.
    void push(const AccountState& account, const RosterItem& item, Session& session) const;
    /// Pushes the contact's item to all who asked for the roster.
    void push_all(const AccountState& account, const xmpp::Jid& contact) const;

    /// The wire's version of a roster: the account's number makes it another one for another
    /// account of the same name.
    static std::string version_text(const AccountState& account, std::uint64_t version);

  private:
    void write(
        AccountState& account, RosterItem draft, store::ChangeRoster op, Done done, Before before
    );
    static void forget_removed(const AccountState& account, store::ChangeRoster& op);

    Hub& hub_;
};

}  // namespace sallyport::server
