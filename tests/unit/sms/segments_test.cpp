// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/segments.hpp"

#include <gtest/gtest.h>

namespace sallyport::sms {
namespace {

std::string times(std::string_view one, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += one;
    return out;
}

struct Row {
    std::string text;
    std::size_t segments;
    bool is_unicode;
};

TEST(Segments, count_as_the_known_answers_say) {
    const std::vector<Row> rows{
        {"", 0, false},
        {times("a", 160), 1, false},
        {times("a", 161), 2, false},
        {times("a", 306), 2, false},
        {times("a", 307), 3, false},
        {times("€", 80), 1, false},
        {times("€", 81), 2, false},
        {times("a", 152) + "€" + times("a", 152), 3, false},
        {times("😀", 35), 1, true},
        {times("😀", 36), 2, true},
        {times("a", 66) + "😀" + times("a", 66), 3, true},
        {times("ж", 134), 2, true},
        {times("ж", 135), 3, true},
        {times("a", 159) + "’", 3, true},
    };
    for (const auto& row : rows) {
        const auto count = count_segments(row.text);
        EXPECT_EQ(count.segments, row.segments) << row.text;
        EXPECT_EQ(count.is_unicode, row.is_unicode) << row.text;
    }
}

TEST(Segments, know_the_traps_of_the_alphabet) {
    EXPECT_TRUE(is_gsm(
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà"
    ));
    EXPECT_TRUE(is_gsm("^{}\\[~]|€\f"));
    for (const std::string_view other : {"ç", "`", "Α", "’", "\t", "ê", "ı"})
        EXPECT_FALSE(is_gsm(other)) << other;
}

TEST(Segments, broken_bytes_count_as_characters_and_end) {
    EXPECT_EQ(count_segments("\xff\xc3").characters, 2U);
    EXPECT_EQ(count_segments("\xf0\x9f\x98").characters, 3U);
}

TEST(Segments, name_both_counts_when_over_the_limit) {
    EXPECT_EQ(
        too_long(times("ж", 700), 10, std::nullopt),
        "This text needs 11 SMS segments (700 characters, Unicode); at most 10 are sent."
    );
    EXPECT_EQ(
        too_long(times("a", 1601), std::nullopt, 1600),
        "This text has 1601 characters (11 SMS segments); at most 1600 characters are sent."
    );
    EXPECT_EQ(too_long(times("ж", 670), 10, 1600), std::nullopt);
}

}  // namespace
}  // namespace sallyport::sms
