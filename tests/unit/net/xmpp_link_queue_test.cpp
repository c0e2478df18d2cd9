// SPDX-License-Identifier: Apache-2.0
// What a component's link takes and reads while much waits to be sent.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/net/xmpp_link_world.hpp"

namespace sallyport::test::xmpp_link {
namespace {

net::LinkOptions small_queue() {
    net::LinkOptions options;
    options.queue_bytes = 64 * 1024;
    return options;
}

TEST(XmppLink, says_no_when_its_queue_is_full_and_tells_when_there_is_room) {
    World world(small_queue());
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
    World world(small_queue());
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
    World world(small_queue());
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
    World world(small_queue());
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

}  // namespace
}  // namespace sallyport::test::xmpp_link
