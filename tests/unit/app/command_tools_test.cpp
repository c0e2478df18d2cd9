// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/command_tools.hpp"

#include <gtest/gtest.h>

namespace sallyport::app {
namespace {

store::RegistrationRow row(std::string transport, std::string user, std::string own) {
    store::RegistrationRow made;
    made.transport = std::move(transport);
    made.user = std::move(user);
    made.own = std::move(own);
    return made;
}

TEST(CommandTools, understands_whom_an_operator_means) {
    EXPECT_EQ(parse_who("Alice@Example.ORG/phone")->text, "alice@example.org");
    EXPECT_FALSE(parse_who("alice@example.org")->is_number);
    EXPECT_EQ(parse_who("+1 (555) 000-1111")->text, "+15550001111");
    EXPECT_TRUE(parse_who("12345")->is_number);
    EXPECT_FALSE(parse_who("alice"));
    EXPECT_FALSE(parse_who(""));
    EXPECT_FALSE(parse_who("a b@example.org"));
}

TEST(CommandTools, picks_accounts_over_all_domains) {
    const std::vector<store::RegistrationRow> rows{
        row("sms.example.org", "alice@example.org", "+1555"),
        row("mms.example.org", "alice@example.org", "+1666"),
        row("sms.example.org", "bob@example.org", "")};
    EXPECT_EQ(pick_accounts(rows, Who{"alice@example.org", false}, "").size(), 2U);
    EXPECT_EQ(
        pick_accounts(rows, Who{"alice@example.org", false}, "mms.example.org").front().own, "+1666"
    );
    EXPECT_EQ(pick_accounts(rows, Who{"+1555", true}, "").size(), 1U);
    EXPECT_TRUE(pick_accounts(rows, Who{"+1555", true}, "mms.example.org").empty());
}

TEST(CommandTools, sets_columns_by_characters_not_bytes) {
    EXPECT_EQ(table_text({{"ü", "x"}, {"long", "y"}}), "ü     x\nlong  y\n");
    EXPECT_EQ(fields_text({{"user", "a"}, {"id", ""}}), "user  a\nid    \n");
}

TEST(CommandTools, tells_times_in_seconds_and_never_as_a_dash) {
    EXPECT_EQ(time_text(WallTime{}), "-");
    EXPECT_EQ(
        time_text(WallTime(std::chrono::milliseconds(1'800'000'000'999))), "2027-01-15T08:00:00Z"
    );
}

TEST(CommandTools, ends_with_the_code_that_says_who_must_act) {
    using namespace boost::system;
    EXPECT_EQ(
        exit_of(Error(errc::make_error_code(errc::permission_denied), "x")), Exit::permission
    );
    EXPECT_EQ(
        exit_of(Error(errc::make_error_code(errc::read_only_file_system), "x")), Exit::permission
    );
    EXPECT_EQ(
        exit_of(Error(errc::make_error_code(errc::illegal_byte_sequence), "corrupt")),
        Exit::internal
    );
    EXPECT_EQ(exit_of(Error("another program's database")), Exit::internal);
    EXPECT_EQ(
        exit_of(Error(errc::make_error_code(errc::not_supported), "a newer schema")),
        Exit::configuration
    ) << "systemd must not start it for ever";
    EXPECT_EQ(exit_of(Error(errc::make_error_code(errc::address_in_use), "x")), Exit::unavailable);
    EXPECT_EQ(
        exit_of(Error(errc::make_error_code(errc::no_space_on_device), "x")), Exit::unavailable
    );
}

}  // namespace
}  // namespace sallyport::app
