// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/sessions.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "gateway/server/account_removal.hpp"
#include "gateway/server/stanza_text.hpp"
#include "tests/unit/server/service_world.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;
using xmpp::Condition;
using xmpp::StreamCondition;

TEST(Binding, gives_the_resource_that_was_asked_for) {
    HubWorld world;
    const auto client = world.bind("alice", "phone");
    ASSERT_NE(client->session, nullptr);
    EXPECT_EQ(client->session->full().str(), "alice@example.org/phone");
    EXPECT_EQ(world.hub.session_count(), 1U);
}

TEST(Binding, makes_up_resources_that_nobody_guesses) {
    HubWorld world;
    std::set<std::string> seen;
    for (int i = 0; i < 5; ++i) {
        const auto client = world.bind("alice", "");
        ASSERT_NE(client->session, nullptr);
        const std::string resource(client->session->full().resource());
        EXPECT_GE(resource.size(), 24U);
        EXPECT_TRUE(seen.insert(resource).second);
        world.hub.unbind(*client->session);
    }
}

TEST(Binding, a_tag_begins_the_resource) {
    HubWorld world;
    FakeClient client;
    xmpp::AskBind ask;
    ask.user = "alice";
    ask.tag = "AwesomeXMPP";
    world.hub.bind(client, ask, [&client](auto bound) { client.session = *bound; });
    world.settle();
    EXPECT_TRUE(client.session->full().resource().starts_with("AwesomeXMPP/"));
}

TEST(Binding, refuses_what_is_no_resource) {
    HubWorld world;
    const auto client = world.bind("alice", std::string(1024, 'x'));
    ASSERT_TRUE(client->refused);
    EXPECT_EQ(client->refused->condition, Condition::bad_request);
    EXPECT_EQ(client->refused->type, xmpp::ErrorType::modify);
}

TEST(Binding, the_new_session_takes_the_place_of_the_old) {
    HubWorld world;
    const auto old = world.log_in("alice", "phone");
    const auto young = world.bind("alice", "phone");
    ASSERT_NE(young->session, nullptr);
    ASSERT_TRUE(old->closed);
    EXPECT_EQ(old->closed->condition, StreamCondition::conflict);
    EXPECT_EQ(world.hub.session_count(), 1U);
    EXPECT_EQ(world.hub.find(jid("alice@example.org/phone")), young->session);
}

TEST(Binding, may_refuse_the_new_one_instead) {
    server::HubOptions options;
    options.conflict = server::ConflictPolicy::refuse_new;
    HubWorld world(options);
    const auto old = world.log_in("alice", "phone");
    const auto young = world.bind("alice", "phone");
    ASSERT_TRUE(young->refused);
    EXPECT_EQ(young->refused->condition, Condition::conflict);
    EXPECT_EQ(young->refused->type, xmpp::ErrorType::cancel);
    EXPECT_FALSE(old->closed);
}

TEST(Binding, an_account_has_ten_sessions) {
    HubWorld world;
    std::vector<std::unique_ptr<FakeClient>> clients;
    for (int i = 0; i < 10; ++i) {
        clients.push_back(world.bind("alice", "r" + std::to_string(i)));
        ASSERT_NE(clients.back()->session, nullptr);
    }
    const auto more = world.bind("alice", "more");
    ASSERT_TRUE(more->refused);
    EXPECT_EQ(more->refused->condition, Condition::resource_constraint);
    EXPECT_EQ(more->refused->type, xmpp::ErrorType::wait);
    EXPECT_NE(world.bind("bob", "more")->session, nullptr);
    EXPECT_NE(world.bind("alice", "r3")->session, nullptr);  // the place of the old one
}

TEST(Binding, the_same_installation_has_one_session) {
    HubWorld world;
    const auto old = world.bind("alice", "one", "d4565fa7");
    const auto other = world.bind("alice", "two", "aaaaaaaa");
    const auto young = world.bind("alice", "three", "d4565fa7");
    EXPECT_TRUE(old->closed);
    EXPECT_FALSE(other->closed);
    EXPECT_EQ(world.hub.session_count(), 2U);
}

TEST(Binding, an_account_that_is_gone_has_no_session) {
    HubWorld world;
    const auto client = world.bind("nobody", "phone");
    ASSERT_TRUE(client->refused);
    EXPECT_EQ(client->refused->condition, Condition::not_allowed);
}

TEST(Binding, a_link_that_left_is_not_answered) {
    HubWorld world;
    FakeClient client;
    xmpp::AskBind ask;
    ask.user = "alice";
    world.hub.bind(client, ask, [](const auto&) { FAIL() << "answered"; });
    world.hub.abandon(client);
    world.settle();
    EXPECT_EQ(world.hub.session_count(), 0U);
}

TEST(Sessions, passwords_that_change_end_the_others) {
    HubWorld world;
    const auto phone_client = world.log_in("alice", "phone");
    const auto tablet = world.log_in("alice", "tablet");
    world.hub.end_sessions(
        jid("alice@example.org"), xmpp::StreamError(StreamCondition::reset), phone_client->session
    );
    EXPECT_FALSE(phone_client->closed);
    ASSERT_TRUE(tablet->closed);
    EXPECT_EQ(tablet->closed->condition, StreamCondition::reset);
}

TEST(Sessions, shutting_down_tells_all) {
    HubWorld world;
    const auto one = world.log_in("alice", "phone");
    const auto two = world.log_in("bob", "home");
    world.hub.shut_down();
    EXPECT_EQ(one->closed->condition, StreamCondition::system_shutdown);
    EXPECT_EQ(two->closed->condition, StreamCondition::system_shutdown);
    EXPECT_EQ(world.hub.session_count(), 0U);
}

TEST(Sessions, a_removed_account_leaves_its_contacts) {
    HubWorld world;
    world.befriend("alice", "bob");
    const auto phone_client = world.log_in("alice", "phone");
    const auto bob = world.log_in("bob", "home");
    bool is_done = false;
    server::remove_account(world.hub, jid("alice@example.org"), [&is_done](Result<bool> removed) {
        is_done = removed && *removed;
    });
    world.settle();
    EXPECT_TRUE(is_done);
    EXPECT_EQ(phone_client->closed->condition, StreamCondition::not_authorized);
    const auto seen = brief(bob->take());
    EXPECT_EQ(seen.front(), "presence:unavailable alice@example.org/phone>bob@example.org");
    EXPECT_EQ(
        std::count(
            seen.begin(), seen.end(), "presence:unsubscribed alice@example.org>bob@example.org"
        ),
        1
    );
    const auto* item =
        world.hub.accounts().find(jid("bob@example.org"))->roster.find("alice@example.org");
    ASSERT_NE(item, nullptr);
    EXPECT_EQ(item->subscription.word(), "none");
}

// --- XEP-0198 -----------------------------------------------------------------------------------

std::unique_ptr<xmpp::Management> management(std::string id, std::size_t stanzas = 500) {
    xmpp::ManagementLimits limits;
    limits.stanzas = stanzas;
    return std::make_unique<xmpp::Management>(limits, std::move(id));
}

/// Alice's phone, asleep, resumable as "id".
std::unique_ptr<FakeClient> fall_asleep(HubWorld& world, std::size_t stanzas = 500) {
    auto client = world.log_in("alice", "phone");
    world.hub.set_resumable(*client->session, "id");
    world.hub.hibernate(*client->session, management("id", stanzas));
    return client;
}

xmpp::AskResume ask_resume(std::string user, std::string previous) {
    xmpp::AskResume ask;
    ask.user = std::move(user);
    ask.previous = std::move(previous);
    return ask;
}

/// The answer once it comes.
server::ResumeAnswer resume(HubWorld& world, FakeLink& link, const xmpp::AskResume& ask) {
    std::optional<server::ResumeAnswer> answer;
    world.hub.resume(link, ask, [&answer](server::ResumeAnswer got) { answer = std::move(got); });
    world.settle();
    EXPECT_TRUE(answer);
    if (!answer) return xmpp::NotResumed{};
    return *std::move(answer);
}

TEST(Hibernation, is_over_only_when_what_it_counts_as_handled_is_safe) {
    HubWorld world;
    const auto old = fall_asleep(world);
    world.base.store.write(store::PutRecord{"ns", "key", "value", {}});
    FakeLink link;
    bool is_answered = false;
    world.hub.resume(link, ask_resume("alice", "id"), [&is_answered](server::ResumeAnswer got) {
        is_answered = std::holds_alternative<server::Resumption>(got);
    });
    EXPECT_FALSE(is_answered);
    EXPECT_EQ(world.hub.hibernating_count(), 1U);
    world.settle();
    EXPECT_TRUE(is_answered);
    EXPECT_EQ(world.hub.hibernating_count(), 0U);
}

TEST(Hibernation, goes_on_when_the_new_connection_leaves_before_its_answer) {
    HubWorld world;
    const auto old = fall_asleep(world);
    world.base.store.write(store::PutRecord{"ns", "key", "value", {}});
    {
        FakeLink link;
        world.hub.resume(link, ask_resume("alice", "id"), [](const server::ResumeAnswer&) {
            ADD_FAILURE() << "answered to nobody";
        });
        world.hub.abandon(link);
    }
    world.settle();
    EXPECT_EQ(world.hub.hibernating_count(), 1U);
}

TEST(Hibernation, keeps_what_comes_until_it_is_resumed) {
    HubWorld world;
    const auto old = fall_asleep(world);
    const auto bob = world.log_in("bob", "home");
    world.send(*bob, "<message type='chat' id='1' to='alice@example.org'/>");
    world.send(*bob, "<message type='chat' id='2' to='alice@example.org/phone'/>");
    EXPECT_TRUE(old->take().empty());
    FakeLink link;
    auto answer = resume(world, link, ask_resume("alice", "id"));
    auto* resumption = std::get_if<server::Resumption>(&answer);
    ASSERT_NE(resumption, nullptr);
    EXPECT_EQ(resumption->resumed.full.str(), "alice@example.org/phone");
    EXPECT_EQ(resumption->session, old->session);
    EXPECT_EQ(resumption->resumed.management->queue().size(), 2U);
    world.send(*bob, "<message type='chat' id='3' to='alice@example.org'/>");
    EXPECT_EQ(link.got.size(), 1U);
    world.base.advance(std::chrono::hours(1));  // its time is not counted any more
    EXPECT_EQ(world.hub.session_count(), 2U);
    EXPECT_EQ(world.hub.hibernating_count(), 0U);
}

TEST(Hibernation, nobody_else_resumes_it) {
    HubWorld world;
    const auto old = fall_asleep(world);
    FakeLink link;
    const auto other = resume(world, link, ask_resume("bob", "id"));
    ASSERT_TRUE(std::holds_alternative<xmpp::NotResumed>(other));
    EXPECT_FALSE(std::get<xmpp::NotResumed>(other).handled);
    const auto unknown = resume(world, link, ask_resume("alice", "other"));
    EXPECT_TRUE(std::holds_alternative<xmpp::NotResumed>(unknown));
    EXPECT_EQ(world.hub.session_count(), 1U);
}

TEST(Hibernation, a_connection_that_still_holds_the_session_gets_conflict) {
    HubWorld world;
    const auto old = world.log_in("alice", "phone");
    world.hub.set_resumable(*old->session, "id");
    old->management = management("id");
    FakeLink link;
    const auto answer = resume(world, link, ask_resume("alice", "id"));
    EXPECT_TRUE(std::holds_alternative<server::Resumption>(answer));
    ASSERT_TRUE(old->closed);
    EXPECT_EQ(old->closed->condition, StreamCondition::conflict);
    EXPECT_EQ(world.hub.session_count(), 1U);
}

TEST(Hibernation, when_its_time_is_over_the_messages_go_to_another_resource) {
    HubWorld world;
    world.befriend("alice", "bob");
    const auto old = fall_asleep(world);
    const auto tablet = world.log_in("alice", "tablet", -1);
    const auto bob = world.log_in("bob", "home");
    for (const char* type : {"chat", "normal"})
        world.send(
            *bob,
            "<message type='" + std::string(type) +
                "' to='alice@example.org/phone'>"
                "<body>late</body></message>"
        );
    world.send(*bob, "<iq type='get' id='q' to='alice@example.org/phone'><x xmlns='u'/></iq>");
    world.send(*tablet, presence_of(1));
    tablet->take();
    bob->take();
    world.base.advance(std::chrono::minutes(11));
    EXPECT_EQ(world.hub.session_count(), 2U);
    const auto got = tablet->take();
    EXPECT_EQ(bodies(got), (Lines{"late", "late"}));
    for (const auto& each : got) {
        if (each.kind() != xmpp::StanzaKind::message) continue;
        EXPECT_NE(each.element().child("delay", "urn:xmpp:delay"), nullptr);
    }
    const auto seen = bob->take();
    EXPECT_EQ(conditions(seen), Lines{"service-unavailable"});
    const auto lines = brief(seen);
    EXPECT_EQ(lines.back(), "presence:unavailable alice@example.org/phone>bob@example.org");
    FakeLink link;
    const auto answer = resume(world, link, ask_resume("alice", "id"));
    EXPECT_TRUE(std::get<xmpp::NotResumed>(answer).handled);  // it is remembered what was handled
}

TEST(Hibernation, too_much_that_waits_ends_it_and_nothing_is_lost) {
    HubWorld world;
    const auto old = fall_asleep(world, 3);
    const auto tablet = world.log_in("alice", "tablet", 0);
    const auto bob = world.log_in("bob", "home");
    for (int i = 0; i < 5; ++i)
        world.hub.handle(
            *bob->session,
            stanza(
                "<message type='chat' to='alice@example.org/phone'><body>" + std::to_string(i) +
                "</body></message>"
            )
        );
    world.settle();
    EXPECT_EQ(bodies(tablet->take()), (Lines{"0", "1", "2", "3", "4"}));
    EXPECT_EQ(world.hub.hibernating_count(), 0U);
}

TEST(Hibernation, a_sleeping_session_makes_room_for_a_new_one) {
    server::HubOptions options;
    options.max_sessions = 2;
    HubWorld world(options);
    const auto old = fall_asleep(world);
    const auto second = world.bind("alice", "second");
    const auto third = world.bind("alice", "third");
    EXPECT_NE(third->session, nullptr);
    EXPECT_EQ(world.hub.session_count(), 2U);
    EXPECT_EQ(world.hub.hibernating_count(), 0U);
}

TEST(Hibernation, without_resumption_the_unacknowledged_is_passed_on_at_once) {
    HubWorld world;
    const auto phone_client = world.log_in("alice", "phone");
    const auto tablet = world.log_in("alice", "tablet");
    auto kept = management("");
    kept->keep(
        "<message type='chat' from='bob@example.org/x' to='alice@example.org/phone'>"
        "<body>lost?</body></message>",
        world.base.time.now()
    );
    kept->keep(
        "<message from='alice@example.org' to='alice@example.org/phone'><body>carbon</body>"
        "</message>",
        world.base.time.now()
    );
    world.hub.hibernate(*phone_client->session, std::move(kept));
    EXPECT_EQ(world.hub.session_count(), 1U);
    EXPECT_EQ(bodies(tablet->take()), Lines{"lost?"});
}

TEST(Hibernation, is_bounded_in_bytes_of_all_together) {
    server::HubOptions options;
    options.hibernating_bytes = 1'000;
    HubWorld world(options);
    const auto old = fall_asleep(world);
    const auto tablet = world.log_in("alice", "tablet");
    const auto bob = world.log_in("bob", "home");
    world.base.advance(std::chrono::seconds(1));
    const auto say = [&world, &bob](std::string_view text) {
        world.send(*bob, text_to("alice@example.org/phone", text));
    };
    say("fits");
    EXPECT_EQ(world.hub.hibernating_count(), 1U);
    say(std::string(1'000, 'x'));
    EXPECT_EQ(world.hub.hibernating_count(), 0U);
    EXPECT_EQ(bodies(tablet->take()), (Lines{"fits", std::string(1'000, 'x')}));
    const auto fall_asleep_with = [&world](const FakeClient& client, std::size_t bytes) {
        auto kept = management("id");
        kept->keep(std::string(bytes, ' '), world.base.time.now());
        world.hub.set_resumable(*client.session, "id");
        world.hub.hibernate(*client.session, std::move(kept));
    };
    fall_asleep_with(*tablet, 1'001);
    EXPECT_EQ(world.hub.hibernating_count(), 0U);
    fall_asleep_with(*bob, 900);
    EXPECT_EQ(world.hub.hibernating_count(), 1U) << "what was given up does not count any more";
}

}  // namespace
}  // namespace sallyport::test
