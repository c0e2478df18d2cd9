// SPDX-License-Identifier: Apache-2.0
// Codecs of what an account's server keeps and copies, with the examples of their specifications.
#include <gtest/gtest.h>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/archive.hpp"
#include "xmpp/xep/blocking.hpp"
#include "xmpp/xep/carbons.hpp"
#include "xmpp/xep/datetime.hpp"
#include "xmpp/xep/rsm.hpp"
#include "xmpp/xep/upload.hpp"
#include "xmpp/xep/vcard.hpp"
#include "xmpp/xml/reader.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp {
namespace {

/// One element from XML in jabber:client.
Element parse(std::string_view xml) {
    XmlReader reader;
    reader.feed(
        "<stream:stream xmlns='jabber:client' "
        "xmlns:stream='http://etherx.jabber.org/streams'>"
    );
    reader.feed(xml);
    reader.next();
    auto event = reader.next();
    auto* element = event ? std::get_if<Element>(&*event) : nullptr;
    EXPECT_NE(element, nullptr) << xml;
    return element ? std::move(*element) : Element();
}

Jid address(std::string_view text) {
    return *Jid::parse(text);
}

Stanza message(std::string_view xml) {
    return *Stanza::from_element(parse(xml));
}

// ---- XEP-0280, XEP-0297 ----

constexpr std::string_view directed =
    "<message xmlns='jabber:client' from='juliet@capulet.example/balcony'"
    " to='romeo@montague.example/garden' type='chat'>"
    "<body>What man art thou that, thus bescreen'd in night, so stumblest on my counsel?</body>"
    "<thread>0e3141cd80894871a68e6fe6b1ec56fa</thread></message>";

TEST(Carbons, look_as_in_the_specification) {
    const Stanza copy = build_carbon(
        message(directed),
        CarbonDirection::received,
        address("romeo@montague.example"),
        address("romeo@montague.example/home")
    );
    EXPECT_EQ(
        copy.element(),
        parse(
            "<message xmlns='jabber:client' from='romeo@montague.example'"
            " to='romeo@montague.example/home' type='chat'>"
            "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" +
            std::string(directed) + "</forwarded></received></message>"
        )
    );
    EXPECT_TRUE(is_carbon(copy.element()));
    const Element* inner = find_forwarded(*copy.element().child("received", ns::carbons));
    ASSERT_NE(inner, nullptr);
    EXPECT_EQ(*inner, parse(directed));
}

TEST(Carbons, of_private_messages_are_forbidden) {
    EXPECT_FALSE(forbids_carbons(parse(directed)));
    EXPECT_TRUE(forbids_carbons(
        parse("<message><body>Neither</body><private xmlns='urn:xmpp:carbons:2'/></message>")
    ));
    EXPECT_TRUE(forbids_carbons(
        parse("<message><body>Neither</body><no-copy xmlns='urn:xmpp:hints'/></message>")
    ));
}

TEST(Carbons, of_room_messages_follow_the_direction) {
    const Stanza private_message = message(
        "<message type='chat' from='room@muc.example/nick' to='a@b.example'><body>hi</body>"
        "<x xmlns='http://jabber.org/protocol/muc#user'/></message>"
    );
    EXPECT_FALSE(is_eligible_for_carbons(private_message, CarbonDirection::received));
    EXPECT_TRUE(is_eligible_for_carbons(private_message, CarbonDirection::sent));
    const Stanza invitation = message(
        "<message from='room@muc.example' to='a@b.example'>"
        "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='c@d.example'/></x></message>"
    );
    EXPECT_TRUE(is_eligible_for_carbons(invitation, CarbonDirection::received));
}

// ---- XEP-0059 ----

TEST(Pages, are_asked_for_and_told) {
    const auto request =
        parse_page_request(parse("<query><set xmlns='http://jabber.org/protocol/rsm'><max>10</max>"
                                 "<after>09af3-cc343-b409f</after></set></query>"));
    ASSERT_TRUE(request);
    EXPECT_EQ(request->max, 10U);
    EXPECT_EQ(request->after, "09af3-cc343-b409f");
    EXPECT_FALSE(request->before);
    const auto last = parse_page_request(
        parse("<query><set xmlns='http://jabber.org/protocol/rsm'><before/></set></query>")
    );
    EXPECT_EQ(last->before, "");
    EXPECT_FALSE(parse_page_request(
        parse("<query><set xmlns='http://jabber.org/protocol/rsm'><max>-1</max></set></query>")
    ));
    EXPECT_FALSE(parse_page_request(parse("<query/>"))->max);

    PageInfo info;
    info.first = "28482-98726-73623";
    info.last = "09af3-cc343-b409f";
    info.first_index = 0;
    info.count = 20;
    EXPECT_EQ(
        build_page_info(info),
        parse("<set xmlns='http://jabber.org/protocol/rsm'><first index='0'>28482-98726-73623"
              "</first><last>09af3-cc343-b409f</last><count>20</count></set>")
    );
    Element parent("fin", ns::archive);
    parent.add(build_page_info(info));
    EXPECT_EQ(parse_page_info(parent).count, 20U);
    EXPECT_EQ(parse_page_info(parent).first_index, 0U);
}

// ---- XEP-0313, XEP-0441 ----

TEST(ArchiveQueries, are_read_whole) {
    const auto query = parse_archive_query(
        parse("<query xmlns='urn:xmpp:mam:2' queryid='f27'><x xmlns='jabber:x:data' type='submit'>"
              "<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>"
              "<field var='with'><value>juliet@capulet.lit</value></field>"
              "<field var='start'><value>2010-06-07T00:00:00Z</value></field>"
              "<field var='end'><value>2010-07-07T13:23:54Z</value></field>"
              "<field var='after-id'><value>28482-98726-73623</value></field>"
              "<field var='before-id'><value>09af3-cc343-b409f</value></field></x>"
              "<set xmlns='http://jabber.org/protocol/rsm'><max>10</max></set><flip-page/></query>")
    );
    ASSERT_TRUE(query);
    EXPECT_EQ(query->query_id, "f27");
    EXPECT_EQ(query->with, address("juliet@capulet.lit"));
    EXPECT_EQ(query->start, parse_datetime("2010-06-07T00:00:00Z"));
    EXPECT_EQ(query->end, parse_datetime("2010-07-07T13:23:54Z"));
    EXPECT_EQ(query->after_id, "28482-98726-73623");
    EXPECT_EQ(query->before_id, "09af3-cc343-b409f");
    EXPECT_EQ(query->page.max, 10U);
    EXPECT_TRUE(query->is_flipped);
    const auto again = parse_archive_query(build_archive_query(*query));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->with, query->with);
    EXPECT_EQ(again->end, query->end);
    EXPECT_TRUE(again->is_flipped);
}

TEST(ArchiveQueries, without_anything_ask_for_everything) {
    const auto query = parse_archive_query(parse("<query xmlns='urn:xmpp:mam:2'/>"));
    ASSERT_TRUE(query);
    EXPECT_FALSE(query->with || query->start || query->page.max || query->is_flipped);
}

TEST(ArchiveQueries, of_nodes_or_other_forms_are_refused) {
    EXPECT_EQ(
        parse_archive_query(parse("<query xmlns='urn:xmpp:mam:2' node='n'/>")).error().condition,
        Condition::feature_not_implemented
    );
    EXPECT_EQ(
        parse_archive_query(
            parse("<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'>"
                  "<field var='FORM_TYPE'><value>other</value></field></x></query>")
        )
            .error()
            .condition,
        Condition::bad_request
    );
}

TEST(ArchiveResults, look_as_in_the_specification) {
    const Element hail = parse(
        "<message from='witch@shakespeare.lit' to='macbeth@shakespeare.lit'>"
        "<body>Hail to thee</body></message>"
    );
    EXPECT_EQ(
        build_archive_result(
            "f27", "28482-98726-73623", *parse_datetime("2010-07-10T23:08:25Z"), hail
        ),
        parse("<result xmlns='urn:xmpp:mam:2' queryid='f27' id='28482-98726-73623'>"
              "<forwarded xmlns='urn:xmpp:forward:0'>"
              "<delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:08:25Z'/>"
              "<message xmlns='jabber:client' from='witch@shakespeare.lit'"
              " to='macbeth@shakespeare.lit'><body>Hail to thee</body></message>"
              "</forwarded></result>")
    );
    ArchiveFin fin;
    fin.is_complete = true;
    fin.page.first = "23452-4534-1";
    fin.page.first_index = 0;
    fin.page.last = "390-2342-22";
    fin.page.count = 16;
    const Element element = parse(
        "<fin xmlns='urn:xmpp:mam:2' complete='true'><set xmlns='http://jabber.org/protocol/rsm'>"
        "<first index='0'>23452-4534-1</first><last>390-2342-22</last><count>16</count></set></fin>"
    );
    EXPECT_EQ(build_archive_fin(fin), element);
    EXPECT_TRUE(parse_archive_fin(element).is_complete);
    EXPECT_EQ(parse_archive_fin(element).page.last, "390-2342-22");
}

TEST(ArchiveMetadata, names_the_ends) {
    EXPECT_EQ(
        build_archive_metadata(
            ArchiveEnd("YWxwaGEg", *parse_datetime("2008-08-22T21:09:04Z")),
            ArchiveEnd("b21lZ2Eg", *parse_datetime("2020-04-20T14:34:21Z"))
        ),
        parse("<metadata xmlns='urn:xmpp:mam:2'>"
              "<start id='YWxwaGEg' timestamp='2008-08-22T21:09:04Z'/>"
              "<end id='b21lZ2Eg' timestamp='2020-04-20T14:34:21Z'/></metadata>")
    );
}

TEST(ArchivePreferences, go_both_ways) {
    const Element element = parse(
        "<prefs xmlns='urn:xmpp:mam:2' default='roster'>"
        "<always><jid>romeo@montague.lit</jid></always>"
        "<never><jid>montague@montague.lit</jid></never></prefs>"
    );
    const auto preferences = parse_archive_preferences(element);
    ASSERT_TRUE(preferences);
    EXPECT_EQ(preferences->otherwise, ArchiveDefault::roster);
    EXPECT_EQ(preferences->always, std::vector<Jid>{address("romeo@montague.lit")});
    EXPECT_EQ(build_archive_preferences(*preferences), element);
    EXPECT_FALSE(parse_archive_preferences(parse("<prefs xmlns='urn:xmpp:mam:2'/>")));
    EXPECT_EQ(
        parse_archive_preferences(parse("<prefs xmlns='urn:xmpp:mam:2' default='always'>"
                                        "<never><jid>@</jid></never></prefs>"))
            .error()
            .condition,
        Condition::jid_malformed
    );
}

// ---- XEP-0191 ----

TEST(Blocklists, go_both_ways) {
    const Element element = parse(
        "<blocklist xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/>"
        "<item jid='iago@shakespeare.lit'/></blocklist>"
    );
    const auto jids = parse_blocked(element);
    ASSERT_TRUE(jids);
    EXPECT_EQ(build_blocked("blocklist", *jids), element);
    EXPECT_EQ(
        parse_blocked(parse("<block xmlns='urn:xmpp:blocking'><item/></block>")).error().condition,
        Condition::bad_request
    );
}

TEST(Blocklists, say_who_is_blocked) {
    const Element error = blocked_error().to_element(ns::client);
    EXPECT_EQ(
        error,
        parse("<error type='cancel'>"
              "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
              "<blocked xmlns='urn:xmpp:blocking:errors'/></error>")
    );
}

// ---- XEP-0363 ----

TEST(UploadRequests, go_both_ways) {
    const Element element = parse(
        "<request xmlns='urn:xmpp:http:upload:0' filename='très cool.jpg' size='23456'"
        " content-type='image/jpeg'/>"
    );
    const auto request = parse_upload_request(element);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->file_name, "très cool.jpg");
    EXPECT_EQ(request->size_bytes, 23'456U);
    EXPECT_EQ(request->content_type, "image/jpeg");
    EXPECT_EQ(build_upload_request(*request), element);
}

TEST(UploadSlots, go_both_ways) {
    const UploadSlot slot{"https://upload.example/a", "https://download.example/b"};
    const Element element = build_upload_slot(slot);
    EXPECT_EQ(
        element,
        parse("<slot xmlns='urn:xmpp:http:upload:0'><put url='https://upload.example/a'/>"
              "<get url='https://download.example/b'/></slot>")
    );
    EXPECT_EQ(parse_upload_slot(element).get_url, slot.get_url);
    EXPECT_EQ(
        build_form(build_upload_form(5'242'880)),
        parse("<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>"
              "<value>urn:xmpp:http:upload:0</value></field>"
              "<field var='max-file-size' type='text-single'><value>5242880</value></field></x>")
    );
}

// ---- XEP-0153 ----

TEST(VCards, have_the_hash_of_their_photo) {
    EXPECT_EQ(
        vcard_photo_hash(parse("<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE>"
                               "<BINVAL>aGVs\nbG8=</BINVAL></PHOTO></vCard>")),
        "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"
    );
    EXPECT_EQ(vcard_photo_hash(parse("<vCard xmlns='vcard-temp'/>")), "");
    EXPECT_EQ(
        vcard_photo_hash(parse("<vCard xmlns='vcard-temp'><PHOTO><BINVAL>!</BINVAL></PHOTO></vCard>"
        )),
        ""
    );
}

}  // namespace
}  // namespace sallyport::xmpp
