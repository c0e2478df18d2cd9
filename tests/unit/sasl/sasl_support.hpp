// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "xmpp/core/text.hpp"
#include "xmpp/sasl/mechanism.hpp"

namespace sallyport::xmpp::sasl::test {

inline std::string from_base64(std::string_view text) {
    return base64_decode(text).value();
}

/// A literal with NULs in it.
template <std::size_t size>
std::string bytes(const char (&literal)[size]) {
    return std::string(literal, size - 1);
}

inline ClientSetting client_setting(std::string user, std::string password) {
    ClientSetting setting;
    setting.domain = "example.com";
    setting.user = std::move(user);
    setting.password = std::move(password);
    setting.nonce = "clientnonce";
    return setting;
}

inline ServerSetting server_setting() {
    ServerSetting setting;
    setting.domain = "example.com";
    setting.fake_salt_key = "key of made-up salts";
    setting.nonce = "servernonce";
    return setting;
}

inline std::unique_ptr<ClientMechanism> client(std::string_view name, const ClientSetting& set) {
    return find_mechanism(name)->make_client(set);
}
inline std::unique_ptr<ServerMechanism> server(std::string_view name, const ServerSetting& set) {
    return find_mechanism(name)->make_server(set);
}

/// What a client says to a challenge; keys are derived on the way.
inline ClientStep respond(ClientMechanism& client, std::string_view challenge) {
    ClientStep step = client.challenge(challenge);
    const auto* wanted = std::get_if<KeyWanted>(&step);
    return wanted ? client.derived(wanted->derive()) : std::move(step);
}
inline std::string said(const ClientStep& step) {
    if (std::holds_alternative<KeyWanted>(step)) return "wants a key";
    const auto* text = std::get_if<std::string>(&step);
    return text ? *text : "gave up: " + std::get<GiveUp>(step).why;
}
inline std::string challenged(const ServerStep& step) {
    const auto* challenge = std::get_if<Challenge>(&step);
    return challenge ? challenge->bytes : "no challenge";
}
inline std::string fault(const ServerStep& step) {
    const auto* fault = std::get_if<Fault>(&step);
    return fault ? std::string(to_string(*fault)) : "no fault";
}
template <class Ask>
Ask asked(const ServerStep& step) {
    const auto* question = std::get_if<Question>(&step);
    if (question && std::holds_alternative<Ask>(*question)) return std::get<Ask>(*question);
    ADD_FAILURE() << "another step than this question";
    return {};
}

/// The one account there is, as a server's store answers for it.
struct Account {
    std::string user;
    std::string password;
    Answer answer(const Question& question) const;
};

/// How a whole exchange ended.
struct Outcome {
    std::string user;   ///< authorised as, "" = nobody
    std::string fault;  ///< the server's, or the client's reason to give up
};
Outcome converse(ClientMechanism& client, ServerMechanism& server, const Account& account);

}  // namespace sallyport::xmpp::sasl::test
