// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "gateway/server/service.hpp"
#include "gateway/server/subscriptions.hpp"

namespace sallyport::server {

/// What clients ask of their roster (RFC 6121 §2): get with versions, set and remove.
class RosterService final : public Service {
  public:
    static constexpr std::size_t max_items = 2'000;
    static constexpr std::size_t max_groups = 100;       ///< of one item
    static constexpr std::size_t max_name_bytes = 1023;  ///< of a name, of a group's name

    /// No contact can be added: so many are there, or on their way.
    static bool is_full(const AccountState& account) {
        return account.roster.items().size() + account.changes() >= max_items;
    }

    explicit RosterService(Hub& hub) : hub_(hub) {}
    std::vector<Row> rows() override;

  private:
    Handled get(Request& request);
    Handled set(Request& request);
    Handled put(Request& request, const xmpp::Jid& contact, const xmpp::Element& item);
    Handled remove(Request& request, const xmpp::Jid& contact);
    void answer(const xmpp::Stanza& iq, const Result<>& written);

    Hub& hub_;
};

}  // namespace sallyport::server
