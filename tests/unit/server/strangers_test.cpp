// SPDX-License-Identifier: Apache-2.0
// What connections cost that nobody should have: readers that do not read, and strangers.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/unit/server/c2s_world.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/sasl/hashed_token.hpp"

namespace sallyport::test {
namespace {

struct StrangersTest : testing::Test, C2sWorld {
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
