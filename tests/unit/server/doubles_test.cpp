// SPDX-License-Identifier: Apache-2.0
// What a session did not acknowledge is not sent again to those that have it (XEP-0198 §8).
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/server/hub_world.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;

struct Doubles : testing::Test, HubWorld {
    void SetUp() override { hub.services().add(keeper); }
    void say(std::string_view text, std::string_view to = "alice@example.org") {
        base.advance(std::chrono::seconds(1));
        send(
            *bob,
            "<message type='chat' to='" + std::string(to) + "'><body>" + std::string(text) +
                "</body></message>"
        );
    }
    /// A session of alice whose connection broke.
    std::unique_ptr<FakeClient> asleep(std::string resource) {
        auto client = log_in("alice", resource);
        hub.set_resumable(*client->session, resource);
        xmpp::ManagementLimits limits;
        hub.hibernate(
            *client->session, std::make_unique<xmpp::Management>(limits, std::move(resource))
        );
        return client;
    }
    void wait_until_it_expires() { base.advance(std::chrono::minutes(11)); }

    Keeper keeper;
    std::unique_ptr<FakeClient> bob = log_in("bob", "home");
    std::unique_ptr<FakeClient> phone = asleep("phone");
};

TEST_F(Doubles, of_two_of_the_same_priority_each_sees_a_message_once) {
    const auto tablet = log_in("alice", "tablet");
    say("for both");
    EXPECT_EQ(bodies(tablet->take()), Lines{"for both"});
    wait_until_it_expires();
    EXPECT_EQ(bodies(tablet->take()), Lines{});
    EXPECT_TRUE(keeper.kept.empty());
}

TEST_F(Doubles, who_came_later_or_missed_one_is_sent_what_waited) {
    say("before");
    const auto tablet = log_in("alice", "tablet");
    say("for both");
    say("for the phone", "alice@example.org/phone");
    say("for both again");
    tablet->take();
    wait_until_it_expires();
    EXPECT_EQ(bodies(tablet->take()), (Lines{"before", "for both", "for the phone"}))
        << "rather twice than never, but for all that came behind what it missed";
}

/// A connection that has ended without anybody having been told.
struct DeadLink final : FakeLink {
    server::Delivery deliver(const xmpp::Stanza&) override { return server::Delivery::over; }
};

TEST_F(Doubles, what_a_dead_connection_did_not_take_goes_to_who_missed_it) {
    const auto tablet = log_in("alice", "tablet");
    DeadLink link;
    server::Session* laptop = nullptr;
    xmpp::AskBind ask;
    ask.user = "alice";
    ask.resource = "laptop";
    hub.bind(link, ask, [&laptop](auto bound) { laptop = bound.value(); });
    settle();
    hub.handle(*laptop, stanza("<presence/>"));
    say("for the laptop", "alice@example.org/laptop");
    say("for both");
    tablet->take();
    base.advance(std::chrono::seconds(1));
    hub.unbind(*laptop, nullptr);
    settle();
    EXPECT_EQ(bodies(tablet->take()), Lines{"for the laptop"});
}

TEST_F(Doubles, when_both_expire_the_last_one_passes_it_on) {
    const auto tablet = asleep("tablet");
    say("for both");
    wait_until_it_expires();
    EXPECT_EQ(hub.session_count(), 1U);
    EXPECT_EQ(bodies(keeper.kept), Lines{"for both"});
}

TEST_F(Doubles, what_it_was_given_of_the_store_alone_is_passed_on) {
    const auto tablet = log_in("alice", "tablet");
    base.advance(std::chrono::seconds(1));
    hub.note_takers(phone->session->account(), std::array{phone->session});
    phone->session->deliver(
        stanza("<message type='chat' from='bob@example.org/home' "
               "to='alice@example.org'><body>stored</body>"
               "</message>")
    );
    wait_until_it_expires();
    EXPECT_EQ(bodies(tablet->take()), Lines{"stored"});
}

}  // namespace
}  // namespace sallyport::test
