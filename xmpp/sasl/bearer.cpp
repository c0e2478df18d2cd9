// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/identity.hpp"
#include "xmpp/sasl/rows.hpp"
#include "xmpp/sasl/scram.hpp"

// OAUTHBEARER (RFC 7628 §3.1):
//
//     message = gs2-header %x01 *(key "=" value %x01) %x01
//     error   = JSON in a challenge, answered by %x01 alone, then failure
namespace sallyport::xmpp::sasl {
namespace {

constexpr char separator = '\x01';

struct BearerMessage {
    std::string authzid;
    std::string token;
};

// "n,a=user@domain," or "y,,": channel bindings are not defined here.
bool parse_header(std::string_view header, BearerMessage& into) {
    if (header.size() < 3 || (header[0] != 'n' && header[0] != 'y') || header[1] != ',' ||
        header.back() != ',')
        return false;
    std::string_view name = header.substr(2, header.size() - 3);
    if (name.empty()) return true;
    if (!name.starts_with("a=")) return false;
    std::optional<std::string> decoded = decode_name(name.substr(2));
    if (!decoded || decoded->empty()) return false;
    into.authzid = std::move(*decoded);
    return true;
}

std::optional<std::string> parse_authorization(std::string_view value) {
    constexpr std::string_view scheme = "bearer ";
    if (!iequals_ascii(value.substr(0, scheme.size()), scheme)) return std::nullopt;
    std::string_view token = trim(value.substr(scheme.size()));
    if (token.empty()) return std::nullopt;
    return std::string(token);
}

std::optional<BearerMessage> parse_bearer(std::string_view text) {
    std::size_t end = text.find(separator);
    BearerMessage message;
    if (end == text.npos || !parse_header(text.substr(0, end), message)) return std::nullopt;
    std::string_view rest = text.substr(end + 1);
    while (!rest.empty() && rest[0] != separator) {
        std::size_t stop = rest.find(separator);
        std::string_view pair = rest.substr(0, stop);
        if (stop == rest.npos || pair.find('=') == pair.npos) return std::nullopt;
        rest.remove_prefix(stop + 1);
        if (!pair.starts_with("auth=")) continue;  // unknown keys are ignored
        std::optional<std::string> token = parse_authorization(pair.substr(5));
        if (!token || !message.token.empty()) return std::nullopt;
        message.token = std::move(*token);
    }
    if (rest.size() != 1 || message.token.empty()) return std::nullopt;
    return message;
}

class BearerServer final : public ServerMechanism {
  public:
    explicit BearerServer(const ServerSetting& setting) : domain_(setting.domain) {}

    ServerStep respond(std::string_view response) override {
        // RFC 7628 §3.2.3: after the error challenge whatever comes ends in failure.
        if (fault_) return *fault_;
        if (std::exchange(was_told_, true)) return Fault::malformed_request;
        std::optional<BearerMessage> message = parse_bearer(response);
        if (!message) return Fault::malformed_request;
        authzid_ = std::move(message->authzid);
        if (!authzid_.empty()) {
            std::optional<std::string> user = local_user(authzid_, domain_);
            if (!user) return Fault::invalid_authzid;
            user_ = std::move(*user);
        }
        return Question(AskToken{"OAUTHBEARER", user_, std::move(message->token), {}});
    }

    ServerStep answer(const Answer& answer) override {
        ServerStep step = conclude(answer, user_, authzid_);
        const Fault* fault = std::get_if<Fault>(&step);
        if (!fault || *fault == Fault::temporary_auth_failure) return step;
        fault_ = *fault;
        return Challenge{R"({"status":"invalid_token"})"};
    }

  private:
    const std::string domain_;
    std::string user_;
    std::string authzid_;
    bool was_told_ = false;
    std::optional<Fault> fault_;
};

class BearerClient final : public ClientMechanism {
  public:
    explicit BearerClient(const ClientSetting& setting)
        : authzid_(setting.authzid), token_(setting.password) {
        if (authzid_.empty() && !setting.user.empty())
            authzid_ = setting.user + '@' + setting.domain;
    }

    std::optional<std::string> initial() override {
        std::string message = "n,";
        if (!authzid_.empty()) message += "a=" + encode_name(authzid_);
        message += ',';
        message += separator;
        message += "auth=Bearer ";
        message += token_.view();
        message += separator;
        return message += separator;
    }
    ClientStep challenge(std::string_view bytes) override {
        if (bytes.empty()) return *initial();
        // The reason comes as a challenge; the failure itself comes after our answer.
        return std::string(1, separator);
    }
    std::optional<GiveUp> success(std::string_view) override { return std::nullopt; }

  private:
    std::string authzid_;
    const Wiped token_;
};

}  // namespace

std::unique_ptr<ServerMechanism> make_bearer_server(const ServerSetting& setting) {
    return std::make_unique<BearerServer>(setting);
}

std::unique_ptr<ClientMechanism> make_bearer_client(const ClientSetting& setting) {
    return std::make_unique<BearerClient>(setting);
}

}  // namespace sallyport::xmpp::sasl
