// SPDX-License-Identifier: Apache-2.0
// Addresses, refusals and registration.
#include <gtest/gtest.h>

#include "tests/unit/sms/world.hpp"

namespace sallyport::sms {
namespace {

using Kind = port::Refusal::Kind;
using Mode = config::SmsConfig::Registration;
using test::other_number;
using test::own_number;
using test::World;

std::optional<port::Refusal> refuse(
    World& world,
    const std::string& to,
    const std::string& text,
    std::size_t pictures = 0,
    std::uint64_t size = 0
) {
    port::SendMessage message(port::Address(to), text);
    for (std::size_t i = 0; i < pictures; ++i) {
        message.attachments.emplace_back("https://m.example/a.png", "image/png");
        message.attachments.back().size_bytes = size;
    }
    return world.transport->refuse(message, world.alice());
}

TEST(SmsAddress, canonical_and_other_spellings) {
    World world;
    auto parsed = world.transport->parse_address("+15551234567", "", nullptr);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->is_canonical);
    EXPECT_TRUE(parsed->replyable);
    parsed = world.transport->parse_address("(555) 123-4567", "", nullptr);
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(parsed->is_canonical);
    EXPECT_EQ(world.transport->format(parsed->address), "+15551234567");
    parsed = world.transport->parse_address("acme bank", "", nullptr);
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(parsed->replyable);
    EXPECT_FALSE(world.transport->contact(parsed->address).replyable);
    EXPECT_FALSE(world.transport->parse_address("+15551234567,+15551234568", "", nullptr));
    EXPECT_FALSE(world.transport->parse_prompt("acme bank", nullptr));
}

TEST(SmsAddress, the_region_of_the_own_number_comes_first) {
    World world;
    auto account = test::make_account(2, "bob@example.org", "+447400123456");
    const auto address = world.transport->parse_prompt("07400 654321", &account);
    ASSERT_TRUE(address);
    EXPECT_EQ(address->text, "+447400654321");
}

TEST(SmsRefuse, fine_messages_are_not_refused) {
    World world;
    EXPECT_FALSE(refuse(world, "+15551234567", "hello"));
    EXPECT_FALSE(refuse(world, "12345", "hello"));
    EXPECT_FALSE(refuse(world, "+14165550123", "hello"));
    EXPECT_FALSE(refuse(world, "+15551234567", "", 1));
}

TEST(SmsRefuse, each_reason_has_its_words) {
    World world;
    struct Row {
        std::optional<port::Refusal> refusal;
        Kind kind;
        std::string words;
    };
    const std::vector<Row> rows{
        {refuse(world, "911", "help"), Kind::not_allowed, "dial it"},
        {refuse(world, "112", "help"), Kind::not_allowed, "dial it"},
        {refuse(world, "+447400123456", "hello"), Kind::not_allowed, "GB"},
        {refuse(world, "acme bank", "hello"), Kind::not_acceptable, "cannot be answered"},
        {refuse(world, "+15551234567", ""), Kind::not_acceptable, "nothing to send"},
        {refuse(world, "+15551234567", std::string(1700, 'x')),
         Kind::not_acceptable,
         "12 SMS segments (1700 characters, GSM alphabet); at most 10"},
        {refuse(world, "+15551234567", "x", 11), Kind::not_acceptable, "11 pictures; at most 10"},
        {refuse(world, "+15551234567", "x", 1, 6'000'000),
         Kind::not_acceptable,
         "6.0 MB; at most 5.0 MB"},
    };
    for (const auto& row : rows) {
        ASSERT_TRUE(row.refusal) << row.words;
        EXPECT_EQ(row.refusal->kind, row.kind) << row.words;
        EXPECT_NE(row.refusal->text.find(row.words), std::string::npos) << row.refusal->text;
    }
}

TEST(SmsRefuse, characters_are_limited_by_the_provider_when_segments_are_not) {
    auto config = test::make_config();
    config.limits.segments.reset();
    World world(config);
    const auto refusal = refuse(world, "+15551234567", std::string(1601, 'x'));
    ASSERT_TRUE(refusal);
    EXPECT_NE(refusal->text.find("1601 characters"), std::string::npos);
}

TEST(SmsRefuse, pictures_need_a_provider_that_takes_them) {
    auto config = test::make_config();
    config.providers[0] = test::make_entry("box", "kannel", {own_number});
    World world(config);
    ASSERT_TRUE(refuse(world, "+15551234567", "x", 1));
    EXPECT_FALSE(world.transport->capabilities().attachments);
}

port::Answer<port::RegistrationGrant> grant(
    World& world,
    const std::string& user,
    port::FormValues values = {},
    std::vector<std::pair<int, std::string>> answers = {}
) {
    auto result =
        world.wait(world.transport->grant(port::UserLabel{user}, std::move(values)), answers);
    return result ? *std::move(result) : port::Failure(port::Reason::temporary, "no answer");
}

TEST(SmsRegistration, the_pool_gives_the_next_free_number) {
    World world;
    const auto first = grant(world, "bob@example.org");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->own_address, other_number);
    EXPECT_TRUE(first->from_pool);
    EXPECT_NE(first->message.find(other_number), std::string::npos);
    EXPECT_FALSE(grant(world, "carol@example.org"))
        << "promised, though the store does not know yet";
    EXPECT_TRUE(grant(world, "bob@example.org"));
    world.context.advance(std::chrono::seconds(61));
    EXPECT_TRUE(grant(world, "carol@example.org"));
}

TEST(SmsRegistration, numbers_that_rest_or_are_assigned_are_not_free) {
    World world;
    world.context.registered.resting = other_number;
    EXPECT_FALSE(grant(world, "bob@example.org"));
    world.context.registered.resting.clear();
    world.context.registered.assignments[other_number] = "carol@example.org";
    EXPECT_FALSE(grant(world, "bob@example.org"));
    const auto carol = grant(world, "carol@example.org");
    ASSERT_TRUE(carol);
    EXPECT_EQ(carol->own_address, other_number);
    EXPECT_FALSE(carol->from_pool);
}

TEST(SmsRegistration, assigned_mode_sends_others_to_the_operator) {
    auto config = test::make_config();
    config.registration = Mode::assigned;
    World world(config);
    const auto offer = world.transport->offer(port::UserLabel{"bob@example.org"}, nullptr);
    ASSERT_FALSE(offer);
    EXPECT_NE(offer.error().text.find("operator"), std::string::npos);
    EXPECT_FALSE(grant(world, "bob@example.org"));
    world.context.registered.assignments[other_number] = "bob@example.org";
    EXPECT_TRUE(world.transport->offer(port::UserLabel{"bob@example.org"}, nullptr));
}

config::SmsConfig own_mode() {
    auto config = test::make_config();
    config.registration = Mode::own;
    config.providers[0].numbers = {other_number};
    return config;
}

port::FormValues own_form() {
    return {{"number", {"+1 555 777 0001"}}, {"account_sid", {"AC9"}}, {"auth_token", {"bobs"}}};
}
const std::string own_check = R"({"incoming_phone_numbers":[{"phone_number":"+15557770001"}]})";

TEST(SmsOwn, the_form_asks_for_the_descriptions_credentials) {
    World world(own_mode());
    const auto offer = world.transport->offer(port::UserLabel{"bob@example.org"}, nullptr);
    ASSERT_TRUE(offer);
    std::vector<std::string> names;
    for (const auto& field : offer->form.fields) {
        names.push_back(field.name);
        EXPECT_EQ(
            field.kind == port::FormField::Kind::secret,
            field.name.find("token") != std::string::npos
        ) << field.name;
    }
    EXPECT_EQ(
        names,
        (std::vector<std::string>{"number", "account_sid", "auth_token", "previous_auth_token"})
    );
}

TEST(SmsOwn, a_checked_account_is_granted_and_told_its_webhook) {
    World world(own_mode());
    const auto granted = grant(world, "bob@example.org", own_form(), {{200, own_check}});
    ASSERT_TRUE(granted) << granted.error().text;
    EXPECT_EQ(granted->own_address, "+15557770001");
    EXPECT_EQ(granted->provider, "primary");
    EXPECT_EQ(granted->hook_token.size(), 32U);
    EXPECT_NE(
        granted->message.find(
            "https://gw.example.org/hook/sms.example.org/primary/" + granted->hook_token +
            "/inbound#rc=5"
        ),
        std::string::npos
    ) << granted->message;
    EXPECT_EQ(granted->credentials.size(), 2U);
}

TEST(SmsOwn, wrong_credentials_foreign_numbers_and_gaps_are_refused) {
    World world(own_mode());
    EXPECT_FALSE(grant(
        world, "bob@example.org", own_form(), {{401, R"({"code":20003,"message":"Authenticate"})"}}
    ));
    EXPECT_FALSE(
        grant(world, "bob@example.org", own_form(), {{200, R"({"incoming_phone_numbers":[]})"}})
    );
    EXPECT_FALSE(
        grant(world, "bob@example.org", {{"number", {"+15557770001"}}, {"account_sid", {"AC9"}}})
    );
    EXPECT_FALSE(grant(world, "bob@example.org", {{"number", {"what"}}}));
    EXPECT_FALSE(grant(
        world,
        "bob@example.org",
        {{"number", {other_number}}, {"account_sid", {"AC9"}}, {"auth_token", {"t"}}}
    )) << "the operator's";
    EXPECT_FALSE(grant(
        world,
        "bob@example.org",
        {{"number", {own_number}}, {"account_sid", {"AC9"}}, {"auth_token", {"t"}}}
    )) << "alice's";
}

/// Bob brought his own account and is registered.
struct OwnWorld : World {
    OwnWorld() : World(own_mode()) {
        auto bob = test::make_account(7, "bob@example.org", "+15557770001");
        bob.provider = "primary";
        bob.hook_token = "bobs-hook";
        bob.credentials = {{"account_sid", {"AC9"}}, {"auth_token", {"bobs"}}};
        context.registered.list.push_back(bob);
        open();
    }
    const port::Account& bob() const { return context.registered.list[1]; }
};

TEST(SmsOwn, messages_go_out_with_the_users_credentials) {
    OwnWorld world;
    ASSERT_TRUE(world.transport->route("+15557770001"));
    world.transport->submit(
        world.bob(),
        port::OutId{test::out_id},
        1,
        port::SendMessage(port::Address("+15551234567"), "x")
    );
    const auto& request = world.context.http_client.next();
    EXPECT_EQ(request.username, "AC9");
    EXPECT_NE(request.body.find("primary%2Fbobs-hook%2Fstatus%2F"), std::string::npos);
    world.context.http_client.answer(401, "{}");
    EXPECT_FALSE(world.transport->route("+15557770001"));
    EXPECT_TRUE(world.transport->route(other_number)) << "his fault is his alone";
}

TEST(SmsOwn, webhooks_come_by_the_token_and_speak_for_that_number_alone) {
    OwnWorld world;
    const port::HttpFields to_bob{
        {"MessageSid", "SM1"}, {"From", "+15551234567"}, {"To", "+15557770001"}, {"Body", "x"}};
    const port::HttpFields to_operator{
        {"MessageSid", "SM1"}, {"From", "+15551234567"}, {"To", other_number}, {"Body", "x"}};
    EXPECT_EQ(world.deliver(world.twilio_hook("primary/bobs-hook/inbound", to_bob, "bobs")), 200);
    EXPECT_EQ(
        world.deliver(world.twilio_hook("primary/bobs-hook/inbound", to_bob, "token-1")), 403
    );
    EXPECT_EQ(world.deliver(world.twilio_hook("primary/guess/inbound", to_bob, "bobs")), 404);
    EXPECT_EQ(
        world.deliver(world.twilio_hook("primary/bobs-hook/inbound", to_operator, "bobs")), 404
    );
    EXPECT_EQ(world.deliver(world.twilio_hook("primary/inbound", to_bob)), 404)
        << "nor may the operator's provider speak for bob's";
}

TEST(SmsOwn, a_removed_account_is_forgotten) {
    OwnWorld world;
    world.transport->account_removed(world.bob().id);
    EXPECT_FALSE(world.transport->route("+15557770001"));
    EXPECT_EQ(
        world.deliver(
            world.twilio_hook("primary/bobs-hook/inbound", {{"To", "+15557770001"}}, "bobs")
        ),
        404
    );
}

TEST(SmsSetup, lines_say_what_to_paste) {
    World world;
    const auto lines = world.transport->setup_lines();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(
        lines[0].find("https://gw.example.org/hook/sms.example.org/primary/inbound#rc=5&rp=all"),
        std::string::npos
    ) << lines[0];
    EXPECT_NE(lines[0].find(own_number), std::string::npos);
}

TEST(SmsMedia, credentials_go_to_the_providers_hosts_alone) {
    World world;
    const auto fetch = [&](const std::string& url) {
        return world.transport->media_request(port::Attachment(url), own_number);
    };
    EXPECT_EQ(fetch("https://api.twilio.com/m/1").username, "AC1");
    for (const std::string url :
         {"https://evil.example/m",
          "http://api.twilio.com/m",
          "https://api.twilio.com.evil.example/m",
          "https://api.twilio.com@evil.example/m",
          "https://evil.example/?x=://api.twilio.com/"}) {
        EXPECT_FALSE(fetch(url).username) << url;
        EXPECT_TRUE(fetch(url).headers.empty()) << url;
    }
}

}  // namespace
}  // namespace sallyport::sms
