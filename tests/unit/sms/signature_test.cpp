// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/signature.hpp"

#include <gtest/gtest.h>

#include "transports/sms/crypto.hpp"
#include "transports/sms/form_fields.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms {
namespace {

WallTime at(std::int64_t seconds) {
    return WallTime(std::chrono::seconds(seconds));
}

struct Case {
    std::string scheme;
    std::string key;
    std::string method = "POST";
    std::string url;
    port::HttpFields headers;
    std::optional<port::HttpFields> form;
    std::string body;
    SignatureSettings settings;
    WallTime now = at(1'700'000'000);

    bool verify() const {
        const auto scheme_function = find_signature(scheme);
        if (scheme_function == nullptr) return false;
        const SignedRequest request{method, url, headers, form ? &*form : nullptr, body};
        return scheme_function(request, key, settings, now);
    }
};

Case twilio() {
    Case c;
    c.scheme = "twilio";
    c.key = "12345";
    c.url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    c.form = port::HttpFields{
        {"CallSid", "CA1234567890ABCDE"},
        {"Caller", "+14158675309"},
        {"Digits", "1234"},
        {"From", "+14158675309"},
        {"To", "+18005551212"}};
    c.headers = {{"X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="}};
    return c;
}

TEST(SignatureTwilio, known_answer) {
    EXPECT_TRUE(twilio().verify());
}

TEST(SignatureTwilio, order_of_fields_does_not_matter_but_values_do) {
    auto c = twilio();
    std::reverse(c.form->begin(), c.form->end());
    EXPECT_TRUE(c.verify());
    c.form->front().second = "+18005551213";
    EXPECT_FALSE(c.verify());
}

TEST(SignatureTwilio, default_port_with_and_without) {
    auto c = twilio();
    c.headers = {{"x-twilio-signature", "kvajT1Ptam85bY51eRf/AJRuM3w="}};
    EXPECT_TRUE(c.verify());
    c.url = "https://mycompany.com:443/myapp.php?foo=1&bar=2";
    EXPECT_TRUE(c.verify());
    c.headers = twilio().headers;
    EXPECT_TRUE(c.verify());
    c.url = "https://mycompany.com:8443/myapp.php?foo=1&bar=2";
    EXPECT_FALSE(c.verify());
}

TEST(SignatureTwilio, repeated_values_count_once) {
    auto c = twilio();
    c.form = port::HttpFields{
        {"Sid", "CA123"},
        {"SidAccount", "AC123"},
        {"Digits", "5678"},
        {"Digits", "1234"},
        {"Digits", "1234"}};
    c.headers = {{"X-Twilio-Signature", "IK+Dwps556ElfBT0I3Rgjkr1wJU="}};
    EXPECT_TRUE(c.verify());
}

TEST(SignatureTwilio, json_body_by_its_hash) {
    auto c = twilio();
    c.form.reset();
    c.body = R"({"property": "value", "boolean": true})";
    c.url += "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    c.headers = {{"X-Twilio-Signature", "a9nBmqA0ju/hNViExpshrM61xv4="}};
    EXPECT_TRUE(c.verify());
    c.body += " ";
    EXPECT_FALSE(c.verify());
}

TEST(SignatureTwilio, absent_or_foreign_signatures_fail) {
    auto c = twilio();
    c.key = "12346";
    EXPECT_FALSE(c.verify());
    c = twilio();
    c.headers.clear();
    EXPECT_FALSE(c.verify());
}

Case telnyx() {
    Case c;
    c.scheme = "telnyx-ed25519";
    c.key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    c.body = R"({"data":{}})";
    c.headers = {
        {"telnyx-timestamp", "1700000000"},
        {"telnyx-signature-ed25519",
         "NwqQ2k4IDqRtOi7bH1h+sj/JKnnjN0DyJk1BO02d/"
         "ubvBak3nIcpcAHpYdoZK1b0ES1ZKfH4N+wRAYDz31NyCA=="},
    };
    return c;
}

TEST(SignatureTelnyx, known_answer) {
    EXPECT_TRUE(telnyx().verify());
}

TEST(SignatureTelnyx, old_and_future_timestamps_fail) {
    for (const auto offset : {-301, 301}) {
        auto c = telnyx();
        c.now = at(1'700'000'000 + offset);
        EXPECT_FALSE(c.verify()) << offset;
    }
    auto c = telnyx();
    c.now = at(1'700'000'300);
    EXPECT_TRUE(c.verify());
}

TEST(SignatureTelnyx, a_changed_body_time_key_or_signature_fails) {
    auto c = telnyx();
    c.body = R"({"data":{ }})";
    EXPECT_FALSE(c.verify());
    c = telnyx();
    c.headers[0].second = "1700000001";
    EXPECT_FALSE(c.verify());
    c = telnyx();
    c.key = "short";
    EXPECT_FALSE(c.verify());
    c = telnyx();
    c.headers[1].second = "bm90IGEgc2lnbmF0dXJl";
    EXPECT_FALSE(c.verify());
}

TEST(SignatureVonageSms, known_answers_of_every_method) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"sha256", "280c4320703dbc98bfa22db676655ed2acfbfe8792b062ff7622e67f1183c287"},
        {"md5", "724c2bf6ca423c36e20631b11d1c5753"},
        {"md5hash", "d72f75ac8cda9bbce891c4fa62bee6cd"},
    };
    for (const auto& [method, signature] : rows) {
        Case c;
        c.scheme = "vonage-sms";
        c.key = "signature_secret";
        c.form = port::HttpFields{
            {"param1", "value1"},
            {"param2", "value2"},
            {"timestamp", "1234567890"},
            {"sig", signature}};
        c.settings.options["method"] = method;
        c.now = at(1'234'567'900);
        EXPECT_TRUE(c.verify()) << method;
        c.now = at(1'234'567'890 + 4000);
        EXPECT_FALSE(c.verify()) << method;
    }
}

TEST(SignatureVonageSms, separators_in_values_are_replaced) {
    Case c;
    c.scheme = "vonage-sms";
    c.key = "signature_secret";
    c.method = "GET";
    c.url =
        "https://a.example/"
        "?param1=value%261&param2=value%3D2&timestamp=1234567890&sig="
        "2bbf0abafb2c55e5af6231513896a2ac";
    c.settings.options["method"] = "md5";
    c.now = at(1'234'567'890);
    EXPECT_TRUE(c.verify());
}

TEST(SignaturePlivo, known_answers) {
    Case v2;
    v2.scheme = "plivo-v2";
    v2.key = "my_auth_token";
    v2.url = "https://answer.url";
    v2.headers = {
        {"X-Plivo-Signature-V2", "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc="},
        {"X-Plivo-Signature-V2-Nonce", "12345"}};
    EXPECT_TRUE(v2.verify());

    struct Row {
        std::string method, url, signature;
        bool has_form;
    };
    const std::vector<Row> rows{
        {"GET",
         "https://answer.url/x?b=2&a=1",
         "DflzJ3bISKIgRoNlx/dzoL1cvEh31stCUT1erIK0icw=",
         false},
        {"POST",
         "https://answer.url/x?b=2&a=1",
         "0QLx+gTBHlzw0XTmmJhZUkH1pNkKgKaYNMFgSGHHBlg=",
         true},
        {"POST", "https://answer.url/x", "9e9r9jxfhguRhGe+nW+q3Cc6ua1WbTLHDmkguDYZMWs=", true},
    };
    for (const auto& row : rows) {
        Case c;
        c.scheme = "plivo-v3";
        c.key = "my_auth_token";
        c.method = row.method;
        c.url = row.url;
        if (row.has_form) c.form = port::HttpFields{{"To", "T"}, {"From", "F"}};
        c.headers = {
            {"X-Plivo-Signature-V3", "bm8=, " + row.signature},
            {"X-Plivo-Signature-V3-Nonce", "12345"}};
        EXPECT_TRUE(c.verify()) << row.method << " " << row.url;
        c.headers[1].second = "12346";
        EXPECT_FALSE(c.verify());
    }
}

TEST(SignatureSinch, known_answer) {
    Case c;
    c.scheme = "sinch-hmac";
    c.key = "SMSWebhooksSecret";
    c.body =
        R"({"at":"2025-01-13T09:22:40.914Z","batch_id":"01JHFFHQ0P99JPPNQPJDV7JTBP","client_reference":"a client reference","code":0,"operator_status_at":"2025-01-13T09:22:00Z","recipient":"33662162466","status":"Delivered","type":"recipient_delivery_report_sms"})";
    c.headers = {
        {"x-sinch-webhook-signature", "ZoHei66PPN/kZjw7hFVfGhJOnml3iGNCMWoyQVcE5o0="},
        {"x-sinch-webhook-signature-nonce", "01JHFFHWYY7HSS4FWTMDTQEK8V"},
        {"x-sinch-webhook-signature-timestamp", "1736760161"},
    };
    c.now = at(1'736'760'161);
    EXPECT_TRUE(c.verify());
    c.body[0] = '[';
    EXPECT_FALSE(c.verify());
}

TEST(SignatureSharedSecret, in_the_query_or_a_header) {
    Case c;
    c.scheme = "shared-secret";
    c.key = "s3cret";
    c.settings.options["query"] = "key";
    c.url = "https://a.example/hook?x=1&key=s3cret";
    EXPECT_TRUE(c.verify());
    c.url = "https://a.example/hook?key=s3cre";
    EXPECT_FALSE(c.verify());
    c.url = "https://a.example/hook";
    EXPECT_FALSE(c.verify());
    c.settings.options = {{"header", "X-Secret"}};
    c.headers = {{"x-secret", "s3cret"}};
    EXPECT_TRUE(c.verify());
}

TEST(SignatureBasic, user_and_password) {
    Case c;
    c.scheme = "basic";
    c.key = "user:password";
    c.headers = {{"Authorization", "Basic dXNlcjpwYXNzd29yZA=="}};
    EXPECT_TRUE(c.verify());
    c.headers = {{"Authorization", "Bearer dXNlcjpwYXNzd29yZA=="}};
    EXPECT_FALSE(c.verify());
}

TEST(SignatureHmac, of_the_body_in_hex_or_base64) {
    Case c;
    c.scheme = "hmac";
    c.key = "k";
    c.body = "text";
    c.settings.options["header"] = "X-Sig";
    for (const auto& value :
         {hex_encode(hmac(Digest::sha256, "k", "text")),
          base64_encode(hmac(Digest::sha256, "k", "text"))}) {
        c.headers = {{"X-Sig", value}};
        EXPECT_TRUE(c.verify());
    }
    c.body = "texts";
    EXPECT_FALSE(c.verify());
}

std::string base64url(std::string_view text) {
    std::string out = base64_encode(text);
    while (out.ends_with('=')) out.pop_back();
    for (auto& ch : out) ch = ch == '+' ? '-' : ch == '/' ? '_' : ch;
    return out;
}

std::string make_jwt(std::string_view header, std::string_view claims, std::string_view key) {
    const std::string head = base64url(header) + "." + base64url(claims);
    return head + "." + base64url(hmac(Digest::sha256, key, head));
}

TEST(SignatureJwt, messagebird_hashes_url_and_body) {
    constexpr std::string_view url_hash =
        "41f05f0ddd0a22ab209ac46f47c4572d9cefa257ed74b24004bae753ece6c260";
    constexpr std::string_view payload_hash =
        "dffd6021bb2bd5b0af676290809ec3a53191dd81c7f70a4b28688a362182986f";
    const std::string claims =
        R"({"iss":"MessageBird","nbf":1699999990,"exp":1700000050,"url_hash":")" +
        std::string(url_hash) + R"(","payload_hash":")" + std::string(payload_hash) + R"("})";
    Case c;
    c.scheme = "messagebird-jwt";
    c.key = "k";
    c.url = "https://example.com/path?bar=1&foo=2";
    c.body = "Hello, World!";
    c.headers = {
        {"MessageBird-Signature-JWT", make_jwt(R"({"alg":"HS256","typ":"JWT"})", claims, "k")}};
    EXPECT_TRUE(c.verify());
    auto changed = c;
    changed.url = "https://example.com/path?foo=2&bar=1";
    EXPECT_FALSE(changed.verify());
    changed = c;
    changed.body.clear();
    EXPECT_FALSE(changed.verify());
    changed = c;
    changed.now = at(1'700'000'200);
    EXPECT_FALSE(changed.verify());
    changed = c;
    changed.headers[0].second = make_jwt(R"({"alg":"none"})", claims, "k");
    EXPECT_FALSE(changed.verify());
    changed.headers[0].second = "a.b";
    EXPECT_FALSE(changed.verify());
}

TEST(SignatureJwt, vonage_hashes_the_body) {
    const std::string claims = R"({"iss":"Vonage","iat":1700000000,"payload_hash":")" +
                               hex_encode(digest(Digest::sha256, "{}")) + R"("})";
    Case c;
    c.scheme = "vonage-jwt";
    c.key = "k";
    c.body = "{}";
    c.headers = {{"Authorization", "Bearer " + make_jwt(R"({"alg":"HS256"})", claims, "k")}};
    EXPECT_TRUE(c.verify());
    c.body = "{ }";
    EXPECT_FALSE(c.verify());
    c.body = "{}";
    c.now = at(1'700'000'400);
    EXPECT_FALSE(c.verify());
}

TEST(Signature, any_key_may_match_and_empty_ones_never_do) {
    const auto c = twilio();
    const SignedRequest request{c.method, c.url, c.headers, &*c.form, c.body};
    const auto verify = find_signature("twilio");
    EXPECT_TRUE(verify_any(verify, request, {"new", "12345"}, {}, c.now));
    EXPECT_TRUE(verify_any(verify, request, {"12345", "old"}, {}, c.now));
    EXPECT_FALSE(verify_any(verify, request, {"", "old"}, {}, c.now));
    EXPECT_EQ(find_signature("none"), nullptr);
}

TEST(FormFields, decode_and_bound) {
    const auto fields = parse_form("a=1+2&b=%C3%A9&&c&d==x");
    ASSERT_TRUE(fields);
    const port::HttpFields expected{{"a", "1 2"}, {"b", "é"}, {"c", ""}, {"d", "=x"}};
    EXPECT_EQ(*fields, expected);
    EXPECT_FALSE(parse_form("a=%zz"));
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += "f=1&";
    EXPECT_FALSE(parse_form(many));
    EXPECT_EQ(query_of("https://a/b?c=d#e?f"), "c=d");
    EXPECT_EQ(query_of("https://a/b"), "");
}

}  // namespace
}  // namespace sallyport::sms
