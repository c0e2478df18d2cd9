// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/values.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace sallyport {
namespace {

TEST(Decimal, is_the_whole_text) {
    EXPECT_EQ(parse_decimal<unsigned>("0"), 0U);
    EXPECT_EQ(parse_decimal<unsigned>("42"), 42U);
    EXPECT_EQ(parse_decimal<unsigned>("007"), 7U);
    for (std::string_view other :
         {"", " ", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "12three", "one"}) {
        EXPECT_FALSE(parse_decimal<unsigned>(other)) << other;
        EXPECT_FALSE(parse_decimal<int>(other)) << other;
    }
    EXPECT_FALSE(parse_decimal<unsigned>(std::string_view()));
    EXPECT_FALSE(parse_decimal<unsigned>(std::string_view("1\0", 2)));
}

TEST(Decimal, has_a_minus_sign_where_its_type_has_one) {
    EXPECT_EQ(parse_decimal<int>("-1"), -1);
    EXPECT_EQ(parse_decimal<int>("-0"), 0);
    for (std::string_view other : {"-", "--1", "+-1", "- 1"})
        EXPECT_FALSE(parse_decimal<int>(other)) << other;
    EXPECT_FALSE(parse_decimal<unsigned>("-1"));
    EXPECT_FALSE(parse_decimal<unsigned>("-0"));
}

TEST(Decimal, is_nothing_past_the_range_of_its_type) {
    EXPECT_EQ(parse_decimal<std::uint16_t>("65535"), 65535);
    EXPECT_FALSE(parse_decimal<std::uint16_t>("65536"));
    EXPECT_EQ(parse_decimal<std::int8_t>("-128"), -128);
    EXPECT_FALSE(parse_decimal<std::int8_t>("-129"));
    EXPECT_EQ(parse_decimal<std::int8_t>("127"), 127);
    EXPECT_FALSE(parse_decimal<std::int8_t>("128"));
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(parse_decimal<std::uint64_t>("18446744073709551615"), most);
    EXPECT_FALSE(parse_decimal<std::uint64_t>("18446744073709551616"));
    EXPECT_EQ(parse_decimal<std::uint64_t>(std::string(40, '0') + "18446744073709551615"), most);
}

TEST(Boolean, is_true_in_its_two_spellings_alone) {
    EXPECT_TRUE(is_true("true"));
    EXPECT_TRUE(is_true("1"));
    for (std::string_view other : {"", "false", "0", "True", "TRUE", " true", "1 ", "01", "yes"})
        EXPECT_FALSE(is_true(other)) << other;
}

}  // namespace
}  // namespace sallyport
