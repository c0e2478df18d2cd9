// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gateway/server/service.hpp"
#include "gateway/store/server_ops.hpp"

namespace sallyport::server {

/// XEP-0160: messages for an account that nobody takes wait in the store until a resource does. It
/// gets them in their order, before anything newer for the account, as many at a time as it has
/// room for, each marked with the time of its arrival; they leave the store when a session has them
/// (with stream management: in its queue).
class Offline final : public Service {
  public:
    /// Messages of one account: what a session with stream management held, and as much again.
    static constexpr std::size_t most = 1'000;
    static constexpr std::size_t most_bytes = std::size_t{5} << 20;  ///< of them together
    static constexpr std::size_t most_newer_bytes = 256 * 1024;      ///< held back in memory

    /// `hub` outlives it.
    explicit Offline(Hub& hub);

    std::uint32_t hooks() const override {
        return Hook::incoming | Hook::bare | Hook::undeliverable | Hook::available | Hook::load;
    }
    std::vector<std::pair<Addressee, std::string_view>> features() const override;
    Verdict on_incoming(AccountState& account, xmpp::Stanza& stanza) override;
    Verdict on_bare(AccountState& account, const xmpp::Stanza& stanza) override;
    Verdict on_undeliverable(AccountState& account, const xmpp::Stanza& stanza) override;
    bool keeps(const xmpp::Stanza& stanza) const override;
    void on_available(Session& session) override;
    void on_load(
        AccountState& account, const store::LoadAccount::Answer& stored, std::string_view kept
    ) override;

  private:
    struct Handover;

    Handover& handover(AccountState& account);
    void kept(const xmpp::Stanza& stanza, bool is_kept);
    void store(AccountState& account, const xmpp::Stanza& stanza);
    void spill(AccountState& account);
    void begin(AccountState& account);
    void read(AccountState& account);
    /// Runs `use` if what waits for the account is still being given.
    void with_handover(const xmpp::Jid& bare, std::function<void(AccountState&)> use);
    void hand_over(AccountState& account, const store::OfflineMessages::Answer& found);
    void give(Session& session, const store::OfflineMessages::Row& row);
    void go_on(AccountState& account);
    void given(AccountState& account);
    void end(AccountState& account);

    Hub& hub_;
    std::size_t slot_;
};

}  // namespace sallyport::server
