// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "xmpp/sasl/identity.hpp"
#include "xmpp/sasl/rows.hpp"

namespace sallyport::xmpp::sasl {
namespace {

// RFC 4422 appendix A: the message is the authzid or nothing.
class ExternalServer final : public ServerMechanism {
  public:
    explicit ExternalServer(const ServerSetting& setting)
        : domain_(setting.domain), certified_(setting.certified) {}

    ServerStep respond(std::string_view response) override {
        if (std::exchange(was_told_, true)) return Fault::malformed_request;
        authzid_ = response;
        std::optional<std::string> user = certified_user(authzid_, certified_, domain_);
        if (!user) return Fault::invalid_authzid;
        user_ = std::move(*user);
        return Question(AskCertificate{user_});
    }
    ServerStep answer(const Answer& answer) override {
        return was_told_ ? conclude(answer, user_, authzid_) : Fault::temporary_auth_failure;
    }

  private:
    const std::string domain_;
    const std::vector<std::string> certified_;
    std::string user_;
    std::string authzid_;
    bool was_told_ = false;
};

// RFC 4505: the message is a trace, which nobody needs.
class AnonymousServer final : public ServerMechanism {
  public:
    ServerStep respond(std::string_view) override {
        if (std::exchange(was_told_, true)) return Fault::malformed_request;
        return Question(AskAnonymous{});
    }
    ServerStep answer(const Answer& answer) override { return conclude(answer, {}, {}); }

  private:
    bool was_told_ = false;
};

// Both clients say one thing, and nothing is asked of them.
class OneMessage final : public ClientMechanism {
  public:
    explicit OneMessage(std::string message) : message_(std::move(message)) {}

    std::optional<std::string> initial() override { return message_; }
    ClientStep challenge(std::string_view bytes) override {
        if (bytes.empty()) return message_;
        return GiveUp{"a challenge where there is none"};
    }
    std::optional<GiveUp> success(std::string_view) override { return std::nullopt; }

  private:
    const std::string message_;
};

}  // namespace

std::unique_ptr<ServerMechanism> make_external_server(const ServerSetting& setting) {
    return std::make_unique<ExternalServer>(setting);
}

std::unique_ptr<ClientMechanism> make_external_client(const ClientSetting& setting) {
    return std::make_unique<OneMessage>(setting.authzid);
}

std::unique_ptr<ServerMechanism> make_anonymous_server(const ServerSetting&) {
    return std::make_unique<AnonymousServer>();
}

std::unique_ptr<ClientMechanism> make_anonymous_client(const ClientSetting&) {
    return std::make_unique<OneMessage>("");
}

}  // namespace sallyport::xmpp::sasl
