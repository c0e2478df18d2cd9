// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <random>

#include "tests/unit/sasl/sasl_support.hpp"
#include "xmpp/sasl/choice.hpp"
#include "xmpp/sasl/scram.hpp"

namespace sallyport::xmpp::sasl::test {
namespace {

class EveryMechanism : public ::testing::TestWithParam<std::string> {};
std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const MechanismRow& row : mechanisms()) all.emplace_back(row.name);
    return all;
}
std::string test_name(const ::testing::TestParamInfo<std::string>& row) {
    std::string name = row.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}
INSTANTIATE_TEST_SUITE_P(All, EveryMechanism, ::testing::ValuesIn(names()), test_name);

const Account account{"user", "pencil"};

struct Both {
    ClientSetting here = client_setting("user", "pencil");
    ServerSetting there = server_setting();
    Both() {
        here.binding = there.binding = {"exporter", "end point"};
        here.bindings = there.bindings = {"tls-exporter"};
        here.server_offers_binding = true;
        here.offered = there.offered = {"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"};
        there.certified = {"user"};
    }
    Outcome run(const std::string& name) const {
        auto a = client(name, here);
        auto b = server(name, there);
        return converse(*a, *b, account);
    }
};

bool has_a_secret(const std::string& name) {
    return name != "EXTERNAL" && name != "ANONYMOUS";
}

TEST_P(EveryMechanism, logs_in) {
    EXPECT_EQ(Both().run(GetParam()).user, "user");
}

TEST_P(EveryMechanism, refuses_another_secret) {
    if (!has_a_secret(GetParam())) return;
    Both both;
    both.here.password = "pencil2";
    EXPECT_EQ(both.run(GetParam()).user, "");
    EXPECT_EQ(both.run(GetParam()).fault, "not-authorized");
}

// Whoever is named, in whatever way: the account of the secret comes out, or nobody.
TEST_P(EveryMechanism, makes_nobody_another) {
    for (const char* authzid :
         {"",
          "other@example.com",
          "user@example.com",
          "USER@EXAMPLE.COM",
          "user@example.com/x",
          "user@elsewhere.example",
          "other",
          "user",
          "@",
          "example.com",
          "\xff",
          "a,b=c"})
        for (const char* user : {"user", "other", "USER", "user@example.com", "us er", "=2C"}) {
            Both both;
            both.here.authzid = authzid;
            both.here.user = user;
            std::string became = both.run(GetParam()).user;
            EXPECT_TRUE(became.empty() || became == "user") << user << " as " << authzid;
        }
}

// Whatever bytes come in whatever state, nobody is let in and nothing breaks.
TEST_P(EveryMechanism, survives_noise) {
    std::mt19937 random(20261125);
    const std::array<std::string, 8> words{
        std::string(1, '\0'),
        "n,,n=user,r=x",
        "user",
        ",p=",
        "=",
        "\x01",
        "rspauth=",
        "realm=\"a\""};
    for (int round = 0; round < 300; ++round) {
        auto here = client(GetParam(), Both().here);
        auto there = server(GetParam(), Both().there);
        here->initial();
        for (int turn = 0; turn < 3; ++turn) {
            std::string noise;
            for (unsigned part = random() % 4; part > 0; --part) noise += words[random() % 8];
            respond(*here, noise);
            ServerStep step = there->respond(noise);
            if (std::holds_alternative<Question>(step)) step = there->answer(Denied{});
            EXPECT_FALSE(std::holds_alternative<Success>(step));
        }
    }
}

TEST(Authorise, is_the_only_way_to_an_identity) {
    auto as = [](std::string user, std::string authzid) {
        return authorise(Success{std::move(user), std::move(authzid), {}}, "example.com");
    };
    EXPECT_EQ(as("user", ""), "user");
    EXPECT_EQ(as("user", "USER@EXAMPLE.com"), "user");
    EXPECT_FALSE(as("", ""));
    EXPECT_FALSE(as("User", ""));  // no mechanism may hand over what is not normalised
    EXPECT_FALSE(as("user", "user"));
    EXPECT_FALSE(as("user", "user@example.com/r"));
    EXPECT_FALSE(as("user", "other@example.com"));
    EXPECT_FALSE(as("user", "user@example.org"));
}

TEST(Fault, has_a_word_for_each_condition) {
    for (int i = 0; i < 11; ++i) {
        auto fault = static_cast<Fault>(i);
        EXPECT_EQ(parse_fault(to_string(fault)), fault);
    }
    EXPECT_FALSE(parse_fault("bad-auth"));
}

// ---- the client's choice ----

std::string chosen(const Wish& wish) {
    auto choice = choose(wish);
    if (const auto* give_up = std::get_if<GiveUp>(&choice))
        return give_up->is_attack ? "attack" : "nothing";
    return std::string(std::get<const MechanismRow*>(choice)->name);
}

Wish wish(std::vector<std::string> offered) {
    Wish wish;
    wish.credentials = {Credential::password};
    wish.offered = std::move(offered);
    wish.has_tls = true;
    return wish;
}

TEST(Choice, is_by_our_order) {
    Wish w = wish({"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "X-UNKNOWN"});
    EXPECT_EQ(chosen(w), "SCRAM-SHA-256");
    w.refused = {"SCRAM-SHA-256"};
    EXPECT_EQ(chosen(w), "SCRAM-SHA-1");
    EXPECT_EQ(chosen(wish({})), "nothing");
}

TEST(Choice, prefers_a_bound_channel) {
    Wish w = wish({"SCRAM-SHA-512", "SCRAM-SHA-1-PLUS"});
    w.bindings = {"tls-exporter"};
    w.binding.exporter = "data";
    EXPECT_EQ(chosen(w), "SCRAM-SHA-1-PLUS");
    w.binding = {"", "end point"};  // none that both have (XEP-0474 §7): h= decides
    EXPECT_EQ(chosen(w), "SCRAM-SHA-512");
}

TEST(Choice, binds_by_the_strongest_type_that_was_announced) {
    const Binding all{"exporter", "end point", "finished"};
    const std::vector<std::string> announced{
        "tls-server-end-point", "tls-unique", "tls-exporter", "tls-other"};
    EXPECT_EQ(choose_binding(all, announced), "tls-exporter");
    EXPECT_EQ(choose_binding({"", "end point", "finished"}, announced), "tls-unique");
    EXPECT_EQ(choose_binding({"", "end point"}, announced), "tls-server-end-point");
    EXPECT_EQ(choose_binding(all, std::vector<std::string>{"tls-other"}), "");
    EXPECT_EQ(choose_binding(all, {}), "tls-unique");
    EXPECT_EQ(choose_binding({"exporter", "end point"}, {}), "");
}

TEST(Choice, sees_what_was_stripped) {
    Wish w = wish({"SCRAM-SHA-1"});
    w.bindings = {"tls-exporter"};
    EXPECT_EQ(chosen(w), "attack");
    w = wish({"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"});
    w.binding.exporter = "data";
    // Old servers do not say which types they mean: tls-unique (RFC 5802 §6).
    EXPECT_EQ(chosen(w), "SCRAM-SHA-1");
    w.binding.finished = "data";
    EXPECT_EQ(chosen(w), "SCRAM-SHA-1-PLUS");
    w.is_sasl2 = true;
    EXPECT_EQ(chosen(w), "attack");
}

// What the operator rules out was offered all the same.
TEST(Choice, takes_the_operators_word_for_no_stripping) {
    Wish w = wish({"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"});
    w.bindings = {"tls-exporter"};
    w.binding.exporter = "data";
    w.permitted = {"SCRAM-SHA-1"};
    EXPECT_EQ(chosen(w), "SCRAM-SHA-1");
    w.permitted = {"PLAIN"};
    EXPECT_EQ(chosen(w), "nothing");
}

TEST(Choice, is_pinned_to_what_worked) {
    Wish w = wish({"PLAIN"});
    w.pinned_rank = find_mechanism("SCRAM-SHA-1")->rank;
    EXPECT_EQ(chosen(w), "attack");
    w = wish({"SCRAM-SHA-1"});
    w.pinned_rank = find_mechanism("SCRAM-SHA-512")->rank;
    EXPECT_EQ(chosen(w), "SCRAM-SHA-1");
}

TEST(Choice, holds_nobody_to_a_password_that_is_not_there) {
    Wish w = wish({"OAUTHBEARER"});
    w.credentials = {Credential::password, Credential::token};
    w.pinned_rank = find_mechanism("SCRAM-SHA-1")->rank;
    EXPECT_EQ(chosen(w), "attack");
    w.credentials = {Credential::token};
    EXPECT_EQ(chosen(w), "OAUTHBEARER");
}

TEST(Choice, shows_no_password_in_clear) {
    Wish w = wish({"PLAIN"});
    w.has_tls = false;
    EXPECT_EQ(chosen(w), "nothing");
    w.allows_clear = true;
    EXPECT_EQ(chosen(w), "PLAIN");
}

TEST(Choice, keeps_legacy_behind_its_switch) {
    Wish w = wish({"DIGEST-MD5", "PLAIN", "CRAM-MD5"});
    EXPECT_EQ(chosen(w), "PLAIN");
    w.allows_legacy = true;
    EXPECT_EQ(chosen(w), "DIGEST-MD5");
    w.credentials = {Credential::token};
    EXPECT_EQ(chosen(w), "nothing");
}

}  // namespace
}  // namespace sallyport::xmpp::sasl::test
