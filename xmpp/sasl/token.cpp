// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/identity.hpp"
#include "xmpp/sasl/rows.hpp"

// Opaque tokens as some services have taken them: one message, laid out as the table says.
namespace sallyport::xmpp::sasl {
namespace {

struct TokenMessage {
    std::string_view user;
    std::string_view token;
};

std::optional<TokenMessage> parse_token(std::string_view text, TokenLayout layout) {
    if (layout == TokenLayout::nul_user_nul_token) {
        if (text.empty() || text[0] != '\0') return std::nullopt;
        text.remove_prefix(1);
    }
    std::size_t nul = text.find('\0');
    if (nul == text.npos || !is_utf8(text)) return std::nullopt;
    TokenMessage message{text.substr(0, nul), text.substr(nul + 1)};
    bool is_whole = !message.user.empty() && !message.token.empty();
    if (!is_whole || message.token.find('\0') != text.npos) return std::nullopt;
    return message;
}

class TokenServer final : public ServerMechanism {
  public:
    TokenServer(std::string_view name, TokenLayout layout, const ServerSetting& setting)
        : name_(name), layout_(layout), domain_(setting.domain) {}

    ServerStep respond(std::string_view response) override {
        if (std::exchange(was_told_, true)) return Fault::malformed_request;
        std::optional<TokenMessage> message = parse_token(response, layout_);
        if (!message) return Fault::malformed_request;
        std::optional<std::string> user = normal_user(message->user, domain_);
        if (!user) return Fault::not_authorized;
        user_ = std::move(*user);
        return Question(AskToken{name_, user_, std::string(message->token), {}});
    }
    ServerStep answer(const Answer& answer) override {
        return user_.empty() ? Fault::not_authorized : conclude(answer, user_, {});
    }

  private:
    const std::string name_;
    const TokenLayout layout_;
    const std::string domain_;
    std::string user_;
    bool was_told_ = false;
};

class TokenClient final : public ClientMechanism {
  public:
    TokenClient(TokenLayout layout, const ClientSetting& setting)
        : layout_(layout), user_(setting.user), token_(setting.password) {}

    std::optional<std::string> initial() override {
        std::string message;
        if (layout_ == TokenLayout::nul_user_nul_token) message += '\0';
        message += user_;
        message += '\0';
        return message += token_.view();
    }
    ClientStep challenge(std::string_view bytes) override {
        if (bytes.empty()) return *initial();
        return GiveUp{"a challenge where token mechanisms have none"};
    }
    std::optional<GiveUp> success(std::string_view) override { return std::nullopt; }

  private:
    const TokenLayout layout_;
    const std::string user_;
    const Wiped token_;
};

}  // namespace

std::unique_ptr<ServerMechanism> make_token_server(
    std::string_view name, TokenLayout layout, const ServerSetting& setting
) {
    return std::make_unique<TokenServer>(name, layout, setting);
}

std::unique_ptr<ClientMechanism> make_token_client(
    TokenLayout layout, const ClientSetting& setting
) {
    return std::make_unique<TokenClient>(layout, setting);
}

}  // namespace sallyport::xmpp::sasl
