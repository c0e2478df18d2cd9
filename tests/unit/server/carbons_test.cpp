// SPDX-License-Identifier: Apache-2.0
// XEP-0280.
#include "xmpp/xep/carbons.hpp"

#include "tests/unit/server/service_world.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/ids.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;
using xmpp::Element;
using xmpp::Stanza;

constexpr std::string_view enable =
    "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>";

/// alice on two resources, of which the desk wants copies, and bob.
struct Copied : ServiceWorld {
    explicit Copied(server::StandardOptions options = {}) : ServiceWorld(std::move(options)) {
        send(*desk, enable);
        desk->take();
        phone->take();
        bob->take();
    }
    std::unique_ptr<FakeClient> desk = log_in("alice", "desk");
    std::unique_ptr<FakeClient> phone = log_in("alice", "phone");
    std::unique_ptr<FakeClient> bob = log_in("bob", "lap");
};

/// "sent BODY" or "received BODY" of each copy.
Lines copies(const std::vector<Stanza>& stanzas) {
    Lines found;
    for (const Stanza& each : stanzas)
        for (const char* word : {"sent", "received"})
            if (const Element* copy = each.element().child(word, xmpp::ns::carbons)) {
                const Element* inner = xmpp::find_forwarded(*copy);
                found.push_back(
                    std::string(word) + ' ' +
                    (inner ? inner->child_text("body", "jabber:client").value_or("-") : "?")
                );
            }
    return found;
}

TEST(Carbons, are_answered_when_they_are_enabled_and_disabled) {
    ServiceWorld world;
    auto desk = world.log_in("alice", "desk");
    world.send(*desk, enable);
    EXPECT_EQ(brief(desk->take()), Lines{"iq:result >alice@example.org/desk"});
    EXPECT_TRUE(desk->session->wants_carbons);
    world.send(*desk, "<iq type='set' id='d'><disable xmlns='urn:xmpp:carbons:2'/></iq>");
    EXPECT_FALSE(desk->session->wants_carbons);
    world.send(*desk, "<iq type='set' id='d'><nonsense xmlns='urn:xmpp:carbons:2'/></iq>");
    EXPECT_EQ(conditions(desk->take()), Lines{"bad-request"});
}

TEST(Carbons, of_sent_messages_go_to_the_other_resources) {
    Copied world;
    world.send(*world.phone, text_to("bob@example.org", "hi"));
    const auto got = world.desk->take();
    ASSERT_EQ(copies(got), Lines{"sent hi"});
    EXPECT_EQ(got[0].from().str(), "alice@example.org");
    EXPECT_EQ(got[0].to().str(), "alice@example.org/desk");
    EXPECT_EQ(got[0].type(), xmpp::StanzaType::chat);
    const Element* inner = xmpp::find_forwarded(*got[0].element().child("sent", xmpp::ns::carbons));
    EXPECT_EQ(inner->attribute("from"), "alice@example.org/phone");
    EXPECT_EQ(inner->attribute("to"), "bob@example.org");
    EXPECT_TRUE(world.phone->take().empty());
    EXPECT_EQ(bodies(world.bob->take()), Lines{"hi"});
}

TEST(Carbons, of_received_messages_go_to_those_that_did_not_get_them) {
    Copied world;
    world.send(*world.bob, text_to("alice@example.org/phone", "psst"));
    EXPECT_EQ(copies(world.desk->take()), Lines{"received psst"});
    EXPECT_EQ(bodies(world.phone->take()), Lines{"psst"});
    world.send(*world.bob, text_to("alice@example.org", "both"));
    EXPECT_EQ(bodies(world.desk->take()), Lines{"both"});
    EXPECT_EQ(bodies(world.phone->take()), Lines{"both"});
}

TEST(Carbons, are_for_those_that_asked_alone) {
    Copied world;
    world.send(*world.desk, text_to("bob@example.org", "hi"));
    EXPECT_TRUE(world.phone->take().empty());
    world.send(*world.bob, text_to("alice@example.org/desk", "psst"));
    EXPECT_TRUE(world.phone->take().empty());
}

TEST(Carbons, are_not_made_of_private_messages) {
    Copied world;
    for (const char* mark :
         {"<private xmlns='urn:xmpp:carbons:2'/>", "<no-copy xmlns='urn:xmpp:hints'/>"}) {
        world.send(*world.phone, text_to("bob@example.org", "secret", mark));
        world.send(*world.bob, text_to("alice@example.org/phone", "secret", mark));
    }
    EXPECT_TRUE(world.desk->take().empty());
}

TEST(Carbons, follow_the_rules_of_eligibility) {
    struct Case {
        const char* type;
        const char* payload;
        bool is_copied;
    };
    for (const Case& each : {
             Case{"chat", "<x xmlns='any'/>", true},
             Case{"normal", "<body>text</body>", true},
             Case{"normal", "<x xmlns='any'/>", false},
             Case{"normal", "<received xmlns='urn:xmpp:receipts' id='1'/>", true},
             Case{"normal", "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>", true},
             Case{"normal", "<x xmlns='jabber:x:conference' jid='room@muc.example'/>", true},
             Case{"groupchat", "<body>text</body>", false},
             Case{"headline", "<body>text</body>", false},
         }) {
        Copied world;
        world.send(
            *world.phone,
            std::string("<message to='bob@example.org/lap' type='") + each.type + "'>" +
                each.payload + "</message>"
        );
        EXPECT_EQ(!copies(world.desk->take()).empty(), each.is_copied)
            << each.type << ' ' << each.payload;
    }
}

TEST(Carbons, of_what_goes_to_oneself_come_once) {
    Copied world;
    world.send(*world.phone, text_to("alice@example.org/phone", "note"));
    EXPECT_EQ(copies(world.desk->take()), Lines{"received note"});
    world.send(*world.desk, text_to("alice@example.org/phone", "note"));
    EXPECT_TRUE(copies(world.desk->take()).empty());
    EXPECT_EQ(bodies(world.phone->take()), (Lines{"note", "note"}));
}

TEST(Carbons, cannot_be_forged_by_others) {
    Copied world;
    world.send(
        *world.bob,
        "<message type='chat' to='alice@example.org/desk'><received xmlns='urn:xmpp:carbons:2'>"
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' "
        "from='carol@example.org/x' to='alice@example.org/desk'><body>lie</body></message>"
        "</forwarded></received></message>"
    );
    const auto got = world.desk->take();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].element().child_of(xmpp::ns::carbons), nullptr);
}

TEST(Carbons, show_own_resources_the_archive_id_that_the_contact_does_not_see) {
    Copied world;
    world.send(*world.phone, text_to("bob@example.org", "hi"));
    const auto got = world.desk->take();
    ASSERT_EQ(copies(got), Lines{"sent hi"});
    const Element* inner = xmpp::find_forwarded(*got[0].element().child("sent", xmpp::ns::carbons));
    EXPECT_TRUE(xmpp::stanza_id(*inner, "alice@example.org"));
    const auto his = world.bob->take();
    ASSERT_EQ(his.size(), 1U);
    EXPECT_FALSE(xmpp::stanza_id(his[0].element(), "alice@example.org"));
    EXPECT_TRUE(xmpp::stanza_id(his[0].element(), "bob@example.org"));
}

}  // namespace
}  // namespace sallyport::test
