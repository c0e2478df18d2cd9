// SPDX-License-Identifier: Apache-2.0
#include "gateway/port/http.hpp"

#include <gtest/gtest.h>

namespace sallyport::port {
namespace {

TEST(HttpFields, names_are_found_without_case_and_the_first_wins) {
    const HttpFields fields{{"Content-Type", "a"}, {"content-type", "b"}, {"Empty", ""}};
    EXPECT_EQ(header(fields, "CONTENT-TYPE"), "a");
    EXPECT_EQ(header(fields, "empty"), "");
    EXPECT_FALSE(header(fields, "content"));
}

TEST(HttpResponse, a_content_type_becomes_a_header) {
    const HttpResponse typed(404, "no", "text/plain");
    EXPECT_EQ(typed.status, 404);
    EXPECT_EQ(header(typed.headers, "Content-Type"), "text/plain");
    EXPECT_TRUE(HttpResponse(200, "x").headers.empty());
}

}  // namespace
}  // namespace sallyport::port
