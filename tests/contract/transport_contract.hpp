// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "gateway/port/transport.hpp"
#include "tests/unit/sms/fake_context.hpp"

/// What every transport must keep, whatever its network: instantiate the suite with a World of
/// yours.
namespace sallyport::test {

/// What the suite needs of a World, which derives from this and fills the members in.
struct TransportWorld {
    sms::test::FakeContext context;
    std::unique_ptr<port::Transport> transport;
    port::Account account;  ///< registered, with an own address that has a route
    std::string canonical;  ///< an unescaped localpart in its canonical spelling
    std::string alias;      ///< the same address spelt otherwise
    std::string nonsense;   ///< not an address at all
    std::string too_long;   ///< a text over the network's limit

    TransportWorld() = default;
    TransportWorld(const TransportWorld&) = delete;
    TransportWorld& operator=(const TransportWorld&) = delete;
    virtual ~TransportWorld() = default;
    /// The network takes everything that it was given and has not answered yet.
    virtual void network_takes() = 0;

    port::Address peer() { return transport->parse_address(canonical, {}, &account)->address; }
    port::Submitted submit(
        const std::string& id, int attempt = 1, const std::string& text = "hello"
    ) {
        EXPECT_TRUE(transport->reserve(account.own_address));
        port::SendMessage message(peer(), text);
        return transport->submit(account, port::OutId{id}, attempt, std::move(message));
    }
    void settle() {
        context.run();
        network_takes();
        context.run();
    }
};

template <class World>
class TransportContract : public ::testing::Test {
  protected:
    World world_;
};
TYPED_TEST_SUITE_P(TransportContract);

TYPED_TEST_P(TransportContract, keeps_a_canonical_address_as_it_is) {
    auto& world = this->world_;
    const auto parsed = world.transport->parse_address(world.canonical, {}, &world.account);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->is_canonical);
    EXPECT_EQ(world.transport->format(parsed->address), world.canonical);
}

TYPED_TEST_P(TransportContract, leads_other_spellings_to_the_canonical_one) {
    auto& world = this->world_;
    const auto parsed = world.transport->parse_address(world.alias, {}, &world.account);
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(parsed->is_canonical);
    EXPECT_EQ(parsed->address, world.peer());
    const auto typed = world.transport->parse_prompt(world.alias, &world.account);
    ASSERT_TRUE(typed);
    EXPECT_EQ(*typed, world.peer());
}

TYPED_TEST_P(TransportContract, refuses_what_is_no_address) {
    auto& world = this->world_;
    EXPECT_FALSE(world.transport->parse_address(world.nonsense, {}, &world.account));
    EXPECT_FALSE(world.transport->parse_prompt(world.nonsense, &world.account));
    EXPECT_FALSE(world.transport->parse_address("", {}, nullptr));
    EXPECT_FALSE(world.transport->parse_address(std::string(1000, 'x'), {}, nullptr));
    EXPECT_FALSE(world.transport->parse_address("\xff\xfe", {}, nullptr));
}

TYPED_TEST_P(TransportContract, describes_a_contact_by_its_address) {
    auto& world = this->world_;
    EXPECT_EQ(world.transport->contact(world.peer()).address, world.peer());
}

TYPED_TEST_P(TransportContract, refuses_an_oversized_text_with_a_reason_and_takes_a_short_one) {
    auto& world = this->world_;
    const port::SendMessage large(world.peer(), world.too_long);
    const auto refusal = world.transport->refuse(large, world.account);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->kind, port::Refusal::Kind::not_acceptable);
    EXPECT_FALSE(refusal->text.empty());
    const port::SendMessage small(world.peer(), "hello");
    EXPECT_FALSE(world.transport->refuse(small, world.account));
}

TYPED_TEST_P(TransportContract, ends_every_attempt_exactly_once_and_not_within_the_call) {
    auto& world = this->world_;
    const auto submitted = world.submit("01ARZ3NDEKTSV4RRFFQ69G5FAV", 3);
    ASSERT_TRUE(std::holds_alternative<port::Pending>(submitted));
    EXPECT_TRUE(world.context.outcomes.empty());
    world.settle();
    ASSERT_EQ(world.context.outcomes.size(), 1u);
    const auto& [attempt, outcome] = world.context.outcomes[0];
    EXPECT_EQ(attempt, 3);
    EXPECT_EQ(outcome.id, port::OutId{"01ARZ3NDEKTSV4RRFFQ69G5FAV"});
    EXPECT_FALSE(outcome.failure);
    EXPECT_FALSE(outcome.refs.empty()) << "later reports are found by it";
    EXPECT_FALSE(outcome.provider.empty());
}

TYPED_TEST_P(TransportContract, says_no_to_what_it_does_not_claim) {
    auto& world = this->world_;
    const auto can = world.transport->capabilities();
    if (!can.corrections) {
        port::Correct correct{world.peer(), port::MessageRef("p", "1"), "text"};
        const auto submitted =
            world.transport->submit(world.account, port::OutId{"1"}, 1, std::move(correct));
        EXPECT_TRUE(std::holds_alternative<port::Failure>(submitted));
    }
    if (!can.rooms) {
        port::JoinRoom join{world.peer(), "nick", ""};
        const auto submitted =
            world.transport->submit(world.account, port::OutId{"2"}, 1, std::move(join));
        EXPECT_TRUE(std::holds_alternative<port::Failure>(submitted));
    }
    world.settle();
    EXPECT_TRUE(world.context.outcomes.empty()) << "a refusal is the end";
}

TYPED_TEST_P(TransportContract, routes_own_addresses_alone_and_all_together_alike) {
    auto& world = this->world_;
    const auto route = world.transport->route(world.account.own_address);
    ASSERT_TRUE(route);
    bool found = false;
    for (const auto& [own, other] : world.transport->routes())
        found = found || (own == world.account.own_address && other.provider == route->provider);
    EXPECT_TRUE(found);
}

TYPED_TEST_P(TransportContract, gives_back_a_slot_that_was_not_used) {
    auto& world = this->world_;
    const auto before = world.transport->route(world.account.own_address)->allowance;
    ASSERT_TRUE(world.transport->reserve(world.account.own_address));
    world.transport->refund(world.account.own_address);
    EXPECT_EQ(world.transport->route(world.account.own_address)->allowance, before);
}

TYPED_TEST_P(TransportContract, closes_once_its_running_attempts_have_ended) {
    auto& world = this->world_;
    ASSERT_TRUE(std::holds_alternative<port::Pending>(world.submit("01ARZ3NDEKTSV4RRFFQ69G5FAV")));
    int closed = 0;
    world.transport->close([&] { ++closed; });
    EXPECT_EQ(closed, 0);
    world.settle();
    EXPECT_EQ(world.context.outcomes.size(), 1u);
    EXPECT_EQ(closed, 1);
}

TYPED_TEST_P(TransportContract, closes_at_rest) {
    auto& world = this->world_;
    int closed = 0;
    world.transport->close([&] { ++closed; });
    world.settle();
    EXPECT_EQ(closed, 1);
}

REGISTER_TYPED_TEST_SUITE_P(
    TransportContract,
    keeps_a_canonical_address_as_it_is,
    leads_other_spellings_to_the_canonical_one,
    refuses_what_is_no_address,
    describes_a_contact_by_its_address,
    refuses_an_oversized_text_with_a_reason_and_takes_a_short_one,
    ends_every_attempt_exactly_once_and_not_within_the_call,
    says_no_to_what_it_does_not_claim,
    routes_own_addresses_alone_and_all_together_alike,
    gives_back_a_slot_that_was_not_used,
    closes_once_its_running_attempts_have_ended,
    closes_at_rest
);

}  // namespace sallyport::test
