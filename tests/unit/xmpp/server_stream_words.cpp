// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/xmpp/server_stream_words.hpp"

#include "tests/support/stream_script.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::test {
namespace {

using namespace xmpp;

std::string tell_one(const sasl::AskKeys& ask) {
    static constexpr std::string_view hashes[] = {"sha1", "sha256", "sha512"};
    return "keys of " + ask.user + ' ' + std::string(hashes[static_cast<int>(ask.hash)]);
}
std::string tell_one(const sasl::AskPassword& ask) {
    return "password of " + ask.user + ' ' + ask.password;
}
std::string tell_one(const sasl::AskSecret& ask) {
    return "secret of " + ask.user;
}
std::string tell_one(const sasl::AskToken& ask) {
    return "token of " + ask.user + ' ' + ask.mechanism;
}
std::string tell_one(const sasl::AskCertificate& ask) {
    return "certificate of " + ask.user;
}
std::string tell_one(const sasl::AskAnonymous&) {
    return "anonymous";
}

std::string named(std::string_view name, std::string_view value) {
    return value.empty() ? std::string() : ' ' + std::string(name) + '=' + std::string(value);
}

std::string tell_one(const AskAccount& ask) {
    std::string text = std::visit([](const auto& one) { return tell_one(one); }, ask.question);
    text += named("client", ask.client);
    return "ask " + text + named("count", ask.count ? std::to_string(*ask.count) : "");
}
std::string tell_one(const AskCertified& ask) {
    std::string text = "ask which are accounts:";
    for (const std::string& user : ask.users) text += ' ' + user;
    return text;
}
std::string tell_one(const AskBind& ask) {
    return "ask bind " + ask.user + named("resource", ask.resource) + named("tag", ask.tag) +
           named("client", ask.client);
}
std::string tell_one(const AskResume& ask) {
    return "ask resume " + ask.user + ' ' + ask.previous + ' ' + std::to_string(ask.handled);
}
std::string tell_one(const AskRegister& ask) {
    return "ask register " + to_xml(ask.iq.element(), ns::client);
}
std::string tell_one(const AskIssue& ask) {
    return "ask issue " + ask.user + ' ' + ask.client + ' ' + ask.mechanism +
           (ask.is_asked ? "" : " if it is due");
}
std::string tell_one(const ProofJudged& proof) {
    return proof.is_right ? "proof right" : "proof wrong";
}
std::string tell_one(const SessionStarted& started) {
    return (started.is_resumed ? "resumed " : "session ") + started.full.str();
}
std::string tell_one(const ManagementEnabled& enabled) {
    return enabled.resume_id.empty() ? "managed" : "managed, resumable";
}
std::string tell_one(const InlineEnabled& enabled) {
    return std::string("inline") + (enabled.carbons ? " carbons" : "") +
           (enabled.inactive ? " inactive" : "");
}
std::string tell_one(const AckWanted& wanted) {
    return "ack wanted " + std::to_string(wanted.count);
}
std::string tell_one(const ClientState& client) {
    return client.is_active ? "active" : "inactive";
}
std::string tell_one(const TokenInvalidated& token) {
    return "token invalidated " + token.user + ' ' + token.client;
}
}  // namespace

std::string in_words(const ServerStream::Event& event) {
    return std::visit(
        [](const auto& one) {
            if constexpr (requires { words_of(one); })
                return words_of(one);
            else
                return tell_one(one);
        },
        event
    );
}

}  // namespace sallyport::test
