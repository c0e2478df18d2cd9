// SPDX-License-Identifier: Apache-2.0
#include "config/provider_description.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/source_dir.hpp"
#include "tests/support/temp_folder.hpp"

namespace sallyport::config {
namespace {

constexpr std::string_view small = R"(provider: small
base_url: https://api.example.org/
credentials: {user: plain, token: secret, old_token: optional secret}
auth: {bearer: "{credentials.token}"}
send:
  post: "{base_url}/send"
  json: {to: "{to}", body: "{text}", urgent: true, n: 5, s: "5", none: null, media: ["{media}"]}
  unicode: {json: {coding: "{coding|number}", urgent: ""}}
  accept: {id: /id}
  error: {code: [/code, /errors/0/code]}
errors: {opted_out: [1, 2], temporary: ["http:503"]}
hooks:
  signature: {scheme: basic, keys: ["{credentials.user}:{credentials.token}"], tolerance: 5m}
  format: json
  events:
    - {when: {/type: [text]}, message: {id: /id, from: /from, to: /to, text: /body}}
    - {report: {id: /id, token: path, state: /state}}
states: {delivered: [ok], failed: [no, never]}
)";

std::string replaced(std::string_view from, std::string_view to) {
    std::string text(small);
    auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

std::vector<std::string> mistakes_of(std::string_view text) {
    Problems problems;
    bool is_refused = read_description(text, "p.yaml", problems) == nullptr;
    EXPECT_EQ(is_refused, !problems.mistakes().empty());
    std::vector<std::string> lines;
    for (const Mistake& mistake : problems.mistakes()) lines.push_back(mistake.to_string());
    return lines;
}

std::string only_mistake(std::string_view from, std::string_view to) {
    auto lines = mistakes_of(replaced(from, to));
    std::string all;
    for (const std::string& line : lines) all += (all.empty() ? "" : "\n") + line;
    return all;
}

TEST(Description, is_read_whole) {
    Problems problems;
    auto d = read_description(small, "p.yaml", problems);
    ASSERT_NE(d, nullptr);
    EXPECT_EQ(d->name, "small");
    EXPECT_EQ(d->base_url, "https://api.example.org");
    ASSERT_EQ(d->credentials.size(), 3U);
    EXPECT_FALSE(d->credentials[0].is_secret);
    EXPECT_TRUE(d->credentials[2].is_optional);
    EXPECT_EQ(d->send.request.method, Method::post);
    EXPECT_EQ(d->send.error.code.size(), 2U);
    EXPECT_EQ(d->hooks.signature.tolerance, std::chrono::minutes(5));
    ASSERT_EQ(d->hooks.events.size(), 2U);
    EXPECT_TRUE(d->hooks.events[1].report->token_in_path);
    EXPECT_EQ(d->reason_of("2"), "opted_out");
    EXPECT_EQ(d->reason_of("http:503"), "temporary");
    EXPECT_EQ(d->reason_of("3"), "");
    EXPECT_EQ(d->state_of("never"), ReportState::failed);
    EXPECT_FALSE(d->state_of("perhaps"));
    EXPECT_EQ(d->source, small);
}

TEST(Description, tells_json_literals_from_text) {
    Problems problems;
    auto d = read_description(small, "p.yaml", problems);
    ASSERT_NE(d, nullptr);
    const auto& members = d->send.request.json->members;
    auto kind = [&](std::size_t i) { return members.at(i).value.kind; };
    EXPECT_EQ(kind(0), JsonTemplate::Kind::text);
    EXPECT_EQ(kind(2), JsonTemplate::Kind::literal);
    EXPECT_EQ(members[2].value.value.text, "true");
    EXPECT_EQ(kind(3), JsonTemplate::Kind::literal);
    EXPECT_EQ(kind(4), JsonTemplate::Kind::text);
    EXPECT_EQ(members[5].value.value.text, "null");
    EXPECT_EQ(kind(6), JsonTemplate::Kind::array);
}

TEST(Description, lays_the_unicode_request_over_the_plain_one) {
    Problems problems;
    auto d = read_description(small, "p.yaml", problems);
    ASSERT_NE(d, nullptr);
    ASSERT_TRUE(d->send.unicode);
    EXPECT_FALSE(d->send.media);
    const auto& members = d->send.unicode->json->members;
    auto has = [&](std::string_view name) {
        return std::any_of(members.begin(), members.end(), [&](const auto& m) {
            return m.name == name;
        });
    };
    EXPECT_TRUE(has("to"));
    EXPECT_TRUE(has("coding"));
    EXPECT_FALSE(has("urgent"));
    EXPECT_EQ(d->send.unicode->url.text, "{base_url}/send");
}

TEST(Description, names_an_unknown_value_and_the_one_that_was_meant) {
    EXPECT_EQ(
        only_mistake("to: \"{to}\"", "to: \"{tto}\""),
        "p.yaml:7:14: send.json.to: there is no value {tto} here (did you mean to?)"
    );
}

TEST(Description, names_a_credential_that_is_not_declared) {
    EXPECT_EQ(
        only_mistake("bearer: \"{credentials.token}\"", "bearer: \"{credentials.tokn}\""),
        "p.yaml:4:16: auth.bearer: there is no value {credentials.tokn} here (did you mean "
        "credentials.token?)"
    );
}

TEST(Description, refuses_a_message_value_where_there_is_no_message) {
    EXPECT_EQ(
        only_mistake("bearer: \"{credentials.token}\"", "bearer: \"{text}\""),
        "p.yaml:4:16: auth.bearer: there is no value {text} here"
    );
}

TEST(Description, refuses_reasons_outside_the_table) {
    EXPECT_EQ(
        only_mistake("opted_out: [1, 2]", "opt_out: [1, 2]"),
        "p.yaml:11:10: errors.opt_out: this key is not known here (did you mean opted_out?)"
    );
}

TEST(Description, refuses_a_code_with_two_reasons) {
    EXPECT_EQ(
        only_mistake("temporary: [", "temporary: [2, "),
        "p.yaml:11:41: errors.temporary[0]: the code '2' is listed under opted_out already"
    );
}

TEST(Description, refuses_unknown_signature_schemes_and_none) {
    EXPECT_EQ(
        only_mistake("scheme: basic", "scheme: twillio"),
        "p.yaml:13:23: hooks.signature.scheme: the signature scheme 'twillio' is not known (did "
        "you mean twilio?)"
    );
    EXPECT_NE(only_mistake("scheme: basic", "scheme: none"), "");
    EXPECT_NE(only_mistake("[\"{credentials.user}:{credentials.token}\"]", "[]"), "");
}

TEST(Description, refuses_selectors_that_do_not_fit_the_format) {
    EXPECT_EQ(
        only_mistake("text: /body", "text: Body"),
        "p.yaml:16:78: hooks.events[0].message.text: 'Body': JSON is looked into by a pointer, "
        "which begins with /"
    );
    EXPECT_EQ(mistakes_of(replaced("format: json", "format: form")).size(), 8U);
}

TEST(Description, refuses_a_url_that_a_value_could_lead_elsewhere) {
    EXPECT_EQ(
        only_mistake("post: \"{base_url}/send\"", "post: \"{to}/send\""),
        "p.yaml:6:9: send.post: a URL begins with {base_url}/ or https://"
    );
}

TEST(Description, refuses_a_body_with_get) {
    std::string lines = only_mistake("post: ", "get: ");
    EXPECT_NE(lines.find("send.json: a GET request has no body"), std::string::npos);
}

TEST(Description, refuses_events_without_anything_against_repeats) {
    EXPECT_EQ(
        only_mistake("message: {id: /id, ", "message: {"),
        "p.yaml:16:40: hooks.events[0].message: id (or hooks.event) is missing: nothing tells a "
        "repeat"
    );
}

TEST(Description, takes_the_callers_secrets_through_credentials_only) {
    EXPECT_EQ(only_mistake("{to: \"{to}\"", "{home: \"${{env:HOME}}\", to: \"{to}\""), "");
}

TEST(Builtins, are_all_without_mistakes) {
    Problems problems;
    auto all = builtin_descriptions(problems);
    for (const Mistake& mistake : problems.mistakes()) ADD_FAILURE() << mistake.to_string();
    EXPECT_EQ(all.size(), 3U);
    EXPECT_EQ(all.count("twilio") + all.count("telnyx") + all.count("kannel"), 3U);
}

TEST(Builtins, send_unicode_to_kannel_as_ucs2) {
    Problems problems;
    auto kannel = builtin_descriptions(problems).at("kannel");
    ASSERT_TRUE(kannel->send.unicode);
    std::string names;
    for (const Field& field : kannel->send.unicode->query) {
        names += field.name + "=" + (field.name == "dlr-url" ? "" : field.value.text) + " ";
    }
    EXPECT_NE(names.find("text={text|utf16be} coding=2 "), std::string::npos) << names;
    EXPECT_EQ(names.find("charset"), std::string::npos) << names;
}

/// Every fenced YAML block of the README, with the line it begins at.
std::vector<std::pair<int, std::string>> readme_blocks() {
    std::istringstream in(test::read_all(test::source_dir() / "config/providers/README.md"));
    std::vector<std::pair<int, std::string>> blocks;
    bool is_inside = false;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line == "```yaml")
            blocks.emplace_back(number, "");
        else if (is_inside && line != "```")
            blocks.back().second += line + "\n";
        is_inside = line == "```yaml" || (is_inside && line != "```");
    }
    return blocks;
}

TEST(ReadmeOfProviders, shows_eight_descriptions_that_can_be_read) {
    auto blocks = readme_blocks();
    EXPECT_EQ(blocks.size(), 8U);
    for (const auto& [line, text] : blocks) {
        Problems problems;
        read_description(text, "README.md+" + std::to_string(line), problems);
        for (const Mistake& mistake : problems.mistakes()) ADD_FAILURE() << mistake.to_string();
    }
}

}  // namespace
}  // namespace sallyport::config
