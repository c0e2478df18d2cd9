// SPDX-License-Identifier: Apache-2.0
// What connections cost that nobody should have: readers that do not read, and strangers.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "gateway/net/timers.hpp"
#include "gateway/server/c2s_session.hpp"
#include "tests/support/run_until.hpp"
#include "tests/unit/server/service_world.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/sasl/hashed_token.hpp"

namespace sallyport::test {
namespace {

/// A connection in the hands of the test: takes what it is given and sends none of it on.
class DeafStream final : public net::ByteStream {
  public:
    struct Wire {
        net::StreamHandler* handler = nullptr;
        std::string written;
        bool is_closed = false;
        bool is_gone = false;
    };
    explicit DeafStream(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
    ~DeafStream() override { wire_->is_gone = true; }
    void start(net::StreamHandler& handler) override { wire_->handler = &handler; }
    void write(std::string_view bytes) override { wire_->written += bytes; }
    std::size_t unsent_bytes() const override { return wire_->written.size(); }
    void start_tls(std::unique_ptr<net::TlsSession>, TlsStarted) override {}
    void set_reading(bool) override {}
    void close() override { wire_->is_closed = true; }
    const std::string& peer() const override { return peer_; }

  private:
    std::shared_ptr<Wire> wire_;
    std::string peer_ = "192.0.2.1";
};

struct StrangersTest : testing::Test, ServiceWorld, server::C2sOwner {
    StrangersTest() {
        xmpp::ServerStreamOptions made;
        made.domain = jid("example.org");
        made.tls = xmpp::TlsPolicy::done;
        made.mechanisms = {"PLAIN", "HT-SHA-256-NONE"};
        made.offers_sasl2 = made.offers_fast = true;
        made.before_auth = {.stanza_bytes = 8 * 1024, .elements = 32};
        options = std::make_shared<const xmpp::ServerStreamOptions>(std::move(made));
    }
    void on_authenticated(server::C2sSession&) override {}
    void on_awake(server::C2sSession&) override { ++awakenings; }
    void on_over(server::C2sSession&) override { is_over = true; }

    std::shared_ptr<DeafStream::Wire> connect() {
        auto wire = std::make_shared<DeafStream::Wire>();
        session = std::make_unique<server::C2sSession>(
            tools, std::make_unique<DeafStream>(wire), options
        );
        session->start();
        return wire;
    }
    void say(DeafStream::Wire& wire, std::string_view bytes) {
        wire.handler->on_bytes(bytes);
        world.settle();
    }
    /// dora, whose password is "secret". Keys are derived beside us: this waits in real time.
    std::shared_ptr<DeafStream::Wire> log_in_dora() {
        world.base.store.write(store::CreateAccount{
            "dora@example.org", *server::make_keys("secret"), world.base.time.wall()});
        auto wire = connect();
        say(*wire, header);
        say(*wire,
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
            "mechanism='PLAIN'>AGRvcmEAc2VjcmV0</auth>");
        test::run_until(world.base.io, [&wire] {
            return wire->written.find("<success") != std::string::npos;
        });
        say(*wire, header);
        say(*wire,
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq><presence/>"
        );
        return wire;
    }

    /// dora's client "phone", which has (or guesses) a token: what it is told.
    std::string log_in_by(const std::string& what) {
        const auto wire = connect();
        say(*wire, header);
        const std::string proof =
            std::string("dora") + '\0' + xmpp::sasl::hashed_token(what, "Initiator", "");
        say(*wire,
            "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='HT-SHA-256-NONE'><initial-response>" +
                base64_encode(proof) +
                "</initial-response><user-agent id='phone'/><bind xmlns='urn:xmpp:bind:0'/>"
                "<fast xmlns='urn:xmpp:fast:0'/></authenticate>");
        const std::string said = wire->written;
        session.reset();
        world.settle();
        for (const char* word : {"<success", "not-authorized", "temporary-auth-failure"})
            if (said.find(word) != std::string::npos) return word;
        return said;
    }

    static constexpr std::string_view header =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
        " to='example.org' version='1.0'>";

    net::Timers timers{world.base.io.get_executor(), world.base.time};
    server::AccountAuth auth{world.base.core->world(), jid("example.org")};
    server::FastTokens tokens{world.base.core->world(), jid("example.org"), "a key"};
    server::C2sTools tools{
        world.hub,
        auth,
        tokens,
        services->registration(),
        timers,
        *this,
        world.base.metrics.counter("in_total"),
        world.base.metrics.counter("out_total")};
    std::shared_ptr<const xmpp::ServerStreamOptions> options;
    std::unique_ptr<server::C2sSession> session;
    bool is_over = false;
    int awakenings = 0;
};

TEST_F(StrangersTest, a_session_rests_when_nothing_stirred_since_the_last_look) {
    auto wire = connect();
    EXPECT_FALSE(session->rest());
    EXPECT_TRUE(session->rest());
    EXPECT_EQ(awakenings, 0);
    say(*wire, header);
    EXPECT_EQ(awakenings, 1);
    EXPECT_FALSE(session->rest());
    EXPECT_TRUE(session->rest());
}

TEST_F(StrangersTest, who_does_not_read_is_closed_and_holds_no_more_memory_than_its_queue) {
    const auto wire = log_in_dora();
    ASSERT_EQ(world.hub.session_count(), 1U);
    auto alice = log_in("alice", "phone");
    const std::string body(60'000, 'x');
    std::size_t sent = 0;
    for (; world.hub.session_count() == 2 && sent < 100; ++sent) {
        send(*alice, text_to("dora@example.org", body));
        timers.run_due();
        world.settle();
    }
    EXPECT_LT(sent, 20U);
    EXPECT_LT(wire->written.size(), tools.send_queue + 2 * body.size());
    EXPECT_NE(wire->written.find("<resource-constraint"), std::string::npos);
    wire->handler->on_end(Error("timeout"));
    EXPECT_TRUE(is_over);
    session.reset();
    EXPECT_EQ(world.hub.session_count(), 1U);
}

TEST_F(StrangersTest, wrong_tokens_count_as_wrong_passwords_do) {
    world.base.store.write(store::CreateAccount{"dora@example.org", {}, world.base.time.wall()});
    std::string token;
    tokens.issue({"dora", "phone", "HT-SHA-256-NONE", true}, [&token](xmpp::ServerAnswer answer) {
        token = std::get<xmpp::Issued>(answer).token;
    });
    world.settle();
    EXPECT_EQ(log_in_by(token), "<success");
    for (int i = 0; i < server::LoginThrottle::max_wrong; ++i)
        EXPECT_EQ(log_in_by("a guess"), "not-authorized") << i;
    EXPECT_EQ(log_in_by(token), "temporary-auth-failure");
    world.base.advance(server::LoginThrottle::window + std::chrono::seconds(1));
    EXPECT_EQ(log_in_by(token), "<success");
}

TEST_F(StrangersTest, logins_are_counted_by_how_they_were_proved) {
    log_in_dora();
    std::string token;
    tokens.issue({"dora", "phone", "HT-SHA-256-NONE", true}, [&token](xmpp::ServerAnswer answer) {
        token = std::get<xmpp::Issued>(answer).token;
    });
    world.settle();
    log_in_by(token);
    log_in_by("a guess");
    const auto logins = [this](const char* mechanism) {
        return world.base.metrics.counter("c2s_logins_total", {{"mechanism", mechanism}}).value();
    };
    const auto refused = [this](const char* reason) {
        return world.base.metrics.counter("c2s_logins_refused_total", {{"reason", reason}}).value();
    };
    EXPECT_EQ(logins("PLAIN"), 1U);
    EXPECT_EQ(logins("HT-SHA-256-NONE"), 1U);
    EXPECT_EQ(refused("token"), 1U);
    EXPECT_EQ(refused("password"), 0U);
}

TEST_F(StrangersTest, who_sends_too_much_before_login_is_closed_and_leaves_nothing) {
    for (int round = 0; round < 50; ++round) {
        is_over = false;
        const auto wire = connect();
        say(*wire, header);
        const std::string piece(1'000, 'x');
        std::size_t fed = 0;
        say(*wire, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>");
        for (; !wire->is_closed && fed < 100'000; fed += piece.size()) say(*wire, piece);
        EXPECT_LE(fed, 9'000U);
        EXPECT_NE(wire->written.find("policy-violation"), std::string::npos);
        wire->handler->on_end(Error("reset"));
        EXPECT_TRUE(is_over);
        session.reset();
        EXPECT_TRUE(wire->is_gone);
    }
    EXPECT_EQ(timers.size(), 0U);
    EXPECT_EQ(world.hub.session_count(), 0U);
}

}  // namespace
}  // namespace sallyport::test
