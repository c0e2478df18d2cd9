// SPDX-License-Identifier: Apache-2.0
// Registration by form, by legacy fields and by one click: gateway.md §2.3, §2.6.
#include <gtest/gtest.h>

#include "tests/support/core_world.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/register.hpp"

namespace sallyport::test {
namespace {

namespace ns = xmpp::ns;
using namespace std::chrono_literals;
using port::Failure;
using port::Reason;
using xmpp::Condition;
using xmpp::Element;
using xmpp::Stanza;
using xmpp::StanzaType;
using Kind = port::FormField::Kind;

port::FormField field(std::string name, Kind kind) {
    port::FormField made;
    made.label = "The " + name;
    made.name = std::move(name);
    made.kind = kind;
    made.required = true;
    return made;
}

port::RegistrationGrant pool_number(std::string number) {
    port::RegistrationGrant grant;
    grant.own_address = std::move(number);
    grant.from_pool = true;
    return grant;
}

struct RegisterTest : ::testing::Test {
    CoreWorld world;
    std::vector<Stanza> sent;

    RegisterTest() {
        world.link_up();
        world.take();
        world.transport.grants = {pool_number("+15550001111")};
    }
    const Stanza* send(StanzaType type, Element query, std::string_view from = phone) {
        world.receive(question(type, gate, std::move(query), from));
        sent = world.take();
        return find_answer(sent);
    }
    const Stanza* click(std::string_view from = phone) {
        return send(StanzaType::set, Element("query", ns::reg), from);
    }
    xmpp::Registration ask() {
        return xmpp::parse_registration(
            *send(StanzaType::get, Element("query", ns::reg))->element().first_child()
        );
    }
    /// The operator asks for the user's own provider account.
    void own_accounts() {
        world.transport.asks.form.fields = {
            field("account_sid", Kind::text), field("auth_token", Kind::secret)};
        port::RegistrationGrant grant;
        grant.own_address = "+15550009999";
        grant.provider = "twilio";
        grant.credentials = {{"account_sid", {"AC1"}}, {"auth_token", {"secret"}}};
        grant.message = "Set the webhook.";
        world.transport.grants = {grant};
    }
    static Element legacy(std::string_view username, std::string_view password) {
        Element query("query", ns::reg);
        query.add("username", ns::reg).add_text(username);
        query.add("password", ns::reg).add_text(password);
        return query;
    }
    static Element form(std::string_view sid, std::string_view token) {
        xmpp::Form submit(xmpp::FormType::submit);
        submit.add_value("FORM_TYPE", std::string(ns::reg), xmpp::FieldType::hidden);
        submit.add_value("account_sid", std::string(sid));
        submit.add_value("auth_token", std::string(token));
        Element query("query", ns::reg);
        query.add(xmpp::build_form(submit));
        return query;
    }
    Element removal() {
        Element query("query", ns::reg);
        query.add("remove", ns::reg);
        return query;
    }
};

TEST_F(RegisterTest, a_stranger_is_shown_form_and_legacy_fields) {
    own_accounts();
    const auto registration = ask();
    EXPECT_FALSE(registration.registered);
    EXPECT_FALSE(registration.instructions.empty());
    ASSERT_TRUE(registration.form);
    EXPECT_EQ(registration.form->form_type(), ns::reg);
    ASSERT_NE(registration.form->field("auth_token"), nullptr);
    EXPECT_EQ(registration.form->field("auth_token")->type, xmpp::FieldType::text_private);
    ASSERT_EQ(registration.fields.size(), 2U);
    EXPECT_EQ(registration.fields[0].first, "username");
    EXPECT_EQ(registration.fields[1].first, "password");
}

TEST_F(RegisterTest, one_click_gives_a_number) {
    const Stanza* answer = click();
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(answer->type(), StanzaType::result);
    EXPECT_EQ(answer->to().str(), phone);
    ASSERT_NE(world.account(alice), nullptr);
    EXPECT_EQ(world.account(alice)->own_address, "+15550001111");
    ASSERT_EQ(world.transport.changed.size(), 1U);
}

TEST_F(RegisterTest, the_user_is_answered_then_asked_then_greeted) {
    click();
    const Stanza* answer = find_answer(sent);
    const Stanza* subscribe = find_presence(sent, StanzaType::subscribe, gate, alice);
    ASSERT_NE(subscribe, nullptr);
    EXPECT_LT(answer, subscribe);
    EXPECT_EQ(subscribe->element().child_text("nick", ns::nick), "SMS");
    EXPECT_NE(find_presence(sent, StanzaType::available, gate, alice), nullptr);
    EXPECT_EQ(
        bodies(sent),
        std::vector<std::string>{"You are registered with SMS. Your number is +15550001111."}
    );
}

TEST_F(RegisterTest, a_registration_survives_a_restart) {
    click();
    const auto rows = world.read(store::Registrations{}).rows;
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].user, alice);
    EXPECT_EQ(rows[0].own, "+15550001111");
    EXPECT_TRUE(rows[0].from_pool);
}

TEST_F(RegisterTest, a_registered_user_sees_their_number) {
    click();
    const auto registration = ask();
    EXPECT_TRUE(registration.registered);
    EXPECT_NE(registration.instructions.find("+15550001111"), std::string::npos);
}

TEST_F(RegisterTest, clicking_again_changes_nothing) {
    click();
    EXPECT_EQ(click()->type(), StanzaType::result);
    EXPECT_EQ(world.transport.granted_for.size(), 1U);
    EXPECT_TRUE(bodies(sent).empty());
}

TEST_F(RegisterTest, legacy_fields_reach_the_transport_under_its_names) {
    own_accounts();
    EXPECT_EQ(send(StanzaType::set, legacy("AC1", "secret"))->type(), StanzaType::result);
    const port::FormValues expected{{"account_sid", {"AC1"}}, {"auth_token", {"secret"}}};
    EXPECT_EQ(world.transport.granted_for.at(0), expected);
    EXPECT_EQ(bodies(sent), std::vector<std::string>{"Set the webhook."});
}

TEST_F(RegisterTest, credentials_are_sealed_before_they_are_stored) {
    own_accounts();
    EXPECT_EQ(send(StanzaType::set, form("AC1", "secret"))->type(), StanzaType::result);
    EXPECT_TRUE(world.read(store::Registrations{}).rows.at(0).credentials.starts_with("sealed:"));
    EXPECT_EQ(world.account(alice)->credentials.size(), 2U);
}

TEST_F(RegisterTest, secrets_are_never_shown_again) {
    own_accounts();
    world.transport.asks.form.fields[1].values = {"secret"};
    send(StanzaType::set, form("AC1", "secret"));
    const auto registration = ask();
    EXPECT_TRUE(registration.form->field("auth_token")->values.empty());
    EXPECT_EQ(registration.fields[1].second, "");
}

TEST_F(RegisterTest, a_blank_secret_keeps_the_old_one) {
    own_accounts();
    send(StanzaType::set, form("AC1", "secret"));
    EXPECT_EQ(send(StanzaType::set, form("AC1", ""))->type(), StanzaType::result);
    const port::FormValues expected{{"account_sid", {"AC1"}}, {"auth_token", {"secret"}}};
    EXPECT_EQ(world.transport.granted_for.at(1), expected);
    EXPECT_EQ(world.read(store::Registrations{}).rows.size(), 1U);
}

TEST_F(RegisterTest, a_missing_field_is_named) {
    own_accounts();
    const auto error = error_of(*send(StanzaType::set, form("AC1", "")));
    EXPECT_EQ(error.condition, Condition::not_acceptable);
    EXPECT_EQ(error.type, xmpp::ErrorType::modify);
    EXPECT_NE(error.text.find("auth_token"), std::string::npos);
    EXPECT_TRUE(world.transport.granted_for.empty());
}

TEST_F(RegisterTest, an_unreadable_form_is_a_bad_request) {
    Element query("query", ns::reg);
    query.add("x", ns::data_forms).set("type", "nonsense");
    EXPECT_EQ(error_of(*send(StanzaType::set, query)).condition, Condition::bad_request);
}

TEST_F(RegisterTest, a_cancelled_form_changes_nothing) {
    Element query("query", ns::reg);
    query.add(xmpp::build_form(xmpp::Form(xmpp::FormType::cancel)));
    EXPECT_EQ(send(StanzaType::set, query)->type(), StanzaType::result);
    EXPECT_EQ(world.account(alice), nullptr);
}

struct Refusal {
    Reason reason;
    Condition condition;
    xmpp::ErrorType type;
};
class RegisterRefusalTest : public RegisterTest, public ::testing::WithParamInterface<Refusal> {};
TEST_P(RegisterRefusalTest, is_told_in_the_transports_words) {
    world.transport.grants = {Failure(GetParam().reason, "because")};
    const auto error = error_of(*click());
    EXPECT_EQ(error.condition, GetParam().condition);
    EXPECT_EQ(error.type, GetParam().type);
    EXPECT_EQ(error.text, "because");
    EXPECT_EQ(world.account(alice), nullptr);
    EXPECT_EQ(find_presence(sent, StanzaType::subscribe, gate, alice), nullptr);
}
INSTANTIATE_TEST_SUITE_P(
    Reasons,
    RegisterRefusalTest,
    ::testing::Values(
        Refusal{Reason::credentials, Condition::not_acceptable, xmpp::ErrorType::modify},
        Refusal{Reason::refused_by_policy, Condition::not_allowed, xmpp::ErrorType::cancel},
        Refusal{Reason::blocked, Condition::conflict, xmpp::ErrorType::cancel},
        Refusal{Reason::not_connected, Condition::remote_server_timeout, xmpp::ErrorType::wait},
        Refusal{Reason::no_route, Condition::resource_constraint, xmpp::ErrorType::wait}
    )
);

TEST_F(RegisterTest, those_without_access_are_forbidden) {
    EXPECT_EQ(error_of(*click("eve@else.org/x")).condition, Condition::forbidden);
    EXPECT_EQ(
        error_of(*send(StanzaType::get, Element("query", ns::reg), "eve@else.org/x")).condition,
        Condition::forbidden
    );
}

TEST_F(RegisterTest, servers_cannot_register) {
    EXPECT_EQ(error_of(*click("example.org")).condition, Condition::bad_request);
}

TEST_F(RegisterTest, a_provider_that_never_answers_is_given_20_seconds) {
    world.transport.is_silent = true;
    EXPECT_EQ(click(), nullptr);
    world.advance(19s);
    EXPECT_EQ(find_answer(world.take()), nullptr);
    world.advance(1s);
    const auto late = world.take();
    ASSERT_NE(find_answer(late), nullptr);
    EXPECT_EQ(error_of(*find_answer(late)).condition, Condition::remote_server_timeout);
    world.transport.release();
    EXPECT_TRUE(world.take().empty());
    EXPECT_EQ(world.account(alice), nullptr);
}

TEST_F(RegisterTest, a_second_try_waits_for_the_first) {
    world.transport.is_silent = true;
    click();
    EXPECT_EQ(error_of(*click()).condition, Condition::resource_constraint);
}

TEST_F(RegisterTest, messages_wait_for_the_registration_under_way) {
    world.transport.is_silent = true;
    click();
    world.receive(chat(bob_number, "hello"));
    EXPECT_TRUE(world.take().empty());
    world.transport.release();
    world.settle();
    ASSERT_EQ(world.transport.submitted.size(), 1U);
    EXPECT_EQ(world.transport.submitted[0].message.text, "hello");
}

TEST_F(RegisterTest, two_users_never_get_the_same_number) {
    world.transport.grants = {
        pool_number("+15550001111"), pool_number("+15550001111"), pool_number("+15550002222")};
    click();
    EXPECT_EQ(click("bob@example.org/desk")->type(), StanzaType::result);
    EXPECT_EQ(world.account("bob@example.org")->own_address, "+15550002222");
}

TEST_F(RegisterTest, an_own_number_of_somebody_else_is_a_conflict) {
    own_accounts();
    send(StanzaType::set, form("AC1", "secret"));
    EXPECT_EQ(
        error_of(*send(StanzaType::set, form("AC1", "secret"), "bob@example.org/desk")).condition,
        Condition::conflict
    );
    EXPECT_EQ(world.account("bob@example.org"), nullptr);
}

TEST_F(RegisterTest, a_full_disk_registers_nobody) {
    world.store.is_full = true;
    const auto error = error_of(*click());
    EXPECT_EQ(error.type, xmpp::ErrorType::wait);
    EXPECT_EQ(world.account(alice), nullptr);
    world.store.is_full = false;
    EXPECT_EQ(click()->type(), StanzaType::result);
}

TEST_F(RegisterTest, a_flood_of_attempts_must_wait) {
    world.transport.grants = {Failure(Reason::credentials)};
    for (int i = 0; i < 6; ++i) EXPECT_EQ(error_of(*click()).condition, Condition::not_acceptable);
    EXPECT_EQ(error_of(*click()).condition, Condition::resource_constraint);
    world.advance(1min);
    EXPECT_EQ(error_of(*click()).condition, Condition::not_acceptable);
}

// --- leaving ------------------------------------------------------------------------------------

TEST_F(RegisterTest, leaving_takes_gateway_and_contacts_out_of_the_roster) {
    click();
    world.receive(presence(StanzaType::subscribe, bob_number));
    world.take();
    const Stanza* answer = send(StanzaType::set, removal());
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(answer->type(), StanzaType::result);
    for (std::string_view from : {gate, bob_number})
        for (auto type :
             {StanzaType::unavailable, StanzaType::unsubscribe, StanzaType::unsubscribed})
            EXPECT_NE(find_presence(sent, type, from, alice), nullptr) << from;
    EXPECT_EQ(
        bodies(sent),
        std::vector<std::string>{
            "You are no longer registered with SMS. +15550001111 is no longer yours."}
    );
    EXPECT_EQ(world.account(alice), nullptr);
    EXPECT_EQ(world.transport.removed.size(), 1U);
    EXPECT_TRUE(world.read(store::Registrations{}).rows.empty());
}

TEST_F(RegisterTest, a_released_number_rests_and_goes_back_to_the_pool) {
    click();
    send(StanzaType::set, removal());
    EXPECT_TRUE(world.domain.accounts.is_resting("+15550001111"));
    world.time.move(24h * 29);
    EXPECT_TRUE(world.domain.accounts.is_resting("+15550001111"));
    world.time.move(24h * 2);
    EXPECT_FALSE(world.domain.accounts.is_resting("+15550001111"));
}

TEST_F(RegisterTest, who_is_not_registered_cannot_leave) {
    EXPECT_EQ(
        error_of(*send(StanzaType::set, removal())).condition, Condition::registration_required
    );
}

TEST_F(RegisterTest, a_full_disk_keeps_the_registration) {
    click();
    world.store.is_full = true;
    EXPECT_EQ(error_of(*send(StanzaType::set, removal())).type, xmpp::ErrorType::wait);
    EXPECT_NE(world.account(alice), nullptr);
    EXPECT_TRUE(world.transport.removed.empty());
}

TEST_F(RegisterTest, what_clients_send_after_leaving_is_not_answered) {
    click();
    world.receive(presence(StanzaType::subscribe, bob_number));
    send(StanzaType::set, removal());
    for (std::string_view of : {bob_number, gate})
        for (auto type :
             {StanzaType::unsubscribe, StanzaType::unsubscribed, StanzaType::unavailable})
            world.receive(presence(type, of));
    EXPECT_TRUE(world.take().empty());
}

}  // namespace
}  // namespace sallyport::test
