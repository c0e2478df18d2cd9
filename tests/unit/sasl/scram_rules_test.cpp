// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sasl/sasl_support.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/scram.hpp"

namespace sallyport::xmpp::sasl::test {
namespace {

const Account account{"user", "pencil"};

bool is_attack(const ClientStep& step) {
    const auto* give_up = std::get_if<GiveUp>(&step);
    return give_up && give_up->is_attack;
}

// ---- the server ----

TEST(ScramServer, refuses_y_when_it_offered_binding) {
    ServerSetting setting = server_setting();
    setting.offered = {"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"};
    EXPECT_EQ(fault(server("SCRAM-SHA-1", setting)->respond("y,,n=user,r=abc")), "not-authorized");
    setting.offered = {"SCRAM-SHA-1"};
    asked<AskKeys>(server("SCRAM-SHA-1", setting)->respond("y,,n=user,r=abc"));
}

TEST(ScramServer, wants_a_binding_with_plus_and_none_without) {
    ServerSetting setting = server_setting();
    setting.binding.exporter = "data";
    for (const char* first : {"n,,n=user,r=abc", "y,,n=user,r=abc", "p=tls-unique,,n=user,r=abc"})
        EXPECT_EQ(fault(server("SCRAM-SHA-1-PLUS", setting)->respond(first)), "not-authorized");
    EXPECT_EQ(
        fault(server("SCRAM-SHA-1", setting)->respond("p=tls-exporter,,n=user,r=abc")),
        "not-authorized"
    );
    asked<AskKeys>(server("SCRAM-SHA-1-PLUS", setting)->respond("p=tls-exporter,,n=user,r=abc"));
}

/// What the client proves that it knows (RFC 5802 §3).
std::string prove(std::string_view password, std::string_view salt, std::string_view message) {
    const std::string salted = stretch(Hash::sha1, password, salt, 4096);
    const std::string key = hmac(Hash::sha1, salted, "Client Key");
    const std::string signature = hmac(Hash::sha1, digest(Hash::sha1, key), message);
    return base64_encode(exclusive_or(key, signature));
}

// COMPAT(slixmpp 1.8): it knows no other type. xmpp/sasl/scram.hpp says why it is taken and not
// offered.
TEST(ScramServer, takes_tls_unique_where_the_stream_has_it) {
    ServerSetting setting = server_setting();
    setting.binding = {"exporter", "end point", "finished"};
    const std::string first = "n=user,r=abc";
    for (const std::string bound : {"finished", "another", ""}) {
        auto mechanism = server("SCRAM-SHA-1-PLUS", setting);
        asked<AskKeys>(mechanism->respond("p=tls-unique,," + first));
        const auto keys = *derive_keys(Hash::sha1, "pencil", "salt", 4096);
        const auto challenge = std::get<Challenge>(mechanism->answer(keys)).bytes;
        const std::string without_proof =
            "c=" + base64_encode("p=tls-unique,," + bound) + ",r=abc" + setting.nonce;
        const std::string proof =
            prove("pencil", "salt", first + ',' + challenge + ',' + without_proof);
        const auto end = mechanism->respond(without_proof + ",p=" + proof);
        EXPECT_EQ(std::holds_alternative<Success>(end), bound == "finished") << bound;
    }
}

TEST(ScramServer, refuses_bad_first_messages) {
    for (const char* first :
         {"",
          "n",
          "n,,",
          "n,,n=user",
          "n,,n=,r=abc",
          "n,,n=user,r=",
          "n,,r=abc,n=user",
          "n,,n=us=er,r=abc",
          "n,,n=us=2c,r=abc",
          "n,,m=ext,n=user,r=abc",
          "n,a=,n=user,r=abc",
          "n,b=x,n=user,r=abc",
          "x,,n=user,r=abc",
          "p=,,n=user,r=abc",
          "n,,n=user,r=a\tb",
          "n,,n=user,r=abc,",
          "n,,n=user,r=abc,,x=y",
          "n,,n=\xff,r=abc"})
        EXPECT_EQ(
            fault(server("SCRAM-SHA-1", server_setting())->respond(first)), "malformed-request"
        ) << first;
}

TEST(ScramServer, decodes_names) {
    auto mechanism = server("SCRAM-SHA-1", server_setting());
    EXPECT_EQ(asked<AskKeys>(mechanism->respond("n,,n=a=2Cb=3Dc,r=abc")).user, "a,b=c");
}

TEST(ScramServer, normalises_names) {
    auto mechanism = server("SCRAM-SHA-1", server_setting());
    EXPECT_EQ(asked<AskKeys>(mechanism->respond("n,,n=UsEr,r=abc")).user, "user");
}

std::string challenge_for(const std::string& user, const Answer& answer) {
    auto mechanism = server("SCRAM-SHA-1", server_setting());
    mechanism->respond("n,,n=" + user + ",r=abc");
    return challenged(mechanism->answer(answer));
}

TEST(ScramServer, makes_up_the_same_salt_each_time_for_who_does_not_exist) {
    std::string once = challenge_for("nobody", Denied{});
    EXPECT_EQ(once, challenge_for("nobody", Denied{Fault::account_disabled}));
    EXPECT_NE(once, challenge_for("nobody2", Denied{}));
    EXPECT_NE(once.find(",i=10000"), once.npos);
    ServerSetting other = server_setting();
    other.fake_salt_key = "another key";
    auto mechanism = server("SCRAM-SHA-1", other);
    mechanism->respond("n,,n=nobody,r=abc");
    EXPECT_NE(once, challenged(mechanism->answer(Denied{})));
}

TEST(ScramServer, lets_nobody_in_who_does_not_exist) {
    for (const char* user : {"nobody", "no body"}) {  // the second cannot be a localpart
        auto client_side = client("SCRAM-SHA-1", client_setting(user, "pencil"));
        auto server_side = server("SCRAM-SHA-1", server_setting());
        EXPECT_EQ(converse(*client_side, *server_side, account).fault, "not-authorized");
    }
}

TEST(ScramServer, says_when_the_store_is_down) {
    auto mechanism = server("SCRAM-SHA-1", server_setting());
    mechanism->respond("n,,n=user,r=abc");
    EXPECT_EQ(
        fault(mechanism->answer(Denied{Fault::temporary_auth_failure})), "temporary-auth-failure"
    );
}

// The last message of a good exchange, changed by `change`.
std::string end_with(const std::function<std::string(std::string)>& change) {
    auto client_side = client("SCRAM-SHA-1", client_setting("user", "pencil"));
    auto server_side = server("SCRAM-SHA-1", server_setting());
    auto ask = asked<AskKeys>(server_side->respond(*client_side->initial()));
    std::string challenge = challenged(server_side->answer(account.answer(Question(ask))));
    return fault(server_side->respond(change(said(respond(*client_side, challenge)))));
}

TEST(ScramServer, refuses_changed_last_messages) {
    EXPECT_EQ(end_with([](std::string m) { return m; }), "no fault");
    EXPECT_EQ(end_with([](std::string m) { return m.replace(2, 4, "eSws"); }), "not-authorized");
    EXPECT_EQ(end_with([](std::string m) { return m.replace(9, 1, "X"); }), "not-authorized");
    EXPECT_EQ(end_with([](std::string m) { return m + "AAAA"; }), "malformed-request");
    EXPECT_EQ(end_with([](std::string m) { return m.substr(0, m.size() - 4); }), "not-authorized");
    EXPECT_EQ(end_with([](std::string m) { return m + ",x=y"; }), "malformed-request");
    EXPECT_EQ(end_with([](std::string) { return ""; }), "malformed-request");
}

TEST(ScramServer, takes_no_message_after_the_last) {
    auto mechanism = server("SCRAM-SHA-1", server_setting());
    mechanism->respond("n,,n=user,r=abc");
    EXPECT_EQ(fault(mechanism->respond("n,,n=user,r=abc")), "malformed-request");
    EXPECT_EQ(fault(mechanism->answer(Denied{})), "temporary-auth-failure");
}

TEST(ScramServer, wants_the_binding_of_its_own_connection) {
    ServerSetting there = server_setting();
    there.binding = {"channel of the server", "certificate"};
    ClientSetting here = client_setting("user", "pencil");
    here.bindings = {"tls-exporter"};
    here.binding = {"channel of the client", "certificate"};
    auto a = client("SCRAM-SHA-256-PLUS", here);
    auto b = server("SCRAM-SHA-256-PLUS", there);
    EXPECT_EQ(converse(*a, *b, account).fault, "not-authorized");
    here.bindings = {"tls-server-end-point"};
    a = client("SCRAM-SHA-256-PLUS", here);
    b = server("SCRAM-SHA-256-PLUS", there);
    EXPECT_EQ(converse(*a, *b, account).user, "user");
}

// ---- the client ----

ClientStep answer_to(const std::string& server_first, int max_iterations = 1'000'000) {
    ClientSetting setting = client_setting("user", "pencil");
    setting.nonce = "abc";
    setting.max_iterations = max_iterations;
    auto mechanism = client("SCRAM-SHA-1", setting);
    mechanism->initial();
    return mechanism->challenge(server_first);
}

TEST(ScramClient, gives_up_on_bad_first_messages) {
    for (const char* first :
         {"r=abcdef,s=QSXCR+Q6sek8bf92,i=4095",
          "r=abcdef,s=QSXCR+Q6sek8bf92,i=0",
          "r=abcdef,s=QSXCR+Q6sek8bf92,i=-4096",
          "r=abcdef,s=QSXCR+Q6sek8bf92,i=04096",
          "r=abcdef,s=QSXCR+Q6sek8bf92,i=2147483648",
          "r=abcdef,s=QSXCR+Q6sek8bf92,i=2147483647",
          "r=abcdef,s=QSXCR+Q6sek8bf92,i=4096x",
          "r=abcdef,s=,i=4096",
          "r=abcdef,s=!,i=4096",
          "r=abc,s=QSXCR+Q6sek8bf92,i=4096",
          "r=xbcdef,s=QSXCR+Q6sek8bf92,i=4096",
          "r=abcdef,s=QSXCR+Q6sek8bf92,i=4096,m=x",
          "m=x,r=abcdef,s=QSXCR+Q6sek8bf92,i=4096",
          "r=abcdef,s=QSXCR+Q6sek8bf92",
          "e=other-error"})
        EXPECT_TRUE(is_attack(answer_to(first))) << first;
    EXPECT_TRUE(is_attack(answer_to("r=abcdef,s=QSXCR+Q6sek8bf92,i=5000", 4999)));
    EXPECT_FALSE(is_attack(answer_to("r=abcdef,s=QSXCR+Q6sek8bf92,i=5000,x=new", 5000)));
}

struct Proved {
    std::unique_ptr<ClientMechanism> mechanism;
    std::string signature;
};
Proved proved() {
    ClientSetting setting = client_setting("user", "pencil");
    setting.nonce = "fyko+d2lbbFgONRv9qkxdawL";
    auto mechanism = client("SCRAM-SHA-1", setting);
    mechanism->initial();
    respond(*mechanism, "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
    return {std::move(mechanism), "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="};
}

TEST(ScramClient, does_nothing_but_wait_for_its_key) {
    const std::string first = "r=abcdef,s=QSXCR+Q6sek8bf92,i=4096";
    ClientSetting setting = client_setting("user", "pencil");
    setting.nonce = "abc";
    auto waiting = client("SCRAM-SHA-1", setting);
    EXPECT_TRUE(is_attack(waiting->derived("key"))) << "nobody asked";
    waiting = client("SCRAM-SHA-1", setting);
    waiting->initial();
    EXPECT_EQ(said(waiting->challenge(first)), "wants a key");
    EXPECT_TRUE(waiting->success("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")->is_attack);
    waiting = client("SCRAM-SHA-1", setting);
    waiting->initial();
    waiting->challenge(first);
    EXPECT_TRUE(is_attack(waiting->challenge(first)));
    EXPECT_TRUE(is_attack(waiting->derived("key"))) << "too late";
}

TEST(ScramClient, wants_the_servers_signature) {
    for (const char* data : {"", "v=", "v=rmF9pqV8S7suAoZWja4dJRkFsKU=", "x", "v=AAAA"}) {
        auto give_up = proved().mechanism->success(data);
        ASSERT_TRUE(give_up) << data;
        EXPECT_TRUE(give_up->is_attack) << data;
    }
}

TEST(ScramClient, understands_an_error_in_the_last_message) {
    auto give_up = proved().mechanism->success("e=invalid-proof");
    ASSERT_TRUE(give_up);
    EXPECT_FALSE(give_up->is_attack);
    EXPECT_EQ(give_up->why, "refused: invalid-proof");
}

TEST(ScramClient, takes_the_signature_in_a_challenge_too) {
    Proved it = proved();
    EXPECT_EQ(said(it.mechanism->challenge(it.signature)), "");
    EXPECT_FALSE(it.mechanism->success(""));
}

TEST(ScramClient, refuses_success_before_proof_and_anything_after_it) {
    auto early = client("SCRAM-SHA-1", client_setting("user", "pencil"));
    early->initial();
    EXPECT_TRUE(early->success("")->is_attack);
    Proved late = proved();
    late.mechanism->challenge(late.signature);
    EXPECT_TRUE(late.mechanism->success(late.signature)->is_attack);
    EXPECT_TRUE(is_attack(late.mechanism->challenge("x")));
}

TEST(ScramClient, says_y_only_when_nothing_was_offered) {
    ClientSetting setting = client_setting("user", "pencil");
    auto flag = [&] { return client("SCRAM-SHA-1", setting)->initial()->substr(0, 2); };
    EXPECT_EQ(flag(), "n,");
    setting.binding.exporter = "data";
    EXPECT_EQ(flag(), "y,");
    setting.server_offers_binding = true;
    EXPECT_EQ(flag(), "n,");
}

TEST(ScramClient, encodes_names) {
    ClientSetting setting = client_setting("a,b=c", "pencil");
    setting.authzid = "x=y@example.com";
    EXPECT_EQ(
        client("SCRAM-SHA-1", setting)->initial(), "n,a=x=3Dy@example.com,n=a=2Cb=3Dc,r=clientnonce"
    );
}

TEST(ScramClient, prepares_passwords) {
    // RFC 4013 §3: soft hyphen goes, no-break space becomes space, ligatures come apart.
    Keys typed = *derive_keys(Hash::sha1, "I\xC2\xADX\xC2\xA0\xEF\xAC\x81", "salt", 1);
    EXPECT_TRUE(is_password(Hash::sha1, "IX fi", typed));
    EXPECT_FALSE(derive_keys(Hash::sha1, "\x07", "salt", 1));
    EXPECT_FALSE(derive_keys(Hash::sha1, "", "salt", 1));
    EXPECT_FALSE(derive_keys(Hash::sha1, "\xff", "salt", 1));
    EXPECT_TRUE(derive_keys(Hash::sha1, "\xF0\x9F\xA4\x96", "salt", 1));  // newer than the profile
}

// XEP-0474: somebody between us took the strong mechanisms away.
TEST(ScramDowngrade, is_seen_by_the_client_and_by_the_server) {
    ServerSetting there = server_setting();
    there.offered = {"SCRAM-SHA-1", "SCRAM-SHA-512", "PLAIN"};
    ClientSetting here = client_setting("user", "pencil");
    here.offered = {"PLAIN", "SCRAM-SHA-1"};
    auto a = client("SCRAM-SHA-1", here);
    auto b = server("SCRAM-SHA-1", there);
    EXPECT_EQ(
        converse(*a, *b, account).fault, "the offered mechanisms were changed on the way (XEP-0474)"
    );
    // Taking h= away as well breaks the proof.
    a = client("SCRAM-SHA-1", here);
    b = server("SCRAM-SHA-1", there);
    b->respond(*a->initial());
    std::string challenge = challenged(b->answer(account.answer(AskKeys{"user", Hash::sha1})));
    ClientStep reply = respond(*a, challenge.substr(0, challenge.find(",h=")));
    EXPECT_EQ(fault(b->respond(said(reply))), "not-authorized");
    here.offered = {"PLAIN", "SCRAM-SHA-512", "SCRAM-SHA-1"};
    a = client("SCRAM-SHA-1", here);
    b = server("SCRAM-SHA-1", there);
    EXPECT_EQ(converse(*a, *b, account).user, "user");
}

}  // namespace
}  // namespace sallyport::xmpp::sasl::test
