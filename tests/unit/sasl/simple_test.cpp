// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sasl/sasl_support.hpp"
#include "xmpp/sasl/hashed_token.hpp"

namespace sallyport::xmpp::sasl::test {
namespace {

TEST(Plain, is_what_the_seed_sends) {
    std::string seed = from_base64("AGh4dwAx");
    EXPECT_EQ(client("PLAIN", client_setting("hxw", "1"))->initial(), seed);
    auto ask = asked<AskPassword>(server("PLAIN", server_setting())->respond(seed));
    EXPECT_EQ(ask.user, "hxw");
    EXPECT_EQ(ask.password, "1");
}

TEST(Plain, answers_an_empty_challenge_with_its_message) {
    auto mechanism = client("PLAIN", client_setting("hxw", "1"));
    EXPECT_EQ(
        said(mechanism->challenge("")),
        bytes("\0hxw\0"
              "1")
    );
}

TEST(Plain, refuses_bad_messages) {
    const std::string bad[] = {
        "",
        "hxw",
        bytes("\0hxw"),
        bytes("\0hxw\0"),
        bytes("\0\0secret"),
        bytes("\0hxw\0a\0b"),
        bytes("\0hxw\0\xff"),
    };
    for (const std::string& message : bad)
        EXPECT_EQ(fault(server("PLAIN", server_setting())->respond(message)), "malformed-request");
}

TEST(Plain, never_becomes_somebody_else) {
    auto mechanism = server("PLAIN", server_setting());
    asked<AskPassword>(mechanism->respond(bytes("b@example.com\0a\0secret")));
    ServerStep step = mechanism->answer(Granted{"a", {}});
    EXPECT_FALSE(authorise(std::get<Success>(step), "example.com"));
    mechanism = server("PLAIN", server_setting());
    asked<AskPassword>(mechanism->respond(bytes("\0a\0secret")));
    EXPECT_EQ(fault(mechanism->answer(Granted{"b", {}})), "not-authorized");
}

std::unique_ptr<ServerMechanism> external_of(std::vector<std::string> certified) {
    ServerSetting setting = server_setting();
    setting.certified = std::move(certified);
    return server("EXTERNAL", setting);
}

TEST(External, asks_for_the_account_of_the_certificate) {
    for (const char* authzid : {"", "a@example.com", "A@EXAMPLE.com"}) {
        auto mechanism = external_of({"a"});
        EXPECT_EQ(asked<AskCertificate>(mechanism->respond(authzid)).user, "a");
        const ServerStep step = mechanism->answer(Granted{"a", {}});
        EXPECT_EQ(authorise(std::get<Success>(step), "example.com"), "a") << authzid;
    }
    auto mechanism = external_of({"a"});
    asked<AskCertificate>(mechanism->respond(""));
    EXPECT_EQ(fault(mechanism->answer(Granted{"b", {}})), "not-authorized");
}

// XEP-0178 §2: with more than one the client has to say which.
TEST(External, asks_for_the_named_one_of_several) {
    EXPECT_EQ(fault(external_of({"a", "b"})->respond("")), "invalid-authzid");
    EXPECT_EQ(asked<AskCertificate>(external_of({"a", "b"})->respond("b@example.com")).user, "b");
}

TEST(External, is_for_nobody_whom_the_certificate_does_not_name) {
    for (const char* authzid :
         {"b@example.com", "a@elsewhere.example", "a@example.com/x", "example.com", "@", "a"})
        EXPECT_EQ(fault(external_of({"a"})->respond(authzid)), "invalid-authzid") << authzid;
    for (const char* authzid : {"", "a@example.com"})
        EXPECT_EQ(fault(external_of({})->respond(authzid)), "invalid-authzid") << authzid;
}

TEST(Anonymous, is_given_a_name) {
    auto mechanism = server("ANONYMOUS", server_setting());
    asked<AskAnonymous>(mechanism->respond("trace"));
    EXPECT_EQ(std::get<Success>(mechanism->answer(Granted{"x7", {}})).user, "x7");
    mechanism = server("ANONYMOUS", server_setting());
    mechanism->respond("");
    EXPECT_EQ(fault(mechanism->answer(Granted{})), "not-authorized");
}

TEST(Bearer, says_its_token) {
    ClientSetting setting = client_setting("user", "vF9dft4qmT");
    EXPECT_EQ(
        client("OAUTHBEARER", setting)->initial(),
        "n,a=user@example.com,\x01"
        "auth=Bearer vF9dft4qmT\x01\x01"
    );
    auto mechanism = server("OAUTHBEARER", server_setting());
    auto ask = asked<AskToken>(
        mechanism->respond("n,a=user@example.com,\x01host=example.com\x01port=5222\x01"
                           "auth=Bearer vF9dft4qmT\x01\x01")
    );
    EXPECT_EQ(ask.user, "user");
    EXPECT_EQ(ask.token, "vF9dft4qmT");
}

// RFC 7628 §3.2.3: the reason comes in a challenge, and failure after the client's %x01.
TEST(Bearer, tells_why_before_it_fails) {
    auto there = server("OAUTHBEARER", server_setting());
    auto here = client("OAUTHBEARER", client_setting("user", "stale"));
    there->respond(*here->initial());
    std::string reason = challenged(there->answer(Denied{Fault::credentials_expired}));
    EXPECT_EQ(reason, R"({"status":"invalid_token"})");
    std::string last = said(here->challenge(reason));
    EXPECT_EQ(last, "\x01");
    EXPECT_EQ(fault(there->respond(last)), "credentials-expired");
}

TEST(Bearer, refuses_bad_messages) {
    for (const char* message :
         {"",
          "\x01",
          "n,,",
          "n,,\x01\x01",
          "n,,\x01"
          "auth=Bearer x\x01",
          "n,,\x01"
          "auth=Basic x\x01\x01",
          "n,,\x01"
          "auth=Bearer \x01\x01",
          "n,,\x01"
          "auth=Bearer x\x01"
          "auth=Bearer y\x01\x01",
          "p=tls-exporter,,\x01"
          "auth=Bearer x\x01\x01",
          "n,,\x01"
          "auth=Bearer x\x01\x01more"})
        EXPECT_EQ(
            fault(server("OAUTHBEARER", server_setting())->respond(message)), "malformed-request"
        ) << message;
}

TEST(Token, has_the_layouts_of_the_services) {
    std::string seed = bytes("test\0c4181a7c2cf4521964a72ff57a34a07");
    ClientSetting setting = client_setting("test", "c4181a7c2cf4521964a72ff57a34a07");
    EXPECT_EQ(client("X-YANDEX-OAUTH", setting)->initial(), seed);
    EXPECT_EQ(client("X-OAUTH2", setting)->initial(), '\0' + seed);
    EXPECT_EQ(client("X-GOOGLE-TOKEN", setting)->initial(), '\0' + seed);
    auto ask = asked<AskToken>(server("X-YANDEX-OAUTH", server_setting())->respond(seed));
    EXPECT_EQ(ask.mechanism, "X-YANDEX-OAUTH");
    EXPECT_EQ(ask.user, "test");
    EXPECT_EQ(ask.token, setting.password);
    EXPECT_EQ(fault(server("X-OAUTH2", server_setting())->respond(seed)), "malformed-request");
}

TEST(HashedToken, is_the_vector) {
    std::string token = "WXZzciBwYmFmdmZnZiBqdmd1IGp2eXFhcmZm";
    std::string initiator = hashed_token(token, "Initiator", "");
    EXPECT_EQ(base64_encode(initiator), "kJd4dGGhhOD6hOwAwTgRkLbE0WqOxEU8eyrF5/z5Ne0=");
    std::string responder = hashed_token(token, "Responder", "");
    EXPECT_EQ(base64_encode(responder), "TlE0CWMUdIY7mGyfPoweJ8op0derntQJfnr9YAe/nGI=");
    auto here = client("HT-SHA-256-NONE", client_setting("user", token));
    EXPECT_EQ(here->initial(), bytes("user\0") + initiator);
    EXPECT_FALSE(here->success(responder));
    EXPECT_TRUE(here->success("")->is_attack);
    EXPECT_TRUE(here->success(initiator)->is_attack);
}

TEST(HashedToken, is_bound_to_its_channel) {
    Account account{"user", "token"};
    ServerSetting there = server_setting();
    ClientSetting here = client_setting("user", "token");
    there.binding = here.binding = {"exporter", "end point"};
    for (const char* name : {"HT-SHA-256-NONE", "HT-SHA-256-ENDP", "HT-SHA-256-EXPR"}) {
        auto a = client(name, here);
        auto b = server(name, there);
        EXPECT_EQ(converse(*a, *b, account).user, "user") << name;
    }
    here.binding = {"another", "another"};
    for (const char* name : {"HT-SHA-256-ENDP", "HT-SHA-256-EXPR"}) {
        auto a = client(name, here);
        auto b = server(name, there);
        EXPECT_EQ(converse(*a, *b, account).fault, "not-authorized") << name;
    }
    there.binding = {};
    auto a = client("HT-SHA-256-EXPR", here);
    auto b = server("HT-SHA-256-EXPR", there);
    EXPECT_EQ(converse(*a, *b, account).fault, "not-authorized");
}

}  // namespace
}  // namespace sallyport::xmpp::sasl::test
