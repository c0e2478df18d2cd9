// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/xmpp_link.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/net/backoff.hpp"
#include "gateway/net/pump.hpp"
#include "tests/support/pipe_stream.hpp"
#include "tests/unit/net/net_test.hpp"
#include "xmpp/stream/component_stream.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::test {
namespace {

using net::LinkFault;
using net::LinkState;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// The host's side of one connection: a real acceptor machine.
struct Host final : net::PumpOwner<xmpp::ComponentAcceptor::Event> {
    std::unique_ptr<net::Pump<xmpp::ComponentAcceptor>> pump;
    std::vector<xmpp::Stanza> stanzas;
    bool up = false;
    std::string ended;

    Host(FakeLoop& loop, std::unique_ptr<net::ByteStream> stream, const std::string& secret) {
        xmpp::ComponentAcceptor machine({{"sms.example.org", secret}}, "id1", {}, {});
        pump = std::make_unique<net::Pump<xmpp::ComponentAcceptor>>(
            std::move(machine), std::move(stream), loop.timers, *this
        );
        pump->start();
    }
    void on_event(xmpp::ComponentAcceptor::Event event) override {
        if (std::holds_alternative<xmpp::Established>(event)) up = true;
        if (auto* received = std::get_if<xmpp::Received>(&event))
            stanzas.push_back(std::move(received->stanza));
        if (auto* end = std::get_if<xmpp::Ended>(&event)) ended = end->reason;
    }
    void on_closed(const Error&) override {}
    /// As written by a host, whose stanzas are from anyone.
    void send(const xmpp::Stanza& stanza) {
        std::string bytes;
        xmpp::write(bytes, stanza.element(), "jabber:component:accept", "jabber:component:accept");
        pump->stream().write(bytes);
    }
};

xmpp::Stanza text(
    std::string_view from, std::string_view to, std::string_view id, std::string_view body
) {
    auto stanza = xmpp::Stanza::message(
        xmpp::StanzaType::chat, xmpp::Jid::parse(from).value(), xmpp::Jid::parse(to).value(), id
    );
    stanza.element().add("body", "jabber:client").add_text(body);
    return stanza;
}
xmpp::Stanza ours(std::string_view id, std::string_view body = "hi") {
    return text("+15551234567@sms.example.org", "alice@example.org", id, body);
}

struct World final : net::LinkHandler {
    FakeLoop loop;
    std::string host_secret = "s3cret";
    PipeFaults faults;
    std::deque<Error> unreachable;  ///< the next attempts end with these
    std::vector<std::unique_ptr<Host>> hosts;
    std::vector<std::unique_ptr<net::ByteStream>> deaf;  ///< hosts that say nothing
    bool is_deaf = false;
    std::vector<xmpp::Stanza> stanzas;
    std::vector<net::LinkDown> downs;
    int ups = 0;
    int writable = 0;
    int malformed = 0;
    std::unique_ptr<net::XmppLink> link;

    explicit World(net::LinkOptions options = {}) {
        options.domain = xmpp::Jid::parse("sms.example.org").value();
        options.secret = config::Secret("s3cret");
        net::XmppLink::Tools tools(
            loop.timers,
            loop.log,
            [this](net::ConnectDone done) { connect(std::move(done)); },
            [] { return 0.5; }
        );
        link = std::make_unique<net::XmppLink>(std::move(tools), std::move(options), *this);
    }
    void connect(net::ConnectDone done) {
        if (!unreachable.empty()) {
            const Error error = unreachable.front();
            unreachable.pop_front();
            boost::asio::post(loop.io, [done = std::move(done), error] { done(error); });
            return;
        }
        auto shared = std::make_shared<std::unique_ptr<net::ByteStream>>();
        auto [client, server] = make_pipe(loop.io.get_executor(), faults);
        *shared = std::move(client);
        if (is_deaf)
            deaf.push_back(std::move(server));
        else
            hosts.push_back(std::make_unique<Host>(loop, std::move(server), host_secret));
        boost::asio::post(loop.io, [done = std::move(done), shared] { done(std::move(*shared)); });
    }
    Host& host() { return *hosts.back(); }
    void start() {
        link->start();
        loop.settle();
    }

    void on_up() override { ++ups; }
    void on_down(const net::LinkDown& why) override { downs.push_back(why); }
    void on_stanza(xmpp::Stanza stanza) override {
        if (owner != nullptr) return owner->on_stanza(std::move(stanza));
        stanzas.push_back(std::move(stanza));
    }
    void on_malformed(xmpp::Element, xmpp::StanzaError) override { ++malformed; }
    void on_writable() override { ++writable; }

    void answer_by(net::LinkHandler& handler) { owner = &handler; }
    net::LinkHandler* owner = nullptr;
};

TEST(XmppLink, shakes_hands_and_carries_stanzas_both_ways) {
    World world;
    world.start();
    ASSERT_EQ(world.link->state(), LinkState::up);
    EXPECT_EQ(world.ups, 1);
    EXPECT_EQ(world.link->incarnation(), 1u);
    EXPECT_TRUE(world.link->send(ours("1")).value());
    EXPECT_TRUE(world.link->send(ours("2")).value());
    EXPECT_TRUE(world.host().stanzas.empty()) << "nothing runs within send()";
    world.loop.settle();
    ASSERT_EQ(world.host().stanzas.size(), 2u);
    EXPECT_EQ(world.host().stanzas[1].id(), "2");
    world.host().send(text("alice@example.org/phone", "+15551234567@sms.example.org", "3", "yo"));
    world.loop.settle();
    ASSERT_EQ(world.stanzas.size(), 1u);
    EXPECT_EQ(world.stanzas[0].id(), "3");
}

TEST(XmppLink, refuses_what_the_egress_guard_refuses_and_lives_on) {
    World world;
    world.start();
    const auto foreign = world.link->send(text("eve@evil.example", "alice@example.org", "1", "hi"));
    ASSERT_FALSE(foreign.has_value());
    EXPECT_TRUE(world.link->send(ours("2")).value());
    world.loop.settle();
    ASSERT_EQ(world.host().stanzas.size(), 1u);
}

TEST(XmppLink, takes_nothing_while_it_is_not_up) {
    World world;
    EXPECT_FALSE(world.link->send(ours("1")).value());
    EXPECT_FALSE(world.link->is_writable());
    world.is_deaf = true;
    world.start();
    EXPECT_FALSE(world.link->send(ours("1")).value());
}

TEST(XmppLink, is_loud_and_slow_when_the_secret_is_wrong) {
    World world;
    world.host_secret = "other";
    world.start();
    ASSERT_EQ(world.downs.size(), 1u);
    EXPECT_EQ(world.downs[0].reason, "not-authorized");
    EXPECT_TRUE(world.downs[0].needs_operator());
    EXPECT_GE(world.downs[0].retry_in, seconds(5));
    EXPECT_EQ(world.link->state(), LinkState::waiting);
    world.loop.advance(seconds(4));
    EXPECT_EQ(world.hosts.size(), 1u);
    world.loop.advance(seconds(2));
    EXPECT_EQ(world.hosts.size(), 2u);
    ASSERT_EQ(world.downs.size(), 2u);
    EXPECT_GE(world.downs[1].retry_in, seconds(10));
}

TEST(XmppLink, comes_up_at_once_with_a_mended_secret) {
    World world;
    world.host_secret = "new";
    world.start();
    EXPECT_EQ(world.ups, 0);
    world.link->set_secret(config::Secret("new"));
    world.link->retry_now();
    world.loop.settle();
    EXPECT_EQ(world.ups, 1);
}

TEST(XmppLink, reconnects_after_the_host_went_away) {
    World world;
    world.start();
    world.hosts.clear();  // as a killed host
    world.loop.settle();
    ASSERT_EQ(world.downs.size(), 1u);
    EXPECT_EQ(world.downs[0].fault, LinkFault::lost);
    EXPECT_EQ(world.downs[0].retry_in, seconds(1));
    world.loop.advance(seconds(1));
    EXPECT_EQ(world.ups, 2);
    EXPECT_EQ(world.link->incarnation(), 2u);
    EXPECT_EQ(world.link->reconnects(), 1u);
}

TEST(XmppLink, waits_longer_and_longer_for_an_unreachable_host) {
    World world;
    for (int i = 0; i < 3; ++i)
        world.unreachable.push_back(net::make_error(net::Fault::dns, "no address"));
    world.start();
    world.loop.advance(seconds(1));
    world.loop.advance(seconds(2));
    ASSERT_EQ(world.downs.size(), 3u);
    EXPECT_EQ(world.downs[2].fault, LinkFault::unreachable);
    EXPECT_EQ(world.downs[2].reason, "dns");
    EXPECT_EQ(world.downs[2].retry_in, seconds(4));
    world.loop.advance(seconds(4));
    EXPECT_EQ(world.ups, 1);
}

TEST(XmppLink, gives_up_on_a_host_that_never_answers_and_tries_again) {
    World world;
    world.is_deaf = true;
    world.start();
    world.loop.advance(seconds(30));
    ASSERT_EQ(world.downs.size(), 1u);
    EXPECT_EQ(world.downs[0].reason, "handshake-timeout");
    world.is_deaf = false;
    world.loop.advance(seconds(5));
    EXPECT_EQ(world.ups, 1);
}

TEST(XmppLink, says_no_when_its_queue_is_full_and_tells_when_there_is_room) {
    net::LinkOptions options;
    options.queue_bytes = 64 * 1024;
    World world(std::move(options));
    world.start();
    world.host().pump->stream().set_reading(false);
    const std::string body(1000, 'x');
    int taken = 0;
    while (taken < 1000 && world.link->send(ours("1", body)).value()) ++taken;
    EXPECT_GT(taken, 50);
    EXPECT_LT(taken, 70);
    EXPECT_FALSE(world.link->is_writable());
    world.loop.settle();
    EXPECT_EQ(world.writable, 0);
    world.host().pump->stream().set_reading(true);
    world.loop.settle();
    EXPECT_EQ(world.writable, 1);
    EXPECT_TRUE(world.link->send(ours("2")).value());
}

xmpp::Stanza answer(std::string_view id, std::string_view body = {}) {
    auto stanza = xmpp::Stanza::iq(
        xmpp::StanzaType::result,
        xmpp::Jid::parse("sms.example.org").value(),
        xmpp::Jid::parse("alice@example.org/phone").value(),
        id
    );
    if (!body.empty()) stanza.element().add("query", "jabber:iq:test").add_text(body);
    return stanza;
}

TEST(XmppLink, takes_answers_beyond_a_full_queue) {
    net::LinkOptions options;
    options.queue_bytes = 64 * 1024;
    World world(std::move(options));
    world.start();
    world.host().pump->stream().set_reading(false);
    const std::string body(1000, 'x');
    while (world.link->send(ours("1", body)).value()) {
    }
    int answers = 0;
    while (answers < 1000 && world.link->send(answer("a", body)).value()) ++answers;
    EXPECT_GT(answers, 40);
    EXPECT_LT(answers, 70) << "the reserve is bounded";
    EXPECT_FALSE(world.link->send(ours("2")).value()) << "messages wait on disk";
    world.host().pump->stream().set_reading(true);
    world.loop.settle();
    const auto& got = world.host().stanzas;
    EXPECT_EQ(
        std::count_if(
            got.begin(), got.end(), [](const xmpp::Stanza& one) { return one.id() == "a"; }
        ),
        answers
    );
}

TEST(XmppLink, asks_for_no_further_questions_while_much_waits_to_be_sent) {
    net::LinkOptions options;
    options.queue_bytes = 64 * 1024;
    World world(std::move(options));
    world.start();
    world.host().pump->stream().set_reading(false);
    const std::string body(1000, 'x');
    EXPECT_TRUE(world.link->is_reading());
    while (world.link->unsent_bytes() <= 32 * 1024)
        ASSERT_TRUE(world.link->send(ours("1", body)).value());
    EXPECT_FALSE(world.link->is_reading());
    world.host().send(text("alice@example.org/phone", "+15551234567@sms.example.org", "3", "yo"));
    world.loop.settle();
    EXPECT_TRUE(world.stanzas.empty());
    world.host().pump->stream().set_reading(true);
    world.loop.settle();
    EXPECT_TRUE(world.link->is_reading());
    EXPECT_EQ(world.stanzas.size(), 1u);
}

TEST(XmppLink, every_question_is_answered_by_an_owner_that_answers_at_once_to_a_slow_host) {
    struct Answering final : net::LinkHandler {
        World* world = nullptr;
        int refused = 0;
        void on_up() override {}
        void on_down(const net::LinkDown&) override {}
        void on_stanza(xmpp::Stanza stanza) override {
            const std::string body(2000, 'x');
            if (!world->link->send(answer(stanza.id(), body)).value()) ++refused;
        }
        void on_malformed(xmpp::Element, xmpp::StanzaError) override {}
        void on_writable() override {}
    };
    net::LinkOptions options;
    options.queue_bytes = 64 * 1024;
    World world(std::move(options));
    Answering owner;
    owner.world = &world;
    world.answer_by(owner);
    world.faults.read_bytes = 512;  // as 64 KiB to a queue of 8 MiB
    world.start();
    constexpr int questions = 2000;
    for (int n = 0; n < questions; ++n) {
        // The host reads in bursts only.
        if (n % 100 == 0) world.host().pump->stream().set_reading(n % 300 == 0);
        world.host().send(text(
            "alice@example.org/phone", "sms.example.org", std::to_string(n), std::string(900, 'q')
        ));
        if (n % 10 == 0) world.loop.settle();
    }
    world.host().pump->stream().set_reading(true);
    world.loop.settle();
    EXPECT_EQ(owner.refused, 0);
    EXPECT_EQ(world.host().stanzas.size(), static_cast<std::size_t>(questions));
}

TEST(XmppLink, writes_a_space_into_silence) {
    World world;
    world.start();
    auto& host = *world.host().pump;
    static_cast<void>(host.take_was_read());
    world.loop.advance(seconds(59));
    EXPECT_FALSE(host.take_was_read());
    world.loop.advance(seconds(2));
    EXPECT_TRUE(host.take_was_read());
    EXPECT_TRUE(world.host().stanzas.empty());
    EXPECT_TRUE(world.host().ended.empty());
}

TEST(XmppLink, stops_with_everything_sent_and_a_goodbye) {
    World world;
    world.start();
    bool stopped = false;
    EXPECT_TRUE(world.link->send(ours("last")).value());
    world.link->stop([&] { stopped = true; });
    EXPECT_FALSE(stopped);
    EXPECT_FALSE(world.link->send(ours("later")).value());
    world.loop.settle();
    EXPECT_TRUE(stopped);
    EXPECT_EQ(world.link->state(), LinkState::stopped);
    ASSERT_EQ(world.host().stanzas.size(), 1u);
    EXPECT_EQ(world.host().ended, "closed");
    ASSERT_EQ(world.downs.size(), 1u);
    EXPECT_EQ(world.downs[0].fault, LinkFault::stopped);
    world.loop.advance(std::chrono::hours(1));
    EXPECT_EQ(world.hosts.size(), 1u) << "it does not come back";
}

TEST(XmppLink, does_not_wait_for_ever_for_the_goodbye_of_the_host) {
    World world;
    world.start();
    world.host().pump->stream().set_reading(false);
    bool stopped = false;
    world.link->stop([&] { stopped = true; });
    world.loop.settle();
    EXPECT_FALSE(stopped);
    world.loop.advance(seconds(5));
    world.loop.advance(seconds(2));
    EXPECT_TRUE(stopped);
}

TEST(XmppLink, stops_while_it_waits_to_reconnect) {
    World world;
    world.unreachable.push_back(net::make_error(net::Fault::connect));
    world.start();
    bool stopped = false;
    world.link->stop([&] { stopped = true; });
    world.loop.settle();
    EXPECT_TRUE(stopped);
    world.loop.advance(std::chrono::hours(1));
    EXPECT_TRUE(world.hosts.empty());
}

TEST(XmppLink, does_not_read_while_told_not_to) {
    World world;
    world.start();
    world.link->set_reading(false);
    world.host().send(text("alice@example.org/phone", "+15551234567@sms.example.org", "3", "yo"));
    world.loop.settle();
    EXPECT_TRUE(world.stanzas.empty());
    world.link->set_reading(true);
    world.loop.settle();
    EXPECT_EQ(world.stanzas.size(), 1u);
}

TEST(XmppLink, recovers_wherever_the_connection_breaks) {
    for (std::size_t fail_at = 1; fail_at < 40; ++fail_at) {
        World world;
        world.faults.fail_at = fail_at;
        world.faults.read_bytes = 50;
        world.start();
        const bool was_up = world.link->state() == LinkState::up;
        EXPECT_EQ(world.link->send(ours("1")).value(), was_up);
        world.loop.settle();
        world.faults = {};
        // The break may come only with the second stanza; then it takes another round.
        bool arrived = false;
        for (int round = 0; round < 3 && !arrived; ++round) {
            world.loop.advance(seconds(31));
            EXPECT_TRUE(world.link->send(ours("2")).value()) << "broken at operation " << fail_at;
            world.loop.settle();
            arrived = !world.host().stanzas.empty() && world.host().stanzas.back().id() == "2";
        }
        EXPECT_TRUE(arrived) << "broken at operation " << fail_at;
    }
}

TEST(XmppLink, may_be_destroyed_at_any_time_in_silence) {
    World world;
    world.start();
    EXPECT_TRUE(world.link->send(ours("1")).value());
    world.link.reset();
    world.loop.settle();
    EXPECT_TRUE(world.downs.empty());
    EXPECT_EQ(world.loop.timers.size(), 0u) << "a deadline was left behind";
}

TEST(Backoff, follows_the_class_of_the_fault) {
    net::Backoff backoff;
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(1));
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(2));
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(4));
    for (int i = 0; i < 10; ++i) static_cast<void>(backoff.next(LinkFault::lost, 0.5));
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(30));
    EXPECT_EQ(backoff.next(LinkFault::refused, 0.0), seconds(5)) << "another class starts anew";
    for (int i = 0; i < 20; ++i) static_cast<void>(backoff.next(LinkFault::refused, 0.0));
    EXPECT_EQ(backoff.next(LinkFault::refused, 0.0), seconds(300));
}

TEST(Backoff, never_fights_over_a_domain) {
    net::Backoff backoff;
    EXPECT_GE(backoff.next(LinkFault::conflict, 0.0), seconds(30));
    EXPECT_LE(backoff.next(LinkFault::conflict, 0.999), seconds(72));
}

TEST(Backoff, spreads_by_a_fifth_either_way) {
    net::Backoff low;
    net::Backoff high;
    EXPECT_EQ(low.next(LinkFault::lost, 0.0), milliseconds(800));
    EXPECT_EQ(high.next(LinkFault::lost, 1.0), milliseconds(1200));
}

TEST(Backoff, starts_small_again_after_a_minute_up) {
    net::Backoff backoff;
    static_cast<void>(backoff.next(LinkFault::lost, 0.5));
    static_cast<void>(backoff.next(LinkFault::lost, 0.5));
    backoff.was_up(seconds(59));
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(4));
    backoff.was_up(seconds(60));
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(1));
}

TEST(Backoff, sorts_stream_errors_into_classes) {
    EXPECT_EQ(net::fault_of("not-authorized"), LinkFault::refused);
    EXPECT_EQ(net::fault_of("host-unknown"), LinkFault::refused);
    EXPECT_EQ(net::fault_of("conflict"), LinkFault::conflict);
    EXPECT_EQ(net::fault_of("system-shutdown"), LinkFault::lost);
    EXPECT_EQ(net::fault_of("eof"), LinkFault::lost);
}

}  // namespace
}  // namespace sallyport::test
