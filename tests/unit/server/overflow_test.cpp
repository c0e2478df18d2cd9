// SPDX-License-Identifier: Apache-2.0
// What a connection cannot take is not lost: it is kept for later, once.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/server/stanza_text.hpp"
#include "tests/unit/server/c2s_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;

struct Overflow : testing::Test, C2sWorld {
    static Lines numbers(std::size_t from, std::size_t count) {
        Lines lines;
        for (std::size_t i = from; i < from + count; ++i) lines.push_back(std::to_string(i));
        return lines;
    }
    /// In one turn of the loop.
    void burst(const Lines& texts) {
        const server::Hub::Turn turn(world.hub);
        for (const std::string& text : texts)
            world.hub.handle(*alice->session, stanza(text_to("dora@example.org", text)));
    }
    /// Bodies in the offline store of dora, in order.
    Lines stored() {
        const auto account = world.base.read(store::LoadAccount{"dora@example.org"});
        store::OfflineMessages question;
        question.account = account.row->id;
        question.bytes = std::size_t{100} << 20;
        std::vector<xmpp::Stanza> found;
        for (const auto& row : world.base.read(question).rows)
            found.push_back(*server::parse_stanza(row.stanza));
        return bodies(found);
    }
    static std::size_t count(std::string_view text, std::string_view word) {
        std::size_t found = 0;
        for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
        return found;
    }
    std::shared_ptr<DeafStream::Wire> log_in_managed() {
        auto wire = log_in_dora();
        say(*wire, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        return wire;
    }
    static constexpr const char* dora = "dora@example.org/home";
    std::unique_ptr<FakeClient> alice = log_in("alice", "phone");
    const std::size_t queue = xmpp::ManagementLimits().stanzas;
};

TEST_F(Overflow, of_a_burst_each_message_is_acknowledged_or_stored_once) {
    const auto wire = log_in_managed();
    burst(numbers(0, 10));
    world.settle();
    say(*wire, "<a xmlns='urn:xmpp:sm:3' h='10'/>");
    burst(numbers(10, queue + 1));
    world.settle();
    EXPECT_EQ(stored(), numbers(10, queue + 1));
    EXPECT_EQ(count(wire->written, "<body>"), 10 + queue) << "what is not counted is not sent";
    EXPECT_TRUE(alice->take().empty());
}

TEST_F(Overflow, that_begins_a_turn_ends_the_session_in_that_turn) {
    const auto wire = log_in_managed();
    burst(numbers(0, queue));
    world.settle();
    EXPECT_EQ(world.hub.session_count(), 2U);
    burst(numbers(queue, 1));
    world.settle();
    EXPECT_EQ(world.hub.session_count(), 1U);
    burst(numbers(queue + 1, 3));
    world.settle();
    EXPECT_EQ(stored(), numbers(0, queue + 4));
    EXPECT_TRUE(alice->take().empty());
}

TEST_F(Overflow, what_comes_behind_the_end_of_a_slow_reader_is_kept) {
    const auto wire = log_in_dora();
    const std::string long_text(60'000, 'x');
    burst(Lines(30, long_text));
    world.settle();
    EXPECT_NE(wire->written.find("You do not read."), std::string::npos);
    EXPECT_GE(stored().size(), 10U);
    EXPECT_EQ(count(wire->written, "<body>") + stored().size(), 30U);
}

TEST_F(Overflow, of_a_session_that_is_taken_up_at_once_is_not_forgotten) {
    const auto wire = log_in_managed();
    // Without archives nothing is on its way to the store, and it is taken up in the same turn.
    const std::string off =
        "<iq type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' default='never'/></iq>";
    send(*alice, off);
    say(*wire, off);
    alice->take();
    const auto at = wire->written.find(" id='", wire->written.find("<enabled")) + 5;
    xmpp::AskResume ask;
    ask.user = "dora";
    ask.previous = wire->written.substr(at, wire->written.find('\'', at) - at);
    FakeLink link;
    bool is_refused = false;
    {
        const server::Hub::Turn turn(world.hub);
        burst(numbers(0, queue + 1));
        world.hub.resume(link, ask, [&is_refused](const server::ResumeAnswer& answer) {
            is_refused = std::holds_alternative<xmpp::NotResumed>(answer);
        });
    }
    world.settle();
    EXPECT_TRUE(is_refused);
    EXPECT_EQ(stored(), numbers(0, queue + 1));
}

TEST_F(Overflow, an_answer_too_long_to_be_sent_becomes_an_error) {
    const auto wire = log_in_dora();
    auto answer =
        xmpp::Stanza::iq(xmpp::StanzaType::result, jid("alice@example.org/phone"), jid(dora), "q");
    answer.element().add("x", "u").add_text(std::string(1'100'000, 'x'));
    wire->written.clear();
    world.hub.find(jid(dora))->deliver(answer);
    world.settle();
    EXPECT_LT(wire->written.size(), 1'000U);
    EXPECT_NE(wire->written.find("id='q'"), std::string::npos);
    EXPECT_NE(wire->written.find("<resource-constraint"), std::string::npos);
    EXPECT_EQ(world.hub.session_count(), 2U);
    auto message = xmpp::Stanza::message(
        xmpp::StanzaType::chat, jid("alice@example.org/phone"), jid(dora), "m"
    );
    message.element().add("body", xmpp::ns::client).add_text(std::string(1'100'000, 'x'));
    world.hub.route(message);
    world.settle();
    EXPECT_EQ(conditions(alice->take()), Lines{"resource-constraint"}) << "its sender is told";
}

TEST_F(Overflow, of_offline_messages_does_not_end_the_session_that_takes_them) {
    world.base.store.write(store::CreateAccount{
        "dora@example.org", *server::make_keys("secret"), world.base.time.wall()});
    world.settle();
    burst(numbers(0, 490));
    world.settle();
    ASSERT_EQ(stored().size(), 490U);
    const auto wire = connect();
    say(*wire, header);
    say(*wire,
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGRvcmEAc2VjcmV0</auth>");
    test::run_until(world.base.io, [&wire] {
        return wire->written.find("<success") != std::string::npos;
    });
    say(*wire, header);
    say(*wire, "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    say(*wire, "<enable xmlns='urn:xmpp:sm:3' resume='true'/><presence/>");
    EXPECT_LE(count(wire->written, "<body>"), queue / 2);
    EXPECT_EQ(count(wire->written, "<body>") + stored().size(), 490U);
    burst(numbers(490, 30));  // they come behind what waited
    world.settle();
    for (int round = 0; round < 10; ++round) {
        const std::size_t had =
            count(wire->written, "<message") + count(wire->written, "<presence");
        say(*wire, "<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(had) + "'/>");
        world.base.advance(std::chrono::seconds(1));
    }
    EXPECT_EQ(world.hub.session_count(), 2U);
    EXPECT_EQ(stored(), Lines{});
    EXPECT_EQ(count(wire->written, "<body>"), 520U);
}

}  // namespace
}  // namespace sallyport::test
