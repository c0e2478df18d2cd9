// SPDX-License-Identifier: Apache-2.0
// XEP-0313, with XEP-0059, XEP-0359 and XEP-0441.
#include "xmpp/xep/archive.hpp"

#include "tests/unit/server/service_world.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/xep/carbons.hpp"
#include "xmpp/xep/datetime.hpp"
#include "xmpp/xep/delay.hpp"
#include "xmpp/xep/ids.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using xmpp::Element;
using xmpp::Stanza;

/// What a query brought.
struct Found {
    Lines bodies;
    Lines ids;
    Lines stamps;
    std::optional<xmpp::ArchiveFin> fin;
    Lines errors;
};

struct Archived : ServiceWorld {
    /// Ids keep the latest instant that the process used: time begins behind what other tests did.
    explicit Archived(server::StandardOptions options = {}) : ServiceWorld(std::move(options)) {
        const WallTime now = world.base.time.wall();
        const WallTime latest = ulid_time(make_ulid(now));
        world.base.time.move(latest - now + 1ms);
    }

    Found query(FakeClient& client, std::string_view inside = "", std::string_view to = "") {
        const std::string address = to.empty() ? "" : " to='" + std::string(to) + "'";
        send(
            client,
            "<iq type='set' id='q'" + address + "><query xmlns='urn:xmpp:mam:2' queryid='f27'>" +
                std::string(inside) + "</query></iq>"
        );
        return found(client.take());
    }
    static Found found(const std::vector<Stanza>& stanzas) {
        Found answer;
        answer.errors = conditions(stanzas);
        for (const Stanza& each : stanzas) {
            if (const Element* fin = each.element().child("fin", xmpp::ns::archive))
                answer.fin = xmpp::parse_archive_fin(*fin);
            const Element* result = each.element().child("result", xmpp::ns::archive);
            if (!result) continue;
            EXPECT_EQ(result->attribute("queryid"), "f27");
            EXPECT_EQ(each.from(), each.to().bare());
            const Element* forwarded = result->child("forwarded", xmpp::ns::forward);
            const Element* inner = xmpp::find_forwarded(*result);
            answer.ids.emplace_back(result->attribute("id").value_or(""));
            answer.bodies.push_back(inner->child_text("body", "jabber:client").value_or("-"));
            answer.stamps.push_back(xmpp::build_datetime(xmpp::parse_delay(*forwarded).value().stamp
            ));
        }
        return answer;
    }
    /// alice says these to bob, a minute apart.
    void say(std::initializer_list<const char*> texts, std::string_view to = "bob@example.org") {
        for (const char* text : texts) {
            send(*alice, text_to(to, text));
            world.base.advance(1min);
        }
    }
    static std::string form(std::string_view fields) {
        return "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
               "<value>urn:xmpp:mam:2</value></field>" +
               std::string(fields) + "</x>";
    }
    static std::string field(std::string_view var, std::string_view value) {
        return "<field var='" + std::string(var) + "'><value>" + std::string(value) +
               "</value></field>";
    }
    static std::string page(std::string_view inside) {
        return "<set xmlns='http://jabber.org/protocol/rsm'>" + std::string(inside) + "</set>";
    }
    std::unique_ptr<FakeClient> alice = log_in("alice", "phone");
    std::unique_ptr<FakeClient> bob = log_in("bob", "desk");
};

TEST(Archive, keeps_both_sides_of_a_conversation_for_each) {
    Archived world;
    world.say({"one"});
    world.send(*world.bob, text_to("alice@example.org/phone", "two"));
    world.alice->take();
    world.bob->take();
    auto of_alice = world.query(*world.alice);
    EXPECT_EQ(of_alice.bodies, (Lines{"one", "two"}));
    ASSERT_TRUE(of_alice.fin);
    EXPECT_TRUE(of_alice.fin->is_complete);
    EXPECT_EQ(of_alice.fin->page.first, of_alice.ids.front());
    EXPECT_EQ(of_alice.fin->page.last, of_alice.ids.back());
    EXPECT_EQ(of_alice.fin->page.count, 2U);
    EXPECT_EQ(of_alice.fin->page.first_index, 0U);
    auto of_bob = world.query(*world.bob);
    EXPECT_EQ(of_bob.bodies, (Lines{"one", "two"}));
    EXPECT_NE(of_alice.ids, of_bob.ids);
}

TEST(Archive, gives_the_id_to_the_receiver_and_takes_off_those_that_claim_to_be_ours) {
    Archived world;
    world.send(
        *world.bob,
        text_to(
            "alice@example.org",
            "hi",
            "<stanza-id xmlns='urn:xmpp:sid:0' by='alice@example.org' id='forged'/>"
            "<stanza-id xmlns='urn:xmpp:sid:0' by='alice@example.org' id='again'/>"
            "<stanza-id xmlns='urn:xmpp:sid:0' by='room@muc.example' id='theirs'/>"
        )
    );
    const auto got = world.alice->take();
    ASSERT_EQ(got.size(), 1U);
    const auto id = xmpp::stanza_id(got[0].element(), "alice@example.org");
    EXPECT_EQ(world.query(*world.alice).ids, Lines{id.value_or("")});
    EXPECT_EQ(xmpp::stanza_id(got[0].element(), "room@muc.example"), "theirs");
    world.send(
        *world.bob,
        "<message to='alice@example.org' type='headline'><stanza-id xmlns='urn:xmpp:sid:0' "
        "by='alice@example.org' id='forged'/></message>"
    );
    EXPECT_FALSE(xmpp::stanza_id(world.alice->take().at(0).element(), "alice@example.org"));
}

TEST(Archive, keeps_what_belongs_to_conversations_alone) {
    struct Case {
        const char* type;
        const char* payload;
        bool is_kept;
    };
    for (const Case& each : {
             Case{"chat", "<body>text</body>", true},
             Case{"normal", "<body>text</body>", true},
             Case{"chat", "<received xmlns='urn:xmpp:receipts' id='1'/>", true},
             Case{"chat", "<encrypted xmlns='urn:xmpp:omemo:2'/>", true},
             Case{"chat", "<x xmlns='any'/><store xmlns='urn:xmpp:hints'/>", true},
             Case{"chat", "<active xmlns='http://jabber.org/protocol/chatstates'/>", false},
             Case{"chat", "<body>text</body><no-store xmlns='urn:xmpp:hints'/>", false},
             Case{"chat", "<body>t</body><no-permanent-store xmlns='urn:xmpp:hints'/>", false},
             Case{"headline", "<body>text</body>", false},
             Case{"groupchat", "<body>text</body>", false},
             Case{"error", "<body>text</body>", false},
         }) {
        Archived world;
        world.send(
            *world.alice,
            std::string("<message to='bob@example.org/desk' type='") + each.type + "'>" +
                each.payload + "</message>"
        );
        world.alice->take();
        world.bob->take();
        EXPECT_EQ(world.query(*world.alice).ids.size(), each.is_kept ? 1U : 0U)
            << each.type << ' ' << each.payload;
        EXPECT_EQ(world.query(*world.bob).ids.size(), each.is_kept ? 1U : 0U)
            << each.type << ' ' << each.payload;
    }
}

TEST(Archive, keeps_a_note_to_oneself_and_a_message_to_two_resources_once) {
    Archived world;
    auto desk = world.log_in("alice", "desk");
    world.send(*world.alice, text_to("alice@example.org", "note"));
    world.send(*world.bob, text_to("alice@example.org", "both"));
    world.alice->take();
    EXPECT_EQ(world.query(*world.alice).bodies, (Lines{"note", "both"}));
}

TEST(Archive, answers_in_pages_both_ways) {
    Archived world;
    world.say({"1", "2", "3", "4", "5"});
    auto first = world.query(*world.alice, Archived::page("<max>2</max>"));
    EXPECT_EQ(first.bodies, (Lines{"1", "2"}));
    EXPECT_FALSE(first.fin->is_complete);
    EXPECT_EQ(first.fin->page.count, 5U);
    auto next = world.query(
        *world.alice, Archived::page("<max>2</max><after>" + first.ids.back() + "</after>")
    );
    EXPECT_EQ(next.bodies, (Lines{"3", "4"}));
    EXPECT_EQ(next.fin->page.first_index, 2U);
    auto last = world.query(
        *world.alice, Archived::page("<max>2</max><after>" + next.ids.back() + "</after>")
    );
    EXPECT_EQ(last.bodies, Lines{"5"});
    EXPECT_TRUE(last.fin->is_complete);
    auto back = world.query(*world.alice, Archived::page("<max>2</max><before/>"));
    EXPECT_EQ(back.bodies, (Lines{"4", "5"}));
    EXPECT_FALSE(back.fin->is_complete);
    back = world.query(
        *world.alice, Archived::page("<max>3</max><before>" + back.ids.front() + "</before>")
    );
    EXPECT_EQ(back.bodies, (Lines{"1", "2", "3"}));
    EXPECT_TRUE(back.fin->is_complete);
    auto count = world.query(*world.alice, Archived::page("<max>0</max>"));
    EXPECT_TRUE(count.bodies.empty());
    EXPECT_EQ(count.fin->page.count, 5U);
}

TEST(Archive, bounds_what_it_answers_in_bytes) {
    Archived world;
    const std::string long_text(100'000, 'x');
    for (int i = 0; i < 3; ++i) world.say({long_text.c_str()});
    const auto page = world.query(*world.alice);
    ASSERT_EQ(page.ids.size(), 2U);
    EXPECT_FALSE(page.fin->is_complete);
    EXPECT_EQ(page.fin->page.count, 3U);
    const auto rest =
        world.query(*world.alice, Archived::page("<after>" + page.ids[1] + "</after>"));
    ASSERT_EQ(rest.ids.size(), 1U);
    EXPECT_TRUE(rest.fin->is_complete);
    const auto by_ids = [&world](const std::string& values) {
        return world.query(*world.alice, Archived::form(Archived::field("ids", values)));
    };
    const std::string next = "</value><value>", two = page.ids[0] + next + page.ids[1];
    EXPECT_EQ(by_ids(two).ids, page.ids);
    EXPECT_EQ(by_ids(two + next + rest.ids[0]).errors, Lines{"policy-violation"});
}

TEST(Archive, answers_when_the_session_has_room) {
    Archived world;
    world.say({"1", "2"});
    world.alice->room = 0;
    EXPECT_FALSE(world.query(*world.alice).fin);
    world.world.base.advance(10s);
    EXPECT_TRUE(world.alice->got.empty());
    world.alice->room = 1;
    world.world.base.advance(1s);
    const auto found = Archived::found(world.alice->take());
    EXPECT_EQ(found.bodies, (Lines{"1", "2"}));
    EXPECT_TRUE(found.fin);
}

TEST(Archive, flips_a_page_without_changing_it) {
    Archived world;
    world.say({"1", "2", "3"});
    auto flipped = world.query(*world.alice, Archived::page("<max>2</max>") + "<flip-page/>");
    EXPECT_EQ(flipped.bodies, (Lines{"2", "1"}));
    EXPECT_EQ(flipped.fin->page.first, flipped.ids.back());
}

TEST(Archive, filters_by_address_time_and_ids) {
    Archived world;
    world.say({"1", "2"});
    world.say({"3"}, "carol@example.org");
    world.say({"4"});
    const auto ask = [&](const std::string& fields) {
        return world.query(*world.alice, Archived::form(fields));
    };
    EXPECT_EQ(ask(Archived::field("with", "bob@example.org")).bodies, (Lines{"1", "2", "4"}));
    EXPECT_EQ(ask(Archived::field("with", "bob@example.org/desk")).bodies, Lines{});
    EXPECT_EQ(ask(Archived::field("with", "carol@example.org")).bodies, Lines{"3"});
    const auto all = ask("");
    ASSERT_EQ(all.ids.size(), 4U);
    EXPECT_EQ(
        ask(Archived::field("start", all.stamps[1]) + Archived::field("end", all.stamps[2])).bodies,
        (Lines{"2", "3"})
    );
    EXPECT_EQ(
        ask(Archived::field("after-id", all.ids[0]) + Archived::field("before-id", all.ids[3]))
            .bodies,
        (Lines{"2", "3"})
    );
    EXPECT_EQ(
        ask("<field var='ids'><value>" + all.ids[3] + "</value><value>" + all.ids[1] +
            "</value></field>")
            .bodies,
        (Lines{"2", "4"})
    );
}

TEST(Archive, says_what_it_cannot_find_or_understand) {
    Archived world;
    world.say({"1"});
    const auto errors = [&](const std::string& inside) {
        return world.query(*world.alice, inside).errors;
    };
    const Lines not_found{"item-not-found"};
    EXPECT_EQ(errors(Archived::page("<after>nothing</after>")), not_found);
    EXPECT_EQ(errors(Archived::page("<before>nothing</before>")), not_found);
    EXPECT_EQ(errors(Archived::form(Archived::field("after-id", "nothing"))), not_found);
    EXPECT_EQ(errors(Archived::form(Archived::field("before-id", "nothing"))), not_found);
    EXPECT_EQ(errors(Archived::form(Archived::field("ids", "nothing"))), not_found);
    EXPECT_EQ(
        errors(Archived::form(Archived::field("{http://example.com/}search", "x"))),
        Lines{"feature-not-implemented"}
    );
    EXPECT_EQ(errors(Archived::form(Archived::field("start", "yesterday"))), Lines{"bad-request"});
    EXPECT_EQ(errors(Archived::form(Archived::field("with", "@"))), Lines{"jid-malformed"});
    EXPECT_EQ(errors(Archived::page("<max>many</max>")), Lines{"bad-request"});
}

TEST(Archive, is_for_its_owner_alone) {
    Archived world;
    world.say({"secret"});
    world.bob->take();
    const auto answer = world.query(*world.bob, "", "alice@example.org");
    EXPECT_EQ(answer.errors, Lines{"service-unavailable"}) << "as of an account that is not there";
    EXPECT_TRUE(answer.bodies.empty());
    EXPECT_EQ(world.query(*world.alice, "", "alice@example.org").bodies, Lines{"secret"});
    const std::string id = world.query(*world.alice).ids.at(0);
    EXPECT_EQ(
        world.query(*world.bob, Archived::form(Archived::field("ids", id))).errors,
        Lines{"item-not-found"}
    );
}

TEST(Archive, tells_its_ends_and_its_form) {
    Archived world;
    const std::string_view ask = "<iq type='get' id='e'><metadata xmlns='urn:xmpp:mam:2'/></iq>";
    world.send(*world.alice, ask);
    auto got = world.alice->take();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].element().first_child()->first_child(), nullptr);
    world.say({"1", "2"});
    const auto all = world.query(*world.alice);
    world.send(*world.alice, ask);
    got = world.alice->take();
    const Element* ends = got.at(0).element().child("metadata", xmpp::ns::archive);
    ASSERT_NE(ends, nullptr);
    EXPECT_EQ(ends->child("start", xmpp::ns::archive)->attribute("id"), all.ids[0]);
    EXPECT_EQ(ends->child("end", xmpp::ns::archive)->attribute("timestamp"), all.stamps[1]);
    world.send(*world.alice, "<iq type='get' id='f'><query xmlns='urn:xmpp:mam:2'/></iq>");
    const auto form = xmpp::find_form(*world.alice->take().at(0).element().first_child());
    ASSERT_TRUE(form);
    for (const char* var : {"with", "start", "end", "before-id", "after-id", "ids"})
        EXPECT_NE(form->field(var), nullptr) << var;
}

TEST(Archive, follows_preferences_and_remembers_them) {
    Archived world;
    world.send(
        *world.alice,
        "<iq type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' default='never'>"
        "<always><jid>carol@example.org</jid></always><never/></prefs></iq>"
    );
    EXPECT_EQ(world.alice->take().at(0).type(), xmpp::StanzaType::result);
    world.say({"no"});
    world.say({"yes"}, "carol@example.org");
    EXPECT_EQ(world.query(*world.alice).bodies, Lines{"yes"});
    world.leave(world.alice);
    world.world.hub.accounts().forget(jid("alice@example.org"));
    world.alice = world.log_in("alice", "phone");
    world.say({"no"});
    EXPECT_EQ(world.query(*world.alice).bodies, Lines{"yes"});
    world.send(*world.alice, "<iq type='get' id='p'><prefs xmlns='urn:xmpp:mam:2'/></iq>");
    const auto prefs = xmpp::parse_archive_preferences(
        *world.alice->take().at(0).element().child("prefs", xmpp::ns::archive)
    );
    EXPECT_EQ(prefs->otherwise, xmpp::ArchiveDefault::never);
    EXPECT_EQ(prefs->always, std::vector<xmpp::Jid>{jid("carol@example.org")});
    world.send(
        *world.alice,
        "<iq type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' default='sometimes'/></iq>"
    );
    EXPECT_EQ(conditions(world.alice->take()), Lines{"bad-request"});
}

TEST(Archive, keeps_what_contacts_say_when_asked_to_keep_the_roster) {
    Archived world;
    world.leave(world.alice);
    world.world.befriend("alice", "bob");
    world.alice = world.log_in("alice", "phone");
    world.send(
        *world.alice, "<iq type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' default='roster'/></iq>"
    );
    world.alice->take();
    world.say({"yes"});
    world.say({"no"}, "carol@example.org");
    EXPECT_EQ(world.query(*world.alice).bodies, Lines{"yes"});
}

TEST(Archive, forgets_after_its_time) {
    Archived world(server::StandardOptions{.archive = std::chrono::hours(24 * 30)});
    world.say({"old"});
    world.world.base.advance(24h * 30);
    world.say({"new"});
    world.world.base.advance(2h);
    EXPECT_EQ(world.query(*world.alice).bodies, Lines{"new"});
}

TEST(Archive, may_be_switched_off) {
    Archived world(server::StandardOptions{.archive = std::nullopt});
    world.say({"one"});
    EXPECT_EQ(world.query(*world.alice).errors, Lines{"service-unavailable"});
    EXPECT_TRUE(
        world.world.hub.services().find(
            server::Addressee::own, xmpp::StanzaType::set, xmpp::ns::archive
        ) == nullptr
    );
}

}  // namespace
}  // namespace sallyport::test
