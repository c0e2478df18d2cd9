// SPDX-License-Identifier: Apache-2.0
// XEP-0114 from the host's side, over real sockets: who may speak for a domain.
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/server/components_world.hpp"

namespace sallyport::server {
namespace {

using Lines = std::vector<std::string>;

/// A connection from another machine.
class Afar final : public net::ByteStream {
  public:
    struct Wire {
        net::StreamHandler* handler = nullptr;
        std::string written;
        bool is_gone = false;
    };
    explicit Afar(std::shared_ptr<Wire> wire, std::string peer = "192.0.2.1")
        : wire_(std::move(wire)), peer_(std::move(peer)) {}
    ~Afar() override { wire_->is_gone = true; }
    void start(net::StreamHandler& handler) override { wire_->handler = &handler; }
    void write(std::string_view bytes) override { wire_->written += bytes; }
    std::size_t unsent_bytes() const override { return 0; }
    void start_tls(std::unique_ptr<net::TlsSession>, TlsStarted) override {}
    void set_reading(bool) override {}
    void close() override {}
    const std::string& peer() const override { return peer_; }

  private:
    std::shared_ptr<Wire> wire_;
    std::string peer_;
};

TEST_F(ComponentDoor, lets_in_who_knows_the_secret_and_carries_both_ways) {
    const auto irc = connected();
    world.send(*alice, "<message to='#room@irc.example.org' type='chat'/>");
    EXPECT_TRUE(until([&] { return irc->got.size() == 1; }));
    EXPECT_EQ(brief(irc->got), Lines{"message:chat alice@example.org/phone>#room@irc.example.org"});
    irc->send(
        "<message xmlns='jabber:client' from='#room@irc.example.org/x' "
        "to='alice@example.org/phone' type='chat'/>"
    );
    EXPECT_TRUE(until([&] { return !alice->got.empty(); }));
    EXPECT_EQ(
        brief(alice->take()), Lines{"message:chat #room@irc.example.org/x>alice@example.org/phone"}
    );
}

TEST_F(ComponentDoor, does_not_let_in_who_guesses) {
    const auto irc = connect("irc.example.org", "guess");
    EXPECT_TRUE(until([&] { return irc->is_over; }));
    EXPECT_EQ(irc->ended, "not-authorized");
    EXPECT_FALSE(is_known());
    const auto other = connect("irc.example.org", "of muc");
    EXPECT_TRUE(until([&] { return other->is_over; }));
    EXPECT_EQ(other->ended, "not-authorized") << "a secret is good for its own domain";
}

TEST_F(ComponentDoor, is_closed_for_a_while_to_an_address_that_guesses) {
    const auto guess = [this] {
        auto wire = std::make_shared<Afar::Wire>();
        door->adopt(std::make_unique<Afar>(wire));
        if (wire->is_gone) return std::string("not heard");
        wire->handler->on_bytes(
            "<stream:stream xmlns='jabber:component:accept' "
            "xmlns:stream='http://etherx.jabber.org/streams' to='irc.example.org'>"
            "<handshake>0000000000000000000000000000000000000000</handshake>"
        );
        wire->handler->on_end(Error("closed"));
        return std::string(
            wire->written.find("not-authorized") != std::string::npos ? "wrong" : ""
        );
    };
    for (int i = 0; i < LoginThrottle::max_wrong; ++i) EXPECT_EQ(guess(), "wrong") << i;
    EXPECT_EQ(guess(), "not heard");
    EXPECT_TRUE(connected()->is_up) << "others go on";
    world.base.advance(LoginThrottle::window + std::chrono::seconds(1));
    EXPECT_EQ(guess(), "wrong");
}

TEST_F(ComponentDoor, knows_only_domains_that_are_configured) {
    for (const char* domain : {"other.example.org", "example.org", "sms.example.org"}) {
        const auto irc = connect(domain);
        EXPECT_TRUE(until([&] { return irc->is_over; }));
        EXPECT_EQ(irc->ended, "host-unknown") << domain;
    }
}

TEST_F(ComponentDoor, tells_a_second_one_that_there_is_one) {
    const auto first = connected();
    const auto second = connect();
    EXPECT_TRUE(until([&] { return second->is_over; }));
    EXPECT_EQ(second->ended, "conflict");
    EXPECT_FALSE(second->is_up);
    EXPECT_FALSE(first->is_over);
    world.send(*alice, "<message to='irc.example.org'/>");
    EXPECT_TRUE(until([&] { return first->got.size() == 1; }));
}

TEST_F(ComponentDoor, two_that_prove_themselves_at_once_do_not_share_a_domain) {
    const auto first = connect();
    const auto second = connect();
    EXPECT_TRUE(until([&] { return first->is_over || second->is_over; }));
    EXPECT_EQ((first->is_over ? *first : *second).ended, "conflict");
    EXPECT_TRUE(is_known());
}

TEST_F(ComponentDoor, is_open_again_when_the_component_has_gone) {
    auto first = connected();
    first->close(timers.now());
    EXPECT_TRUE(until([&] { return !is_known(); }));
    const auto second = connected();
    EXPECT_TRUE(second->is_up);
}

TEST_F(ComponentDoor, is_listed_while_it_is_there) {
    EXPECT_EQ(world.hub.neighbours(), std::vector<xmpp::Jid>{jid("sms.example.org")});
    auto irc = connected();
    EXPECT_EQ(
        world.hub.neighbours(),
        (std::vector<xmpp::Jid>{jid("sms.example.org"), jid("irc.example.org")})
    );
    const auto states = door->states();
    ASSERT_EQ(states.size(), 2U);
    EXPECT_EQ(states[0].domain, jid("irc.example.org"));
    EXPECT_EQ(states[0].peer, "127.0.0.1");
    EXPECT_EQ(states[1].domain, jid("muc.example.org"));
    EXPECT_EQ(states[1].peer, "");
}

TEST_F(ComponentDoor, does_not_wait_for_who_proves_nothing) {
    const int silent = connect_loopback(door->listener()->endpoint());
    EXPECT_TRUE(until([&] { return door->connections() == 1; }));
    world.base.advance(std::chrono::seconds(20));
    timers.run_due();
    ::shutdown(silent, SHUT_WR);
    EXPECT_TRUE(until([&] { return door->connections() == 0; }));
    ::close(silent);
}

TEST_F(ComponentDoor, holds_few_from_one_address_that_have_proved_nothing) {
    std::vector<std::shared_ptr<Afar::Wire>> held;
    const auto is_heard = [&](const std::string& peer) {
        const auto wire = std::make_shared<Afar::Wire>();
        door->adopt(std::make_unique<Afar>(wire, peer));
        if (!wire->is_gone) held.push_back(wire);
        return !wire->is_gone;
    };
    while (is_heard("192.0.2.1") && held.size() < 64) {
    }
    EXPECT_EQ(held.size(), 16U);
    EXPECT_TRUE(is_heard("192.0.2.2")) << "others are";
    EXPECT_TRUE(connected()->is_up);
    held[0]->handler->on_end(Error("closed"));
    EXPECT_TRUE(is_heard("192.0.2.1")) << "there is room again";
    EXPECT_FALSE(is_heard("192.0.2.1"));
}

TEST_F(ComponentDoor, says_goodbye_when_the_server_stops) {
    const auto irc = connected();
    bool is_empty = false;
    door->stop_listening();
    door->shut_down();
    door->when_empty([&is_empty] { is_empty = true; });
    EXPECT_TRUE(until([&] { return is_empty; }));
    EXPECT_EQ(irc->ended, "system-shutdown");
}

}  // namespace
}  // namespace sallyport::server
