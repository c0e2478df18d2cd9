// SPDX-License-Identifier: Apache-2.0
#include "xmpp/sasl/hashed_token.hpp"

#include <utility>

#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/identity.hpp"
#include "xmpp/sasl/rows.hpp"

//     message = authcid NUL HMAC(token, "Initiator" || binding)
//     success = HMAC(token, "Responder" || binding)
namespace sallyport::xmpp::sasl {
namespace {

const std::string& data_of(const Binding& binding, TokenBinding which) {
    static const std::string none;
    switch (which) {
        case TokenBinding::end_point:
            return binding.end_point;
        case TokenBinding::exporter:
            return binding.exporter;
        default:
            return none;
    }
}

class HashedTokenServer final : public ServerMechanism {
  public:
    HashedTokenServer(std::string_view name, TokenBinding which, const ServerSetting& setting)
        : name_(name),
          domain_(setting.domain),
          binding_(data_of(setting.binding, which)),
          can_bind_(which == TokenBinding::none || !binding_.empty()) {}

    ServerStep respond(std::string_view response) override {
        if (std::exchange(was_told_, true)) return Fault::malformed_request;
        std::size_t nul = response.find('\0');
        if (nul == response.npos || nul == 0 || response.size() - nul - 1 != size_of(Hash::sha256))
            return Fault::malformed_request;
        std::optional<std::string> user = normal_user(response.substr(0, nul), domain_);
        // Without its binding this token is bound to nothing.
        if (!user || !can_bind_) return Fault::not_authorized;
        user_ = std::move(*user);
        return Question(AskToken{name_, user_, std::string(response.substr(nul + 1)), binding_});
    }
    ServerStep answer(const Answer& answer) override {
        return user_.empty() ? Fault::not_authorized : conclude(answer, user_, {});
    }

  private:
    const std::string name_;
    const std::string domain_;
    const std::string binding_;
    const bool can_bind_;
    std::string user_;
    bool was_told_ = false;
};

class HashedTokenClient final : public ClientMechanism {
  public:
    HashedTokenClient(TokenBinding which, const ClientSetting& setting)
        : user_(setting.user),
          token_(setting.password),
          binding_(data_of(setting.binding, which)) {}

    std::optional<std::string> initial() override {
        return user_ + '\0' + hashed_token(token_, "Initiator", binding_);
    }
    ClientStep challenge(std::string_view bytes) override {
        if (bytes.empty()) return *initial();
        return GiveUp{"a challenge where hashed tokens have none"};
    }
    std::optional<GiveUp> success(std::string_view data) override {
        if (equal_constant_time(data, hashed_token(token_, "Responder", binding_)))
            return std::nullopt;
        return GiveUp{"the server does not know the token", true};
    }

  private:
    const std::string user_;
    const Wiped token_;
    const std::string binding_;
};

}  // namespace

std::string hashed_token(std::string_view token, std::string_view who, std::string_view binding) {
    std::string message(who);
    message += binding;
    return hmac(Hash::sha256, token, message);
}

std::unique_ptr<ServerMechanism> make_hashed_token_server(
    std::string_view name, TokenBinding binding, const ServerSetting& setting
) {
    return std::make_unique<HashedTokenServer>(name, binding, setting);
}

std::unique_ptr<ClientMechanism> make_hashed_token_client(
    TokenBinding binding, const ClientSetting& setting
) {
    return std::make_unique<HashedTokenClient>(binding, setting);
}

}  // namespace sallyport::xmpp::sasl
