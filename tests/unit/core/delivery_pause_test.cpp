// SPDX-License-Identifier: Apache-2.0
// Nothing more is sent: for a suspended account until it is resumed, for a transport that a reload
// took away. And what is sent as soon as a domain stands, or to try a provider.
#include "gateway/core/services.hpp"
#include "tests/unit/core/delivery_world.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;

struct PausedDelivery : DeliveryTest {
    void set_suspended(bool suspended) {
        world.core->services().membership.set_suspended(
            world.domain,
            *world.account(alice),
            suspended,
            [](const Result<>& done) { EXPECT_TRUE(done); }
        );
        world.settle();
    }
    void replace_core() {
        world.core.reset();
        world.scheduler = FakeScheduler();
        core::World again{
            world.store,
            world.time,
            world.scheduler,
            world.log,
            world.metrics,
            world.io.get_executor(),
            &world.config,
            "n0"};
        world.core = std::make_unique<core::Core>(std::move(again), core::Sealer{});
    }
    void add_domain() {
        world.core->add_domain(world.domain, [](const Result<>& added) { EXPECT_TRUE(added); });
    }
    std::vector<std::string> submitted() {
        std::vector<std::string> texts;
        for (const auto& one : world.transport.submitted) texts.push_back(one.message.text);
        return texts;
    }
    using Texts = std::vector<std::string>;
};

TEST_F(PausedDelivery, what_waits_of_a_suspended_account_goes_on_when_it_is_resumed) {
    say("one", "m1");
    say("two", "m2");
    set_suspended(true);
    accepted("SM1");
    world.advance(10min);
    EXPECT_EQ(submitted(), Texts{"one"}) << "nothing more is sent";
    EXPECT_TRUE(bodies(world.take()).empty()) << "it waits";
    set_suspended(false);
    EXPECT_EQ(submitted(), (Texts{"one", "two"}));
}

TEST_F(PausedDelivery, what_waits_of_a_suspended_account_ends_at_its_deadline) {
    say("one", "m1");
    say("two", "m2");
    set_suspended(true);
    accepted("SM1");
    world.advance(24h + 2min);
    EXPECT_EQ(submitted(), Texts{"one"});
    EXPECT_EQ(counted(core::Ledger::Result::expired), 1U);
    EXPECT_EQ(world.take().size(), 1U) << "visibly";
}

TEST_F(PausedDelivery, an_attempt_that_was_under_way_to_a_suspended_account_is_put_back) {
    world.transport.way.reset();
    say("one");
    world.transport.way = port::Route("primary");
    world.time.move(31s);
    world.core->delivery().start();  // asks for what is due...
    auto suspended = *world.account(alice);
    suspended.suspended = true;
    world.domain.accounts.put(suspended);  // ...and the operator was quicker
    world.settle();
    EXPECT_TRUE(submitted().empty());
    EXPECT_EQ(world.read(store::ListOutbound{}).rows.at(0).state, DeliveryState::queued)
        << "the text is not at fault";
}

TEST_F(PausedDelivery, what_waits_beside_a_trial_has_had_no_attempt) {
    world.transport.way.reset();
    say("one", "m1");
    world.receive(chat("+15557654321@sms.example.org", "two", "m2"));
    world.settle();
    world.transport.way = port::Route("primary");
    world.transport.way->trial = "primary";
    world.core->delivery().wake(world.domain);
    world.settle();
    EXPECT_EQ(submitted(), Texts{"one"});
    int attempts = 0;
    for (const auto& row : world.read(store::ListOutbound{}).rows) attempts += row.attempts;
    EXPECT_EQ(attempts, 1);
    failed(Reason::unknown_outcome);
    world.advance(2s);
    EXPECT_EQ(submitted(), (Texts{"one", "two"})) << "another's turn";
}

TEST_F(PausedDelivery, what_waits_for_a_provider_that_is_away_ends_at_its_deadline) {
    world.domain.message_ttl = 1h;
    world.transport.way->next_slot = world.time.now() + 1s;
    world.transport.slots = 0;
    say("one");
    world.advance(1h + 2min);
    EXPECT_TRUE(submitted().empty());
    EXPECT_EQ(counted(core::Ledger::Result::expired), 1U);
    EXPECT_EQ(world.take().size(), 1U) << "visibly";
}

TEST_F(PausedDelivery, a_removed_transport_starts_nothing_more) {
    say("one", "m1");
    say("two", "m2");
    world.domain.is_removed = true;
    world.core->remove_domain(world.domain);
    accepted("SM1");
    world.advance(2min);
    EXPECT_EQ(submitted(), Texts{"one"});
    EXPECT_EQ(world.core->delivery().running(), 0U);
}

TEST_F(PausedDelivery, a_removed_transport_takes_no_message) {
    world.domain.is_removed = true;
    world.core->remove_domain(world.domain);
    say("hello");
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::service_unavailable);
    EXPECT_TRUE(world.read(store::ListOutbound{}).rows.empty());
}

TEST_F(PausedDelivery, what_waits_is_sent_at_once_after_a_start) {
    world.transport.slots = 0;
    say("hello");
    replace_core();
    world.transport.slots = SIZE_MAX;
    world.time.move(2s);
    add_domain();
    world.core->start();  // before the registrations are read
    world.settle();
    EXPECT_EQ(submitted(), Texts{"hello"});
}

TEST_F(PausedDelivery, what_waits_is_sent_at_once_when_its_domain_comes_back) {
    world.transport.slots = 0;
    say("hello");
    world.core->remove_domain(world.domain);
    world.transport.slots = SIZE_MAX;
    world.advance(20s);  // looked at meanwhile: nobody takes it
    EXPECT_TRUE(submitted().empty());
    add_domain();
    world.settle();
    EXPECT_EQ(submitted(), Texts{"hello"});
}

}  // namespace
}  // namespace sallyport::test
