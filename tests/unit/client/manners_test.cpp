// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/client/client_script.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/stream/client_guard.hpp"
#include "xmpp/xep/client_answers.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp::test {
namespace {

using namespace std::chrono_literals;

const Jid own = *Jid::parse("juliet@example.org/balcony");

// ---- who may say what (B9) ----

std::string from(std::string_view sender, std::string_view stanza) {
    std::string text(stanza);
    text.insert(text.find(' '), " from='" + std::string(sender) + "'");
    return text;
}

class OwnersWord : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(
    Payloads,
    OwnersWord,
    testing::Values(
        "<iq type='set' id='1'><query xmlns='jabber:iq:roster'/></iq>",
        "<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'/></iq>",
        "<iq type='set' id='1'><unblock xmlns='urn:xmpp:blocking'/></iq>",
        "<message id='1'><received xmlns='urn:xmpp:carbons:2'/></message>",
        "<message id='1'><sent xmlns='urn:xmpp:carbons:2'/></message>",
        "<message id='1'><result xmlns='urn:xmpp:mam:2'/></message>"
    )
);

TEST_P(OwnersWord, is_taken_of_our_own_account_alone) {
    EXPECT_TRUE(may_say(parse_stanza(GetParam()), own, {}));
    EXPECT_TRUE(may_say(parse_stanza(from("juliet@example.org", GetParam())), own, {}));
    for (const char* other :
         {"evil@example.net",
          "example.org",
          "juliet@example.org/evil",
          "juliet@example.net",
          "juliet.example.org",
          "romeo@example.org"})
        EXPECT_FALSE(may_say(parse_stanza(from(other, GetParam())), own, {})) << other;
}

TEST(Guard, lets_everybody_say_the_rest) {
    EXPECT_TRUE(may_say(parse_stanza("<message from='a@b'><body>x</body></message>"), own, {}));
    EXPECT_TRUE(may_say(parse_stanza("<iq from='a@b' id='1' type='result'/>"), own, {}));
}

// XEP-0313 §8: a result is good when who was asked sends it, for that query, and until it answers.
TEST(Guard, takes_archive_results_of_who_was_asked) {
    const auto result = [](std::string_view sender, std::string_view query, std::string_view more) {
        return parse_stanza(
            from(sender, "<message id='1'><result xmlns='urn:xmpp:mam:2' queryid='") +
            std::string(query) + "'/>" + std::string(more) + "</message>"
        );
    };
    ArchiveQueries asked;
    const Stanza good = result("room@muc.example.org", "q1", "");
    EXPECT_FALSE(may_say(good, own, asked)) << "nobody was asked";
    asked.begin(
        parse_stanza("<iq type='set' id='i1' to='room@muc.example.org'>"
                     "<query xmlns='urn:xmpp:mam:2' queryid='q1'/></iq>")
    );
    EXPECT_TRUE(may_say(good, own, asked));
    EXPECT_FALSE(may_say(result("room@muc.example.org", "q2", ""), own, asked));
    EXPECT_FALSE(may_say(result("room@muc.example.org/evil", "q1", ""), own, asked));
    EXPECT_FALSE(may_say(result("evil@muc.example.org", "q1", ""), own, asked));
    const char* carbon = "<received xmlns='urn:xmpp:carbons:2'/>";
    EXPECT_FALSE(may_say(result("room@muc.example.org", "q1", carbon), own, asked));
    asked.end(parse_stanza("<iq type='result' id='i1' from='evil@muc.example.org'/>"), own);
    EXPECT_TRUE(may_say(good, own, asked));
    asked.end(parse_stanza("<iq type='result' id='i1' from='room@muc.example.org'/>"), own);
    EXPECT_FALSE(may_say(good, own, asked)) << "it was answered";
}

// ---- whose answer it is (B11) ----

bool answered(const char* stanza, const char* asked) {
    return answers(parse_stanza(stanza), *asked ? *Jid::parse(asked) : Jid(), own);
}

TEST(Answers, come_from_who_was_asked) {
    EXPECT_TRUE(answered("<iq type='result' id='1' from='a@b/c'/>", "a@b/c"));
    EXPECT_FALSE(answered("<iq type='result' id='1' from='a@b'/>", "a@b/c"));
    EXPECT_FALSE(answered("<iq type='result' id='1'/>", "a@b/c"));
    EXPECT_FALSE(answered("<iq type='get' id='1' from='a@b/c'><x xmlns='y'/></iq>", "a@b/c"));
}

TEST(Answers, of_our_own_server_have_many_names) {
    for (const char* asked : {"", "example.org", "juliet@example.org"}) {
        EXPECT_TRUE(answered("<iq type='result' id='1'/>", asked));
        EXPECT_TRUE(answered("<iq type='error' id='1' from='example.org'/>", asked));
        EXPECT_TRUE(answered("<iq type='result' id='1' from='juliet@example.org'/>", asked));
        EXPECT_FALSE(answered("<iq type='result' id='1' from='evil@example.net'/>", asked));
        EXPECT_FALSE(answered("<iq type='result' id='1' from='romeo@example.org'/>", asked));
    }
}

// ---- what is answered (B10) ----

std::string answer(const char* request) {
    ClientFacts facts;
    facts.name = "Sallyport";
    facts.version = "1";
    facts.info.identities = {{"client", "bot"}};
    facts.time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 25);
    facts.idle = 7s;
    auto reply = answer_as_client(parse_stanza(request), facts);
    return reply ? to_xml(reply->element(), ns::client) : "nothing";
}

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

TEST(ClientAnswers, are_given_to_the_small_questions) {
    EXPECT_EQ(
        answer("<iq type='get' id='1' from='ya.ru'><ping xmlns='urn:xmpp:ping'/></iq>"),
        "<iq to='ya.ru' id='1' type='result'/>"
    );
    std::string version =
        answer("<iq type='get' id='1' from='ya.ru'><query xmlns='jabber:iq:version'/></iq>");
    EXPECT_TRUE(says(version, "<name>Sallyport</name><version>1</version>")) << version;
    std::string time = answer("<iq type='get' id='1'><time xmlns='urn:xmpp:time'/></iq>");
    EXPECT_TRUE(says(time, "<tzo>Z</tzo><utc>2026-11-25T00:00:00Z</utc>")) << time;
    std::string last = answer("<iq type='get' id='1'><query xmlns='jabber:iq:last'/></iq>");
    EXPECT_TRUE(says(last, "seconds='7'")) << last;
    std::string info = answer(
        "<iq type='get' id='1'><query xmlns='http://jabber.org/protocol/disco#info' "
        "node='n'/></iq>"
    );
    EXPECT_TRUE(says(info, "node='n'") && says(info, "category='client'")) << info;
    EXPECT_TRUE(says(info, "<feature var='urn:xmpp:ping'/>")) << info;
}

TEST(ClientAnswers, refuse_what_is_not_known_and_never_answer_answers) {
    EXPECT_TRUE(says(answer("<iq type='get' id='1'><x xmlns='y'/></iq>"), "service-unavailable"));
    EXPECT_TRUE(
        says(answer("<iq type='set' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"), "<service-unav")
    );
    EXPECT_EQ(answer("<iq type='result' id='1'/>"), "nothing");
    EXPECT_EQ(answer("<iq type='error' id='1'/>"), "nothing");
    EXPECT_EQ(answer("<message><body>x</body></message>"), "nothing");
}

// ---- what to do about an end (B4, B13) ----

struct Advised {
    const char* reason;
    Advice advice;
};

TEST(Advice, is_given_for_each_stream_condition) {
    constexpr Advised conditions[] = {
        {"bad-format", Advice::again},
        {"bad-namespace-prefix", Advice::again},
        {"conflict", Advice::stop},
        {"connection-timeout", Advice::again},
        {"host-gone", Advice::stop},
        {"host-unknown", Advice::stop},
        {"improper-addressing", Advice::stop},
        {"internal-server-error", Advice::again},
        {"invalid-from", Advice::again},
        {"invalid-namespace", Advice::stop},
        {"invalid-xml", Advice::again},
        {"not-authorized", Advice::stop},
        {"not-well-formed", Advice::again},
        {"policy-violation", Advice::stop},
        {"remote-connection-failed", Advice::again},
        {"reset", Advice::again},
        {"resource-constraint", Advice::later},
        {"restricted-xml", Advice::later},
        {"see-other-host", Advice::elsewhere},
        {"system-shutdown", Advice::later},
        {"undefined-condition", Advice::again},
        {"unsupported-encoding", Advice::stop},
        {"unsupported-feature", Advice::stop},
        {"unsupported-stanza-type", Advice::again},
        {"unsupported-version", Advice::stop},
    };
    for (const auto& [reason, advice] : conditions) {
        EXPECT_EQ(advise(reason), advice) << reason;
        EXPECT_TRUE(parse_stream_condition(reason)) << reason;
    }
    EXPECT_EQ(
        std::size(conditions), static_cast<std::size_t>(StreamCondition::unsupported_version) + 1
    );
}

TEST(Advice, never_hammers_on_a_closed_door) {
    for (const char* reason :
         {"sasl-not-authorized",
          "sasl-account-disabled",
          "sasl-credentials-expired",
          "sasl-attack",
          "auth-not-authorized",
          "bind-not-allowed"})
        EXPECT_EQ(advise(reason), Advice::stop) << reason;
    EXPECT_EQ(advise("sasl-temporary-auth-failure"), Advice::later);
    EXPECT_EQ(advise("tls-refused"), Advice::elsewhere);
    for (const char* reason : {"eof", "sasl-eof", "new-word"})
        EXPECT_EQ(advise(reason), Advice::again) << reason;
}

}  // namespace
}  // namespace sallyport::xmpp::test
