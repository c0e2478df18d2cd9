// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/discovery.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/server/service_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;
namespace ns = xmpp::ns;

struct DiscoveryTest : testing::Test {
    HubWorld world;
    std::unique_ptr<FakeClient> alice_phone;

    void SetUp() override {
        world.befriend("alice", "bob");
        alice_phone = world.log_in("alice", "phone");
    }
    /// The answer to a get of this payload.
    xmpp::Stanza ask(const std::string& to, const std::string& payload) {
        const std::string address = to.empty() ? "" : " to='" + to + "'";
        world.send(*alice_phone, "<iq type='get' id='q'" + address + ">" + payload + "</iq>");
        auto got = alice_phone->take();
        EXPECT_EQ(got.size(), 1U) << payload;
        return got.at(0);
    }
    static std::string query(std::string_view space, const std::string& more = {}) {
        return "<query xmlns='" + std::string(space) + "'" + more + "/>";
    }
};

TEST_F(DiscoveryTest, the_server_says_what_its_rows_do) {
    const auto info =
        xmpp::parse_disco_info(ask("example.org", query(ns::disco_info)).element().first_child()[0]
        );
    ASSERT_TRUE(info);
    EXPECT_EQ(info->identities.at(0).category, "server");
    EXPECT_EQ(info->identities.at(0).type, "im");
    for (std::string_view feature :
         {ns::disco_info, ns::disco_items, ns::ping, ns::version, ns::time, ns::last})
        EXPECT_TRUE(info->has_feature(feature)) << feature;
    ASSERT_EQ(info->forms.size(), 1U);
    EXPECT_EQ(info->forms[0].value("admin-addresses"), "xmpp:ops@example.org");
    EXPECT_TRUE(xmpp::is_fit_for_caps(*info));
}

/// XEP-0115 §5.4: two forms of one FORM_TYPE make it ill-formed.
TEST(Discovery, says_each_form_once) {
    ServiceWorld world;
    const xmpp::DiscoInfo info = world.world.hub.discovery().server_info();
    EXPECT_EQ(info.forms.size(), 2U) << "XEP-0157 and XEP-0363";
    EXPECT_TRUE(xmpp::is_fit_for_caps(info));
}

TEST(Discovery, announces_archives_where_they_are) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    const auto announces = [&](std::string_view to) {
        world.send(
            *alice,
            "<iq type='get' id='q' to='" + std::string(to) +
                "'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
        );
        const auto info = xmpp::parse_disco_info(*alice->take().at(0).element().first_child());
        return info->has_feature(ns::archive) || info->has_feature(ns::archive_extended);
    };
    EXPECT_TRUE(announces("alice@example.org"));
    EXPECT_FALSE(announces("example.org"));
}

TEST_F(DiscoveryTest, its_own_hash_may_be_asked_for) {
    const std::string node = "urn:x#" + xmpp::caps_hash(world.hub.discovery().server_info());
    const auto good = ask("example.org", query(ns::disco_info, " node='" + node + "'"));
    EXPECT_EQ(good.type(), xmpp::StanzaType::result);
    const auto bad = ask("example.org", query(ns::disco_info, " node='other'"));
    EXPECT_EQ(conditions({bad}), Lines{"item-not-found"});
}

TEST_F(DiscoveryTest, transports_are_the_servers_items) {
    const auto items =
        xmpp::parse_disco_items(*ask("example.org", query(ns::disco_items)).element().first_child()
        );
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].jid, "sms.example.org");
    EXPECT_EQ(items[0].name, "SMS");
}

TEST_F(DiscoveryTest, an_account_shows_itself_to_itself_and_to_subscribers) {
    for (const char* to : {"", "alice@example.org", "bob@example.org"}) {
        const auto answer = ask(to, query(ns::disco_info));
        ASSERT_EQ(answer.type(), xmpp::StanzaType::result) << to;
        const auto info = xmpp::parse_disco_info(*answer.element().first_child());
        EXPECT_EQ(info->identities.at(0).category, "account");
        EXPECT_EQ(ask(to, query(ns::disco_items)).type(), xmpp::StanzaType::result);
    }
    for (const char* to : {"carol@example.org", "nobody@example.org"})
        for (std::string_view space : {ns::disco_info, ns::disco_items, ns::last})
            EXPECT_EQ(conditions({ask(to, query(space))}), Lines{"service-unavailable"}) << to;
}

TEST_F(DiscoveryTest, small_questions_have_answers) {
    EXPECT_EQ(ask("example.org", "<ping xmlns='urn:xmpp:ping'/>").type(), xmpp::StanzaType::result);
    EXPECT_EQ(ask("", "<ping xmlns='urn:xmpp:ping'/>").type(), xmpp::StanzaType::result);
    const auto version = ask("example.org", query(ns::version));
    EXPECT_EQ(version.element().first_child()->child_text("name", ns::version), "Sallyport");
    const auto time = ask("example.org", "<time xmlns='urn:xmpp:time'/>");
    EXPECT_EQ(time.element().first_child()->child_text("tzo", ns::time), "+00:00");
    world.base.advance(std::chrono::seconds(90));
    const auto up = ask("example.org", query(ns::last));
    EXPECT_EQ(up.element().first_child()->attribute("seconds"), "90");
}

TEST_F(DiscoveryTest, last_activity_is_since_the_last_resource_left) {
    EXPECT_EQ(conditions({ask("bob@example.org", query(ns::last))}), Lines{"item-not-found"});
    auto bob = world.log_in("bob", "home");
    alice_phone->take();
    auto answer = ask("bob@example.org", query(ns::last));
    EXPECT_EQ(answer.element().first_child()->attribute("seconds"), "0");
    world.hub.unbind(*bob->session);
    world.settle();
    alice_phone->take();
    world.base.advance(std::chrono::minutes(5));
    answer = ask("bob@example.org", query(ns::last));
    EXPECT_EQ(answer.element().first_child()->attribute("seconds"), "300");
}

}  // namespace
}  // namespace sallyport::test
