// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/server/service.hpp"
#include "gateway/store/server_ops.hpp"
#include "xmpp/xep/archive.hpp"

namespace sallyport::server {

/// XEP-0313: what an account says and hears, kept on the server and asked for in pages, which are
/// bounded in bytes (256 KiB of stanzas) and given when the session has room. Every kept
/// message gets a stanza-id (XEP-0359) by the account; ids that claim to be by it are taken off
/// first. REQUIRES: registered before Carbons, after Blocking.
class Archive final : public Service {
  public:
    static constexpr std::size_t page_size = 50;  ///< when the client does not say
    static constexpr std::size_t most_a_page = 250;

    /// `hub` outlives it. Messages are forgotten after `keep`.
    Archive(Hub& hub, std::chrono::milliseconds keep);
    void set_keep(std::chrono::milliseconds keep) { keep_ = keep; }

    std::vector<Row> rows() override;
    std::vector<std::pair<Addressee, std::string_view>> features() const override;
    std::uint32_t hooks() const override { return Hook::outgoing | Hook::incoming | Hook::load; }
    Verdict on_outgoing(Session& session, xmpp::Stanza& stanza, Author author) override;
    Verdict on_incoming(AccountState& account, xmpp::Stanza& stanza) override;
    void on_load(
        AccountState& account, const store::LoadAccount::Answer& stored, std::string_view kept
    ) override;
    std::string_view loaded_text() const override;

    /// What a client that binds is told of its archive (XEP-0386 §4).
    struct State {
        xmpp::Element metadata;
        std::optional<ArchiveSpan> span;  ///< nothing: the archive is empty
    };
    /// `told` is called once, in a turn of the hub; with nothing when there is no such account or
    /// the store cannot be read.
    void describe(const xmpp::Jid& any, std::function<void(std::optional<State>)> told);

  private:
    struct Preferences;

    const xmpp::ArchivePreferences& preferences(const AccountState& account) const;
    bool wants(const AccountState& account, const xmpp::Jid& peer) const;
    void keep_message(AccountState& account, xmpp::Stanza& stanza, const xmpp::Jid& peer);
    Handled get(Request& request);
    Handled set(Request& request);
    Handled set_preferences(Request& request);
    Handled tell_ends(Request& request);
    void find_ends(
        std::int64_t account, std::function<void(Result<store::ArchiveEnds::Answer>)> found
    );
    Handled query(Request& request);
    Handled fetch_ids(Request& request, xmpp::ArchiveQuery query);
    void prune();
    void prune_later(std::chrono::milliseconds pause);

    Hub& hub_;
    std::size_t slot_;
    std::chrono::milliseconds keep_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< watched by what comes back later
};

}  // namespace sallyport::server
