// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/sms/world.hpp"
#include "transports/sms/hook_token.hpp"
#include "transports/sms/text_coding.hpp"

namespace sallyport::sms {
namespace {

using namespace std::chrono_literals;
using test::own_number;
using test::World;

port::HttpFields text_to(const std::string& number, const std::string& id = "SM11") {
    return {{"MessageSid", id}, {"From", "+15551234567"}, {"To", number}, {"Body", "Hi there"}};
}

std::uint64_t rejected(World& world, const std::string& reason) {
    return world.context.metrics().counter("webhook_rejected_total", {{"reason", reason}}).value();
}

TEST(SmsHooks, a_text_is_answered_after_its_commit) {
    World world;
    world.open();
    world.context.holds_commits = true;
    EXPECT_EQ(
        world.deliver(world.twilio_hook("primary/inbound", text_to(own_number))), std::nullopt
    );
    ASSERT_EQ(world.context.accepted.size(), 1U);
    const auto& message = std::get<port::MessageReceived>(world.context.accepted[0]);
    EXPECT_EQ(message.text, "Hi there");
    EXPECT_EQ(message.own_address, own_number);
    EXPECT_EQ(message.ref, port::MessageRef("primary", "SM11"));
    world.context.commits.at(0)();
    EXPECT_EQ(*world.last_status, 200);
}

TEST(SmsHooks, a_text_that_comes_before_we_are_open_is_asked_for_again) {
    World world;
    ASSERT_TRUE(world.context.hooks.handlers.contains("/hook/sms.example.org"))
        << "without a handler it would be 404: some providers then forget the text";
    EXPECT_EQ(world.deliver(world.twilio_hook("primary/inbound", text_to(own_number))), 503);
    EXPECT_TRUE(
        world.last_headers->size() == 1 && world.last_headers->front().first == "Retry-After"
    );
    EXPECT_TRUE(world.context.accepted.empty());
    world.open();
    EXPECT_EQ(world.deliver(world.twilio_hook("primary/inbound", text_to(own_number))), 200);
}

TEST(SmsHooks, a_domain_that_is_closed_answers_no_longer) {
    World world;
    world.transport->close([] {});
    EXPECT_TRUE(world.context.hooks.handlers.empty()) << "closed before it was open";
    World other;
    other.open();
    other.transport->close([] {});
    EXPECT_TRUE(other.context.hooks.handlers.empty());
    other.context.hooks.mount("/hook/sms.example.org", [](const auto&, const auto&) {});
    other.transport.reset();
    EXPECT_FALSE(other.context.hooks.handlers.empty()) << "its successor's is not its own";
}

TEST(SmsHooks, only_a_genuine_webhook_is_a_sign_that_webhooks_arrive) {
    World world;
    world.open();
    world.deliver(world.twilio_hook("primary/inbound", text_to(own_number), "guess"));
    EXPECT_TRUE(world.context.verified.empty());
    world.deliver(world.twilio_hook("primary/inbound", text_to(own_number)));
    world.deliver(world.twilio_hook("primary/inbound", {{"Something", "else"}}));
    EXPECT_EQ(world.context.verified, (std::vector<std::string>{"primary", "primary"}));
}

TEST(SmsHooks, what_could_not_be_committed_is_not_acknowledged) {
    World world;
    world.open();
    world.context.is_disk_full = true;
    EXPECT_EQ(world.deliver(world.twilio_hook("primary/inbound", text_to(own_number))), 503);
}

TEST(SmsHooks, wrong_signatures_are_refused_and_counted) {
    World world;
    world.open();
    EXPECT_EQ(
        world.deliver(world.twilio_hook("primary/inbound", text_to(own_number), "guess")), 403
    );
    EXPECT_EQ(rejected(world, "signature"), 1U);
    EXPECT_TRUE(world.context.accepted.empty());
}

TEST(SmsHooks, the_host_header_does_not_matter_the_public_url_does) {
    World world;
    world.open();
    auto request = world.twilio_hook("primary/inbound", text_to(own_number));
    request.headers.emplace_back("Host", "evil.example");
    request.headers.emplace_back("X-Forwarded-Host", "evil.example");
    EXPECT_EQ(world.deliver(request), 200);
    world.context.hooks.url = "https://other.example.org";
    EXPECT_EQ(world.deliver(request), 403);
}

TEST(SmsHooks, paths_that_nobody_has_are_not_found) {
    World world;
    world.open();
    for (const std::string path :
         {"nobody/inbound",
          "primary",
          "primary/other",
          "primary/x/inbound",
          "primary/inbound/x",
          "primary/status/a/b",
          "",
          "/"}) {
        EXPECT_EQ(world.deliver(world.twilio_hook(path, text_to(own_number))), 404) << path;
    }
    auto request = world.twilio_hook("primary/inbound", text_to(own_number));
    request.method = "DELETE";
    EXPECT_EQ(world.deliver(request), 405);
}

TEST(SmsHooks, numbers_are_ours_when_the_file_or_an_account_says_so) {
    World world;
    world.open();
    EXPECT_EQ(world.deliver(world.twilio_hook("primary/inbound", text_to(test::other_number))), 200)
        << "nobody has it: kept for admins";
    EXPECT_EQ(world.deliver(world.twilio_hook("primary/inbound", text_to("+15558889999"))), 404);
    EXPECT_EQ(rejected(world, "number"), 1U);
    world.context.registered.resting = "+15558889999";
    EXPECT_EQ(world.deliver(world.twilio_hook("primary/inbound", text_to("+15558889999"))), 200);
}

TEST(SmsHooks, late_webhooks_come_to_the_provider_that_a_number_left) {
    World world;
    world.open();
    world.config.providers[0].numbers = {};
    world.config.providers.push_back(
        test::make_entry("second", "twilio", {own_number, test::other_number})
    );
    reload(*world.transport, world.config);
    EXPECT_EQ(world.deliver(world.twilio_hook("primary/inbound", text_to(own_number))), 200);
}

TEST(SmsHooks, the_token_before_still_verifies) {
    World world;
    world.open();
    world.config.providers[0].credentials["auth_token"] = config::Secret("token-2");
    reload(*world.transport, world.config);
    EXPECT_EQ(
        world.deliver(world.twilio_hook("primary/inbound", text_to(own_number), "token-2")), 200
    );
    EXPECT_EQ(
        world.deliver(world.twilio_hook("primary/inbound", text_to(own_number), "token-1")), 200
    );
    EXPECT_EQ(
        world.deliver(world.twilio_hook("primary/inbound", text_to(own_number), "token-0")), 403
    );
}

TEST(SmsHooks, a_report_with_our_token_names_the_message) {
    World world;
    world.open();
    world.submit("x");
    const std::string body = *percent_decode(world.context.http_client.next().body);
    const auto begin =
        body.find("/hook/sms.example.org/") + std::string("/hook/sms.example.org/").size();
    const std::string path = body.substr(begin, body.find('#') - begin);
    EXPECT_EQ(
        world.deliver(
            world.twilio_hook(path, {{"MessageSid", "SM1"}, {"MessageStatus", "delivered"}})
        ),
        200
    );
    const auto& outcome = std::get<port::Outcome>(world.context.accepted.at(0));
    EXPECT_EQ(outcome.id, port::OutId{test::out_id});
    EXPECT_EQ(outcome.state, port::DeliveryState::delivered);
}

TEST(SmsHooks, a_token_that_is_not_ours_is_refused) {
    World world;
    world.open();
    const HookTokens other("other secret", "sms.example.org");
    for (const std::string& token :
         {other.make(test::out_id), test::out_id, std::string("x."), std::string(".x")}) {
        EXPECT_EQ(
            world.deliver(
                world.twilio_hook("primary/status/" + token, {{"MessageStatus", "delivered"}})
            ),
            403
        ) << token;
    }
    EXPECT_EQ(rejected(world, "token"), 4U);
}

TEST(SmsHooks, forms_of_10_000_fields_are_too_large) {
    World world;
    world.open();
    auto request = world.twilio_hook("primary/inbound", text_to(own_number));
    for (int i = 0; i < 10'000; ++i) request.body += "&f=1";
    EXPECT_EQ(world.deliver(request), 413);
    EXPECT_EQ(rejected(world, "fields"), 1U);
}

TEST(SmsHooks, events_that_nobody_understands_are_kept_and_answered) {
    World world;
    world.open();
    EXPECT_EQ(world.deliver(world.twilio_hook("primary/inbound", {{"Something", "else"}})), 200);
    ASSERT_EQ(world.context.unknown.size(), 1U);
    EXPECT_NE(world.context.unknown[0].find("Something=else"), std::string::npos);
    EXPECT_EQ(world.context.metrics().expose().find("webhook_unknown_total"), std::string::npos)
        << "the context counts what it is given: nobody else";
}

std::string missed(const std::string& id, const std::string& date) {
    return R"({"messages":[{"sid":")" + id +
           R"(","direction":"inbound","from":"+15551234567","to":"+15550001111","body":"missed","date_sent":")" +
           date + R"(","subresource_uris":{"media":"/m/)" + id +
           R"(.json"}}],"next_page_uri":null})";
}

TEST(SmsSweep, finds_missed_texts_with_their_pictures_and_remembers_when) {
    World world;
    world.context.rows["sweep/primary"] = "2026-01-30T23:55:00Z";
    world.transport->open();
    world.context.run();
    ASSERT_EQ(world.context.http_client.waiting.size(), 2U);
    world.context.http_client.answer(
        200, R"({"incoming_phone_numbers":[{"phone_number":"+15550001111"}]})"
    );
    EXPECT_NE(
        world.context.http_client.next().url.find("DateSent%3E=2026-01-30"), std::string::npos
    );
    world.context.http_client.answer(200, missed("SM7", "Fri, 30 Jan 2026 23:58:00 +0000"));
    world.context.run();
    EXPECT_EQ(world.context.http_client.next().url, "https://api.twilio.com/m/SM7.json");
    EXPECT_EQ(world.context.http_client.next().username, "AC1");
    world.context.http_client.answer(
        200, R"({"media_list":[{"uri":"/m/SM7/ME1.json","content_type":"image/png"}]})"
    );
    world.context.run();
    ASSERT_EQ(world.context.accepted.size(), 1U);
    const auto& message = std::get<port::MessageReceived>(world.context.accepted[0]);
    EXPECT_EQ(message.ref.id, "SM7");
    EXPECT_EQ(
        message.attachments,
        std::vector{port::Attachment("https://api.twilio.com/m/SM7/ME1", "image/png")}
    );
    EXPECT_EQ(world.context.rows["sweep/primary"], "2026-01-31T00:00:00Z");
    world.context.advance(10min);
    EXPECT_EQ(world.context.http_client.waiting.size(), 1U) << "the next one, ten minutes later";
}

/// A sweep at midnight finds one text with a picture; its list is asked for.
struct Swept : World {
    explicit Swept(const std::string& date = "Fri, 30 Jan 2026 23:58:00 +0000") {
        context.rows["sweep/primary"] = "2026-01-30T23:55:00Z";
        transport->open();
        context.run();
        answer(200, R"({"incoming_phone_numbers":[{"phone_number":"+15550001111"}]})");
        answer(200, missed("SM7", date));
    }
    void answer(int status, const std::string& body = {}) {
        ASSERT_FALSE(context.http_client.waiting.empty());
        context.http_client.answer(status, body);
        context.run();
    }
};

TEST(SmsSweep, a_text_waits_for_the_next_sweep_when_its_pictures_cannot_be_listed) {
    Swept world;
    world.answer(503);
    EXPECT_TRUE(world.context.accepted.empty()) << "its webhook would then be a duplicate";
    EXPECT_EQ(world.context.rows["sweep/primary"], "2026-01-30T23:55:00Z");
    world.context.advance(10min);
    world.answer(200, missed("SM7", "Fri, 30 Jan 2026 23:58:00 +0000"));
    world.answer(200, R"({"media_list":[{"uri":"/m/SM7/ME1.json","content_type":"image/png"}]})");
    ASSERT_EQ(world.context.accepted.size(), 1U);
    EXPECT_EQ(std::get<port::MessageReceived>(world.context.accepted[0]).attachments.size(), 1U);
    EXPECT_EQ(world.context.rows["sweep/primary"], "2026-01-31T00:10:00Z");
}

TEST(SmsSweep, the_others_do_not_wait_for_a_list_that_does_not_come) {
    World world;
    world.context.rows["sweep/primary"] = "2026-01-30T23:55:00Z";
    world.open();
    const std::string with = missed("SM7", "Fri, 30 Jan 2026 23:58:00 +0000");
    std::string both = with.substr(0, with.find("],"));
    both +=
        R"(,{"sid":"SM8","direction":"inbound","from":"+15551234567","to":"+15550001111",)"
        R"("body":"bare","date_sent":"Fri, 30 Jan 2026 23:59:00 +0000"}],"next_page_uri":null})";
    world.context.advance(10min);
    world.context.http_client.answer(200, both);
    world.context.run();
    world.context.http_client.fail(port::HttpFailure::Kind::not_sent);
    world.context.run();
    ASSERT_EQ(world.context.accepted.size(), 1U);
    EXPECT_EQ(std::get<port::MessageReceived>(world.context.accepted[0]).ref.id, "SM8");
}

const std::string without_picture =
    "missed\n[picture could not be fetched: the provider does not list it]";

TEST(SmsSweep, a_list_that_is_gone_does_not_cost_the_text) {
    Swept world;
    world.answer(404);
    ASSERT_EQ(world.context.accepted.size(), 1U);
    EXPECT_EQ(std::get<port::MessageReceived>(world.context.accepted[0]).text, without_picture);
    EXPECT_EQ(world.context.rows["sweep/primary"], "2026-01-31T00:00:00Z");
}

TEST(SmsSweep, a_list_that_never_comes_does_not_cost_the_text) {
    Swept world;
    world.answer(503);
    while (world.context.accepted.empty()) {
        world.context.advance(10min);
        world.answer(200, missed("SM7", "Fri, 30 Jan 2026 23:58:00 +0000"));
        world.answer(503);
        ASSERT_LT(world.context.time().wall(), *parse_time("2026-02-02T23:58:00Z"))
            << "too old to be found";
    }
    EXPECT_GT(world.context.time().wall(), *parse_time("2026-02-02T20:00:00Z")) << "not patient";
    EXPECT_EQ(std::get<port::MessageReceived>(world.context.accepted[0]).text, without_picture);
}

TEST(SmsSweep, what_was_there_before_us_is_left_alone) {
    World world;
    world.open();
    EXPECT_EQ(world.context.rows["sweep/primary"], "2026-01-31T00:00:00Z");
    world.context.advance(10min);
    world.context.http_client.answer(200, missed("SM7", "Fri, 30 Jan 2026 22:00:00 +0000"));
    world.context.run();
    EXPECT_TRUE(world.context.accepted.empty());
}

TEST(SmsSweep, a_sweep_that_failed_is_done_again_from_the_same_time) {
    World world;
    world.open();
    world.context.advance(10min);
    world.context.http_client.answer(500);
    world.context.run();
    EXPECT_EQ(world.context.rows["sweep/primary"], "2026-01-31T00:00:00Z");
    world.context.advance(10min);
    EXPECT_EQ(world.context.http_client.waiting.size(), 1U);
}

}  // namespace
}  // namespace sallyport::sms
