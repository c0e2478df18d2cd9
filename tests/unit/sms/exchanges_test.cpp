// SPDX-License-Identifier: Apache-2.0
// Plays tests/providers/NAME.yaml against the built-in descriptions; the files' README says what a
// row may hold.
#include <memory>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <yaml-cpp/yaml.h>

#include "config/provider_description.hpp"
#include "tests/support/source_dir.hpp"
#include "tests/unit/sms/exchange_expectations.hpp"
#include "transports/sms/crypto.hpp"
#include "transports/sms/form_fields.hpp"
#include "transports/sms/provider.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms {
namespace {

constexpr std::int64_t now_seconds = 1'700'000'000;
const WallTime now{std::chrono::seconds(now_seconds)};
const std::string public_url = "https://gw.example.org";

std::string long_text(const YAML::Node& row, std::string start, const char* key) {
    if (!row[key]) return start;
    for (int i = 0; i < row[key]["times"].as<int>(); ++i)
        start += row[key]["text"].as<std::string>();
    return start + text(row["tail"]);
}

/// Signs with the secret key of RFC 8032 §7.1, test 1.
std::string sign_ed25519(std::string_view bytes) {
    const std::string seed =
        *hex_decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_new_raw_private_key(
            EVP_PKEY_ED25519,
            nullptr,
            reinterpret_cast<const unsigned char*>(seed.data()),
            seed.size()
        ),
        &EVP_PKEY_free
    );
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
        EVP_MD_CTX_new(), &EVP_MD_CTX_free
    );
    std::string out(64, '\0');
    std::size_t length = out.size();
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get());
    EVP_DigestSign(
        context.get(),
        reinterpret_cast<unsigned char*>(out.data()),
        &length,
        reinterpret_cast<const unsigned char*>(bytes.data()),
        bytes.size()
    );
    return out;
}

/// Sorted names, values behind them: written anew here, not taken from what is tested.
std::string twilio_signature(
    const std::string& key, const std::string& url, const std::string& body
) {
    const auto parsed = parse_form(body);
    port::HttpFields fields;
    if (parsed) fields = *parsed;
    std::sort(fields.begin(), fields.end());
    std::string all = url;
    for (const auto& [name, value] : fields) all += name + value;
    return base64_encode(hmac(Digest::sha1, key, all));
}

class Exchanges {
  public:
    explicit Exchanges(const std::string& name)
        : file_(YAML::LoadFile(sallyport::test::source_dir() / "tests/providers" / (name + ".yaml"))
          ) {
        config::Problems problems;
        const auto descriptions = config::builtin_descriptions(problems);
        for (const auto& mistake : problems.mistakes()) ADD_FAILURE() << mistake.to_string();
        Provider::Setup setup;
        setup.name = "primary";
        setup.base_url = descriptions.at(name)->base_url;
        setup.region = "US";
        for (const auto& pair : file_["credentials"])
            setup.credentials[pair.first.as<std::string>()] = pair.second.as<std::string>();
        provider_ = std::make_unique<Provider>(descriptions.at(name), setup);
    }

    void play() {
        EXPECT_GE(file_["exchanges"].size(), 12U);
        for (const auto& row : file_["exchanges"]) {
            SCOPED_TRACE(row["name"].as<std::string>());
            if (row["send"])
                play_send(row);
            else if (row["hook"])
                play_hook(row);
            else if (row["check"])
                play_check(row);
            else if (row["lookup"])
                play_lookup(row);
            else if (row["sweep"])
                play_sweep(row);
            else
                ADD_FAILURE() << "this row asks nothing";
        }
    }

  private:
    bool is_ours(std::string_view number) const {
        for (const auto& one : file_["numbers"]) {
            if (one.as<std::string>() == number) return true;
        }
        return false;
    }

    static port::HttpResult result_of(const YAML::Node& row) {
        port::HttpResult out;
        if (const auto failure = row["failure"]) {
            out.failure.emplace(
                failure.as<std::string>() == "not_sent" ? port::HttpFailure::Kind::not_sent
                                                        : port::HttpFailure::Kind::ambiguous,
                "x"
            );
            return out;
        }
        out.response.emplace(row["response"]["status"].as<int>(), text(row["response"]["body"]));
        for (const auto& pair : row["response"]["headers"])
            out.response->headers.emplace_back(
                pair.first.as<std::string>(), pair.second.as<std::string>()
            );
        return out;
    }

    void play_send(const YAML::Node& row) {
        const auto send = row["send"];
        const std::string to = text(send["to"]);
        const std::string body = text(send["text"]);
        const std::string id = text(send["id"]);
        const std::string callback = text(send["callback"]);
        std::vector<std::string> media;
        for (const auto& url : send["media"]) media.push_back(url.as<std::string>());
        Values values;
        values.from = "+15550001111";
        values.to = to;
        values.text = body;
        values.id = id;
        values.callback = callback;
        values.media = media;
        if (send["ttl"]) values.ttl = std::chrono::seconds(send["ttl"].as<int>());
        expect_request(row["request"], provider_->build_send(values));
        const auto result = result_of(row);
        const auto answer = result.response ? provider_->parse_send(*result.response)
                                            : Provider::classify(*result.failure);
        expect_failure(row["result"], answer.failure);
        if (row["result"]["ids"]) {
            EXPECT_EQ(answer.ids, row["result"]["ids"].as<std::vector<std::string>>());
        }
    }

    void sign(
        const YAML::Node& row,
        const std::string& url,
        const std::string& body,
        port::HttpRequest& request
    ) const {
        const std::string how = text(row["signature"], "none");
        if (how == "none") return;
        const std::string what = row["signed_body"] ? text(row["signed_body"]) : body;
        if (text(file_["provider"]) == "twilio") {
            const std::string key =
                row["key"] ? text(row["key"]) : text(file_["credentials"]["auth_token"]);
            request.headers.emplace_back(
                "X-Twilio-Signature", how == "wrong" ? "d3Jvbmc=" : twilio_signature(key, url, what)
            );
            return;
        }
        const std::string stamp = std::to_string(now_seconds - (how == "old" ? 600 : 0));
        request.headers.emplace_back("telnyx-timestamp", stamp);
        request.headers.emplace_back(
            "telnyx-signature-ed25519",
            base64_encode(sign_ed25519(stamp + "|" + (how == "wrong" ? "x" : what)))
        );
    }

    void play_hook(const YAML::Node& row) {
        const bool is_status = text(row["hook"]) == "status";
        std::string target =
            "/hook/sms.example.org/primary/" + std::string(is_status ? "status/T" : "inbound");
        if (row["query"]) target += "?" + long_text(row, text(row["query"]), "repeat_query");
        const std::string body = long_text(row, text(row["body"]), "append");
        port::HttpRequest request(text(row["method"], "POST"), target);
        request.body = body;
        for (const auto& pair : row["headers"])
            request.headers.emplace_back(
                pair.first.as<std::string>(), pair.second.as<std::string>()
            );
        if (!body.empty())
            request.headers.emplace_back(
                "Content-Type", text(row["type"], "application/x-www-form-urlencoded")
            );
        const std::string url = public_url + target;
        sign(row, url, body, request);
        std::optional<port::OutId> token;
        if (row["token"]) token = port::OutId{text(row["token"])};
        const HookTokens tokens("secret", "sms.example.org");
        const HookCall call{
            is_status ? config::HookKind::status : config::HookKind::inbound,
            request,
            url,
            token,
            tokens,
            [this](std::string_view number) { return is_ours(number); },
            now};
        expect_read(row["result"], provider_->verify_and_parse(call));
    }

    void play_check(const YAML::Node& row) {
        const auto number = text(row["check"]["number"]);
        expect_request(row["request"], provider_->build_check(number));
        const auto result = provider_->parse_check(result_of(row), number);
        EXPECT_EQ(result.is_owned, row["result"]["owned"].as<bool>());
        expect_failure(row["result"], result.failure);
    }

    void play_lookup(const YAML::Node& row) {
        const std::string to = text(row["lookup"]["to"]);
        const std::string body = text(row["lookup"]["text"]);
        Values values;
        values.from = "+15550001111";
        values.to = to;
        values.text = body;
        expect_request(row["request"], provider_->build_lookup(values));
        const auto candidates = provider_->parse_lookup(result_of(row), values);
        ASSERT_EQ(candidates.has_value(), !row["result"]["unanswered"]);
        if (!candidates) return;
        std::vector<std::string> ids;
        for (const auto& one : *candidates) ids.push_back(one.id);
        EXPECT_EQ(ids, row["result"]["candidates"].as<std::vector<std::string>>());
    }

    void play_sweep(const YAML::Node& row) {
        expect_request(
            row["request"],
            provider_->build_sweep(
                WallTime(std::chrono::seconds(row["sweep"]["since"].as<std::int64_t>()))
            )
        );
        const auto page = provider_->parse_sweep(result_of(row), [this](std::string_view number) {
            return is_ours(number);
        });
        EXPECT_TRUE(page.is_ok);
        EXPECT_EQ(page.next, text(row["result"]["next"]));
        const auto wanted = row["result"]["messages"];
        ASSERT_EQ(page.messages.size(), wanted.size());
        for (std::size_t i = 0; i < page.messages.size(); ++i) {
            expect_message(wanted[i], page.messages[i].message);
            EXPECT_EQ(page.messages[i].media_list, text(wanted[i]["list"]));
        }
    }

    YAML::Node file_;
    std::unique_ptr<Provider> provider_;
};

TEST(Exchanges, twilio_as_recorded) {
    Exchanges("twilio").play();
}
TEST(Exchanges, telnyx_as_recorded) {
    Exchanges("telnyx").play();
}
TEST(Exchanges, kannel_as_recorded) {
    Exchanges("kannel").play();
}

}  // namespace
}  // namespace sallyport::sms
