// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sms/exchange_expectations.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace sallyport::sms {
namespace {

std::size_t count(const YAML::Node& node) {
    return node ? node.size() : 0;
}

void expect_report(const YAML::Node& wanted, const port::Outcome& got) {
    static const std::map<std::string, port::DeliveryState> states{
        {"accepted", port::DeliveryState::accepted},
        {"sent", port::DeliveryState::sent},
        {"delivered", port::DeliveryState::delivered},
        {"undelivered", port::DeliveryState::undelivered},
        {"failed", port::DeliveryState::failed}};
    if (wanted["id"]) {
        EXPECT_EQ(got.id, port::OutId{text(wanted["id"])});
    }
    if (wanted["ref"]) {
        EXPECT_EQ(got.refs, (std::vector{port::MessageRef("primary", text(wanted["ref"]))}));
    }
    EXPECT_EQ(got.state, states.at(text(wanted["state"])));
    EXPECT_EQ(
        got.failure.has_value(),
        got.state == port::DeliveryState::undelivered || got.state == port::DeliveryState::failed
    );
    if (wanted["reason"]) expect_failure(wanted, got.failure);
    if (wanted["words"]) {
        EXPECT_EQ(got.failure->text, text(wanted["words"]));
    }
}

}  // namespace

std::string text(const YAML::Node& node, const std::string& fallback) {
    return node ? node.as<std::string>() : fallback;
}

void expect_request(const YAML::Node& wanted, const port::HttpRequest& got) {
    if (!wanted) return;
    if (wanted["method"]) {
        EXPECT_EQ(got.method, text(wanted["method"]));
    }
    if (wanted["url"]) {
        EXPECT_EQ(got.url, text(wanted["url"]));
    }
    if (wanted["body"]) {
        EXPECT_EQ(got.body, text(wanted["body"]));
    }
    if (wanted["username"]) {
        EXPECT_EQ(got.username, text(wanted["username"]));
    }
    if (wanted["password"]) {
        EXPECT_EQ(got.password, text(wanted["password"]));
    }
    if (wanted["type"]) {
        EXPECT_EQ(port::header(got.headers, "Content-Type"), text(wanted["type"]));
    }
    for (const auto& pair : wanted["headers"])
        EXPECT_EQ(
            port::header(got.headers, pair.first.as<std::string>()), pair.second.as<std::string>()
        );
}

void expect_failure(const YAML::Node& wanted, const std::optional<port::Failure>& got) {
    if (!wanted["reason"]) {
        EXPECT_FALSE(got) << port::to_string(got->reason) << " " << got->text;
        return;
    }
    ASSERT_TRUE(got);
    static const std::map<std::string, port::FailureClass> classes{
        {"permanent", port::FailureClass::permanent},
        {"retryable", port::FailureClass::retryable},
        {"ambiguous", port::FailureClass::ambiguous},
        {"held", port::FailureClass::held}};
    EXPECT_EQ(port::to_string(got->reason), text(wanted["reason"]));
    if (wanted["class"]) {
        EXPECT_EQ(got->failure_class(), classes.at(text(wanted["class"])));
    }
    if (wanted["code"]) {
        EXPECT_EQ(got->code, text(wanted["code"]));
    }
    if (wanted["words"]) {
        EXPECT_EQ(got->text, text(wanted["words"]));
    }
    const auto pause = got->retry_after ? got->retry_after->count() : -1;
    EXPECT_EQ(pause, wanted["retry_after"] ? wanted["retry_after"].as<int>() : -1);
}

void expect_message(const YAML::Node& wanted, const port::MessageReceived& got) {
    EXPECT_EQ(got.ref.provider, "primary");
    if (wanted["id"]) {
        EXPECT_EQ(got.ref.id, text(wanted["id"]));
    } else {
        EXPECT_FALSE(got.ref.id.empty());
    }
    if (wanted["from"]) {
        EXPECT_EQ(got.from.text, text(wanted["from"]));
    }
    if (wanted["to"]) {
        EXPECT_EQ(got.own_address, text(wanted["to"]));
    }
    if (wanted["text"]) {
        EXPECT_EQ(got.text, text(wanted["text"]));
    }
    if (wanted["text_length"]) {
        EXPECT_EQ(got.text.size(), wanted["text_length"].as<std::size_t>());
    }
    if (wanted["at"]) {
        EXPECT_EQ(
            std::chrono::duration_cast<std::chrono::seconds>(got.sent_at->time_since_epoch())
                .count(),
            wanted["at"].as<std::int64_t>()
        );
    }
    std::vector<std::string> others;
    for (const auto& one : got.other_recipients) others.push_back(one.text);
    EXPECT_EQ(
        others,
        wanted["others"] ? wanted["others"].as<std::vector<std::string>>()
                         : std::vector<std::string>{}
    );
    std::vector<std::string> media;
    for (const auto& one : got.attachments) media.push_back(one.url + " " + one.media_type);
    EXPECT_EQ(
        media,
        wanted["media"] ? wanted["media"].as<std::vector<std::string>>()
                        : std::vector<std::string>{}
    );
}

void expect_read(const YAML::Node& wanted, const HookRead& got) {
    static const std::map<std::string, HookRead::Fault> faults{
        {"", HookRead::Fault::none},
        {"bad_signature", HookRead::Fault::bad_signature},
        {"malformed", HookRead::Fault::malformed},
        {"too_many_fields", HookRead::Fault::too_many_fields}};
    EXPECT_EQ(got.fault, faults.at(text(wanted["fault"])));
    EXPECT_EQ(got.has_unknown, wanted["unknown"].IsDefined());
    ASSERT_EQ(got.messages.size(), count(wanted["messages"]));
    for (std::size_t i = 0; i < got.messages.size(); ++i)
        expect_message(wanted["messages"][i], got.messages[i]);
    ASSERT_EQ(got.reports.size(), count(wanted["reports"]));
    for (std::size_t i = 0; i < got.reports.size(); ++i)
        expect_report(wanted["reports"][i], got.reports[i]);
}

}  // namespace sallyport::sms
