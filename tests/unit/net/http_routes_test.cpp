// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_routes.hpp"

#include <string>

#include <gtest/gtest.h>

namespace sallyport::test {
namespace {

TEST(HttpRoutes, prefers_exact_paths_then_long_prefixes) {
    net::HttpRoutes routes;
    const auto marked = [](const char* mark) {
        return net::HttpRoutes::Route{{mark}, port::WebhookHandler()};
    };
    routes.add_below("/a/", marked("a"));
    routes.add_below("/a/b", marked("ab"));
    routes.add_exact("/a/b/c", marked("abc"));
    const auto found = [&](std::string_view path) {
        const auto* const route = routes.find(path);
        return route == nullptr ? std::string() : route->methods[0];
    };
    EXPECT_EQ(found("/a"), "a");
    EXPECT_EQ(found("/a/x/y?z=/a/b"), "a");
    EXPECT_EQ(found("/a/b/x"), "ab");
    EXPECT_EQ(found("/a/b/c?x"), "abc");
    EXPECT_EQ(found("/a/bc"), "a");
    EXPECT_EQ(found("/"), "");
    EXPECT_EQ(found("*"), "");
    routes.remove_below("/a");
    EXPECT_EQ(found("/a/x"), "");
}

}  // namespace
}  // namespace sallyport::test
