// SPDX-License-Identifier: Apache-2.0
// XEP-0114 from the host's side, over real sockets: who may speak for a domain, and for whom it may
// speak.
#include "gateway/server/components.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/loopback.hpp"
#include "tests/support/run_until.hpp"
#include "tests/unit/server/hub_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::server {
namespace {

using namespace test;
using Lines = std::vector<std::string>;

/// Somebody's component: our own machine of that side.
class Irc final : private net::PumpOwner<xmpp::ComponentStream::Event> {
  public:
    Irc(net::Timers& timers,
        const config::Endpoint& at,
        const std::string& domain,
        const std::string& secret)
        : pump_(
              xmpp::ComponentStream(xmpp::ComponentOptions{jid(domain), secret, {}, {}}),
              net::adopt_socket(timers, connect_loopback(at), "127.0.0.1"),
              timers,
              *this
          ) {
        pump_.start();
    }
    bool send(std::string_view xml) {
        const auto sent = pump_.machine().send(stanza(xml));
        pump_.later();
        return sent.has_value();
    }
    /// Past our own guard, as others would.
    void write(std::string_view bytes) { pump_.stream().write(bytes); }
    void close(TimePoint now) {
        pump_.machine().close(now);
        pump_.later();
    }

    bool is_up = false;
    bool is_over = false;
    std::string ended;  ///< the reason
    std::vector<xmpp::Stanza> got;

  private:
    void on_event(xmpp::ComponentStream::Event event) override {
        if (std::holds_alternative<xmpp::Established>(event)) is_up = true;
        if (auto* received = std::get_if<xmpp::Received>(&event)) got.push_back(received->stanza);
        if (auto* over = std::get_if<xmpp::Ended>(&event)) ended = over->reason;
    }
    void on_closed(const Error&) override { is_over = true; }

    net::Pump<xmpp::ComponentStream> pump_;
};

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

struct ComponentDoor : testing::Test {
    ComponentDoor() {
        config::Endpoint at;
        at.host = "127.0.0.1";
        EXPECT_TRUE(door->listen(at));
    }
    ~ComponentDoor() override {
        alice.reset();
        door.reset();
        world.settle();
    }

    std::unique_ptr<Irc> connect(
        const std::string& domain = "irc.example.org", const std::string& secret = "of irc"
    ) {
        return std::make_unique<Irc>(timers, door->listener()->endpoint(), domain, secret);
    }
    std::unique_ptr<Irc> connected() {
        auto made = connect();
        EXPECT_TRUE(until([&] { return made->is_up && is_known(); })) << made->ended;
        return made;
    }
    bool is_known() const { return world.hub.has_component(jid("irc.example.org")); }
    bool until(const std::function<bool()>& done) { return test::run_until(world.base.io, done); }
    std::vector<std::string> conditions_of_alice() { return conditions(alice->take()); }
    /// The component says this; it has come through when `client` has got `count` stanzas.
    void tell(Irc& irc, FakeClient& client, std::string_view xml, std::size_t count) {
        irc.write(xml);
        EXPECT_TRUE(until([&] { return client.got.size() >= count; })) << xml;
        client.take();
    }
    void leave(std::unique_ptr<Irc>& irc) {
        irc.reset();
        EXPECT_TRUE(until([&] { return !is_known(); }));
    }

    HubWorld world;
    net::Timers timers{world.base.io.get_executor(), world.base.time};
    std::vector<config::ServerConfig::Component> components{
        {jid("irc.example.org"), config::Secret("of irc"), {}},
        {jid("muc.example.org"), config::Secret("of muc"), {}}};
    std::unique_ptr<Components> door = std::make_unique<Components>(world.hub, timers, components);
    std::unique_ptr<FakeClient> alice = world.log_in("alice", "phone");
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

TEST_F(ComponentDoor, does_not_let_a_component_speak_for_others) {
    for (const char* from :
         {"alice@example.org",
          "example.org",
          "sms.example.org",
          "muc.example.org",
          "x@sub.irc.example.org"}) {
        const auto irc = connected();
        irc->write("<message from='" + std::string(from) + "' to='alice@example.org/phone'/>");
        EXPECT_TRUE(until([&] { return irc->is_over; }));
        EXPECT_EQ(irc->ended, "invalid-from") << from;
        EXPECT_TRUE(alice->take().empty()) << from;
        EXPECT_TRUE(until([&] { return !is_known(); }));
    }
}

TEST_F(ComponentDoor, ends_who_does_not_say_who_speaks) {
    const auto irc = connected();
    irc->write("<message to='alice@example.org/phone'/>");
    EXPECT_TRUE(until([&] { return irc->is_over; }));
    EXPECT_EQ(irc->ended, "invalid-from");
}

TEST_F(ComponentDoor, answers_what_goes_to_nobody) {
    const auto irc = connected();
    irc->write("<iq from='irc.example.org' type='get' id='1'><q xmlns='x'/></iq>");
    EXPECT_TRUE(until([&] { return irc->got.size() == 1; }));
    EXPECT_EQ(conditions(irc->got), Lines{"bad-request"});
    irc->got.clear();
    irc->send(
        "<iq xmlns='jabber:client' from='irc.example.org' to='elsewhere.example' type='get' "
        "id='2'><q xmlns='x'/></iq>"
    );
    EXPECT_TRUE(until([&] { return irc->got.size() == 1; }));
    EXPECT_EQ(conditions(irc->got), Lines{"remote-server-not-found"});
}

TEST_F(ComponentDoor, bounces_what_is_for_a_component_that_is_away) {
    world.send(*alice, "<message to='#room@irc.example.org' id='1'/>");
    EXPECT_EQ(conditions_of_alice(), Lines{"remote-server-timeout"});
    auto irc = connected();
    irc.reset();
    EXPECT_TRUE(until([&] { return !is_known(); }));
    world.send(*alice, "<message to='#room@irc.example.org' id='2'/>");
    EXPECT_EQ(conditions_of_alice(), Lines{"remote-server-timeout"});
    world.send(*alice, "<message to='unknown.example.org' id='3'/>");
    EXPECT_EQ(conditions_of_alice(), Lines{"remote-server-not-found"});
}

TEST_F(ComponentDoor, shows_the_people_of_a_component_that_leaves_as_gone) {
    const auto desk = world.log_in("alice", "desk");
    alice->take();
    auto irc = connected();
    const auto muc = connect("muc.example.org", "of muc");
    EXPECT_TRUE(until([&] { return world.hub.has_component(jid("muc.example.org")); }));
    tell(*muc, *alice, "<presence from='muc.example.org' to='alice@example.org'/>", 1);
    tell(
        *irc,
        *alice,
        "<presence from='a@irc.example.org/x' to='alice@example.org'/>"
        "<presence from='a@irc.example.org/x' to='alice@example.org'/>"
        "<presence from='b@irc.example.org/x' to='alice@example.org'/>"
        "<presence from='b@irc.example.org/x' to='alice@example.org' type='unavailable'/>"
        "<presence from='irc.example.org' to='alice@example.org/phone'/>",
        5
    );
    desk->take();
    leave(irc);
    EXPECT_EQ(
        brief(alice->take()),
        (Lines{
            "presence:unavailable a@irc.example.org/x>alice@example.org",
            "presence:unavailable irc.example.org>alice@example.org/phone"})
    );
    EXPECT_EQ(
        brief(desk->take()), Lines{"presence:unavailable a@irc.example.org/x>alice@example.org"}
    );
    irc = connected();
    leave(irc);
    EXPECT_TRUE(alice->take().empty()) << "told once";
}

TEST_F(ComponentDoor, a_room_of_a_component_that_leaves_is_left) {
    const auto desk = world.log_in("alice", "desk");
    auto irc = connected();
    alice->take();
    world.send(*alice, "<presence to='#r@irc.example.org/al'/>");
    tell(
        *irc,
        *alice,
        "<presence from='#r@irc.example.org/bo' to='alice@example.org/phone'>"
        "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' "
        "role='participant'/></x></presence>"
        "<presence from='#r@irc.example.org/al' to='alice@example.org/phone'>"
        "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' "
        "role='participant'/><status code='110'/></x></presence>",
        2
    );
    desk->take();
    leave(irc);
    const auto told = alice->take();
    ASSERT_EQ(
        brief(told), Lines{"presence:unavailable #r@irc.example.org/al>alice@example.org/phone"}
    );
    // XEP-0045 §7.14, §15.6.2: it is the addressee who is gone, for the service has stopped.
    const auto* room = told[0].element().child("x", xmpp::ns::muc_user);
    ASSERT_NE(room, nullptr);
    Lines codes;
    room->for_each([&codes](const xmpp::Element& child) {
        if (child.name() == "status") codes.emplace_back(child.attribute("code").value_or(""));
    });
    EXPECT_EQ(codes, (Lines{"110", "332"}));
    EXPECT_TRUE(desk->take().empty());
    EXPECT_TRUE(alice->session->directed.empty()) << "nobody is there to be told goodbye";
}

TEST_F(ComponentDoor, who_left_before_the_component_is_told_nothing) {
    auto desk = world.log_in("alice", "desk");
    auto irc = connected();
    tell(*irc, *desk, "<presence from='a@irc.example.org/x' to='alice@example.org/desk'/>", 1);
    desk.reset();
    desk = world.log_in("alice", "desk");
    world.send(*alice, "<presence type='unavailable'/>");
    alice->take();
    desk->take();
    leave(irc);
    EXPECT_TRUE(desk->take().empty());
    EXPECT_TRUE(alice->take().empty());
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

TEST_F(ComponentDoor, components_speak_to_each_other) {
    const auto irc = connected();
    const auto muc = connect("muc.example.org", "of muc");
    EXPECT_TRUE(until([&] { return world.hub.has_component(jid("muc.example.org")); }));
    irc->send("<message xmlns='jabber:client' from='a@irc.example.org' to='b@muc.example.org'/>");
    EXPECT_TRUE(until([&] { return muc->got.size() == 1; }));
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
