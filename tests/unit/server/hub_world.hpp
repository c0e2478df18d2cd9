// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/server/hub.hpp"
#include "tests/support/core_world.hpp"
#include "xmpp/core/stanza.hpp"

/// A whole embedded server without sockets: the hub on a real core and store, clients by hand.
namespace sallyport::test {

/// A client's connection: keeps what it was given.
class FakeLink : public server::SessionLink {
  public:
    server::Delivery deliver(const xmpp::Stanza& stanza) override {
        got.push_back(stanza);
        return server::Delivery::taken;
    }
    bool has_room() const override { return got.size() < room; }
    void close(const xmpp::StreamError& error) override { closed = error; }
    std::unique_ptr<xmpp::Management> take_management() override { return std::move(management); }

    /// What came since the last call.
    std::vector<xmpp::Stanza> take() { return std::exchange(got, {}); }

    std::vector<xmpp::Stanza> got;
    std::size_t room = 1'000'000;  ///< for stanzas that are not taken yet
    std::optional<xmpp::StreamError> closed;
    std::unique_ptr<xmpp::Management> management;
};

/// A FakeLink with its session; leaves when it goes, unless the hub has ended it before.
struct FakeClient : FakeLink {
    FakeClient() = default;
    ~FakeClient() override;
    FakeClient(const FakeClient&) = delete;
    FakeClient& operator=(const FakeClient&) = delete;

    server::Hub* hub = nullptr;
    xmpp::Jid full;
    server::Session* session = nullptr;
    std::optional<xmpp::StanzaError> refused;  ///< the bind
};

/// Keeps everything that nobody takes, as an offline store does.
class Keeper final : public server::Service {
  public:
    std::uint32_t hooks() const override { return server::Hook::undeliverable; }
    server::Verdict on_undeliverable(server::AccountState&, const xmpp::Stanza& stanza) override {
        kept.push_back(stanza);
        return server::Verdict::stop;
    }
    bool keeps(const xmpp::Stanza&) const override { return true; }
    std::vector<xmpp::Stanza> kept;
};

/// example.org with the accounts alice, bob and carol, and the transport sms.example.org.
class HubWorld {
  public:
    explicit HubWorld(server::HubOptions options = {});
    ~HubWorld();

    void settle() { base.settle(); }
    std::int64_t add_account(std::string_view user);
    /// Binds; the session is null when it was refused.
    std::unique_ptr<FakeClient> bind(
        std::string_view user, std::string_view resource, std::string_view client = {}
    );
    /// Binds, asks for the roster and is available; what came meanwhile is dropped.
    std::unique_ptr<FakeClient> log_in(
        std::string_view user, std::string_view resource, int priority = 0
    );
    /// A stanza from this client, as XML in jabber:client, and all that follows.
    void send(FakeClient& client, std::string_view xml);
    /// A mutual subscription.
    void befriend(std::string_view user, std::string_view contact);
    /// A row of a roster, written before the account is loaded.
    void write_roster(std::string_view user, const store::RosterRow& row);

    CoreWorld base;
    server::Hub hub;
};

/// A stanza from XML in jabber:client; fails the test when it is none.
xmpp::Stanza stanza(std::string_view xml);
/// "kind:type from>to" of each, for comparing whole exchanges: "message:chat a@b/c>d@e".
std::vector<std::string> brief(const std::vector<xmpp::Stanza>& stanzas);
/// The condition of each error among them.
std::vector<std::string> conditions(const std::vector<xmpp::Stanza>& stanzas);
std::string presence_of(int priority);

}  // namespace sallyport::test
