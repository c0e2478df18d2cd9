// SPDX-License-Identifier: Apache-2.0
#include "config/yaml.hpp"

#include <gtest/gtest.h>

namespace sallyport::config {
namespace {

using yaml::Node;

std::string first_mistake(std::string_view text) {
    Problems problems;
    yaml::parse(text, "f.yaml", problems);
    return problems.mistakes().empty() ? "" : problems.mistakes().front().to_string();
}

TEST(Yaml, keeps_everything_as_text) {
    Problems problems;
    auto root = yaml::parse("region: NO\nversion: 0x10\nquoted: \"yes\"\n", "f", problems);
    ASSERT_TRUE(root);
    EXPECT_EQ(root->find("region")->text, "NO");
    EXPECT_EQ(root->find("version")->text, "0x10");
    EXPECT_FALSE(root->find("region")->is_quoted);
    EXPECT_TRUE(root->find("quoted")->is_quoted);
}

TEST(Yaml, knows_where_each_node_stands) {
    Problems problems;
    auto root = yaml::parse("a: 1\nb:\n  - x\n  - {c: y}\n", "f.yaml", problems);
    const Node& inner = *root->find("b")->items[1].find("c");
    EXPECT_EQ(inner.pos.file, "f.yaml");
    EXPECT_EQ(inner.pos.line, 4);
    EXPECT_EQ(inner.pos.column, 9);
}

TEST(Yaml, reports_duplicate_keys_at_the_second) {
    EXPECT_EQ(
        first_mistake("a:\n  b: 1\n  b: 2\n"),
        "f.yaml:3:3: a.b: this key is here twice, first at line 2"
    );
}

TEST(Yaml, refuses_merge_keys) {
    EXPECT_EQ(
        first_mistake("base: &b {x: 1}\nmore:\n  <<: *b\n"),
        "f.yaml:3:3: more.<<: merge keys are not used here: write the keys out"
    );
}

TEST(Yaml, copies_aliases) {
    Problems problems;
    auto root = yaml::parse("a: &n [\"+1\"]\nb: *n\n", "f", problems);
    ASSERT_TRUE(problems.mistakes().empty());
    EXPECT_EQ(root->find("b")->items.at(0).text, "+1");
}

TEST(Yaml, bounds_what_aliases_grow_to) {
    std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 9; ++i) {
        std::string before = "*a" + std::to_string(i - 1);
        std::string name = "a" + std::to_string(i);
        text += name + ": &" + name + " [" + before;
        for (int n = 0; n < 9; ++n) text += ", " + before;
        text += "]\n";
    }
    EXPECT_EQ(first_mistake(text), "f.yaml: the file is too large once its aliases are copied");
}

TEST(Yaml, reports_a_syntax_error_with_its_place) {
    Problems problems;
    EXPECT_FALSE(yaml::parse("a: 1\nb: [1, 2\nc: 3\n", "f.yaml", problems));
    ASSERT_EQ(problems.mistakes().size(), 1U);
    EXPECT_EQ(problems.mistakes()[0].pos.line, 3);
    EXPECT_NE(problems.mistakes()[0].what.find("this is not YAML"), std::string::npos);
}

TEST(Yaml, survives_deep_nesting) {
    EXPECT_NE(first_mistake(std::string(100000, '[')), "");
}

TEST(Yaml, refuses_a_second_document) {
    EXPECT_NE(first_mistake("a: 1\n---\nb: 2\n").find("one file holds one"), std::string::npos);
}

TEST(Mistake, stays_one_line_whatever_the_file_says) {
    Mistake mistake{{"f", 1, 2}, "key", "'a\nb\x1b[31m'", "c"};
    EXPECT_EQ(mistake.to_string(), "f:1:2: key: 'a?b?[31m' (did you mean c?)");
}

}  // namespace
}  // namespace sallyport::config
