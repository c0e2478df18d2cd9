// SPDX-License-Identifier: Apache-2.0
// XEP-0077, and xmpp.md A21, A23.
#include "tests/unit/server/service_world.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/register.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using xmpp::Stanza;

std::string fields(std::string_view name, std::string_view password) {
    return "<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>" +
           std::string(name) + "</username><password>" + std::string(password) +
           "</password></query></iq>";
}

struct Registering : ServiceWorld {
    explicit Registering(bool is_open = true)
        : ServiceWorld(server::StandardOptions{.is_registration_open = is_open}) {}
    /// A stranger asks.
    Stanza ask(std::string_view xml, const std::string& peer = "192.0.2.1") {
        std::optional<Stanza> answer;
        services->registration().ask(peer, stanza(xml), [&answer](Stanza said) {
            EXPECT_FALSE(answer);
            answer = std::move(said);
        });
        world.settle();
        EXPECT_TRUE(answer);
        return *answer;
    }
    std::string outcome(std::string_view xml, const std::string& peer = "192.0.2.1") {
        const Stanza answer = ask(xml, peer);
        const auto errors = conditions({answer});
        return errors.empty() ? std::string(to_string(answer.type())) : errors[0];
    }
    std::string password_of(std::string_view user) {
        const auto found = world.base.read(store::FindAccount{std::string(user) + "@example.org"});
        if (found.keys.empty()) return "";
        EXPECT_EQ(found.keys[0].stored_key, found.row->user) << "keys made for somebody else";
        return found.keys[0].salt;
    }
};

TEST(Registration, offers_form_and_fields) {
    Registering world;
    const Stanza answer =
        world.ask("<iq type='get' id='r'><query xmlns='jabber:iq:register'/></iq>");
    ASSERT_EQ(answer.type(), xmpp::StanzaType::result);
    const auto offer = xmpp::parse_registration(*answer.element().first_child());
    EXPECT_EQ(offer.fields.size(), 2U);
    ASSERT_TRUE(offer.form);
    EXPECT_EQ(offer.form->form_type(), xmpp::ns::reg);
    EXPECT_TRUE(offer.form->field("password")->required);
}

TEST(Registration, makes_accounts_from_fields_and_forms) {
    Registering world;
    EXPECT_EQ(world.outcome(fields("Dora", "secret")), "result");
    EXPECT_EQ(world.password_of("dora"), "secret");
    EXPECT_EQ(
        world.outcome("<iq type='set' id='r'><query xmlns='jabber:iq:register'>"
                      "<x xmlns='jabber:x:data' type='submit'>"
                      "<field var='FORM_TYPE'><value>jabber:iq:register</value></field>"
                      "<field var='username'><value>emil</value></field>"
                      "<field var='password'><value>hidden</value></field></x></query></iq>"),
        "result"
    );
    EXPECT_EQ(world.password_of("emil"), "hidden");
    auto dora = world.bind("dora", "phone");
    EXPECT_NE(dora->session, nullptr);
}

TEST(Registration, refuses_what_cannot_be_an_account) {
    Registering world;
    EXPECT_EQ(world.outcome(fields("alice", "secret")), "conflict");
    EXPECT_EQ(world.outcome(fields("", "secret")), "not-acceptable");
    EXPECT_EQ(world.outcome(fields("dora", "")), "not-acceptable");
    EXPECT_EQ(world.outcome(fields("do@ra", "secret")), "not-acceptable");
    EXPECT_EQ(world.outcome(fields("dora", "unacceptable")), "not-acceptable");
    EXPECT_EQ(
        world.outcome(
            "<iq type='set' id='r'><query xmlns='jabber:iq:register'><remove/></query></iq>"
        ),
        "unexpected-request"
    );
}

TEST(Registration, gives_nobody_a_name_that_the_operator_gave_rights_to) {
    Registering world;
    ASSERT_TRUE(world.world.base.config.is_admin(jid("ops@example.org")));
    EXPECT_EQ(world.outcome(fields("ops", "secret")), "conflict");
}

TEST(Registration, is_closed_unless_the_operator_opens_it) {
    Registering world(false);
    EXPECT_EQ(
        world.outcome("<iq type='get' id='r'><query xmlns='jabber:iq:register'/></iq>"),
        "not-allowed"
    );
    EXPECT_EQ(world.outcome(fields("dora", "secret")), "not-allowed");
    EXPECT_EQ(world.password_of("dora"), "");
}

TEST(Registration, gives_an_address_a_few_accounts_an_hour) {
    Registering world;
    for (const char* name : {"u1", "u2", "u3"})
        EXPECT_EQ(world.outcome(fields(name, "secret")), "result");
    EXPECT_EQ(world.outcome(fields("u4", "secret")), "resource-constraint");
    EXPECT_EQ(world.outcome(fields("u4", "secret"), "192.0.2.2"), "result");
    world.world.base.advance(61min);
    EXPECT_EQ(world.outcome(fields("u5", "secret")), "result");
}

TEST(Registration, lets_an_address_try_only_so_often) {
    Registering world;
    for (int i = 0; i < server::Registration::tries_per_hour; ++i)
        EXPECT_EQ(world.outcome(fields("alice", "secret")), "conflict");
    EXPECT_EQ(world.outcome(fields("alice", "secret")), "resource-constraint");
    EXPECT_EQ(world.outcome(fields("dora", "secret")), "resource-constraint");
}

TEST(Registration, makes_no_more_keys_than_there_is_time_for) {
    Registering world;
    EXPECT_EQ(world.outcome(fields("dora", "one too many")), "resource-constraint");
    auto alice = world.log_in("alice", "phone");
    alice->take();
    world.send(*alice, fields("alice", "one too many"));
    EXPECT_EQ(conditions(alice->take()), Lines{"resource-constraint"});
    EXPECT_EQ(world.password_of("alice"), "");
}

TEST(Registration, tells_when_the_disk_is_full) {
    Registering world;
    world.world.base.store.is_full = true;
    EXPECT_EQ(world.outcome(fields("dora", "secret")), "internal-server-error");
    world.world.base.store.is_full = false;
    EXPECT_EQ(world.password_of("dora"), "");
    EXPECT_EQ(world.outcome(fields("dora", "secret")), "result");
}

TEST(Registration, tells_who_is_logged_in) {
    Registering world(false);
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, "<iq type='get' id='r'><query xmlns='jabber:iq:register'/></iq>");
    const auto got = alice->take();
    ASSERT_EQ(got.size(), 1U);
    const auto told = xmpp::parse_registration(*got[0].element().first_child());
    EXPECT_TRUE(told.registered);
    EXPECT_EQ(told.value("username"), "alice");
}

TEST(Registration, changes_the_password_and_ends_other_sessions) {
    Registering world(false);
    auto alice = world.log_in("alice", "phone"), desk = world.log_in("alice", "desk");
    alice->take();
    world.send(*alice, fields("alice", "new"));
    EXPECT_EQ(brief(alice->take()).at(0), "iq:result >alice@example.org/phone");
    EXPECT_EQ(world.password_of("alice"), "new");
    EXPECT_FALSE(alice->closed);
    ASSERT_TRUE(desk->closed);
    EXPECT_EQ(desk->closed->condition, xmpp::StreamCondition::reset);
}

TEST(Registration, lets_nobody_make_or_change_another_account_from_inside) {
    Registering world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, fields("bob", "stolen"));
    EXPECT_EQ(conditions(alice->take()), Lines{"not-allowed"});
    world.send(*alice, fields("dora", "secret"));
    EXPECT_EQ(conditions(alice->take()), Lines{"not-allowed"});
    EXPECT_EQ(world.password_of("bob"), "");
    EXPECT_EQ(world.password_of("dora"), "");
    world.send(*alice, fields("alice", ""));
    EXPECT_EQ(conditions(alice->take()), Lines{"not-acceptable"});
}

TEST(Registration, removes_an_account_with_all_that_was_its_own) {
    Registering world;
    world.world.befriend("alice", "bob");
    world.world.base.add_account("alice@example.org", "+15550001111");
    auto alice = world.log_in("alice", "phone"), bob = world.log_in("bob", "desk");
    const auto number = alice->session->account().number();
    bob->take();
    world.send(*alice, text_to("bob@example.org", "bye"));
    alice->take();
    world.send(
        *alice, "<iq type='set' id='r'><query xmlns='jabber:iq:register'><remove/></query></iq>"
    );
    EXPECT_EQ(conditions(alice->got), Lines{});
    EXPECT_EQ(brief(alice->take()).at(0), "iq:result >alice@example.org/phone");
    ASSERT_TRUE(alice->closed);
    EXPECT_EQ(alice->closed->condition, xmpp::StreamCondition::not_authorized);
    EXPECT_FALSE(world.world.base.read(store::FindAccount{"alice@example.org"}).row);
    store::ArchivePage question;
    question.account = number;
    EXPECT_TRUE(world.world.base.read(question).rows.empty());
    EXPECT_EQ(world.world.base.account("alice@example.org"), nullptr);
    // Who takes the name afterwards begins with nothing (A23).
    EXPECT_EQ(world.outcome(fields("alice", "other")), "result");
    auto again = world.log_in("alice", "phone");
    ASSERT_NE(again->session, nullptr);
    EXPECT_NE(again->session->account().number(), number);
    EXPECT_TRUE(again->session->account().roster.items().empty());
}

}  // namespace
}  // namespace sallyport::test
