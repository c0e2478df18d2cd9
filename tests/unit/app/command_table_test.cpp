// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/command_table.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "gateway/app/cli.hpp"
#include "gateway/app/control.hpp"

namespace sallyport::app {
namespace {

std::string usage(std::vector<std::string> words) {
    const auto parsed = parse_command(std::move(words));
    return parsed ? "" : parsed.error().detail;
}

TEST(CommandTable, finds_a_row_by_both_words) {
    const auto parsed = parse_command({"account", "show", "alice@example.org"});
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->row->run, &account_show);
    EXPECT_EQ(parsed->words, std::vector<std::string>{"alice@example.org"});
}

TEST(CommandTable, takes_options_anywhere_and_in_both_forms) {
    const auto parsed =
        parse_command({"account", "erase", "--force", "--domain", "sms.example.org", "+1555"});
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->has("--force"));
    EXPECT_EQ(parsed->option("--domain"), "sms.example.org");
    EXPECT_EQ(parsed->words.size(), 1U);
    EXPECT_EQ(parse_command({"queue", "list", "--limit=7"})->option("--limit"), "7");
    EXPECT_EQ(parse_command({"queue", "list"})->option("--limit"), "");
}

TEST(CommandTable, tells_the_usage_of_what_was_meant) {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"account"},
             {"account", "sell"},
             {"account", "show"},
             {"account", "show", "a", "b"},
             {"account", "show", "a", "--force"},
             {"account", "show", "a", "--domain"}}) {
        EXPECT_NE(usage(words).find("account show JID|NUMBER"), std::string::npos) << words.back();
        EXPECT_EQ(usage(words).find("queue"), std::string::npos);
    }
    EXPECT_FALSE(parse_command({}));
    EXPECT_FALSE(parse_command({"backup"}));
    EXPECT_FALSE(parse_command({"queue", "show", "ID", "--text=yes"}));
}

TEST(CommandTable, has_a_command_of_the_program_for_every_row) {
    for (const OperatorCommand& row : operator_commands()) {
        const auto& all = commands();
        const auto at = std::find_if(all.begin(), all.end(), [&](const CommandRow& command) {
            return command.name == row.name;
        });
        ASSERT_NE(at, all.end()) << row.name;
        EXPECT_NE(at->arguments.find(row.sub), std::string_view::npos) << row.sub;
        EXPECT_FALSE(row.help.empty());
    }
}

TEST(Cli, ends_with_the_codes_of_sysexits) {
    EXPECT_EQ(command_line({"--help"}), Exit::ok);
    EXPECT_EQ(command_line({"account", "--help"}), Exit::ok);
    EXPECT_EQ(command_line({"--version"}), Exit::ok);
    EXPECT_EQ(command_line({}), Exit::usage);
    EXPECT_EQ(command_line({"nonsense"}), Exit::usage);
    EXPECT_EQ(command_line({"status", "-c"}), Exit::usage);
    EXPECT_EQ(command_line({"queue", "show"}), Exit::usage);
    EXPECT_EQ(command_line({"status", "-c", "/nonexistent/sallyport.yaml"}), Exit::configuration);
    EXPECT_EQ(command_line({"health", "-c", "/nonexistent/sallyport.yaml"}), Exit::configuration);
    EXPECT_EQ(
        command_line({"check-config", "-c", "/nonexistent/sallyport.yaml"}), Exit::configuration
    );
    EXPECT_EQ(command_line({"restore"}), Exit::usage);
}

TEST(Control, carries_any_word_over_the_socket) {
    const std::vector<std::string> words{"backup", "/tmp/a b\n%41ü", "", "--force"};
    const auto back = decode_words(encode_words(words));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, words);
}

TEST(Control, refuses_what_is_no_command) {
    EXPECT_FALSE(decode_words("status"));
    EXPECT_FALSE(decode_words("%zz\n"));
    EXPECT_TRUE(decode_words("")->empty());
}

}  // namespace
}  // namespace sallyport::app
