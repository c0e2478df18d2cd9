// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "config/config.hpp"
#include "tests/unit/sms/fake_context.hpp"
#include "transports/sms/crypto.hpp"
#include "transports/sms/form_fields.hpp"
#include "transports/sms/sms_transport.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms::test {

inline const std::string own_number = "+15550001111";
inline const std::string other_number = "+15550002222";
inline const std::string out_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

inline config::ProviderConfig make_entry(
    std::string name, const std::string& type, std::vector<std::string> numbers
) {
    config::Problems problems;
    config::ProviderConfig entry;
    entry.name = std::move(name);
    entry.type = type;
    entry.description = config::builtin_descriptions(problems).at(type);
    entry.limits = entry.description->limits;
    entry.numbers = std::move(numbers);
    if (type == "twilio") {
        entry.credentials.emplace("account_sid", config::Secret("AC1"));
        entry.credentials.emplace("auth_token", config::Secret("token-1"));
    }
    return entry;
}

inline config::SmsConfig make_config() {
    config::SmsConfig config;
    config.region = "US";
    config.countries = {{"US", "CA"}};
    config.registration = config::SmsConfig::Registration::pool;
    config.providers.push_back(make_entry("primary", "twilio", {own_number, other_number}));
    return config;
}

inline port::Account make_account(std::int64_t id, std::string user, std::string own) {
    port::Account account;
    account.id.value = id;
    account.user.text = std::move(user);
    account.own_address = std::move(own);
    return account;
}

/// A transport in a test tube, with alice registered for `own_number`.
class World {
  public:
    explicit World(config::SmsConfig settings = make_config()) : config(std::move(settings)) {
        context.registered.list.push_back(make_account(1, "alice@example.org", own_number));
        transport = make_sms_transport(config, context);
    }
    ~World() {
        transport.reset();
        context.run();
    }

    /// Opens, and answers the first check as an account in order.
    void open() {
        transport->open();
        context.run();
        while (!context.http_client.waiting.empty())
            context.http_client.answer(
                200, R"({"incoming_phone_numbers":[{"phone_number":"+15550001111"}]})"
            );
    }

    const port::Account& alice() const { return context.registered.list.front(); }

    port::Submitted submit(const std::string& text, int attempt = 1) {
        return transport->submit(
            alice(),
            port::OutId{out_id},
            attempt,
            port::SendMessage(port::Address("+15551234567"), text)
        );
    }
    const port::Outcome& last_outcome() const { return context.outcomes.back().second; }

    /// A Twilio webhook, signed.
    port::HttpRequest twilio_hook(
        const std::string& path, const port::HttpFields& fields, const std::string& key = "token-1"
    ) const {
        port::HttpRequest request("POST", "/hook/sms.example.org/" + path);
        std::map<std::string, std::string> sorted;
        for (const auto& [name, value] : fields) {
            request.body += (request.body.empty() ? "" : "&") + name + "=" + percent_encode(value);
            sorted[name] = value;
        }
        std::string text = context.hooks.url + request.url;
        for (const auto& [name, value] : sorted) text += name + value;
        request.headers = {
            {"Content-Type", "application/x-www-form-urlencoded"},
            {"X-Twilio-Signature", base64_encode(hmac(Digest::sha1, key, text))}};
        return request;
    }
    /// Status of the answer; nothing while there is none.
    std::optional<int> deliver(port::HttpRequest request) {
        auto status = std::make_shared<std::optional<int>>();
        last_status = status;
        auto headers = std::make_shared<port::HttpFields>();
        last_headers = headers;
        context.hooks.handlers.at("/hook/sms.example.org"
        )(std::move(request), [status, headers](const port::HttpResponse& response) {
            *status = response.status;
            *headers = response.headers;
        });
        return *status;
    }

    template <class T>
    std::optional<port::Answer<T>> wait(
        boost::asio::awaitable<port::Answer<T>> errand,
        const std::vector<std::pair<int, std::string>>& answers = {}
    ) {
        std::optional<port::Answer<T>> out;
        boost::asio::co_spawn(
            context.io,
            std::move(errand),
            [&out](const std::exception_ptr& fault, port::Answer<T> answer) {
                if (!fault) out.emplace(std::move(answer));
            }
        );
        context.run();
        for (const auto& [status, body] : answers) {
            context.http_client.answer(status, body);
            context.run();
        }
        return out;
    }

    config::SmsConfig config;
    FakeContext context;
    std::unique_ptr<port::Transport> transport;
    std::shared_ptr<std::optional<int>> last_status;
    std::shared_ptr<port::HttpFields> last_headers;
};

}  // namespace sallyport::sms::test
