// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/transport_contract.hpp"

#include <string>

#include "tests/unit/sms/world.hpp"
#include "transports/echo/echo_transport.hpp"
#include "transports/sms/sms_transport.hpp"

namespace sallyport::test {
namespace {

struct Echo final : TransportWorld {
    Echo() {
        account = sms::test::make_account(1, "alice@example.org", "alice@example.org");
        context.registered.list.push_back(account);
        canonical = "bob";
        alias = "BOB";
        nonsense = "  ";
        too_long = std::string(2001, 'x');
        transport = echo::make_echo_transport(context);
        transport->open();
    }
    void network_takes() override {}
};

struct Sms final : TransportWorld {
    Sms() {
        account = sms::test::make_account(1, "alice@example.org", sms::test::own_number);
        context.registered.list.push_back(account);
        canonical = "+15551234567";
        alias = "(555) 123-4567";
        nonsense = "nobody at all";
        too_long = std::string(5000, 'x');
        transport = sms::make_sms_transport(sms::test::make_config(), context);
        transport->open();
        context.run();
        // It asks at once whether the account is in order.
        while (!context.http_client.waiting.empty())
            context.http_client.answer(
                200, R"({"incoming_phone_numbers":[{"phone_number":"+15550001111"}]})"
            );
    }
    void network_takes() override {
        while (!context.http_client.waiting.empty())
            context.http_client.answer(201, R"({"sid":"SM1"})");
    }
};

using Transports = ::testing::Types<Echo, Sms>;
INSTANTIATE_TYPED_TEST_SUITE_P(All, TransportContract, Transports);

TEST(Echo, answers_in_your_own_words_and_delivers) {
    Echo world;
    world.submit("01ARZ3NDEKTSV4RRFFQ69G5FAV", 1, "hello you");
    world.settle();
    ASSERT_EQ(world.context.outcomes.size(), 1u);
    EXPECT_EQ(world.context.outcomes[0].second.state, port::DeliveryState::delivered);
    ASSERT_EQ(world.context.accepted.size(), 1u);
    const auto& answer = std::get<port::MessageReceived>(world.context.accepted[0]);
    EXPECT_EQ(answer.text, "hello you");
    EXPECT_EQ(answer.from, world.peer());
    EXPECT_EQ(answer.own_address, "alice@example.org");
    EXPECT_EQ(answer.ref.id, "01ARZ3NDEKTSV4RRFFQ69G5FAV-answer")
        << "the same message twice is a duplicate";
}

TEST(Echo, takes_nothing_new_once_it_closes) {
    Echo world;
    world.transport->close([] {});
    world.settle();
    EXPECT_TRUE(std::holds_alternative<port::Failure>(world.submit("1")));
}

TEST(Echo, lives_on_when_the_store_is_full) {
    Echo world;
    world.context.is_disk_full = true;
    world.submit("1");
    world.settle();
    int closed = 0;
    world.transport->close([&] { ++closed; });
    world.settle();
    EXPECT_EQ(closed, 1);
    EXPECT_EQ(world.context.lines.size(), 1u);
}

}  // namespace
}  // namespace sallyport::test
