// SPDX-License-Identifier: Apache-2.0
// A provider that nothing answers for: what waits for it, and what finds it again.
#include <gtest/gtest.h>

#include "tests/unit/sms/world.hpp"

namespace sallyport::sms {
namespace {

using namespace std::chrono_literals;
using port::FailureClass;
using port::Reason;
using test::own_number;

using Kind = port::HttpFailure::Kind;

config::SmsConfig without_rates() {
    auto settings = test::make_config();
    settings.providers[0].limits = {};
    return settings;
}

struct AwayProvider : ::testing::Test {
    test::World world{without_rates()};
    test::FakeHttp& http = world.context.http_client;

    AwayProvider() { world.open(); }

    bool is_away() const {
        const auto found = world.context.held.find("primary");
        return found != world.context.held.end() && found->second == Reason::not_connected;
    }
    void fail(Kind kind = Kind::not_sent) {
        if (is_refused(world.submit("x"))) FAIL() << "it takes nothing";
        http.fail(kind);
    }
    void answer(int status, const std::string& body = "{}") {
        if (is_refused(world.submit("x"))) FAIL() << "it takes nothing";
        http.answer(status, body);
    }
    void go_away() {
        for (int times = 0; times < 3; ++times) fail();
        ASSERT_TRUE(is_away());
    }
    port::Route way(const std::string& own = own_number) const {
        const auto found = world.transport->route(own);
        EXPECT_TRUE(found) << own;
        return found.value_or(port::Route());
    }
    std::chrono::milliseconds wait() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            way().next_slot - world.context.time().now()
        );
    }
    /// A user who brings an account of their own.
    port::Account bob() {
        auto own = test::make_account(2, "bob@example.org", "+15550003333");
        own.provider = "primary";
        own.hook_token = "token";
        own.credentials = {{"account_sid", {"AC2"}}, {"auth_token", {"token-2"}}};
        world.context.registered.list.push_back(own);
        world.transport->account_changed(own);
        return own;
    }
    void submit_of(const port::Account& own) {
        const port::OutId id{test::out_id};
        const port::SendMessage text(port::Address("+15551234567"), "x");
        world.transport->submit(own, id, 1, text);
    }
    bool is_refused(const port::Submitted& submitted) const {
        return std::holds_alternative<port::Failure>(submitted);
    }
};

TEST_F(AwayProvider, takes_nothing_after_three_attempts_in_a_row_that_nothing_answered) {
    fail();
    fail();
    EXPECT_FALSE(is_away());
    EXPECT_GT(way().allowance, 1U);
    fail();
    EXPECT_TRUE(is_away()) << "log, metric and status know it at once";
    EXPECT_EQ(way().allowance, 0U);
    EXPECT_EQ(wait(), 1s) << "what waits looks again for the trial, not later";
    EXPECT_FALSE(world.transport->reserve(own_number));
    EXPECT_TRUE(is_refused(world.submit("y")));
    EXPECT_TRUE(http.waiting.empty());
}

TEST_F(AwayProvider, is_not_away_when_something_answered_in_between) {
    fail();
    fail();
    answer(400, R"({"code":21610})");
    fail();
    fail();
    EXPECT_FALSE(is_away());
}

TEST_F(AwayProvider, is_tried_with_one_message_and_growing_pauses) {
    go_away();
    for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        EXPECT_EQ(wait(), pause);
        world.context.advance(pause - 1ms);
        EXPECT_EQ(way().allowance, 0U) << pause.count();
        world.context.advance(1ms);
        EXPECT_EQ(way().allowance, 1U) << pause.count();
        EXPECT_EQ(way().trial, way(test::other_number).trial) << "one for all its numbers";
        EXPECT_TRUE(world.transport->reserve(own_number));
        world.submit("x");
        EXPECT_EQ(way().allowance, 0U) << "one at a time";
        EXPECT_EQ(wait(), std::min<std::chrono::seconds>({pause * 2, 30s, 60s}));
        EXPECT_TRUE(is_refused(world.submit("y")));
        ASSERT_EQ(http.waiting.size(), 1U);
        http.fail(Kind::not_sent);
    }
    EXPECT_EQ(world.context.times_resumed, 0);
}

TEST_F(AwayProvider, is_open_to_all_at_the_first_success_and_pauses_begin_anew) {
    go_away();
    world.context.advance(1s);
    fail();
    world.context.advance(2s);
    answer(201, R"({"sid":"SM1"})");
    EXPECT_FALSE(is_away());
    EXPECT_EQ(world.context.times_resumed, 1) << "core wakes what waits";
    EXPECT_GT(way().allowance, 1U);
    EXPECT_TRUE(way().trial.empty());
    fail();
    fail();
    EXPECT_FALSE(is_away()) << "counted anew";
    fail();
    EXPECT_EQ(wait(), 1s);
}

TEST_F(AwayProvider, is_found_by_any_answer) {
    go_away();
    world.context.advance(1s);
    answer(429);
    EXPECT_FALSE(is_away());
    EXPECT_EQ(world.context.times_resumed, 1);
    go_away();
    EXPECT_EQ(wait(), 1s) << "the pauses begin anew";
}

TEST_F(AwayProvider, what_was_running_before_changes_no_pause) {
    for (int times = 0; times < 6; ++times) world.submit("x");
    for (int times = 0; times < 3; ++times) http.fail(Kind::not_sent);
    ASSERT_TRUE(is_away());
    world.context.advance(500ms);
    http.fail(Kind::not_sent);
    EXPECT_EQ(wait(), 500ms);
    world.context.advance(500ms);
    http.fail(Kind::ambiguous);
    EXPECT_EQ(way().allowance, 1U) << "still on trial";
    http.answer(201, R"({"sid":"SM1"})");
    EXPECT_FALSE(is_away()) << "a success is one, whoever has it";
}

TEST_F(AwayProvider, a_trial_that_outlives_its_hold_is_alone_in_the_next) {
    world.submit("running");
    auto before = std::move(http.waiting.front());
    http.waiting.clear();
    go_away();
    world.context.advance(1s);
    world.submit("trial");
    auto trial = std::move(http.waiting.front());
    http.waiting.clear();
    port::HttpResult well;
    well.response.emplace(201, R"({"sid":"SM1"})");
    before.second(well);
    ASSERT_FALSE(is_away());
    go_away();
    world.context.advance(1s);
    EXPECT_EQ(way().allowance, 0U) << "the first trial still runs";
    trial.second(well);
    EXPECT_FALSE(is_away());
}

TEST_F(AwayProvider, a_time_out_counts_and_its_message_stays_in_doubt) {
    for (int times = 0; times < 3; ++times) {
        fail(Kind::ambiguous);
        EXPECT_EQ(world.last_outcome().failure->failure_class(), FailureClass::ambiguous);
    }
    EXPECT_TRUE(is_away());
    world.context.advance(1s);
    fail(Kind::ambiguous);
    EXPECT_EQ(world.last_outcome().failure->failure_class(), FailureClass::ambiguous);
    EXPECT_EQ(wait(), 2s);
}

TEST_F(AwayProvider, proxies_say_that_nothing_answered) {
    for (const int status : {502, 503, 504}) {
        EXPECT_FALSE(is_away()) << status;
        answer(status);
        EXPECT_EQ(world.last_outcome().failure->failure_class(), FailureClass::ambiguous);
    }
    EXPECT_TRUE(is_away());
}

TEST_F(AwayProvider, a_fault_of_its_own_is_an_answer) {
    for (int times = 0; times < 5; ++times) answer(500);
    EXPECT_FALSE(is_away());
}

TEST_F(AwayProvider, what_we_refuse_ourselves_says_nothing_about_it) {
    for (int times = 0; times < 5; ++times) fail(Kind::refused);
    EXPECT_FALSE(is_away());
}

TEST(AwayKannel, a_503_that_the_description_knows_is_an_answer) {
    auto settings = test::make_config();
    settings.providers[0] = test::make_entry("primary", "kannel", {own_number});
    for (const char* name : {"username", "password", "smsc", "webhook_secret"})
        settings.providers[0].credentials.emplace(name, config::Secret("x"));
    settings.providers[0].base_url_override = "http://kannel.example.org:13013";
    test::World world(settings);
    world.open();
    for (int times = 0; times < 3; ++times) {
        world.submit("x");
        world.context.http_client.answer(503, "Temporal failure, try again later.");
        EXPECT_EQ(world.last_outcome().failure->failure_class(), FailureClass::retryable);
    }
    EXPECT_TRUE(world.context.held.empty());
}

TEST_F(AwayProvider, that_is_back_and_refuses_our_credentials_is_held_for_that) {
    go_away();
    world.context.advance(1s);
    answer(401, R"({"code":20003})");
    EXPECT_EQ(world.context.held.at("primary"), Reason::credentials);
    EXPECT_EQ(world.context.times_resumed, 0);
    EXPECT_FALSE(world.transport->route(own_number));
    world.context.advance(59s);
    EXPECT_TRUE(http.waiting.empty());
    world.context.advance(1s);
    EXPECT_EQ(http.waiting.size(), 1U) << "the check of those who must be mended";
}

TEST_F(AwayProvider, of_the_file_stops_no_users_own_account) {
    const auto own = bob();
    go_away();
    EXPECT_GT(way(own.own_address).allowance, 1U);
    for (int times = 0; times < 3; ++times) {
        submit_of(own);
        http.fail(Kind::not_sent);
    }
    EXPECT_EQ(way(own.own_address).allowance, 0U);
    EXPECT_NE(way(own.own_address).trial, way().trial);
    world.context.advance(1s);
    answer(201, R"({"sid":"SM1"})");
    EXPECT_FALSE(is_away());
    EXPECT_EQ(way(own.own_address).allowance, 1U) << "it has a trial of its own";
    world.transport->account_changed(own);
    EXPECT_TRUE(world.context.held.empty()) << "who changes the account begins anew";
}

TEST_F(AwayProvider, attempts_of_an_account_that_was_replaced_say_nothing_about_the_new_one) {
    const auto own = bob();
    for (int times = 0; times < 3; ++times) submit_of(own);
    world.transport->account_changed(own);
    for (int times = 0; times < 3; ++times) http.fail(Kind::not_sent);
    EXPECT_TRUE(world.context.held.empty());
    EXPECT_GT(way(own.own_address).allowance, 1U);
}

TEST_F(AwayProvider, with_another_address_is_open_and_old_attempts_say_nothing_about_it) {
    for (int times = 0; times < 6; ++times) world.submit("x");
    for (int times = 0; times < 3; ++times) http.fail(Kind::not_sent);
    ASSERT_TRUE(is_away());
    world.config.providers[0].base_url_override = "http://127.0.0.1:1";
    reload(*world.transport, world.config);
    EXPECT_FALSE(is_away());
    for (int times = 0; times < 3; ++times) http.fail(Kind::not_sent);
    EXPECT_FALSE(is_away());
}

TEST_F(AwayProvider, is_still_asked_for_texts_that_no_webhook_brought) {
    go_away();
    world.context.advance(1h);
    EXPECT_FALSE(http.waiting.empty());
}

TEST(AwayRate, what_waits_for_a_provider_uses_up_no_rate) {
    test::World world;  // 1/s for each number
    world.open();
    for (int times = 0; times < 3; ++times) {
        ASSERT_TRUE(world.transport->reserve(own_number));
        world.submit("x");
        world.context.http_client.fail(Kind::not_sent);
        world.context.advance(times < 2 ? 1s : 0s);
    }
    world.context.advance(1s);
    ASSERT_TRUE(world.transport->reserve(own_number)) << "the trial's slot";
    EXPECT_EQ(world.transport->route(own_number)->allowance, 0U);
    world.transport->refund(own_number);
    EXPECT_EQ(world.transport->route(own_number)->allowance, 1U);
    world.submit("x");
    EXPECT_FALSE(world.transport->reserve(own_number)) << "a trial runs";
    world.context.http_client.answer(201, R"({"sid":"SM1"})");
    EXPECT_EQ(world.transport->route(own_number)->allowance, 1U) << "nothing was taken";
}

}  // namespace
}  // namespace sallyport::sms
