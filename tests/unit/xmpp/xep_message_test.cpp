// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/addresses.hpp"
#include "xmpp/xep/chatstate.hpp"
#include "xmpp/xep/correction.hpp"
#include "xmpp/xep/datetime.hpp"
#include "xmpp/xep/delay.hpp"
#include "xmpp/xep/encryption.hpp"
#include "xmpp/xep/hints.hpp"
#include "xmpp/xep/ids.hpp"
#include "xmpp/xep/nick.hpp"
#include "xmpp/xep/oob.hpp"
#include "xmpp/xep/receipts.hpp"
#include "xmpp/xep/reply.hpp"
#include "xmpp/xep/retraction.hpp"
#include "xmpp/xml/reader.hpp"

namespace sallyport::xmpp {
namespace {

using namespace std::chrono;

// One element of a stream whose content namespace is jabber:client.
Element read(std::string_view xml) {
    XmlReader reader;
    reader.feed("<stream xmlns='jabber:client'>");
    reader.next();
    reader.feed(xml);
    auto event = reader.next();
    EXPECT_TRUE(event) << xml << ": " << reader.fault_detail();
    return event ? std::get<Element>(*event) : Element("nothing");
}

Element message(std::string_view inner) {
    return read("<message>" + std::string(inner) + "</message>");
}

TEST(DateTime, reads_every_zone_and_fraction) {
    const sys_time<milliseconds> moon =
        sys_days(1969y / July / 21) + hours(2) + minutes(56) + seconds(15);
    // XEP-0082 §5, examples.
    EXPECT_EQ(parse_datetime("1969-07-21T02:56:15Z"), moon);
    EXPECT_EQ(parse_datetime("1969-07-20T21:56:15-05:00"), moon);
    EXPECT_EQ(parse_datetime("1969-07-21T02:56:15.1239Z"), moon + milliseconds(123));
    for (std::string_view bad :
         {"",
          "1969-07-21",
          "1969-07-21T02:56:15",
          "1969-13-21T02:56:15Z",
          "1969-02-30T02:56:15Z",
          "1969-07-21 02:56:15Z",
          "1969-07-21T25:56:15Z",
          "1969-07-21T02:56:15Zx",
          "20020910T23:08:25"})
        EXPECT_FALSE(parse_datetime(bad)) << bad;
}

TEST(DateTime, writes_what_it_reads) {
    for (std::string_view text : {"2026-11-20T17:30:00Z", "2026-02-28T23:59:59.007Z"})
        EXPECT_EQ(build_datetime(*parse_datetime(text)), text);
    EXPECT_EQ(build_zone(minutes(0)), "Z");
    EXPECT_EQ(build_zone(minutes(-330)), "-05:30");
    EXPECT_EQ(build_zone(minutes(120)), "+02:00");
}

TEST(Receipts, are_asked_and_given) {
    EXPECT_TRUE(wants_receipt(message("<request xmlns='urn:xmpp:receipts'/>")));
    EXPECT_FALSE(wants_receipt(message("")));
    Element m = message("");
    m.add(build_received("1"));
    m.add(build_displayed("2"));
    m.add(build_markable());
    EXPECT_EQ(received_id(m), "1");
    EXPECT_EQ(displayed_id(m), "2");
    EXPECT_TRUE(is_markable(m));
    EXPECT_FALSE(received_id(message("<received xmlns='urn:xmpp:receipts'/>")));
    EXPECT_FALSE(displayed_id(message("<displayed xmlns='urn:xmpp:chat-markers:0' id=''/>")));
}

TEST(ChatState, is_one_of_five) {
    for (ChatState state :
         {ChatState::active,
          ChatState::composing,
          ChatState::paused,
          ChatState::inactive,
          ChatState::gone}) {
        Element m = message("");
        m.add(build_chat_state(state));
        EXPECT_EQ(parse_chat_state(m), state);
    }
    EXPECT_FALSE(parse_chat_state(message("<dancing xmlns='http://jabber.org/protocol/chatstates'/>"
    )));
    EXPECT_FALSE(parse_chat_state(message("")));
}

TEST(Delay, comes_back_and_skips_the_unreadable) {
    Element m = message("<delay xmlns='urn:xmpp:delay' stamp='yesterday'/>");
    EXPECT_FALSE(parse_delay(m));
    m.add(build_delay(*parse_datetime("2026-11-20T17:30:00Z"), "sms.example.org", "late"));
    auto delay = parse_delay(m);
    ASSERT_TRUE(delay);
    EXPECT_EQ(build_datetime(time_point_cast<milliseconds>(delay->stamp)), "2026-11-20T17:30:00Z");
    EXPECT_EQ(delay->from + delay->reason, "sms.example.orglate");
}

TEST(Correction, names_the_message_it_replaces) {
    Element m = message("");
    EXPECT_FALSE(corrected_id(m));
    m.add(build_correction("1"));
    EXPECT_EQ(corrected_id(m), "1");
}

TEST(Retraction, is_seen_in_every_form) {
    EXPECT_EQ(retracted_id(message("<retract xmlns='urn:xmpp:message-retract:1' id='1'/>")), "1");
    EXPECT_EQ(
        retracted_id(message("<apply-to xmlns='urn:xmpp:fasten:0' id='2'><retract "
                             "xmlns='urn:xmpp:message-retract:0'/></apply-to>")),
        "2"
    );
    EXPECT_EQ(retracted_id(message("<retract xmlns='urn:xmpp:message-retract:0'/>")), "");
    EXPECT_FALSE(retracted_id(message("<apply-to xmlns='urn:xmpp:fasten:0' id='2'/>")));
}

TEST(Reactions, come_back_whole) {
    Element m = message("");
    EXPECT_FALSE(parse_reactions(m));
    m.add(build_reactions({"1", {"\U0001F44D", "\u2764"}}));
    auto reactions = parse_reactions(m);
    ASSERT_TRUE(reactions);
    EXPECT_EQ(reactions->id, "1");
    EXPECT_EQ(reactions->emojis.size(), 2U);
}

TEST(Oob, keeps_links_that_are_there) {
    Element m =
        message("<x xmlns='jabber:x:oob'><url> https://a/ </url></x><x xmlns='jabber:x:oob'/>");
    m.add(build_oob("https://b/", "B"));
    auto links = parse_oob(m);
    ASSERT_EQ(links.size(), 2U);
    EXPECT_EQ(links[0].url, "https://a/");
    EXPECT_EQ(links[1].description, "B");
}

TEST(Ids, trusts_a_stanza_id_by_its_giver_only) {
    Element m = message(
        "<origin-id xmlns='urn:xmpp:sid:0' id='o'/><stanza-id xmlns='urn:xmpp:sid:0' id='x' "
        "by='evil'/><stanza-id xmlns='urn:xmpp:sid:0' id='y' by='b'/>"
    );
    EXPECT_EQ(origin_id(m), "o");
    EXPECT_EQ(stanza_id(m, "b"), "y");
    strip_stanza_ids(m, "b");
    EXPECT_FALSE(stanza_id(m, "b"));
    EXPECT_EQ(stanza_id(m, "evil"), "x");
    m.add(build_stanza_id("z", "b"));
    EXPECT_EQ(stanza_id(m, "b"), "z");
    EXPECT_FALSE(origin_id(message("<origin-id xmlns='urn:xmpp:sid:0'/>")));
}

std::string stripped(std::string_view body, std::string_view fallbacks) {
    return strip_fallback(message(fallbacks), body, {ns::reply, ns::correct});
}

TEST(Fallback, is_cut_out_of_the_body_by_characters) {
    constexpr std::string_view reply =
        "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' "
        "end='9'/></fallback>";
    EXPECT_EQ(stripped("> h\u00E9llo\U0001F916\nyes", reply), "yes");
    EXPECT_EQ(stripped("short", reply), "short");
    EXPECT_EQ(
        stripped("abc", "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'/>"), ""
    );
    EXPECT_EQ(
        stripped(
            "abc", "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body/></fallback>"
        ),
        ""
    );
    EXPECT_EQ(
        stripped(
            "abc",
            "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><subject/></fallback>"
        ),
        "abc"
    );
    EXPECT_EQ(stripped("abc", "<fallback xmlns='urn:xmpp:fallback:0' for='urn:other'/>"), "abc");
    EXPECT_EQ(stripped("abc", ""), "abc");
}

TEST(Fallback, survives_ranges_that_make_no_sense) {
    auto range = [](std::string_view start, std::string_view end) {
        return "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='" +
               std::string(start) + "' end='" + std::string(end) + "'/></fallback>";
    };
    for (auto [start, end] :
         {std::pair{"2", "1"},
          {"-1", "2"},
          {"0", "99999999999999999999"},
          {"x", "y"},
          {"1", "1"},
          {"0", ""}})
        EXPECT_EQ(stripped("abc", range(start, end)), "abc") << start << ' ' << end;
    EXPECT_EQ(stripped("abcdef", range("1", "3") + range("2", "4")), "aef");
    EXPECT_EQ(stripped("abcdef", range("3", "5") + range("0", "1")), "bcf");
}

TEST(Reply, comes_back) {
    Element m = message("");
    EXPECT_FALSE(parse_reply(m));
    m.add(build_reply("1", "a@b"));
    m.add(build_fallback(ns::reply, 0, 3));
    EXPECT_EQ(parse_reply(m)->id, "1");
    EXPECT_EQ(strip_fallback(m, "> xyes", {ns::reply}), "yes");
}

TEST(Hints, are_found) {
    Element m = message("<no-store xmlns='urn:xmpp:hints'/>");
    EXPECT_TRUE(has_hint(m, Hint::no_store));
    EXPECT_FALSE(has_hint(m, Hint::store));
    m.add(build_hint(Hint::store));
    EXPECT_TRUE(has_hint(m, Hint::store));
}

TEST(Nick, is_trimmed) {
    Element m = message("<nick xmlns='http://jabber.org/protocol/nick'> Juliet </nick>");
    EXPECT_EQ(parse_nick(m), "Juliet");
    EXPECT_FALSE(parse_nick(message("<nick xmlns='http://jabber.org/protocol/nick'> </nick>")));
    EXPECT_EQ(build_nick("J").text(), "J");
}

TEST(Addresses, come_back_whole) {
    Element m = message(
        "<addresses xmlns='http://jabber.org/protocol/address'><address jid='untyped'/></addresses>"
    );
    EXPECT_TRUE(parse_addresses(m).empty());
    Element n = message("");
    n.add(build_addresses({{"to", "a@b", "", "A", true}, {"cc", "", "mailto:c@d", "", false}}));
    auto addresses = parse_addresses(n);
    ASSERT_EQ(addresses.size(), 2U);
    EXPECT_TRUE(addresses[0].delivered);
    EXPECT_EQ(addresses[1].uri, "mailto:c@d");
}

TEST(Encryption, is_recognised_beside_an_excuse) {
    EXPECT_EQ(
        encryption_name(message("<encrypted xmlns='eu.siacs.conversations.axolotl'/><body>I sent "
                                "you an OMEMO encrypted message</body>")),
        "OMEMO"
    );
    EXPECT_EQ(encryption_name(message("<encrypted xmlns='urn:xmpp:omemo:2'/>")), "OMEMO");
    EXPECT_EQ(encryption_name(message("<openpgp xmlns='urn:xmpp:openpgp:0'/>")), "OpenPGP");
    EXPECT_EQ(encryption_name(message("<x xmlns='jabber:x:encrypted'/>")), "OpenPGP");
    EXPECT_EQ(
        encryption_name(
            message("<encryption xmlns='urn:xmpp:eme:0' namespace='urn:new' name='Novel'/>")
        ),
        "Novel"
    );
    EXPECT_EQ(
        encryption_name(message("<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/>")
        ),
        "OMEMO"
    );
    EXPECT_EQ(encryption_name(message("<body>?OTR:AAM=</body>")), "OTR");
    EXPECT_FALSE(is_encrypted(message("<body>plain</body>")));
}

}  // namespace
}  // namespace sallyport::xmpp
