// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/json_text.hpp"

#include <gtest/gtest.h>

namespace sallyport::app {
namespace {

TEST(JsonText, sets_commas_between_members_only) {
    JsonText json;
    json.open('{').field("a", "1").number("b", 2).raw("c", "true").close('}');
    EXPECT_EQ(json.text(), R"({"a":"1","b":2,"c":true})");
    EXPECT_EQ(JsonText().open('{').close('}').text(), "{}");
}

TEST(JsonText, sets_commas_between_items_only) {
    JsonText list;
    list.open('[');
    for (const char* name : {"x", "y"}) list.item().open('{').field("n", name).close('}');
    EXPECT_EQ(list.close(']').text(), R"([{"n":"x"},{"n":"y"}])");
}

TEST(JsonText, takes_up_what_was_built_apart) {
    JsonText inner;
    inner.open('{').close('}');
    JsonText list;
    list.open('[').item().append(inner);
    list.item().append(inner);
    EXPECT_EQ(list.close(']').text(), "[{},{}]");
}

TEST(JsonText, escapes_quotes_backslashes_and_line_breaks) {
    JsonText json;
    json.open('{').field("k\"", "a\\b\"c\nd").close('}');
    EXPECT_EQ(json.text(), "{\"k\\\"\":\"a\\\\b\\\"c\\u000ad\"}");
}

TEST(JsonText, replaces_what_is_no_text) {
    JsonText json;
    json.open('{').field("t", std::string("a\x01\xff") + "ü").close('}');
    EXPECT_EQ(json.text(), "{\"t\":\"a\uFFFD\uFFFDü\"}");
}

}  // namespace
}  // namespace sallyport::app
