// SPDX-License-Identifier: Apache-2.0
// What a client's link asks, and whose answer it takes. RFC 6120 §8.1.3, §8.2.3.
#include <string>

#include <gtest/gtest.h>

#include "gateway/net/error.hpp"
#include "tests/unit/net/client_link_world.hpp"

namespace sallyport::test::client_link {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// A link that is up and has asked romeo@example.net/x for his version.
struct Asking : World {
    int answers = 0;
    std::string type;   ///< of the answer
    std::string fault;  ///< or why there was none

    Asking() {
        scripts["a.example.net"] = all();
        start();
        const Result<bool> taken = link->ask(question(), seconds(30), [this](auto answer) {
            ++answers;
            if (answer)
                type = answer->element().attribute("type").value_or("");
            else
                fault = net::fault_word(answer.error());
        });
        EXPECT_TRUE(taken && *taken);
        loop.settle();
    }
    static xmpp::Stanza question() {
        const xmpp::Jid romeo = xmpp::Jid::parse("romeo@example.net/x").value();
        auto iq = xmpp::Stanza::iq(xmpp::StanzaType::get, {}, romeo, "");
        iq.element().add("query", "jabber:iq:version");
        return iq;
    }
    /// What the link made of the id, as the server heard it.
    std::string id() {
        const std::string& heard = hosts.front()->unread;
        const std::size_t at = heard.find(" id='", heard.find("<iq ")) + 5;
        return heard.substr(at, heard.find('\'', at) - at);
    }
    void say(const std::string& type_of_it, const std::string& from) {
        host().stream->write(
            "<iq type='" + type_of_it + "' from='" + from + "' id='" + id() + "'/>"
        );
        loop.settle();
    }
};

TEST(ClientLink, takes_an_answer_from_the_one_asked_only) {
    Asking world;
    world.say("result", "evil@example.net/x");
    world.say("result", "romeo@example.net");
    EXPECT_EQ(world.answers, 0);
    EXPECT_EQ(world.stanzas.size(), 2U) << "the owner's to judge";
    world.say("result", "romeo@example.net/x");
    EXPECT_EQ(world.answers, 1);
    EXPECT_EQ(world.type, "result");
    world.say("result", "romeo@example.net/x");
    EXPECT_EQ(world.answers, 1) << "once";
    world.loop.advance(minutes(1));
    EXPECT_EQ(world.answers, 1);
}

TEST(ClientLink, takes_an_error_as_an_answer) {
    Asking world;
    world.say("error", "romeo@example.net/x");
    EXPECT_EQ(world.type, "error");
}

TEST(ClientLink, waits_for_an_answer_so_long_and_no_longer) {
    Asking world;
    world.loop.advance(seconds(29));
    EXPECT_EQ(world.answers, 0);
    world.loop.advance(seconds(1));
    EXPECT_EQ(world.answers, 1);
    EXPECT_EQ(world.fault, "timeout");
    world.say("result", "romeo@example.net/x");
    EXPECT_EQ(world.stanzas.size(), 1U) << "too late";
}

TEST(ClientLink, takes_an_answer_over_a_resumed_session) {
    Asking world;
    world.random = 0;
    const std::string id = world.id();
    world.lose(before_tls + login_steps + Script{resumed});
    world.loop.advance(seconds(10));
    ASSERT_EQ(world.resumptions, 1);
    world.say("result", "romeo@example.net/x");
    EXPECT_EQ(world.type, "result");
}

TEST(ClientLink, expects_no_answer_any_more_when_its_session_was_lost) {
    Asking world;
    world.random = 0;
    world.lose(before_tls + login_steps + Script{forgotten} + session_steps);
    world.loop.advance(seconds(10));
    ASSERT_EQ(world.ups, 2);
    EXPECT_EQ(world.answers, 1);
    EXPECT_EQ(world.fault, "reset");
}

TEST(ClientLink, leaves_no_question_open_when_it_stops) {
    Asking world;
    world.link->stop([] {});
    world.loop.advance(seconds(8));
    EXPECT_EQ(world.answers, 1);
    EXPECT_EQ(world.fault, "closed");
    EXPECT_EQ(world.loop.timers.size(), 0U) << "a deadline was left behind";
}

TEST(ClientLink, asks_nothing_before_it_is_up) {
    World world;
    const Result<bool> taken =
        world.link->ask(Asking::question(), seconds(30), [](auto) { FAIL(); });
    EXPECT_FALSE(taken.value());
    world.loop.advance(minutes(1));
}

TEST(ClientLink, answers_others_while_its_owner_does_not) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    world.host().stream->write(
        "<iq type='get' from='example.org' id='t1'><time xmlns='urn:xmpp:time'/></iq>"
    );
    world.loop.settle();
    EXPECT_TRUE(world.host().was_told("<utc>2026-01-31T00:00:00Z</utc>"));
    EXPECT_TRUE(world.stanzas.empty());
}

}  // namespace
}  // namespace sallyport::test::client_link
