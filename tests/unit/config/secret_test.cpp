// SPDX-License-Identifier: Apache-2.0
#include "config/secret.hpp"

#include <cstdlib>
#include <ostream>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/temp_folder.hpp"

namespace sallyport::config {
namespace {

using test::TempFolder;

template <class T, class = void>
struct IsPrintable : std::false_type {};
template <class T>
struct IsPrintable<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<T>())>>
    : std::true_type {};

TEST(Secret, cannot_be_printed_or_converted) {
    EXPECT_TRUE(IsPrintable<std::string>::value);
    EXPECT_FALSE(IsPrintable<Secret>::value);
    EXPECT_FALSE((std::is_convertible_v<Secret, std::string>));
    EXPECT_FALSE((std::is_convertible_v<Secret, std::string_view>));
}

TEST(Secret, is_emptied_when_moved_from) {
    Secret first("a rather long secret that needs the heap");
    Secret second = std::move(first);
    EXPECT_EQ(second.reveal(), "a rather long secret that needs the heap");
    EXPECT_TRUE(first.is_empty());  // NOLINT(bugprone-use-after-move): that is the question
}

TEST(Secret, wipes_the_memory_of_a_replaced_value) {
    Secret secret("0123456789");
    const char* bytes = secret.reveal().data();
    secret = Secret();
    EXPECT_EQ(std::string(bytes, 10).find("0123"), std::string::npos);
}

TEST(Secret, compares_by_value) {
    EXPECT_TRUE(Secret("a") == Secret("a"));
    EXPECT_FALSE(Secret("a") == Secret("b"));
    EXPECT_FALSE(Secret("a") == Secret("ab"));
}

TEST(SecretFile, loses_one_trailing_line_break_only) {
    TempFolder folder;
    auto one = read_secret_file(folder.write("one", "hunter2\n"));
    auto windows = read_secret_file(folder.write("windows", "hunter2\r\n"));
    auto two = read_secret_file(folder.write("two", "hunter2\n\n"));
    ASSERT_TRUE(one && windows && two);
    EXPECT_EQ(one->reveal(), "hunter2");
    EXPECT_EQ(windows->reveal(), "hunter2");
    EXPECT_EQ(two->reveal(), "hunter2\n");
}

TEST(SecretFile, that_cannot_be_read_is_named_with_our_uid) {
    auto secret = read_secret_file("/nowhere/at/all");
    ASSERT_FALSE(secret);
    std::string uid = std::to_string(::geteuid());
    EXPECT_EQ(
        secret.error().detail,
        "cannot read /nowhere/at/all: No such file or directory (running as uid " + uid + ")"
    );
}

TEST(SecretFile, that_is_a_directory_is_refused) {
    TempFolder folder;
    auto secret = read_secret_file(folder.path());
    ASSERT_FALSE(secret);
    EXPECT_NE(secret.error().detail.find("it is a directory"), std::string::npos);
}

TEST(SecretReference, reads_the_environment) {
    ::setenv("SALLYPORT_TEST_SECRET", "from outside", 1);
    auto found = resolve_reference("${env:SALLYPORT_TEST_SECRET}", {});
    ::unsetenv("SALLYPORT_TEST_SECRET");
    auto missing = resolve_reference("${env:SALLYPORT_TEST_SECRET}", {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->reveal(), "from outside");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().detail, "the environment variable SALLYPORT_TEST_SECRET is not set");
}

TEST(SecretReference, takes_relative_files_from_the_folder) {
    TempFolder folder;
    folder.write("token", "abc");
    auto found = resolve_reference("${file:token}", folder.path());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->reveal(), "abc");
}

TEST(SecretReference, stands_only_for_a_whole_value) {
    auto text = resolve_reference("x${env:HOME}", {});
    ASSERT_TRUE(text);
    EXPECT_EQ(text->reveal(), "x${env:HOME}");
}

}  // namespace
}  // namespace sallyport::config
