// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sasl/sasl_support.hpp"
#include "xmpp/sasl/scram.hpp"

// Exchanges from the RFCs, from XEP-0474 and from logs of real servers, played on both sides.
namespace sallyport::xmpp::sasl::test {
namespace {

struct Vector {
    const char* name;
    const char* mechanism;
    Hash hash;
    const char* user;
    const char* password;
    const char* client_nonce;
    const char* server_nonce;  ///< what the server adds
    const char* salt;          ///< base64
    const char* proof;
    const char* signature;
};

// clang-format off
constexpr const char* juliet_nonce = "oMsTAAwAAAAMAAAANP0TAAAAAABPU0AA";
constexpr const char* juliet_more = "e124695b-69a9-4de6-9c30-b51b3808c59e";
constexpr const char* juliet_salt = "NjhkYTM0MDgtNGY0Zi00NjdmLTkxMmUtNDlmNTNmNDNkMDMz";
const Vector vectors[] = {
    {"RFC 6120 §9.1", "SCRAM-SHA-1", Hash::sha1, "juliet", "r0m30myr0m30", juliet_nonce, juliet_more,
     juliet_salt, "UA57tM/SvpATBkH2FXs0WDXvJYw=", "pNNDFVEQxuXxCoSEiW8GEZ+1RSo="},
    {"Openfire log: '=' in the nonce, NUL in the salt", "SCRAM-SHA-1", Hash::sha1, "10023", "10023",
     "Jdb3kV~f/60`}97K]~i63t<Z=xrgg#-R", "d48470ac-e8b0-4d75-9d03-b861712489aa",
     "NZB2vo9cr9j61H4A9/WK1kN1QcVuITYd", "uA+W0PVBqJZsVB5YwjMFUDHaFB4=", "6kYznACTtKhcDuYUGPecQVgo7G4="},
    {"RFC 5802 §5", "SCRAM-SHA-1", Hash::sha1, "user", "pencil", "fyko+d2lbbFgONRv9qkxdawL",
     "3rfcNHYJY1ZVvWVs7j", "QSXCR+Q6sek8bf92", "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "rmF9pqV8S7suAoZWja4dJRkFsKQ="},
    {"RFC 7677 §3", "SCRAM-SHA-256", Hash::sha256, "user", "pencil", "rOprNGfwEbeRWgbNEkqO",
     "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==",
     "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
    {"RFC 6120 §9.1 with SHA-256", "SCRAM-SHA-256", Hash::sha256, "juliet", "r0m30myr0m30", juliet_nonce,
     juliet_more, juliet_salt, "LxERXSxNIqYTZbSFD+BwEPng/tL7/gPYnyPkAj4kmyQ=",
     "7coEcYwkYIcDsOWOMCi6h5+7PG2oQw13LYy7mCX5NTg="},
    {"RFC 6120 §9.1 with SHA-512", "SCRAM-SHA-512", Hash::sha512, "juliet", "r0m30myr0m30", juliet_nonce,
     juliet_more, juliet_salt,
     "WuM3tIDm6w3lPevoM6voZ9na+2cErUdx3hilEM1FKCxr+v1OCDcm5ocwA4RzrQTIeSHwIy9/XeBeY13ePVgsug==",
     "eX8wytaHGuTH08v/3z78wO72iAdfhEkO2KsfJBrKY7mGp3gH3MNcQ5ATXWJUPu1Y5XD/QbLTBOdVUGFyMwhTRA=="},
};
// clang-format on

class ScramVectors : public ::testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(All, ScramVectors, ::testing::ValuesIn(vectors));

std::string first_of(const Vector& v) {
    return std::string("n,,n=") + v.user + ",r=" + v.client_nonce;
}
std::string server_first_of(const Vector& v) {
    return std::string("r=") + v.client_nonce + v.server_nonce + ",s=" + v.salt + ",i=4096";
}
std::string final_of(const Vector& v) {
    return std::string("c=biws,r=") + v.client_nonce + v.server_nonce + ",p=" + v.proof;
}

TEST_P(ScramVectors, client_says_what_the_vector_says) {
    const Vector& v = GetParam();
    SCOPED_TRACE(v.name);
    ClientSetting setting = client_setting(v.user, v.password);
    setting.nonce = v.client_nonce;
    auto mechanism = client(v.mechanism, setting);
    EXPECT_EQ(mechanism->initial(), first_of(v));
    EXPECT_EQ(said(respond(*mechanism, server_first_of(v))), final_of(v));
    EXPECT_FALSE(mechanism->success(std::string("v=") + v.signature));
}

TEST_P(ScramVectors, server_says_what_the_vector_says) {
    const Vector& v = GetParam();
    SCOPED_TRACE(v.name);
    ServerSetting setting = server_setting();
    setting.nonce = v.server_nonce;
    auto mechanism = server(v.mechanism, setting);
    auto ask = asked<AskKeys>(mechanism->respond(first_of(v)));
    EXPECT_EQ(ask.user, v.user);
    EXPECT_EQ(ask.hash, v.hash);
    Keys keys = *derive_keys(v.hash, v.password, from_base64(v.salt), 4096);
    EXPECT_EQ(challenged(mechanism->answer(keys)), server_first_of(v));
    ServerStep end = mechanism->respond(final_of(v));
    ASSERT_TRUE(std::holds_alternative<Success>(end)) << fault(end);
    EXPECT_EQ(std::get<Success>(end).user, v.user);
    EXPECT_EQ(std::get<Success>(end).data, std::string("v=") + v.signature);
}

TEST(ScramKeys, are_those_of_the_seeds) {
    Keys juliet = *derive_keys(Hash::sha1, "r0m30myr0m30", from_base64(juliet_salt), 4096);
    EXPECT_EQ(base64_encode(juliet.stored_key), "k6ta8TZHH+jrmy1JAMBE18HkRw4=");
    EXPECT_EQ(base64_encode(juliet.server_key), "f0V215y5zqNIKnvE6SHEf8HDSJo=");
    std::string salt = from_base64("NZB2vo9cr9j61H4A9/WK1kN1QcVuITYd");
    Keys other = *derive_keys(Hash::sha1, "10023", salt, 4096);
    EXPECT_EQ(base64_encode(other.stored_key), "irJr/2AYjeHuBdxctBFNcYcOwGE=");
    EXPECT_EQ(base64_encode(other.server_key), "8SANjG1xzytMFR/yAvSKilYWnM4=");
}

// XEP-0474 §6.3: hash of the offer, an unknown extension in the last message, a bound channel.
TEST(ScramDowngrade, full_example_of_the_xep_verifies) {
    EXPECT_EQ(
        hash_of_offer(
            Hash::sha1,
            {"SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"},
            {"tls-server-end-point", "tls-exporter"}
        ),
        "G6k/rBLDqgOhRRaCuuatSDFkJ08="
    );
    ServerSetting setting = server_setting();
    setting.offered = {"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"};
    setting.bindings = {"tls-server-end-point", "tls-exporter"};
    setting.binding.exporter = "THIS IS FAKE CB DATA";
    setting.nonce = "a09117a6-ac50-4f2f-93f1-93799c2bddf6";
    auto mechanism = server("SCRAM-SHA-1-PLUS", setting);
    std::string nonce = "12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6";
    asked<AskKeys>(mechanism->respond("p=tls-exporter,,n=user,r=" + nonce));
    Keys keys = *derive_keys(Hash::sha1, "pencil", from_base64("QSXCR+Q6sek8bf92"), 4096);
    EXPECT_EQ(
        challenged(mechanism->answer(keys)),
        "r=" + nonce + setting.nonce + ",s=QSXCR+Q6sek8bf92,i=4096,h=G6k/rBLDqgOhRRaCuuatSDFkJ08="
    );
    ServerStep end = mechanism->respond(
        "c=cD10bHMtZXhwb3J0ZXIsLFRISVMgSVMgRkFLRSBDQiBEQVRB,r=" + nonce + setting.nonce +
        ",x=19C6532F-1CF4-4A27-A18D-DC9CEA41BBB3,p=M/SIDjT+dfcxUh89jZEypRvFxB4="
    );
    ASSERT_TRUE(std::holds_alternative<Success>(end)) << fault(end);
    EXPECT_EQ(std::get<Success>(end).data, "v=MQrMPvv7yv4x4Cq4W4Ih25EqS2c=");
}

// XEP-0388 §2.4 prints a proof that belongs to no password we know: nobody may copy it as a vector.
TEST(ScramDowngrade, example_of_sasl2_does_not_verify) {
    std::string bound = "cD10bHMtZXhwb3J0ZXIsLMcoQvOdBDePd4OswlmAWV3dg1a1Wh1tYPTBwVid10VU";
    ServerSetting setting = server_setting();
    setting.binding.exporter = from_base64(bound).substr(sizeof("p=tls-exporter,,") - 1);
    setting.nonce = "a09117a6-ac50-4f2f-93f1-93799c2bddf6";
    auto mechanism = server("SCRAM-SHA-1-PLUS", setting);
    std::string nonce = "12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6";
    asked<AskKeys>(mechanism->respond("p=tls-exporter,,n=user,r=" + nonce));
    mechanism->answer(*derive_keys(Hash::sha1, "pencil", from_base64("QSXCR+Q6sek8bf92"), 4096));
    EXPECT_EQ(
        fault(mechanism->respond(
            "c=" + bound + ",r=" + nonce + setting.nonce + ",p=UApo7xo6Pa9J+Vaejfz/dG7BomU="
        )),
        "not-authorized"
    );
}

// The text of one seed prints "n,n=juliet"; the base64 beside it has two commas, as it must.
TEST(ScramFirst, header_has_two_commas) {
    EXPECT_TRUE(std::holds_alternative<Fault>(parse_client_first("n,n=juliet,r=abc")));
    auto parsed = parse_client_first(
        from_base64("biwsbj1qdWxpZXQscj1vTXNUQUF3QUFBQU1BQUFBTlAwVEFBQUFBQUJQVTBBQQ==")
    );
    ASSERT_TRUE(std::holds_alternative<ClientFirst>(parsed));
    EXPECT_EQ(std::get<ClientFirst>(parsed).user, "juliet");
}

}  // namespace
}  // namespace sallyport::xmpp::sasl::test
