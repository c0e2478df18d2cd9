// SPDX-License-Identifier: Apache-2.0
// Inbound: from the network's value to the proof that the host read it. gateway.md §2.1(4),
// product.md, issue of bounced texts.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/core/arrivals_world.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;

TEST_F(ArrivalsTest, a_text_is_committed_then_shown_from_its_number) {
    arrive("hello");
    EXPECT_EQ(accepted, port::Accepted::stored);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].from(), jid(bob_number));
    EXPECT_EQ(sent[0].to(), jid(alice)) << "the bare JID: the host knows the devices";
    EXPECT_EQ(sent[0].element().child_text("body", ns::client), "hello");
    EXPECT_EQ(sent[0].element().child("origin-id", ns::stanza_id)->attribute("id"), sent[0].id());
}

TEST_F(ArrivalsTest, the_same_text_again_is_answered_and_dropped) {
    arrive("hello");
    world.take();
    arrive("hello");
    EXPECT_EQ(accepted, port::Accepted::duplicate);
    EXPECT_TRUE(world.take().empty());
}

TEST_F(ArrivalsTest, nothing_is_acknowledged_when_the_disk_is_full) {
    world.store.is_full = true;
    arrive("hello");
    EXPECT_FALSE(accepted);
    EXPECT_TRUE(world.take().empty());
}

TEST_F(ArrivalsTest, the_answer_to_the_barrier_ends_the_row) {
    arrive("hello");
    EXPECT_EQ(waiting(), 1U);
    world.advance(300ms);
    world.take();
    world.settle();
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(ArrivalsTest, every_row_is_proved_within_a_moment_not_only_the_first) {
    for (int i = 0; i < 3; ++i) {
        arrive("text " + std::to_string(i), "SM" + std::to_string(i));
        world.advance(300ms);
        world.take();
        world.settle();
        EXPECT_EQ(waiting(), 0U) << "text " << i;
    }
}

TEST_F(ArrivalsTest, what_was_unproved_is_shown_again_with_the_same_id_after_a_reconnect) {
    arrive("hello");
    const auto first = world.sink.sent.back();
    world.link_down();
    world.link_up();
    world.settle();
    std::vector<Stanza> again;
    for (const Stanza& stanza : world.take())
        if (stanza.kind() == xmpp::StanzaKind::message) again.push_back(stanza);
    ASSERT_EQ(again.size(), 2U);  // the first time and again
    EXPECT_EQ(again[0].id(), again[1].id());
    world.advance(1s);
    world.take();
    world.link_down();
    world.link_up();
    world.settle();
    for (const Stanza& stanza : world.take())
        EXPECT_NE(stanza.kind(), xmpp::StanzaKind::message) << "proved rows are not shown again";
}

TEST_F(ArrivalsTest, texts_that_come_while_the_link_is_down_wait_in_order) {
    world.link_down();
    for (int i = 0; i < 600; ++i) arrive("text " + std::to_string(i), "SM" + std::to_string(i));
    EXPECT_TRUE(world.take().empty());
    world.link_up();
    for (int i = 0; i < 10; ++i) {
        world.settle();
        world.advance(300ms);
    }
    const auto texts = bodies(world.take());
    ASSERT_EQ(texts.size(), 600U);
    for (int i = 0; i < 600; ++i)
        EXPECT_EQ(texts[static_cast<std::size_t>(i)], "text " + std::to_string(i));
}

TEST_F(ArrivalsTest, a_returned_text_is_shown_again_when_the_user_comes) {
    arrive("hello");
    world.advance(300ms);
    auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    const Stanza shown = sent[0];
    bounce(shown, Condition::service_unavailable);
    EXPECT_TRUE(bodies(world.take()).empty()) << "not at once: the user is not there";
    world.receive(presence(StanzaType::available, gate, phone));
    world.settle();
    sent = world.take();
    EXPECT_EQ(bodies(sent), std::vector<std::string>{"hello"});
    bool is_same = false;
    for (const Stanza& stanza : sent) is_same |= stanza.id() == shown.id();
    EXPECT_TRUE(is_same);
}

TEST_F(ArrivalsTest, and_with_back_off_without_them_until_seven_days_then_admins_are_told) {
    // An id tells the age, and ids of one process never go back, also not to another test's clock.
    const auto ahead = ulid_time(make_ulid(world.time.wall())) - world.time.wall();
    world.advance(std::max(ahead, std::chrono::milliseconds(0)));
    arrive("hello");
    world.advance(300ms);
    auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    int shown = 0;
    for (int hour = 0; hour < 24 * 8; ++hour) {
        for (const Stanza& stanza : sent)
            if (stanza.kind() == xmpp::StanzaKind::message && stanza.to() == jid(alice)) {
                ++shown;
                bounce(stanza, Condition::remote_server_not_found);
            }
        world.advance(1h);
        sent = world.take();
        for (const Stanza& stanza : sent)
            if (stanza.to() == jid("ops@example.org")) {
                EXPECT_GT(hour, 24 * 6);
                EXPECT_GT(shown, 10);
                EXPECT_LT(shown, 100);
                const std::string told =
                    stanza.element().child_text("body", ns::client).value_or("");
                EXPECT_TRUE(told.ends_with("hello")) << "the text, not only that there was one";
                return;
            }
    }
    FAIL() << "nobody was told";
}

TEST_F(ArrivalsTest, a_text_for_a_number_that_nobody_has_is_kept_and_shown_to_admins) {
    arrive("for whom?", "SM9", "+15550009999");
    EXPECT_EQ(accepted, port::Accepted::unowned);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to(), jid("ops@example.org"));
    EXPECT_EQ(sent[0].from(), jid(gate));
    world.add_account("bob@example.org", "+15550009999");
    world.link_down();
    world.link_up();
    world.settle();
    for (const Stanza& stanza : world.take())
        EXPECT_NE(stanza.to(), jid("bob@example.org")) << "never to the next owner";
}

TEST_F(ArrivalsTest, admins_see_such_a_text_whole_with_its_links) {
    MessageReceived message(
        port::Address("+15551234567"), "+15550009999", {"primary", "SM9"}, "for whom?"
    );
    message.attachments.emplace_back("https://far/1", "image/png");
    arrive(std::move(message));
    EXPECT_EQ(
        bodies(world.take()),
        std::vector<std::string>{"Text from +15551234567 to +15550009999, which nobody has: for "
                                 "whom?\nhttps://far/1"}
    );
    arrive(std::string(5000, 'x'), "SM10", "+15550009999");
    const auto texts = bodies(world.take());
    ASSERT_EQ(texts.size(), 1U);
    EXPECT_LT(texts[0].size(), 2200U) << "bounded";
}

TEST_F(ArrivalsTest, without_admins_it_waits_until_there_is_one) {
    const auto admins = std::exchange(world.config.admins, {});
    arrive("for whom?", "SM9", "+15550009999");
    EXPECT_EQ(accepted, port::Accepted::unowned);
    world.advance(1min);
    EXPECT_TRUE(world.take().empty());
    EXPECT_EQ(waiting(), 1U) << "not taken as read: `status` counts it";
    world.config.admins = admins;
    world.core->reloaded(world.domain);
    world.advance(2s);
    EXPECT_EQ(bodies(world.take()).size(), 1U);
}

TEST_F(ArrivalsTest, a_group_text_says_who_else_got_it) {
    MessageReceived message(
        port::Address("+15551234567"), "+15550001111", {"primary", "SM1"}, "party!"
    );
    message.other_recipients = {port::Address("+15557770000")};
    arrive(std::move(message));
    EXPECT_EQ(
        bodies(world.take()),
        std::vector<std::string>{
            "[group text, also to +15557770000; your answer goes to +15551234567 alone]\nparty!"}
    );
}

TEST_F(ArrivalsTest, control_characters_of_the_network_never_reach_the_stream) {
    arrive(std::string(
        "a\x01"
        "b\0c\xff"
        "d",
        7
    ));
    const auto texts = bodies(world.take());
    ASSERT_EQ(texts.size(), 1U);
    EXPECT_EQ(texts[0], "a\uFFFDb\uFFFDc\uFFFDd");
}

TEST_F(ArrivalsTest, an_old_text_says_when_it_was_sent) {
    MessageReceived message(
        port::Address("+15551234567"), "+15550001111", {"primary", "SM1"}, "late"
    );
    message.sent_at = world.time.wall() - 2h;
    arrive(std::move(message));
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].element().child("delay", ns::delay));
}

TEST_F(ArrivalsTest, a_full_link_loses_nothing) {
    world.sink.is_up = false;
    for (int i = 0; i < 5; ++i) arrive("text " + std::to_string(i), "SM" + std::to_string(i));
    EXPECT_TRUE(world.take().empty());
    world.sink.is_up = true;
    world.core->writable(world.domain);
    world.settle();
    EXPECT_EQ(bodies(world.take()).size(), 5U);
}

TEST_F(ArrivalsTest, a_barrier_without_answer_for_half_a_minute_gives_the_link_up) {
    int dead = 0;
    world.core->arrivals().set_on_dead_link([&](core::Domain&) { ++dead; });
    arrive("hello");
    world.advance(29s);
    EXPECT_EQ(dead, 0);
    world.advance(3s);
    EXPECT_EQ(dead, 1);
}

TEST_F(ArrivalsTest, a_later_text_is_proved_as_soon_as_the_first) {
    arrive("one");
    world.advance(250ms);
    world.take();
    ASSERT_EQ(waiting(), 0U);
    world.advance(1s);
    arrive("two", "SM2");
    world.advance(250ms);
    world.take();
    EXPECT_EQ(waiting(), 0U) << "the watch over the first ping must not delay the second";
}

TEST_F(ArrivalsTest, a_ping_that_the_full_link_did_not_take_is_sent_again) {
    int dead = 0;
    world.core->arrivals().set_on_dead_link([&](core::Domain&) { ++dead; });
    arrive("hello");
    world.sink.is_up = false;  // full
    world.advance(300ms);
    world.sink.is_up = true;
    world.advance(1s);
    world.take();
    EXPECT_EQ(waiting(), 0U);
    world.advance(1min);
    EXPECT_EQ(dead, 0) << "the host was never asked";
}

TEST_F(ArrivalsTest, a_proof_that_met_a_full_disk_is_kept_until_it_is_written) {
    arrive("hello");
    world.advance(250ms);
    world.store.is_full = true;
    EXPECT_EQ(bodies(world.take()).size(), 1U);
    EXPECT_EQ(waiting(), 1U);
    world.store.is_full = false;
    world.advance(1s);
    EXPECT_EQ(waiting(), 0U);
    world.link_down();
    world.link_up();
    EXPECT_TRUE(bodies(world.take()).empty()) << "the host has it: nothing twice";
}

TEST_F(ArrivalsTest, a_domain_that_was_removed_and_comes_back_speaks_over_its_new_link) {
    world.core->remove_domain(world.domain);
    core::Domain again;
    again.name = world.domain.name;
    again.jid = world.domain.jid;
    again.title = world.domain.title;
    again.transport = world.domain.transport;
    again.vhosts = world.domain.vhosts;
    RecordingSink other;
    again.sink = &other;
    world.core->add_domain(again, [](const Result<>& added) { EXPECT_TRUE(added); });
    world.settle();
    world.core->link_up(again);
    world.settle();
    world.link_down();  // the old link's goodbye comes late
    MessageReceived message(port::Address("+15551234567"), "+15550001111", {}, "hello");
    world.core->arrivals().accept(again, std::move(message), [](const Result<port::Accepted>&) {});
    world.settle();
    EXPECT_EQ(bodies(other.sent), std::vector<std::string>{"hello"});
    EXPECT_TRUE(bodies(world.take()).empty());
    world.core->link_down(again);
    world.core->remove_domain(again);
}

}  // namespace
}  // namespace sallyport::test
