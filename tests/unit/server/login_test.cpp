// SPDX-License-Identifier: Apache-2.0
// The whole embedded server on loopback, and our own client machine logging in to it: sockets, TLS,
// SASL, binding, stanzas.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "gateway/net/byte_stream.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/server/server.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/core_world.hpp"
#include "tests/support/run_until.hpp"
#include "tests/support/temp_folder.hpp"
#include "xmpp/stream/client_stream.hpp"

namespace sallyport::server {
namespace {

namespace fs = std::filesystem;
using test::CoreWorld;
using xmpp::ClientTls;

int connected_socket(const config::Endpoint& at) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(at.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        ADD_FAILURE() << "nobody listens at " << at.to_string();
    return made;
}

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
              net::adopt_socket(timers, connected_socket(at), "127.0.0.1"),
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
    Login() {
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
        world_.store.write(store::CreateAccount{
            user + "@example.org", *make_keys("secret of " + user), world_.time.wall()});
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

TEST_F(Login, over_starttls_by_the_strongest_mechanism_bound_to_the_channel) {
    const auto client = log_in("alice");
    EXPECT_EQ(client->mechanism, "SCRAM-SHA-512-PLUS");
    EXPECT_EQ(client->full->bare_view(), "alice@example.org");
    EXPECT_FALSE(client->full->resource().empty());
    EXPECT_EQ(server_->hub().session_count(), 1U);
}

TEST_F(Login, over_direct_tls) {
    const auto client = connect("alice", "secret of alice", ClientTls::direct);
    EXPECT_TRUE(until([&] { return client->full.has_value(); }));
}

TEST_F(Login, by_each_family_that_is_bound_to_the_channel) {
    for (const char* mechanism : {"SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"}) {
        const auto client = connect("alice", "secret of alice", ClientTls::required, {mechanism});
        EXPECT_TRUE(until([&] { return client->full || client->ended; }));
        EXPECT_TRUE(client->full) << mechanism;
        EXPECT_EQ(client->mechanism, mechanism);
    }
}

TEST_F(Login, with_a_wrong_password_or_name_is_refused_alike) {
    for (const char* user : {"alice", "nobody"}) {
        const auto client = connect(user, "wrong", ClientTls::required, {"SCRAM-SHA-256-PLUS"});
        EXPECT_TRUE(until([&] { return client->ended.has_value(); }));
        EXPECT_EQ(client->ended->reason, "sasl-not-authorized") << user;
    }
    EXPECT_EQ(server_->hub().session_count(), 0U);
}

TEST_F(Login, people_write_to_each_other) {
    const auto alice = log_in("alice");
    const auto bob = log_in("bob");
    bob->say_available();
    EXPECT_TRUE(until([&] {
        const Session* session = server_->hub().find(*bob->full);
        return session != nullptr && session->is_available();
    }));
    alice->send("bob@example.org", "hello");
    EXPECT_TRUE(until([&] { return bob->body().has_value(); }));
    EXPECT_EQ(*bob->body(), "hello");
}

TEST_F(Login, ends_with_its_session_when_the_password_changes) {
    const auto client = log_in("alice");
    server_->hub().end_sessions(
        test::jid("alice@example.org"), xmpp::StreamError(xmpp::StreamCondition::reset)
    );
    EXPECT_TRUE(until([&] { return client->ended.has_value(); }));
    EXPECT_EQ(client->ended->reason, "reset");
}

/// Whoever knew the old password and is at it must not get in by it, nor get a token for weeks.
TEST_F(Login, that_is_under_way_ends_when_the_password_changes) {
    const auto client = connect("alice", "secret of alice");
    EXPECT_TRUE(until([&] { return server_->clients().is_logging_in("alice"); }));
    server_->hub().end_sessions(
        test::jid("alice@example.org"), xmpp::StreamError(xmpp::StreamCondition::reset)
    );
    EXPECT_TRUE(until([&] { return client->ended || client->full; }));
    EXPECT_FALSE(client->full);
    ASSERT_TRUE(client->ended);
    EXPECT_EQ(client->ended->reason, "reset");
}

TEST_F(Login, all_hear_that_the_server_goes) {
    const auto client = log_in("alice");
    bool is_stopped = false;
    server_->stop([&is_stopped] { is_stopped = true; });
    EXPECT_TRUE(until([&] { return client->is_closed && is_stopped; }));
    ASSERT_TRUE(client->ended);
    EXPECT_EQ(client->ended->reason, "system-shutdown");
    EXPECT_EQ(server_->clients().connections(), 0U);
}

TEST_F(Login, a_reload_shows_the_new_certificate_to_those_who_come_next) {
    const auto before = log_in("alice");
    const std::string old_print = server_->fingerprint();
    fs::remove(folder_ / "self-signed-example.org.pem");
    ASSERT_TRUE(reload());
    EXPECT_NE(server_->fingerprint(), old_print);
    trust_ = *net::make_client_tls(folder_ / "self-signed-example.org.pem");
    log_in("bob");
    EXPECT_FALSE(before->ended) << "who was there stays";
}

/// Logins by a certificate (XEP-0178), of an issuer that a reload has made known.
class CertificateLogin : public Login {
  protected:
    CertificateLogin() {
        section_.client_ca = root_.certificate();
        EXPECT_TRUE(reload());
    }
    /// Ends with a session or a refusal. A client without a password has the certificate alone.
    std::unique_ptr<Client> show(
        std::vector<std::string> addresses,
        const std::string& authzid = {},
        const std::string& password = {}
    ) {
        const test::CertificateFiles own = root_.issue("client", {std::move(addresses)});
        trust_ = *net::make_client_tls(
            folder_ / "self-signed-example.org.pem", {{}, {}, net::TlsIdentity{own.chain, own.key}}
        );
        xmpp::ClientOptions options;
        options.user = "alice";
        options.domain = test::jid("example.org");
        options.authzid = authzid;
        options.secrets.has_certificate = true;
        options.secrets.password = password;
        options.tls = tls_;
        options.nonce = "a-nonce-of-the-test";
        auto client = connect(std::move(options));
        EXPECT_TRUE(until([&] { return client->full || client->ended; }));
        return client;
    }
    static std::string outcome(const Client& client) {
        return client.full ? client.mechanism + " " + std::string(client.full->bare_view())
                           : client.ended->reason;
    }

    test::Issuer root_{folder_.path(), "root"};
    ClientTls tls_ = ClientTls::required;
};

TEST_F(CertificateLogin, is_as_the_address_that_it_names) {
    for (const ClientTls tls : {ClientTls::required, ClientTls::direct}) {
        tls_ = tls;
        EXPECT_EQ(outcome(*show({"alice@example.org"})), "EXTERNAL alice@example.org");
        EXPECT_EQ(
            outcome(*show({"bob@example.org"}, "bob@example.org")), "EXTERNAL bob@example.org"
        );
    }
}

TEST_F(CertificateLogin, is_not_offered_to_who_has_no_account_here) {
    for (const char* address : {"nobody@example.org", "alice@example.net", "example.org"}) {
        EXPECT_EQ(outcome(*show({address})), "sasl-no-mechanism") << address;
        EXPECT_EQ(
            outcome(*show({address}, {}, "secret of alice")), "SCRAM-SHA-512-PLUS alice@example.org"
        ) << address;
    }
}

TEST_F(CertificateLogin, with_two_accounts_needs_the_name_of_one) {
    const std::vector<std::string> both{"alice@example.org", "bob@example.org"};
    EXPECT_EQ(outcome(*show(both)), "sasl-invalid-authzid");
    EXPECT_EQ(outcome(*show(both, "bob@example.org")), "EXTERNAL bob@example.org");
    EXPECT_EQ(
        outcome(*show({"alice@example.org", "nobody@example.org", "bob@example.net"})),
        "EXTERNAL alice@example.org"
    );
}

TEST_F(CertificateLogin, is_never_as_somebody_else) {
    EXPECT_EQ(outcome(*show({"alice@example.org"}, "bob@example.org")), "sasl-invalid-authzid");
}

TEST_F(CertificateLogin, ends_when_the_issuers_are_taken_away) {
    EXPECT_EQ(outcome(*show({"alice@example.org"})), "EXTERNAL alice@example.org");
    section_.client_ca.reset();
    ASSERT_TRUE(reload());
    EXPECT_EQ(outcome(*show({"alice@example.org"})), "sasl-no-mechanism");
}

TEST_F(CertificateLogin, goes_on_as_before_when_a_reload_cannot_read_the_issuers) {
    section_.client_ca = folder_ / "absent.pem";
    const auto read = reload();
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().detail.find("absent.pem"), std::string::npos);
    EXPECT_EQ(outcome(*show({"alice@example.org"})), "EXTERNAL alice@example.org");
}

}  // namespace
}  // namespace sallyport::server
