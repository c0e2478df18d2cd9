// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xml/writer.hpp"

#include <gtest/gtest.h>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xml/reader.hpp"

namespace sallyport::xmpp {
namespace {

Element read(std::string_view xml) {
    XmlReader reader;
    reader.feed("<root>");
    reader.next();
    reader.feed(xml);
    auto event = reader.next();
    EXPECT_TRUE(event) << xml << ": " << reader.fault_detail();
    return event ? std::get<Element>(*event) : Element("nothing");
}

TEST(Writer, declares_a_namespace_only_where_it_changes) {
    Element message("message", ns::client);
    message.add("body", ns::client).add_text("hi");
    message.add("x", "urn:x").add("y", "urn:x");
    message.add("z", "");
    EXPECT_EQ(
        to_xml(message),
        "<message xmlns='jabber:client'><body>hi</body><x xmlns='urn:x'><y/></x><z "
        "xmlns=''/></message>"
    );
    EXPECT_EQ(to_xml(Element("a", ns::client), ns::client), "<a/>");
}

TEST(Writer, escapes_the_five_in_text_and_attributes) {
    Element m("m");
    m.set("a", "<&>\"'").add_text("<&>\"']]>");
    EXPECT_EQ(to_xml(m), "<m a='&lt;&amp;&gt;&quot;&apos;'>&lt;&amp;&gt;&quot;&apos;]]&gt;</m>");
}

TEST(Writer, keeps_white_space_that_a_reader_would_change) {
    Element m("m");
    m.set("a", "1\t2\n3\r4").add_text("1\t2\n3\r4");
    EXPECT_EQ(to_xml(m), "<m a='1&#9;2&#10;3&#13;4'>1\t2\n3&#13;4</m>");
    EXPECT_EQ(read(to_xml(m)), m);
}

TEST(Writer, replaces_what_xml_forbids) {
    Element m("m");
    m.add_text(std::string_view("a\0b\x01<c\xEF\xBF\xBE\xFF\xED\xA0\x80z", 14));
    std::string xml = to_xml(m);
    EXPECT_EQ(xml.find('\0'), std::string::npos);
    EXPECT_TRUE(xml.starts_with("<m>a\uFFFDb\uFFFD&lt;c\uFFFD\uFFFD")) << xml;
    EXPECT_TRUE(xml.ends_with("z</m>")) << xml;
    EXPECT_EQ(to_xml(read(xml)), xml);
}

TEST(Writer, puts_stanzas_into_the_stream_namespace_but_not_forwarded_ones) {
    Element message("message", ns::client);
    message.add("body", ns::client);
    message.add("forwarded", "urn:xmpp:forward:0")
        .add("message", ns::client)
        .add("body", ns::client);
    std::string out;
    write(out, message, ns::component, ns::component);
    EXPECT_EQ(
        out,
        "<message><body/><forwarded xmlns='urn:xmpp:forward:0'><message "
        "xmlns='jabber:client'><body/></message></forwarded>"
        "</message>"
    );
}

TEST(Writer, writes_what_the_reader_reads_back) {
    Element m("m", "urn:m");
    m.set("a", "\u20AC'\"").set("xml:lang", "de");
    m.add_text(" x ").add("n", "urn:n").add("o", "urn:m").add_text("&");
    m.add_text("y").add("p", "");
    EXPECT_EQ(read(to_xml(m)), m);
}

}  // namespace
}  // namespace sallyport::xmpp
