// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "gateway/server/service.hpp"

namespace sallyport::server {

/// XEP-0191: whom an account wants to have nothing to do with. To them it looks offline; what they
/// send is refused or dropped before anything else sees it, and nothing of the account goes to
/// them. REQUIRES: registered before all other services.
class Blocking final : public Service {
  public:
    static constexpr std::size_t most = 1'000;  ///< addresses of one account

    /// `hub` outlives it.
    explicit Blocking(Hub& hub);

    std::vector<Row> rows() override;
    std::uint32_t hooks() const override { return Hook::outgoing | Hook::incoming | Hook::load; }
    Verdict on_outgoing(Session& session, xmpp::Stanza& stanza, Author author) override;
    Verdict on_incoming(AccountState& account, xmpp::Stanza& stanza) override;
    void on_load(
        AccountState& account, const store::LoadAccount::Answer& stored, std::string_view kept
    ) override;
    std::string_view loaded_text() const override;

  private:
    struct Blocklist;

    bool is_blocked(const AccountState& account, const xmpp::Jid& jid) const;
    Handled tell(Request& request);
    Handled change(Request& request);
    Handled block(Request& request, std::vector<xmpp::Jid> jids);
    Handled unblock(Request& request, const std::vector<xmpp::Jid>& jids);
    /// What follows from a list that is committed; `apply` makes it the one in force.
    using Change = std::function<void(AccountState& account, const std::function<void()>& apply)>;
    void keep(Request& request, std::vector<xmpp::Jid> jids, Change change);
    void push(const AccountState& account, const xmpp::Element& payload);
    void disappear(AccountState& account, const std::vector<xmpp::Jid>& from);
    void reappear(AccountState& account, const std::vector<xmpp::Jid>& to);

    Hub& hub_;
    std::size_t slot_;
};

}  // namespace sallyport::server
