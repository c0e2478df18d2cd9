// SPDX-License-Identifier: Apache-2.0
// Texts that do not stay with the host: returned in an unlucky moment, or too long for the link.
#include "tests/unit/core/arrivals_world.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

/// A link whose egress guard refuses what is longer than `most_bytes`.
class NarrowSink final : public core::StanzaSink {
  public:
    Result<bool> send(const Stanza& stanza) override {
        if (xmpp::to_xml(stanza.element()).size() > most_bytes) return Error("too-long");
        sent.push_back(stanza);
        return true;
    }
    std::size_t most_bytes = 256 * 1024;
    std::vector<Stanza> sent;
};

TEST_F(ArrivalsTest, a_text_that_is_returned_while_the_disk_is_full_is_shown_again) {
    arrive("hello");
    const Stanza shown = world.sink.sent.back();
    world.advance(250ms);  // the ping leaves
    world.store.is_full = true;
    bounce(shown, Condition::service_unavailable);
    EXPECT_EQ(bodies(world.take()).size(), 1U);  // answers the ping
    world.advance(3s);
    world.store.is_full = false;
    world.advance(3s);
    world.take();
    EXPECT_EQ(waiting(), 1U) << "it was returned, not read";
    world.receive(presence(StanzaType::available, gate, phone));
    EXPECT_EQ(bodies(world.take()), Texts{"hello"});
}

TEST_F(ArrivalsTest, a_text_that_is_returned_while_its_user_comes_is_not_proved_by_an_older_ping) {
    arrive("hello");
    const Stanza shown = world.sink.sent.back();
    world.advance(250ms);
    const Stanza ping = world.sink.sent.back();
    ASSERT_EQ(ping.kind(), xmpp::StanzaKind::iq);
    world.core->handle(world.domain, bounced(shown, Condition::service_unavailable));
    world.core->handle(world.domain, presence(StanzaType::available, gate, phone));
    world.core->handle(
        world.domain, Stanza::iq(StanzaType::result, ping.to(), ping.from(), ping.id())
    );
    world.settle();
    EXPECT_EQ(bodies(world.take()), (Texts{"hello", "hello"})) << "the first time and again";
    world.advance(250ms);
    world.take();
    EXPECT_EQ(waiting(), 0U) << "the second time it stayed";
}

TEST_F(ArrivalsTest, the_books_balance_whatever_becomes_of_a_text) {
    using Result = core::Ledger::Result;
    arrive("hello");
    expect_balance(1);
    arrive("hello");  // the provider says it again
    EXPECT_EQ(counted(Result::duplicate), 1U);
    world.store.is_full = true;
    arrive("later", "SM2");
    world.store.is_full = false;
    EXPECT_EQ(counted(Result::refused), 1U);
    expect_balance(1);
    const Stanza shown = world.sink.sent.back();
    world.advance(250ms);
    world.take();
    EXPECT_EQ(counted(Result::delivered), 1U) << "the host read it";
    expect_balance(0);
    bounce(shown, Condition::service_unavailable);
    expect_balance(1);
    world.advance(8 * 24h);
    world.take();  // unproved since the link is quiet: shown again, and returned too late
    bounce(shown, Condition::service_unavailable);
    EXPECT_EQ(counted(Result::failed), 1U);
    expect_balance(0);
}

TEST_F(ArrivalsTest, what_waits_at_a_start_counts_as_taken) {
    world.link_down();
    arrive("hello");
    world.core->arrivals().notify(world.domain, jid(alice), "news are no texts");
    world.core->start();
    world.settle();
    EXPECT_EQ(counted(core::Ledger::Result::taken), 2U) << "when it came, and at this start";
}

TEST_F(ArrivalsTest, a_text_that_is_too_long_for_the_link_is_shown_shortened) {
    NarrowSink link;
    world.domain.sink = &link;
    std::string text;
    for (int i = 0; i < 60'000; ++i) text += "&é";
    arrive(text);
    const Texts shown = bodies(link.sent);
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(link.sent[0].to(), jid(alice));
    EXPECT_TRUE(is_xml_text(shown[0])) << "cut between characters";
    EXPECT_TRUE(shown[0].starts_with("&é&é&é"));
    EXPECT_TRUE(shown[0].ends_with(
        "\n[This text is too long to be shown whole: it has 120000 characters, here are the first "
        "40000.]"
    )) << shown[0].substr(shown[0].size() - 200);
}

TEST_F(ArrivalsTest, a_text_that_the_link_refuses_even_then_is_told_to_admins) {
    NarrowSink link;
    link.most_bytes = 1000;
    world.domain.sink = &link;
    arrive(std::string(5000, 'x'));
    const Texts shown = bodies(link.sent);
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(link.sent[0].to(), jid("ops@example.org"));
    EXPECT_NE(shown[0].find("+15551234567"), std::string::npos) << shown[0];
    EXPECT_NE(shown[0].find(alice), std::string::npos) << shown[0];
}

}  // namespace
}  // namespace sallyport::test
