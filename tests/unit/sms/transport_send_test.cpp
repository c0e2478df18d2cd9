// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/sms/world.hpp"

namespace sallyport::sms {
namespace {

using namespace std::chrono_literals;
using port::DeliveryState;
using port::FailureClass;
using port::Reason;
using test::own_number;
using test::World;

TEST(SmsTransport, sends_and_tells_the_ids) {
    World world;
    world.open();
    ASSERT_TRUE(std::holds_alternative<port::Pending>(world.submit("hello", 3)));
    const auto& request = world.context.http_client.next();
    EXPECT_EQ(request.url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
    EXPECT_NE(
        request.body.find("From=%2B15550001111&To=%2B15551234567&Body=hello&"), std::string::npos
    );
    EXPECT_NE(
        request.body.find(
            "StatusCallback=https%3A%2F%2Fgw.example.org%2Fhook%2Fsms.example.org%2Fprimary%"
            "2Fstatus%2F" +
            test::out_id + "."
        ),
        std::string::npos
    );
    EXPECT_TRUE(world.context.outcomes.empty());
    world.context.http_client.answer(201, R"({"sid":"SM1"})");
    ASSERT_EQ(world.context.outcomes.size(), 1U);
    EXPECT_EQ(world.context.outcomes[0].first, 3);
    EXPECT_EQ(world.last_outcome().id, port::OutId{test::out_id});
    EXPECT_EQ(world.last_outcome().refs, std::vector{port::MessageRef("primary", "SM1")});
    EXPECT_EQ(world.last_outcome().state, DeliveryState::accepted);
    EXPECT_FALSE(world.last_outcome().failure);
}

TEST(SmsTransport, classes_of_failure_are_told) {
    World world;
    world.open();
    world.submit("x");
    world.context.http_client.fail(port::HttpFailure::Kind::ambiguous);
    EXPECT_EQ(world.last_outcome().failure->failure_class(), FailureClass::ambiguous);
    world.submit("x");
    world.context.http_client.fail(port::HttpFailure::Kind::not_sent);
    EXPECT_EQ(world.last_outcome().failure->failure_class(), FailureClass::retryable);
    world.submit("x");
    world.context.http_client.answer(400, R"({"code":21610})");
    EXPECT_EQ(world.last_outcome().failure->failure_class(), FailureClass::permanent);
}

TEST(SmsTransport, the_rate_of_a_number_is_kept) {
    World world;  // Twilio's long codes: 1/s
    world.open();
    ASSERT_TRUE(world.transport->route(own_number));
    EXPECT_EQ(world.transport->route(own_number)->provider, "primary");
    EXPECT_EQ(world.transport->route(own_number)->allowance, 1U);
    EXPECT_TRUE(world.transport->reserve(own_number));
    EXPECT_FALSE(world.transport->reserve(own_number));
    EXPECT_EQ(world.transport->route(own_number)->allowance, 0U);
    EXPECT_EQ(world.transport->route(own_number)->next_slot, world.context.time().now() + 1s);
    EXPECT_TRUE(world.transport->reserve(test::other_number)) << "each number has its own";
    world.context.advance(1s);
    EXPECT_TRUE(world.transport->reserve(own_number));
    world.transport->refund(own_number);
    EXPECT_TRUE(world.transport->reserve(own_number));
    EXPECT_FALSE(world.transport->reserve("+15559999999"));
}

TEST(SmsTransport, retry_after_pauses_that_number_alone) {
    World world;
    world.open();
    world.submit("x");
    world.context.http_client.answer(429, "{}", {{"Retry-After", "30"}});
    EXPECT_EQ(world.last_outcome().failure->retry_after, 30s);
    EXPECT_EQ(world.transport->route(own_number)->allowance, 0U);
    EXPECT_EQ(world.transport->route(own_number)->next_slot, world.context.time().now() + 30s);
    EXPECT_EQ(world.transport->route(test::other_number)->allowance, 1U);
    world.context.advance(30s);
    EXPECT_EQ(world.transport->route(own_number)->allowance, 1U);
}

TEST(SmsTransport, the_providers_time_to_answer_is_measured) {
    World world;
    world.open();
    world.submit("x");
    world.context.advance(2s);
    world.context.http_client.answer(201, R"({"sid":"SM1"})");
    const auto& took =
        world.context.metrics().histogram("provider_request_seconds", {{"provider", "primary"}});
    EXPECT_EQ(took.count(), 1U);
    EXPECT_DOUBLE_EQ(took.sum(), 2.0);
}

TEST(SmsTransport, wrong_credentials_hold_the_provider_until_it_answers_again) {
    World world;
    world.open();
    world.submit("x");
    world.context.http_client.answer(401, R"({"code":20003})");
    EXPECT_EQ(world.last_outcome().failure->failure_class(), FailureClass::held);
    EXPECT_EQ(world.context.held.at("primary"), Reason::credentials);
    EXPECT_FALSE(world.transport->route(own_number));
    EXPECT_TRUE(world.transport->routes().empty());
    EXPECT_TRUE(std::holds_alternative<port::Failure>(world.submit("x")));
    world.context.advance(59s);
    EXPECT_TRUE(world.context.http_client.waiting.empty());
    world.context.advance(1s);
    world.context.http_client.answer(401, R"({"code":20003})");
    world.context.advance(60s);
    EXPECT_TRUE(world.context.http_client.waiting.empty()) << "the second pause is longer";
    world.context.advance(60s);
    world.context.http_client.answer(
        200, R"({"incoming_phone_numbers":[{"phone_number":"+15550001111"}]})"
    );
    EXPECT_TRUE(world.context.held.empty());
    EXPECT_TRUE(world.transport->route(own_number));
}

TEST(SmsTransport, checks_at_start_find_bad_credentials_before_any_message) {
    World world;
    world.transport->open();
    world.context.http_client.answer(401, R"({"code":20003})");
    EXPECT_TRUE(world.context.held.contains("primary"));
}

TEST(SmsTransport, a_new_token_resumes_at_once) {
    World world;
    world.open();
    world.submit("x");
    world.context.http_client.answer(401, R"({"code":20003})");
    ASSERT_TRUE(world.context.held.contains("primary"));
    world.config.providers[0].credentials["auth_token"] = config::Secret("token-2");
    reload(*world.transport, world.config);
    EXPECT_TRUE(world.context.held.empty());
    ASSERT_TRUE(world.transport->route(own_number));
    world.submit("y");
    EXPECT_EQ(world.context.http_client.next().password, "token-2");
}

TEST(SmsTransport, answers_to_the_old_token_do_not_hold_the_new_one) {
    World world;
    world.open();
    world.submit("x");
    world.config.providers[0].credentials["auth_token"] = config::Secret("token-2");
    reload(*world.transport, world.config);
    world.context.http_client.answer(401, R"({"code":20003})");
    EXPECT_EQ(world.last_outcome().failure->failure_class(), FailureClass::held);
    EXPECT_TRUE(world.context.held.empty());
    EXPECT_TRUE(world.transport->route(own_number));
}

/// A provider that cannot be asked whether our credentials are right.
config::SmsConfig kannel_config() {
    auto settings = test::make_config();
    settings.providers[0] = test::make_entry("primary", "kannel", {own_number});
    for (const char* name : {"username", "password", "smsc", "webhook_secret"})
        settings.providers[0].credentials.emplace(name, config::Secret("x"));
    settings.providers[0].base_url_override = "http://kannel.example.org:13013";
    return settings;
}

TEST(SmsTransport, a_provider_that_cannot_be_asked_is_tried_with_one_message_and_growing_pauses) {
    World world(kannel_config());
    world.open();
    world.submit("x");
    world.context.http_client.answer(403, "Authorization failed for sendsms");
    EXPECT_EQ(world.context.times_held, 1);
    for (const auto pause : {60s, 120s, 240s, 480s, 600s, 600s}) {
        world.context.advance(pause - 1s);
        EXPECT_FALSE(world.transport->route(own_number)) << pause.count();
        world.context.advance(1s);
        ASSERT_TRUE(world.transport->route(own_number)) << pause.count();
        EXPECT_EQ(world.transport->routes().at(0).second.allowance, 1U);
        world.submit("x");
        EXPECT_FALSE(world.transport->route(own_number)) << "one at a time";
        EXPECT_TRUE(std::holds_alternative<port::Failure>(world.submit("y")));
        world.context.http_client.answer(403, "Authorization failed for sendsms");
    }
    EXPECT_EQ(world.context.times_held, 1) << "told once";
    EXPECT_EQ(world.context.times_resumed, 0);
    world.context.advance(600s);
    world.submit("x");
    world.context.http_client.answer(202, "0: Accepted for delivery");
    EXPECT_EQ(world.context.times_resumed, 1);
    EXPECT_TRUE(world.context.held.empty());
    EXPECT_GT(world.transport->routes().at(0).second.allowance, 1U);
    world.submit("x");
    world.context.http_client.answer(403, "Authorization failed for sendsms");
    EXPECT_EQ(world.context.times_held, 2);
    world.context.advance(60s);
    EXPECT_TRUE(world.transport->route(own_number)) << "the pauses begin anew";
}

TEST(SmsTransport, a_send_goes_out_once_whatever_its_method_and_questions_may_be_asked_again) {
    World by_get(kannel_config());
    by_get.open();
    by_get.submit("x");
    EXPECT_EQ(by_get.context.http_client.next().method, "GET");
    EXPECT_FALSE(by_get.context.http_client.next().is_idempotent);
    World world;
    world.transport->open();
    world.context.run();
    EXPECT_TRUE(world.context.http_client.next().is_idempotent) << "the check";
    world.open();
    world.submit("x");
    EXPECT_FALSE(world.context.http_client.next().is_idempotent);
}

TEST(SmsTransport, a_trial_that_says_nothing_about_the_provider_is_followed_by_another) {
    World world(kannel_config());
    world.open();
    world.submit("x");
    world.context.http_client.answer(403, "Authorization failed for sendsms");
    world.context.advance(60s);
    world.submit("x");
    world.context.http_client.answer(503, "Temporal failure, try again later.");
    EXPECT_EQ(world.context.times_resumed, 0);
    EXPECT_TRUE(world.transport->route(own_number));
}

TEST(SmsTransport, a_check_that_says_well_while_messages_are_refused_is_not_believed_again) {
    World world;
    world.open();
    const auto refused = [&world] {
        world.submit("x");
        world.context.http_client.answer(401, R"({"code":20003})");
    };
    const std::string well = R"({"incoming_phone_numbers":[{"phone_number":"+15550001111"}]})";
    refused();
    world.context.advance(60s);
    world.context.http_client.answer(200, well);
    EXPECT_EQ(world.context.times_resumed, 1);
    refused();
    EXPECT_EQ(world.context.times_held, 2);
    for (int hours = 0; hours < 5; ++hours) {
        world.context.advance(1h);
        EXPECT_TRUE(world.context.http_client.waiting.empty()) << "a message is the question now";
        refused();
    }
    EXPECT_EQ(world.context.times_held, 2);
    EXPECT_EQ(world.context.times_resumed, 1);
}

TEST(SmsTransport, numbers_move_between_providers_on_reload) {
    World world;
    world.open();
    EXPECT_TRUE(world.transport->reserve(own_number));
    auto second = test::make_entry("second", "twilio", {own_number});
    world.config.providers[0].numbers = {test::other_number};
    world.config.providers.push_back(second);
    reload(*world.transport, world.config);
    EXPECT_EQ(world.transport->route(own_number)->provider, "second");
    EXPECT_FALSE(world.transport->reserve(own_number)) << "its bucket moved with it";
}

TEST(SmsTransport, closing_waits_for_what_runs) {
    World world;
    world.open();
    world.submit("x");
    bool is_closed = false;
    world.transport->close([&] { is_closed = true; });
    EXPECT_FALSE(is_closed);
    world.context.http_client.answer(201, R"({"sid":"SM1"})");
    EXPECT_TRUE(is_closed);
}

TEST(SmsTransport, answers_after_its_end_harm_nobody) {
    test::FakeContext context;
    context.registered.list.push_back(test::make_account(1, "alice@example.org", own_number));
    auto transport = make_sms_transport(test::make_config(), context);
    transport->submit(
        context.registered.list[0],
        port::OutId{test::out_id},
        1,
        port::SendMessage(port::Address("+15551234567"), "x")
    );
    transport.reset();
    context.http_client.answer(201, R"({"sid":"SM1"})");
    EXPECT_TRUE(context.outcomes.empty());
}

TEST(SmsTransport, validity_is_what_is_left_of_a_day) {
    World world;
    world.open();
    const std::string fresh = "01KG9A71G0AAAAAAAAAAAAAAAA";
    world.transport->submit(
        world.alice(), port::OutId{fresh}, 1, port::SendMessage(port::Address("+15551234567"), "x")
    );
    EXPECT_NE(
        world.context.http_client.next().body.find("ValidityPeriod=36000&"), std::string::npos
    ) << world.context.http_client.next().body;
    world.context.http_client.answer(201, R"({"sid":"SM1"})");
    world.submit("x");  // made in 2016: almost nothing is left
    EXPECT_NE(world.context.http_client.next().body.find("ValidityPeriod=60&"), std::string::npos);
}

port::FindSent question(const World& world, const std::string& text) {
    port::FindSent out;
    out.id = port::OutId{test::out_id};
    out.message = port::SendMessage(port::Address("+15551234567"), text);
    out.own_address = own_number;
    out.provider = "primary";
    out.attempted_at = world.context.time().wall();
    return out;
}

std::string listed(const std::string& id, const std::string& text, const std::string& date) {
    return R"({"messages":[{"sid":")" + id +
           R"(","direction":"outbound-api","status":"sent","body":")" + text +
           R"(","date_created":")" + date + R"("}]})";
}

port::SentStatus look(
    World& world, const std::string& text, const std::string& answer, int status = 200
) {
    auto reply =
        world.wait(world.transport->ask(world.alice(), question(world, text)), {{status, answer}});
    if (!reply || !*reply) return {};
    return std::get<port::SentStatus>(**reply);
}

TEST(SmsLookup, finds_what_was_taken_after_the_attempt) {
    World world;
    world.open();
    const auto found = look(world, "hi", listed("SM5", "hi", "Sat, 31 Jan 2026 00:00:01 +0000"));
    EXPECT_EQ(found.answer, port::SentStatus::Answer::found);
    EXPECT_EQ(found.refs, std::vector{port::MessageRef("primary", "SM5")});
    EXPECT_EQ(found.state, DeliveryState::sent);
    EXPECT_EQ(found.settle, 120s);
}

TEST(SmsLookup, names_all_that_it_could_be_oldest_first) {
    World world;
    world.open();
    const auto entry = [](const std::string& id, const std::string& second) {
        return R"({"sid":")" + id +
               R"(","direction":"outbound-api","status":"sent","body":"ok","date_created":)" +
               R"("Sat, 31 Jan 2026 00:00:0)" + second + R"( +0000"})";
    };
    const auto found =
        look(world, "ok", R"({"messages":[)" + entry("SM2", "1") + "," + entry("SM1", "0") + "]}");
    EXPECT_EQ(found.answer, port::SentStatus::Answer::found);
    EXPECT_EQ(found.refs, std::vector{port::MessageRef("primary", "SM1")});
    EXPECT_EQ(found.others, std::vector{port::MessageRef("primary", "SM2")});
}

TEST(SmsTransport, once_closed_it_takes_no_webhooks_and_leaves_its_successors_alone) {
    World world;
    world.open();
    world.transport->close([] {});
    EXPECT_TRUE(world.context.hooks.handlers.empty());
    world.context.hooks.handlers["/hook/sms.example.org"] = {};  // of a successor
    world.transport.reset();
    EXPECT_EQ(world.context.hooks.handlers.size(), 1U);
}

TEST(SmsLookup, earlier_times_other_texts_and_known_ids_do_not_count) {
    World world;
    world.open();
    using Answer = port::SentStatus::Answer;
    EXPECT_EQ(
        look(world, "hi", listed("SM5", "hi", "Fri, 30 Jan 2026 23:59:30 +0000")).answer,
        Answer::absent
    );
    EXPECT_EQ(
        look(world, "hi", listed("SM5", "ho", "Sat, 31 Jan 2026 00:00:01 +0000")).answer,
        Answer::absent
    );
    EXPECT_EQ(look(world, "hi", R"({"messages":[]})").answer, Answer::absent);
    world.submit("hi");
    world.context.http_client.answer(201, R"({"sid":"SM5"})");
    EXPECT_EQ(
        look(world, "hi", listed("SM5", "hi", "Sat, 31 Jan 2026 00:00:01 +0000")).answer,
        Answer::absent
    );
}

TEST(SmsLookup, an_unanswered_question_is_to_be_asked_again) {
    World world;
    world.open();
    EXPECT_EQ(look(world, "hi", "", 500).answer, port::SentStatus::Answer::later);
    EXPECT_EQ(look(world, "hi", "{}", 401).answer, port::SentStatus::Answer::later);
    EXPECT_EQ(look(world, "hi", "<html>", 200).answer, port::SentStatus::Answer::later);
}

TEST(SmsLookup, a_provider_that_lists_nothing_cannot_be_asked) {
    World world(kannel_config());
    world.open();
    auto reply = world.wait(world.transport->ask(world.alice(), question(world, "hi")), {});
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ(std::get<port::SentStatus>(**reply).answer, port::SentStatus::Answer::unknown);
}

}  // namespace
}  // namespace sallyport::sms
