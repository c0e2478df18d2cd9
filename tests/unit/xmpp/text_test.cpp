// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/text.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "xmpp/core/random.hpp"
#include "xmpp/core/utf8.hpp"

namespace sallyport {
namespace {

TEST(Text, knows_utf8) {
    for (std::string_view good :
         {"", "plain text of more than eight bytes", "\u00E9\u20AC\U0001F916", "\xF4\x8F\xBF\xBF"})
        EXPECT_TRUE(is_utf8(good)) << good;
    for (std::string_view bad :
         {"\x80",
          "\xC0\xAF",
          "\xC1\xBF",
          "\xE0\x80\xAF",
          "\xED\xA0\x80",
          "\xF4\x90\x80\x80",
          "\xF8",
          "abcdefgh\xC3"})
        EXPECT_FALSE(is_utf8(bad));
}

TEST(Text, knows_what_xml_may_hold) {
    EXPECT_TRUE(is_xml_text("a\tb\nc\rd \u20AC\U0001F916 \x7F"));
    for (char c = 1; c < 0x20; ++c) {
        bool allowed = c == '\t' || c == '\n' || c == '\r';
        EXPECT_EQ(is_xml_text(std::string("12345678") + c + "12345678"), allowed)
            << static_cast<int>(c);
    }
    EXPECT_FALSE(is_xml_text(std::string_view("\0", 1)));
    EXPECT_FALSE(is_xml_text("\xEF\xBF\xBE"));
    EXPECT_FALSE(is_xml_text("\xEF\xBF\xBF"));
    EXPECT_TRUE(is_xml_text("\xEF\xBF\xBD"));
}

TEST(Text, is_repaired_for_xml) {
    EXPECT_EQ(to_xml_text("fine \u20AC"), "fine \u20AC");
    EXPECT_EQ(
        to_xml_text("a\x01"
                    "b\xFF"
                    "c\xEF\xBF\xBF"),
        "a\uFFFDb\uFFFDc\uFFFD"
    );
    EXPECT_EQ(to_xml_text("cut \xE2\x82"), "cut \uFFFD\uFFFD");
    EXPECT_TRUE(is_xml_text(to_xml_text("\x00\x01\xC3\x28\xF0\x9F")));
}

TEST(Text, is_cut_between_characters) {
    EXPECT_EQ(truncate_characters("h\u00E9llo", 2), "h\u00E9\u2026");
    EXPECT_EQ(truncate_characters("h\u00E9llo", 5), "h\u00E9llo");
    EXPECT_EQ(truncate_characters("", 0), "");
    EXPECT_EQ(truncate_characters("a", 0), "\u2026");
    EXPECT_EQ(count_characters("h\u00E9\U0001F916"), 3U);
}

TEST(Base64, is_strict) {
    // RFC 4648 §10.
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : rows) {
        EXPECT_EQ(base64_encode(plain), coded);
        EXPECT_EQ(base64_decode(coded).value(), plain);
    }
    for (std::string_view bad :
         {"Zg", "Zg=", "Z===", "Zh==", "Zm9=", "Zg==\n", "Zm 9", "====", "=", "Zg==Zg==", "Zm9-"})
        EXPECT_FALSE(base64_decode(bad)) << bad;
}

TEST(Hex, is_lower_case_and_reads_both) {
    EXPECT_EQ(hex_encode("\x01\xAB"), "01ab");
    EXPECT_EQ(hex_decode("01aB").value(), "\x01\xAB");
    EXPECT_FALSE(hex_decode("0"));
    EXPECT_FALSE(hex_decode("0g"));
}

TEST(Percent, encodes_all_but_unreserved) {
    EXPECT_EQ(percent_encode("aZ09-._~ /+\u00E9"), "aZ09-._~%20%2F%2B%C3%A9");
    EXPECT_EQ(percent_decode("a%20b+c").value(), "a b+c");
    EXPECT_EQ(percent_decode("a%20b+c", true).value(), "a b c");
    EXPECT_FALSE(percent_decode("%2"));
    EXPECT_FALSE(percent_decode("%zz"));
}

TEST(Text, compares_and_trims) {
    EXPECT_TRUE(equal_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_constant_time("abc", "ab"));
    EXPECT_TRUE(equal_constant_time("", ""));
    EXPECT_EQ(trim(" \r\n\ta b\v "), "a b");
    EXPECT_EQ(trim("  "), "");
    EXPECT_EQ(lower_ascii("AbZ\u00C9"), "abz\u00C9");
    EXPECT_TRUE(iequals_ascii("Content-Type", "content-type"));
    EXPECT_FALSE(iequals_ascii("a", "ab"));
    EXPECT_FALSE(iequals_ascii("@", "`"));
}

TEST(Utf8, comes_back_for_every_boundary) {
    constexpr char32_t boundaries[] = {
        0x0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF};
    for (char32_t c : boundaries) {
        std::string bytes;
        append_utf8(bytes, c);
        std::size_t at = 0;
        EXPECT_EQ(decode_utf8(bytes, at), c);
        EXPECT_EQ(at, bytes.size());
    }
}

TEST(Ulid, sorts_in_the_order_made_even_within_a_millisecond_or_with_the_clock_set_back) {
    using namespace std::chrono;
    const system_clock::time_point now(milliseconds(1'700'000'000'000));
    std::vector<std::string> ids;
    for (int i = 0; i < 1000; ++i) ids.push_back(make_ulid(now));
    ids.push_back(make_ulid(now - hours(1)));
    ids.push_back(make_ulid(now + milliseconds(1)));
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
    for (const std::string& id : ids) EXPECT_EQ(id.size(), 26U);
}

TEST(Ulid, begins_with_its_time) {
    using namespace std::chrono;
    // Later than any other test's, for ULIDs never go back.
    const std::string id = make_ulid(system_clock::time_point(milliseconds(4'000'000'000'000)));
    EXPECT_EQ(id.substr(0, 10), "03md998g00");
}

TEST(Random, has_the_length_asked_for) {
    EXPECT_EQ(random_bytes(0), "");
    EXPECT_EQ(random_bytes(33).size(), 33U);
    EXPECT_EQ(random_id().size(), 32U);
    EXPECT_NE(random_id(), random_id());
}

TEST(Result, tells_a_string_from_an_error) {
    Result<std::string> value = std::string("text");
    EXPECT_TRUE(value);
    Result<std::string> literal = "text";
    EXPECT_EQ(*literal, "text");
    Result<std::string> error = Error("why");
    EXPECT_FALSE(error);
    EXPECT_EQ(error.error().detail, "why");
    EXPECT_THROW((void)error.value(), std::logic_error);
    Result<void> nothing;
    EXPECT_TRUE(nothing);
    Result<void> failed = Error("why");
    EXPECT_FALSE(failed);
}

}  // namespace
}  // namespace sallyport
