// SPDX-License-Identifier: Apache-2.0
#include "config/reload_plan.hpp"

#include <gtest/gtest.h>

#include "config/loader.hpp"
#include "tests/support/source_dir.hpp"
#include "tests/support/temp_folder.hpp"

namespace sallyport::config {
namespace {

using test::read_all;
using test::TempFolder;

constexpr std::string_view main_text = R"(version: 1
data: data
hosts: {main: {address: "127.0.0.1:5347", vhosts: [example.org]}}
http: {public: {listen: "127.0.0.1:8080", url: "https://gw.example.org"}}
)";
constexpr std::string_view sms_text = R"(transport: sms
domain: sms.example.org
host: main
secret: s3cret
countries: [US]
assign: {"+15550001111": alice@example.org}
providers:
  - {name: primary, type: twilio, credentials: {account_sid: AC1, auth_token: tok}, numbers: ["+15550001111", "+15550002222"]}
)";

class Plan : public testing::Test {
  protected:
    Config load_texts(std::string_view main, std::string_view sms) {
        folder_.write("transports/sms.yaml", sms);
        auto result = load(folder_.write("sallyport.yaml", main));
        for (const Mistake& mistake : result.mistakes) ADD_FAILURE() << mistake.to_string();
        return result.config.value_or(Config{});
    }
    /// The plan when `from` becomes `to` in one of the two files.
    ReloadPlan changed(std::string_view from, std::string_view to) {
        Config before = load_texts(main_text, sms_text);
        std::string main(main_text);
        std::string sms(sms_text);
        std::string& text = main.find(from) != std::string::npos ? main : sms;
        auto at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        if (at != std::string::npos) text.replace(at, from.size(), to);
        return plan(before, load_texts(main, sms));
    }
    TempFolder folder_;
};

using Keys = std::vector<std::string>;

TEST_F(Plan, of_the_same_configuration_is_empty) {
    ReloadPlan same = changed("data: data", "data: data");
    EXPECT_TRUE(same.is_allowed());
    EXPECT_EQ(same.changes, Keys{});
}

TEST_F(Plan, takes_a_new_token) {
    ReloadPlan reload = changed("auth_token: tok", "auth_token: new, previous_auth_token: tok");
    EXPECT_TRUE(reload.is_allowed());
    EXPECT_EQ(
        reload.changes,
        (Keys{
            "transports.sms.example.org.providers.primary.credentials.auth_token",
            "transports.sms.example.org.providers.primary.credentials.previous_auth_token"})
    );
}

TEST_F(Plan, takes_people_numbers_limits_countries_and_logging) {
    EXPECT_EQ(changed("data: data", "data: data\nadmins: [o@example.org]").changes, Keys{"admins"});
    EXPECT_EQ(
        changed("data: data", "data: data\naccess: [{who: \"*\", role: user}]").changes,
        Keys{"access"}
    );
    EXPECT_EQ(
        changed("data: data", "data: data\nlogging: {level: debug}").changes, Keys{"logging.level"}
    );
    EXPECT_EQ(changed("[US]", "[US, CA]").changes, Keys{"transports.sms.example.org.countries"});
    EXPECT_EQ(
        changed("alice@", "bob@").changes, Keys{"transports.sms.example.org.assign.+15550001111"}
    );
    EXPECT_EQ(
        changed("\"+15550002222\"", "\"+15550003333\"").changes,
        Keys{"transports.sms.example.org.providers.primary.numbers"}
    );
    EXPECT_EQ(
        changed("countries:", "limits: {user: 1/s}\ncountries:").changes,
        Keys{"transports.sms.example.org.limits.user"}
    );
    EXPECT_EQ(
        changed("numbers:", "limits: {per_number: 9/s}, numbers:").changes,
        Keys{"transports.sms.example.org.providers.primary.limits.per_number"}
    );
}

TEST_F(Plan, takes_a_changed_description) {
    Config before = load_texts(main_text, sms_text);
    auto builtin = test::source_dir() / "config/providers/twilio.yaml";
    folder_.write("providers/twilio.yaml", read_all(builtin) + "# changed\n");
    ReloadPlan reload = plan(before, load_texts(main_text, sms_text));
    EXPECT_EQ(reload.changes, Keys{"transports.sms.example.org.providers.primary.description"});
    EXPECT_TRUE(reload.is_allowed());
}

TEST_F(Plan, opens_and_closes_transports) {
    Config before = load_texts(main_text, sms_text);
    folder_.write(
        "transports/echo.yaml", "transport: echo\ndomain: echo.example.org\nhost: main\nsecret: x\n"
    );
    Config after = load_texts(main_text, sms_text);
    ReloadPlan added = plan(before, after);
    EXPECT_TRUE(added.is_allowed());
    EXPECT_EQ(added.added_domains, Keys{"echo.example.org"});
    ReloadPlan removed = plan(after, before);
    EXPECT_TRUE(removed.is_allowed());
    EXPECT_EQ(removed.removed_domains, Keys{"echo.example.org"});
}

TEST_F(Plan, takes_other_issuers_of_clients) {
    folder_.write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
    const std::string main =
        std::string(main_text) + "server: {domain: b.example, listen: {c2s: \"127.0.0.1:0\"}}\n";
    std::string with_issuers = main;
    with_issuers.insert(main.size() - 2, ", client_ca: ca.pem");
    const Config without = load_texts(main, sms_text);
    const Config known = load_texts(with_issuers, sms_text);
    for (const ReloadPlan& reload : {plan(without, known), plan(known, without)}) {
        EXPECT_TRUE(reload.is_allowed());
        EXPECT_EQ(reload.changes, Keys{"server.client_ca"});
    }
}

TEST_F(Plan, old_ways_to_log_in_need_a_restart) {
    const std::string main =
        std::string(main_text) + "server: {domain: b.example, listen: {c2s: \"127.0.0.1:0\"}}\n";
    std::string with_legacy = main;
    with_legacy.insert(main.size() - 2, ", legacy: on");
    const Config without = load_texts(main, sms_text);
    EXPECT_EQ(plan(without, load_texts(with_legacy, sms_text)).refused, Keys{"server.legacy"});
}

TEST_F(Plan, names_every_change_that_needs_a_restart) {
    EXPECT_EQ(changed("data: data", "data: elsewhere").refused, (Keys{"data", "storage"}));
    EXPECT_EQ(changed("5347", "5348").refused, Keys{"hosts.main.address"});
    EXPECT_EQ(changed("8080", "8081").refused, Keys{"http.public.listen"});
    EXPECT_EQ(
        changed("data: data", "data: data\nretention: {bodies: 1d}").refused,
        Keys{"retention.bodies"}
    );
    EXPECT_EQ(
        changed("secret: s3cret", "secret: other").refused,
        Keys{"transports.sms.example.org.secret"}
    );
    EXPECT_EQ(
        changed("countries:", "region: US\ncountries:").refused,
        Keys{"transports.sms.example.org.region"}
    );
    EXPECT_EQ(
        changed("type: twilio,", "type: twilio, base_url: \"http://127.0.0.1:1\",").refused,
        Keys{"transports.sms.example.org.providers.primary.base_url"}
    );
}

}  // namespace
}  // namespace sallyport::config
