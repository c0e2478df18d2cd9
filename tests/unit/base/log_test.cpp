// SPDX-License-Identifier: Apache-2.0
#include "gateway/base/log.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sallyport {
namespace {

struct Lines {
    std::vector<std::string> lines;
    Log log{[this](std::string_view line) { lines.emplace_back(line); }};
    /// The last line without its time stamp.
    std::string last() const { return lines.back().substr(lines.back().find(' ') + 1); }
};

TEST(Log, writes_event_and_fields) {
    Lines t;
    t.log.info("link.up", {{"domain", "sms.example.org"}, {"attempt", 3}});
    EXPECT_EQ(t.last(), "info link.up domain=sms.example.org attempt=3");
}

TEST(Log, keeps_silent_below_its_level) {
    Lines t;
    t.log.debug("noise");
    EXPECT_TRUE(t.lines.empty());
    t.log.configure(LogLevel::error, LogFormat::text);
    t.log.warn("noise");
    EXPECT_TRUE(t.lines.empty());
    t.log.error("help");
    EXPECT_EQ(t.lines.size(), 1u);
}

TEST(Log, hashes_personal_values_so_that_lines_can_be_joined) {
    Lines t;
    t.log.info("a", {{"user", Personal{"alice@example.org"}}});
    t.log.info("a", {{"user", Personal{"alice@example.org"}}});
    t.log.info("a", {{"user", Personal{"bob@example.org"}}});
    EXPECT_EQ(t.lines[0].find("alice"), std::string::npos);
    const auto value = [&](std::size_t i) { return t.lines[i].substr(t.lines[i].find("user=")); };
    EXPECT_EQ(value(0), value(1));
    EXPECT_NE(value(0), value(2));
}

TEST(Log, shows_personal_values_at_debug) {
    Lines t;
    t.log.configure(LogLevel::debug, LogFormat::text);
    t.log.info("a", {{"user", Personal{"alice@example.org"}}});
    EXPECT_EQ(t.last(), "info a user=alice@example.org");
}

TEST(Log, lets_no_value_begin_a_line_or_a_field) {
    Lines t;
    t.log.info("a", {{"x", "1\nerror fake y=2"}, {"z", ""}});
    EXPECT_EQ(t.last(), R"(info a x="1\nerror fake y=2" z="")");
}

TEST(Log, writes_json_on_request) {
    Lines t;
    t.log.configure(LogLevel::info, LogFormat::json);
    t.log.warn("a", {{"x", "say \"hi\"\t\xff"}});
    const std::string line = t.lines.back();
    EXPECT_EQ(line.substr(0, 9), R"({"time":")");
    EXPECT_NE(line.find(R"("level":"warn","event":"a","x":"say \"hi\"\u0009)"), std::string::npos)
        << line;
    EXPECT_EQ(line.find('\xff'), std::string::npos);
    EXPECT_EQ(line.back(), '}');
}

}  // namespace
}  // namespace sallyport
