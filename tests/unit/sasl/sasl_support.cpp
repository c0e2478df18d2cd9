// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sasl/sasl_support.hpp"

#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/hashed_token.hpp"
#include "xmpp/sasl/legacy/secrets.hpp"

namespace sallyport::xmpp::sasl::test {
namespace {

struct Answers {
    const Account& account;

    Answer operator()(const AskKeys& ask) const {
        if (ask.user != account.user) return Denied{};
        return *derive_keys(ask.hash, account.password, "0123456789abcdef", 4096);
    }
    Answer operator()(const AskPassword& ask) const {
        bool fits = ask.user == account.user && ask.password == account.password;
        return fits ? Answer(Granted{ask.user, {}}) : Answer(Denied{});
    }
    Answer operator()(const AskSecret& ask) const {
        if (ask.user != account.user) return Denied{};
        if (ask.kind == AskSecret::Kind::cram_md5) return Secret{cram_md5_secret(account.password)};
        return Secret{digest_md5_secret(account.user, "example.com", account.password)};
    }
    Answer operator()(const AskToken& ask) const {
        if (ask.mechanism.starts_with("HT-")) {
            bool fits = ask.user == account.user &&
                        ask.token == hashed_token(account.password, "Initiator", ask.binding);
            std::string proof = hashed_token(account.password, "Responder", ask.binding);
            return fits ? Answer(Granted{account.user, proof}) : Answer(Denied{});
        }
        std::string expected = ask.mechanism == "JIVE-SHAREDSECRET"
                                   ? hex_encode(md5(account.password))
                                   : account.password;
        bool fits = ask.token == expected && (ask.user.empty() || ask.user == account.user);
        return fits ? Answer(Granted{account.user, {}}) : Answer(Denied{});
    }
    Answer operator()(const AskCertificate&) const { return Granted{account.user, {}}; }
    Answer operator()(const AskAnonymous&) const { return Granted{account.user, {}}; }
};

std::string end_of(const ServerStep& step, ClientMechanism& client, Outcome& outcome) {
    if (const auto* fault = std::get_if<Fault>(&step)) return std::string(to_string(*fault));
    const auto& success = std::get<Success>(step);
    std::optional<std::string> user = authorise(success, "example.com");
    if (!user) return "invalid-authzid";
    if (auto give_up = client.success(success.data)) return give_up->why;
    outcome.user = *user;
    return "";
}

}  // namespace

Answer Account::answer(const Question& question) const {
    return std::visit(Answers{*this}, question);
}

Outcome converse(ClientMechanism& client, ServerMechanism& server, const Account& account) {
    Outcome outcome;
    std::optional<std::string> first = client.initial();
    ServerStep step = server.respond(first.value_or(""));
    for (int turn = 0; turn < 10; ++turn) {
        if (const auto* question = std::get_if<Question>(&step)) {
            step = server.answer(account.answer(*question));
        } else if (const auto* challenge = std::get_if<Challenge>(&step)) {
            ClientStep said = respond(client, challenge->bytes);
            if (const auto* give_up = std::get_if<GiveUp>(&said)) {
                outcome.fault = give_up->why;
                return outcome;
            }
            step = server.respond(std::get<std::string>(said));
        } else {
            outcome.fault = end_of(step, client, outcome);
            return outcome;
        }
    }
    outcome.fault = "it goes on for ever";
    return outcome;
}

}  // namespace sallyport::xmpp::sasl::test
