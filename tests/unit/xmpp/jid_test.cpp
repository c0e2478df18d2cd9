// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/jid.hpp"

#include <unordered_set>

#include <gtest/gtest.h>

namespace sallyport::xmpp {
namespace {

std::string normal(std::string_view text) {
    Result<Jid> jid = Jid::parse(text);
    return jid ? jid->str() : "refused";
}

struct Row {
    std::string_view text;
    std::string_view normal;
};

TEST(Jid, has_one_normal_form) {
    // RFC 3920 nodeprep, nameprep (as UTS #46), resourceprep; xmpp.md E1-E5.
    constexpr Row rows[] = {
        {"example.org", "example.org"},
        {"Romeo@Example.ORG/Balcony", "romeo@example.org/Balcony"},
        {"a@b.", "a@b"},
        {"a@b/c@d/e", "a@b/c@d/e"},
        {"b/@", "b/@"},
        {"+15551234567@sms.example.org", "+15551234567@sms.example.org"},
        {"[a]{b}^|`~\\@irc", "[a]{b}^|`~\\@irc"},
        {"stra\u00DFe@b", "strasse@b"},
        {"\u03A3\u03AF\u03C3\u03C5\u03C6\u03BF\u03C2@b",
         "\u03C3\u03AF\u03C3\u03C5\u03C6\u03BF\u03C3@b"},
        {"\uFB01@b", "fi@b"},
        {"\u212A@b", "k@b"},
        {"\uFF21\uFF22@b", "ab@b"},
        {"a\u00AD@b", "a@b"},
        {"a@\u00C5.example", "a@\u00E5.example"},
        {"a@xn--strae-oqa.de", "a@stra\u00DFe.de"},
        {"a@STRA\u00DFE.de", "a@stra\u00DFe.de"},
        {"a@b/\u3000x", "a@b/ x"},
        {"a@b/\U0001F916", "a@b/\U0001F916"},
        {"l\u00B7l@b", "l\u00B7l@b"},
        {"127.0.0.1", "127.0.0.1"},
    };
    for (const Row& row : rows) EXPECT_EQ(normal(row.text), row.normal) << row.text;
}

TEST(Jid, refuses_what_either_profile_refuses) {
    constexpr std::string_view texts[] = {
        "",
        "@",
        "/",
        "@b",
        "a@",
        "a@/c",
        "a@b/",
        "a@@b",
        "a@b@c",
        "a b@c",
        "a\"b@c",
        "a&b@c",
        "a'b@c",
        "a:b@c",
        "a<b@c",
        "a>b@c",
        "\u0001@b",
        "a@b/\u0007",
        "a@b c",
        "a@b_c",
        "a@-b",
        "a@b-",
        "a..b",
        ".",
        "..",
        "a@[::1]",
        "a@b:5222",
        "\u1E9E@b",
        "\U0001F44D@b",
        "a\u0378@b",
        "a@b/\u0378",
        "\u2100@b",
        "a\u00A0b@c",
        "a\u00B7b@c",
        "\uE000@b",
        "a@b/\uE000",
        "a@b/\uFFFE",
        "\u06F0\u0660@b",
        "a@xn--a",
        "\u0640\u0628@b"};
    for (std::string_view text : texts) EXPECT_EQ(normal(text), "refused") << text;
}

// xmpp.md E5.
TEST(Jid, takes_domains_as_idna_does) {
    for (std::string_view text :
         {"a@xn--strae-oqa.de", "a@STRA\u00DFE.de", "a@stra\u00DFe.de.", "a@XN--STRAE-OQA.DE"})
        EXPECT_EQ(normal(text), "a@stra\u00DFe.de") << text;
    for (std::string_view text :
         {"a@example.org:5222",
          "a@example..org",
          "a@.example.org",
          "a@-example.org",
          "a@ex_ample.org",
          "a@example.org..",
          "a@[::1",
          "a@exam ple.org"})
        EXPECT_EQ(normal(text), "refused") << text;
}

TEST(Jid, refuses_bytes_that_are_no_utf8) {
    for (std::string_view bad :
         {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82"}) {
        const std::string text(bad);
        EXPECT_EQ(normal(text + "@b"), "refused");
        EXPECT_EQ(normal("a@" + text), "refused");
        EXPECT_EQ(normal("a@b/" + text), "refused");
    }
}

TEST(Jid, bounds_each_part_to_1023_bytes_after_normalising) {
    const std::string longest(1023, 'a'), longer(1024, 'a');
    EXPECT_NE(normal(longest + "@b/" + longest), "refused");
    EXPECT_EQ(normal(longer + "@b"), "refused");
    EXPECT_EQ(normal("a@b/" + longer), "refused");
    std::string wide;
    for (int i = 0; i < 400; ++i) wide += "\uFF21";  // 1200 bytes that become 400
    EXPECT_NE(normal(wide + "@b"), "refused");
    std::string labels;
    for (int i = 0; i < 16; ++i) labels += std::string(63, 'a') + ".";
    EXPECT_EQ(normal(labels + "a"), "refused");
    EXPECT_EQ(normal(std::string(64, 'a')), "refused");
}

TEST(Jid, is_a_fixed_point) {
    for (std::string_view text :
         {"\u03A3@\u00C5.example/\u3000x", "stra\u00DFe@xn--strae-oqa.de", "A@B/C"}) {
        const std::string once = normal(text);
        EXPECT_EQ(normal(once), once);
    }
}

TEST(Jid, gives_views_of_its_parts) {
    const Jid jid = Jid::parse("a@b.c/d/e").value();
    EXPECT_EQ(jid.local(), "a");
    EXPECT_EQ(jid.domain(), "b.c");
    EXPECT_EQ(jid.resource(), "d/e");
    EXPECT_EQ(jid.bare_view(), "a@b.c");
    EXPECT_EQ(jid.bare().str(), "a@b.c");
    EXPECT_FALSE(jid.is_bare());
    EXPECT_TRUE(jid.bare().is_bare());
    EXPECT_FALSE(jid.bare().is_domain());
    EXPECT_TRUE(Jid::parse("b.c").value().is_domain());
    EXPECT_EQ(Jid::parse("b.c").value().resource(), "");
    EXPECT_TRUE(Jid().is_empty());
}

TEST(Jid, changes_its_resource_and_nothing_else) {
    const Jid jid = Jid::parse("a@b/c").value();
    EXPECT_EQ(jid.with_resource("\u3000d").value().str(), "a@b/ d");
    EXPECT_EQ(jid.with_resource("").value().str(), "a@b");
    EXPECT_FALSE(jid.with_resource("\x01"));
}

TEST(Jid, is_made_from_parts) {
    EXPECT_EQ(Jid::from_parts("A", "B", "C").value().str(), "a@b/C");
    EXPECT_EQ(Jid::from_parts("", "b").value().str(), "b");
    EXPECT_FALSE(Jid::from_parts("a", ""));
    EXPECT_FALSE(Jid::from_parts("a/b", "c"));
    EXPECT_FALSE(Jid::from_parts("a", "b/c"));
}

TEST(Jid, is_a_key) {
    const std::unordered_set<Jid> set{
        Jid::parse("a@b").value(), Jid::parse("A@B").value(), Jid::parse("a@b/c").value()};
    EXPECT_EQ(set.size(), 2U);
    EXPECT_LT(Jid::parse("a@b").value(), Jid::parse("b@a").value());
}

TEST(EscapeLocal, is_that_of_xep_0106) {
    EXPECT_EQ(escape_local("d'artagnan"), "d\\27artagnan");
    EXPECT_EQ(escape_local("space cadet"), "space\\20cadet");
    EXPECT_EQ(escape_local("call me \"ishmael\""), "call\\20me\\20\\22ishmael\\22");
    EXPECT_EQ(escape_local("at&t guy"), "at\\26t\\20guy");
    EXPECT_EQ(escape_local("/.fanboy"), "\\2f.fanboy");
    EXPECT_EQ(escape_local("::foo::"), "\\3a\\3afoo\\3a\\3a");
    EXPECT_EQ(escape_local("<foo>"), "\\3cfoo\\3e");
    EXPECT_EQ(escape_local("user@host"), "user\\40host");
    EXPECT_EQ(escape_local("c:\\net"), "c\\3a\\net");
    EXPECT_EQ(escape_local("c:\\cool stuff"), "c\\3a\\cool\\20stuff");
    EXPECT_EQ(escape_local("c:\\5commas"), "c\\3a\\5c5commas");
    EXPECT_EQ(unescape_local("\\2plus\\2is\\4"), "\\2plus\\2is\\4");
    EXPECT_EQ(unescape_local("foo\\bar"), "foo\\bar");
    EXPECT_EQ(unescape_local("foob\\41r"), "foob\\41r");
    EXPECT_EQ(unescape_local("\\5C\\2F"), "\\/");
    EXPECT_EQ(unescape_local("a\\4"), "a\\4");
}

TEST(EscapeLocal, comes_back_for_every_short_text) {
    constexpr std::string_view alphabet = "\\25cC0 /a";
    std::vector<std::string> texts{""};
    for (std::size_t at = 0; texts[at].size() < 5; ++at)
        for (char c : alphabet) texts.push_back(texts[at] + c);
    for (const std::string& text : texts) ASSERT_EQ(unescape_local(escape_local(text)), text);
}

}  // namespace
}  // namespace sallyport::xmpp
