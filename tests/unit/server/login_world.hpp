// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/net/byte_stream.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/server/server.hpp"
#include "tests/support/core_world.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/run_until.hpp"
#include "tests/support/temp_folder.hpp"
#include "xmpp/stream/client_stream.hpp"

/// The whole embedded server on loopback, and our own client machine logging in to it: sockets,
/// TLS, SASL, binding, stanzas.
namespace sallyport::server {
using test::CoreWorld;
using xmpp::ClientTls;

/// One connection of our client machine.
class Client final : private net::PumpOwner<xmpp::ClientStream::Event> {
  public:
    Client(
        net::Timers& timers,
        const config::Endpoint& at,
        std::shared_ptr<const net::TlsContext> trust,
        xmpp::ClientOptions options
    )
        : timers_(timers),
          trust_(std::move(trust)),
          is_direct_(options.tls == ClientTls::direct),
          pump_(
              xmpp::ClientStream(std::move(options)),
              net::adopt_socket(timers, test::connect_loopback(at), "127.0.0.1"),
              timers,
              *this
          ) {
        if (!is_direct_) {
            pump_.start();
            return;
        }
        pump_.stream().start_tls(make_tls(), [this](const Result<TlsDone>& done) {
            if (!done) return on_closed(done.error());
            on_tls(*done);
            pump_.start();
        });
    }

    void send(std::string_view to, std::string_view body) {
        auto stanza = xmpp::Stanza::message(xmpp::StanzaType::chat, {}, test::jid(to), "m1");
        stanza.element().add("body", "jabber:client").add_text(body);
        ASSERT_TRUE(pump_.machine().send(stanza, timers_.now()));
        pump_.later();
    }
    void say_available() {
        const auto stanza = xmpp::Stanza::presence(xmpp::StanzaType::available, {}, {});
        ASSERT_TRUE(pump_.machine().send(stanza, timers_.now()));
        pump_.later();
    }
    std::optional<std::string> body() const {
        for (const xmpp::Stanza& stanza : stanzas)
            if (auto text = stanza.element().child_text("body", "jabber:client")) return text;
        return std::nullopt;
    }

    std::string mechanism;
    std::optional<xmpp::Jid> full;
    std::optional<xmpp::Ended> ended;
    std::vector<xmpp::Stanza> stanzas;
    bool is_closed = false;

  private:
    void on_event(xmpp::ClientStream::Event event) override {
        if (auto* wanted = std::get_if<xmpp::KeyWanted>(&event)) {
            pump_.machine().derived(wanted->derive(), timers_.now());
            pump_.later();
        }
        if (auto* logged_in = std::get_if<xmpp::LoggedIn>(&event)) mechanism = logged_in->mechanism;
        if (auto* online = std::get_if<xmpp::Online>(&event)) full = online->full;
        if (auto* got = std::get_if<xmpp::Received>(&event)) stanzas.push_back(got->stanza);
        if (auto* over = std::get_if<xmpp::Ended>(&event)) ended = *over;
    }
    void on_closed(const Error&) override { is_closed = true; }
    std::unique_ptr<net::TlsSession> make_tls() override {
        return trust_->make_session("example.org");
    }
    void on_tls(const TlsDone& binding) override {
        pump_.machine().tls_done(binding, timers_.now());
    }

    net::Timers& timers_;
    std::shared_ptr<const net::TlsContext> trust_;
    bool is_direct_;
    net::Pump<xmpp::ClientStream> pump_;
};

class Login : public testing::Test {
  protected:
    explicit Login(config::ServerConfig section = {}) : section_(std::move(section)) {
        section_.domain = test::jid("example.org");
        section_.listen.c2s = config::Endpoint();
        section_.listen.c2s->host = "127.0.0.1";
        section_.listen.c2s_tls = section_.listen.c2s;
        server_ = *Server::make(
            Server::Tools{*world_.core, timers_, folder_.path(), "key of unknown names"}, section_
        );
        EXPECT_TRUE(server_->listen(section_));
        trust_ = *net::make_client_tls(folder_ / "self-signed-example.org.pem");
        for (const char* user : {"alice", "bob"}) add(user);
    }
    ~Login() override {
        server_->close_connections();
        world_.settle();
        server_.reset();
    }

    /// As SIGHUP does it.
    Result<> reload() {
        auto identity = server_->read_identity(section_);
        if (!identity) return identity.error();
        server_->show(*std::move(identity));
        return {};
    }
    void add(const std::string& user) {
        const xmpp::Jid bare = test::jid(user + "@example.org");
        world_.store.write(store::CreateAccount{
            bare.str(), *make_keys(bare, "secret of " + user, section_.legacy), world_.time.wall()}
        );
        world_.settle();
    }
    std::unique_ptr<Client> connect(
        const std::string& user,
        const std::string& password,
        ClientTls tls = ClientTls::required,
        std::vector<std::string> mechanisms = {}
    ) {
        xmpp::ClientOptions options;
        options.user = user;
        options.domain = test::jid("example.org");
        options.secrets.password = password;
        options.tls = tls;
        options.nonce = "a-nonce-of-the-test";
        options.mechanisms = std::move(mechanisms);
        return connect(std::move(options));
    }
    std::unique_ptr<Client> connect(xmpp::ClientOptions options) {
        const std::size_t index = options.tls == ClientTls::direct ? 1 : 0;
        return std::make_unique<Client>(
            timers_, server_->clients().endpoints().at(index), trust_, std::move(options)
        );
    }
    std::unique_ptr<Client> log_in(const std::string& user) {
        auto client = connect(user, "secret of " + user);
        EXPECT_TRUE(until([&] { return client->full.has_value(); })) << user;
        return client;
    }
    bool until(const std::function<bool()>& done) { return test::run_until(world_.io, done); }

    CoreWorld world_;
    net::Timers timers_{world_.io.get_executor(), world_.time};
    test::TempFolder folder_;
    config::ServerConfig section_;
    std::unique_ptr<Server> server_;
    std::shared_ptr<const net::TlsContext> trust_;
};

}  // namespace sallyport::server
