// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sasl/sasl_support.hpp"
#include "xmpp/sasl/legacy/digest_md5.hpp"
#include "xmpp/sasl/legacy/secrets.hpp"

namespace sallyport::xmpp::sasl::test {
namespace {

DigestInput input(std::string secret, std::string uri) {
    DigestInput in;
    in.secret = std::move(secret);
    in.nonce = "OA6MG9tEQGm2hh";
    in.cnonce = "OA6MHXh6VqTrRk";
    in.uri = std::move(uri);
    return in;
}

TEST(DigestMd5, is_the_example_of_its_rfc) {
    std::string secret = digest_md5_secret("chris", "elwood.innosoft.com", "secret");
    DigestInput in = input(secret, "imap/elwood.innosoft.com");
    EXPECT_EQ(digest_response(in, Prover::client), "d388dad90d4bbd760a152321f2143af7");
    EXPECT_EQ(digest_response(in, Prover::server), "ea40f60335c427b5527b84dbabcdfffd");
}

// RFC 3920 §6.5 shows a response copied from RFC 2831's IMAP example: for its own names it is not
// right, and the right one is another.
TEST(DigestMd5, of_rfc_3920_does_not_verify) {
    for (const char* realm : {"somerealm", "example.com", ""}) {
        std::string secret = digest_md5_secret("somenode", realm, "secret");
        DigestInput in = input(secret, "xmpp/example.com");
        EXPECT_NE(digest_response(in, Prover::client), "d388dad90d4bbd760a152321f2143af7");
        EXPECT_NE(digest_response(in, Prover::server), "ea40f60335c427b5527b84dbabcdfffd");
    }
    std::string secret = digest_md5_secret("somenode", "somerealm", "secret");
    DigestInput in = input(secret, "xmpp/example.com");
    EXPECT_EQ(digest_response(in, Prover::client), "bcd3bf09ea08e8eac894e126fe733713");
    EXPECT_EQ(digest_response(in, Prover::server), "562f859abce5b7d9b3fba16b45be1c56");
}

std::unique_ptr<ClientMechanism> digest_client() {
    ClientSetting setting = client_setting("somenode", "secret");
    setting.nonce = "OA6MHXh6VqTrRk";
    return client("DIGEST-MD5", setting);
}

constexpr const char* answer_of_somenode =
    "charset=utf-8,username=\"somenode\",realm=\"somerealm\",nonce=\"OA6MG9tEQGm2hh\",nc=00000001,"
    "cnonce=\"OA6MHXh6VqTrRk\",digest-uri=\"xmpp/example.com\","
    "response=bcd3bf09ea08e8eac894e126fe733713,qop=auth";

// The seed's challenge ends in a line break inside its base64.
TEST(DigestMd5, client_takes_the_challenge_of_the_seed) {
    auto here = digest_client();
    EXPECT_FALSE(here->initial());
    std::string challenge =
        "realm=\"somerealm\",nonce=\"OA6MG9tEQGm2hh\",\nqop=\"auth\",charset=utf-8,"
        "algorithm=md5-sess\n";
    EXPECT_EQ(said(here->challenge(challenge)), answer_of_somenode);
    EXPECT_EQ(said(here->challenge("rspauth=562f859abce5b7d9b3fba16b45be1c56\n")), "");
    EXPECT_FALSE(here->success(""));
}

TEST(DigestMd5, client_takes_rspauth_with_success_and_unquoted_values) {
    auto here = digest_client();
    EXPECT_EQ(
        said(here->challenge("realm=somerealm , nonce=OA6MG9tEQGm2hh,,qop=auth")),
        answer_of_somenode
    );
    EXPECT_FALSE(here->success("rspauth=\"562f859abce5b7d9b3fba16b45be1c56\""));
}

TEST(DigestMd5, client_wants_rspauth) {
    for (const char* data : {"", "rspauth=ea40f60335c427b5527b84dbabcdfffd", "rspauth=", "x"}) {
        auto here = digest_client();
        here->challenge("realm=\"somerealm\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\"");
        EXPECT_TRUE(here->success(data)->is_attack) << data;
    }
    EXPECT_TRUE(digest_client()->success("")->is_attack);
}

TEST(DigestMd5, client_chooses_its_domain_among_the_realms) {
    std::string answer = said(digest_client()->challenge(
        "realm=\"a\",realm=\"example.com\",nonce=\"n\",qop=\"auth-int,auth\""
    ));
    EXPECT_NE(answer.find("realm=\"example.com\""), answer.npos);
    answer = said(digest_client()->challenge("nonce=\"n\""));
    EXPECT_NE(answer.find("realm=\"example.com\""), answer.npos);
}

TEST(DigestMd5, client_gives_up_on_bad_challenges) {
    for (const char* challenge :
         {"",
          "realm=\"a\"",
          "nonce=\"a\",nonce=\"b\"",
          "nonce=\"a\",algorithm=md5",
          "nonce=\"a\",qop=\"auth-conf\"",
          "nonce=\"a",
          "nonce"})
        EXPECT_TRUE(said(digest_client()->challenge(challenge)).starts_with("gave up"))
            << challenge;
}

std::string digest_end(std::string change, std::string to) {
    auto there = server("DIGEST-MD5", server_setting());
    auto here = client("DIGEST-MD5", client_setting("user", "pencil"));
    std::string answer = said(here->challenge(challenged(there->respond(""))));
    if (std::size_t at = answer.find(change); at != answer.npos)
        answer.replace(at, change.size(), to);
    ServerStep step = there->respond(answer);
    if (const auto* question = std::get_if<Question>(&step))
        step = there->answer(Account{"user", "pencil"}.answer(*question));
    return fault(step);
}

TEST(DigestMd5, server_refuses_changed_answers) {
    EXPECT_EQ(digest_end("", ""), "no fault");
    EXPECT_EQ(digest_end("nc=00000001", "nc=00000002"), "malformed-request");
    EXPECT_EQ(digest_end("qop=auth", "qop=auth-int"), "malformed-request");
    EXPECT_EQ(digest_end("xmpp/", "imap/"), "not-authorized");
    EXPECT_EQ(digest_end("nonce=\"servernonce\"", "nonce=\"replayed\""), "not-authorized");
    EXPECT_EQ(digest_end("realm=\"example.com\"", "realm=\"b\""), "not-authorized");
    EXPECT_EQ(digest_end("username=\"user\"", "username=\"USER\""), "not-authorized");
    EXPECT_EQ(digest_end("response=", "response=0"), "malformed-request");
    EXPECT_EQ(digest_end("cnonce=\"clientnonce\"", "cnonce=\"other\""), "not-authorized");
    EXPECT_EQ(digest_end("charset=utf-8", "authzid=a,authzid=b"), "malformed-request");
}

TEST(CramMd5, is_the_example_of_its_rfc) {
    std::string challenge = "<1896.697170952@postoffice.reston.mci.net>";
    std::string digest = "b913a602c7eda7a495b4e6e7334d3890";
    EXPECT_EQ(cram_md5_response(cram_md5_secret("tanstaaftanstaaf"), challenge), digest);
    auto here = client("CRAM-MD5", client_setting("tim", "tanstaaftanstaaf"));
    EXPECT_EQ(said(here->challenge(challenge)), "tim " + digest);
}

TEST(CramMd5, hashes_long_passwords_first) {
    // RFC 2202, test case 6 of HMAC-MD5.
    std::string key(80, '\xAA');
    EXPECT_EQ(
        cram_md5_response(
            cram_md5_secret(key), "Test Using Larger Than Block-Size Key - Hash Key First"
        ),
        "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"
    );
}

TEST(SharedSecret, is_md5_behind_a_nul) {
    auto here = client("JIVE-SHAREDSECRET", client_setting("", "abc"));
    EXPECT_EQ(
        here->initial(),
        bytes("x\0"
              "900150983cd24fb0d6963f7d28e17f72")
    );
}

}  // namespace
}  // namespace sallyport::xmpp::sasl::test
