// SPDX-License-Identifier: Apache-2.0
#include "config/expressions.hpp"

#include <gtest/gtest.h>

namespace sallyport::config {
namespace {

TEST(Template, splits_into_literals_and_names) {
    auto value = parse_template("{base_url}/v1/{to|digits}.json").value();
    ASSERT_EQ(value.parts.size(), 4U);
    EXPECT_EQ(value.parts[0].name, "base_url");
    EXPECT_EQ(value.parts[1].literal, "/v1/");
    EXPECT_EQ(value.parts[2].name, "to");
    EXPECT_EQ(value.parts[2].filters, std::vector{Filter::digits});
    EXPECT_EQ(value.parts[3].literal, ".json");
    EXPECT_EQ(value.sole_name(), "");
}

TEST(Template, chains_filters) {
    auto value = parse_template("{text|utf16be|hex}").value();
    EXPECT_EQ(value.parts.at(0).filters, (std::vector{Filter::utf16be, Filter::hex}));
}

TEST(Template, writes_a_brace_as_two) {
    auto value = parse_template("a{{b}}c").value();
    ASSERT_EQ(value.parts.size(), 1U);
    EXPECT_EQ(value.parts[0].literal, "a{b}c");
}

TEST(Template, knows_its_sole_name) {
    EXPECT_EQ(parse_template("{media}").value().sole_name(), "media");
    EXPECT_EQ(parse_template("{media|hex}").value().sole_name(), "");
    EXPECT_EQ(parse_template("media").value().sole_name(), "");
    EXPECT_TRUE(parse_template("").value().is_empty());
}

TEST(Template, with_bad_braces_names_or_filters_is_refused) {
    for (std::string_view text :
         {"{to", "to}", "{}", "{To}", "{to|}", "{to|upper}", "x{ttl.seconds|number}"}) {
        EXPECT_FALSE(parse_template(text)) << text;
    }
}

TEST(Selector, reads_a_pointer) {
    auto selector = parse_selector("/a~1b/0/*/c~0").value();
    EXPECT_EQ(selector.kind, Selector::Kind::pointer);
    ASSERT_EQ(selector.steps.size(), 4U);
    EXPECT_EQ(selector.steps[0].key, "a/b");
    EXPECT_EQ(selector.steps[1].key, "0");
    EXPECT_FALSE(selector.steps[1].every);
    EXPECT_TRUE(selector.steps[2].every);
    EXPECT_EQ(selector.steps[3].key, "c~");
}

TEST(Selector, that_is_empty_is_the_whole_document) {
    auto selector = parse_selector("").value();
    EXPECT_EQ(selector.kind, Selector::Kind::pointer);
    EXPECT_TRUE(selector.steps.empty());
}

TEST(Selector, reads_the_other_kinds) {
    EXPECT_EQ(parse_selector("Body")->kind, Selector::Kind::field);
    EXPECT_EQ(parse_selector("MediaUrl*")->kind, Selector::Kind::series);
    EXPECT_EQ(parse_selector("MediaUrl*")->name, "MediaUrl");
    EXPECT_EQ(parse_selector("header:X-Id")->name, "x-id");
    EXPECT_EQ(parse_selector("regex:^id=(.*)$")->name, "^id=(.*)$");
}

TEST(Selector, with_bad_parts_is_refused) {
    for (std::string_view text : {"/a~2", "/a~", "header:", "regex:", "regex:(", "*"}) {
        EXPECT_FALSE(parse_selector(text)) << text;
    }
}

}  // namespace
}  // namespace sallyport::config
