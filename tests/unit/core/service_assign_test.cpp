// SPDX-License-Identifier: Apache-2.0
// Numbers that the file gives to users: product.md "Numbers and people".
#include "gateway/core/service_assign.hpp"

#include <gtest/gtest.h>

#include "gateway/core/services.hpp"
#include "tests/support/core_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using xmpp::Condition;
using xmpp::Element;
using xmpp::Stanza;
using xmpp::StanzaType;

constexpr std::string_view bob = "bob@example.org";

struct AssignTest : ::testing::Test {
    CoreWorld world;
    std::vector<Stanza> sent;

    AssignTest() {
        world.link_up();
        world.take();
    }
    void assign(std::map<std::string, std::string> numbers) {
        auto& sms = std::get<config::SmsConfig>(world.config.transports[0].settings);
        sms.assign.clear();
        for (const auto& [number, user] : numbers) sms.assign.emplace(number, jid(user));
        world.core->reloaded(world.domain);
        sent = world.take();
    }
    std::string number_of(std::string_view user) {
        return world.account(user) ? world.account(user)->own_address : "";
    }
    /// Bodies sent to this user.
    std::vector<std::string> told(std::string_view user) const {
        std::vector<Stanza> to_user;
        for (const Stanza& stanza : sent)
            if (stanza.to().str() == user) to_user.push_back(stanza);
        return bodies(to_user);
    }
};

TEST_F(AssignTest, an_assigned_user_is_registered_asked_and_told) {
    assign({{"+15550001111", "alice@example.org"}});
    EXPECT_EQ(number_of(alice), "+15550001111");
    EXPECT_NE(find_presence(sent, StanzaType::subscribe, gate, alice), nullptr);
    ASSERT_EQ(told(alice).size(), 1U);
    EXPECT_NE(told(alice)[0].find("+15550001111"), std::string::npos);
    EXPECT_EQ(world.read(store::Registrations{}).rows.size(), 1U);
}

TEST_F(AssignTest, the_same_file_again_changes_nothing) {
    assign({{"+15550001111", "alice@example.org"}});
    assign({{"+15550001111", "alice@example.org"}});
    EXPECT_TRUE(sent.empty());
}

TEST_F(AssignTest, who_is_no_longer_named_loses_the_number_and_is_told) {
    assign({{"+15550001111", "alice@example.org"}});
    assign({});
    EXPECT_EQ(number_of(alice), "");
    ASSERT_EQ(told(alice).size(), 1U);
    EXPECT_NE(told(alice)[0].find("taken back"), std::string::npos);
    EXPECT_NE(find_presence(sent, StanzaType::unsubscribed, gate, alice), nullptr);
}

TEST_F(AssignTest, the_file_wins_over_the_store) {
    world.add_account(bob, "+15550001111");
    assign({{"+15550001111", "alice@example.org"}});
    EXPECT_EQ(number_of(alice), "+15550001111");
    EXPECT_EQ(number_of(bob), "");
    EXPECT_EQ(told(bob).size(), 1U);
}

TEST_F(AssignTest, a_number_passes_from_one_user_to_another) {
    assign({{"+15550001111", "alice@example.org"}});
    assign({{"+15550001111", "bob@example.org"}});
    EXPECT_EQ(number_of(alice), "");
    EXPECT_EQ(number_of(bob), "+15550001111");
    EXPECT_EQ(told(alice).size(), 1U);
    EXPECT_EQ(told(bob).size(), 1U);
}

TEST_F(AssignTest, two_users_swap_their_numbers) {
    assign({{"+15550001111", "alice@example.org"}, {"+15550002222", "bob@example.org"}});
    assign({{"+15550002222", "alice@example.org"}, {"+15550001111", "bob@example.org"}});
    EXPECT_EQ(number_of(alice), "+15550002222");
    EXPECT_EQ(number_of(bob), "+15550001111");
    EXPECT_EQ(told(alice).size(), 1U);
    EXPECT_EQ(find_presence(sent, StanzaType::unsubscribed, gate, alice), nullptr);
}

TEST_F(AssignTest, a_pool_number_rests_when_its_user_is_assigned_another) {
    world.add_account(alice, "+15550003333");
    assign({{"+15550001111", "alice@example.org"}});
    EXPECT_EQ(number_of(alice), "+15550001111");
    EXPECT_TRUE(world.domain.accounts.is_resting("+15550003333"));
}

TEST_F(AssignTest, who_registered_by_themselves_is_left_alone) {
    world.add_account(bob, "+15550002222");
    assign({{"+15550001111", "alice@example.org"}});
    assign({});
    EXPECT_EQ(number_of(bob), "+15550002222");
}

TEST_F(AssignTest, an_assigned_user_cannot_unregister_alone) {
    assign({{"+15550001111", "alice@example.org"}});
    Element query("query", xmpp::ns::reg);
    query.add("remove", xmpp::ns::reg);
    world.receive(question(StanzaType::set, gate, std::move(query)));
    sent = world.take();
    EXPECT_EQ(error_of(*find_answer(sent)).condition, Condition::not_allowed);
    EXPECT_EQ(number_of(alice), "+15550001111");
}

TEST(AssignmentPlan, a_user_with_two_numbers_gets_the_first) {
    const std::map<std::string, port::UserLabel> file{
        {"+15550001111", {"alice@example.org"}}, {"+15550002222", {"alice@example.org"}}};
    const auto plan = core::plan_assignments(core::AccountBook(), file, {});
    ASSERT_EQ(plan.coming.size(), 1U);
    EXPECT_EQ(plan.coming[0].first, "+15550001111");
}

}  // namespace
}  // namespace sallyport::test
