// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/identity.hpp"
#include "xmpp/sasl/rows.hpp"

// RFC 4616: message = [authzid] NUL authcid NUL password
namespace sallyport::xmpp::sasl {
namespace {

class PlainServer final : public ServerMechanism {
  public:
    explicit PlainServer(const ServerSetting& setting) : domain_(setting.domain) {}

    ServerStep respond(std::string_view response) override {
        if (std::exchange(was_told_, true)) return Fault::malformed_request;
        std::size_t first = response.find('\0');
        if (first == response.npos) return Fault::malformed_request;
        std::size_t second = response.find('\0', first + 1);
        if (second == response.npos || !is_utf8(response)) return Fault::malformed_request;
        authzid_ = response.substr(0, first);
        std::string_view name = response.substr(first + 1, second - first - 1);
        std::string_view password = response.substr(second + 1);
        if (name.empty() || password.empty() || password.find('\0') != password.npos)
            return Fault::malformed_request;
        std::optional<std::string> user = normal_user(name, domain_);
        if (!user) return Fault::not_authorized;
        user_ = std::move(*user);
        return Question(AskPassword{user_, std::string(password)});
    }

    ServerStep answer(const Answer& answer) override {
        return user_.empty() ? Fault::not_authorized : conclude(answer, user_, authzid_);
    }

  private:
    const std::string domain_;
    std::string user_;
    std::string authzid_;
    bool was_told_ = false;
};

class PlainClient final : public ClientMechanism {
  public:
    explicit PlainClient(const ClientSetting& setting)
        : authzid_(setting.authzid), user_(setting.user), password_(setting.password) {}

    std::optional<std::string> initial() override {
        std::string message = authzid_ + '\0' + user_ + '\0';
        return message += password_.view();
    }
    ClientStep challenge(std::string_view bytes) override {
        // A server that takes no initial response asks for it with an empty challenge.
        if (bytes.empty()) return *initial();
        return GiveUp{"a challenge where PLAIN has none"};
    }
    std::optional<GiveUp> success(std::string_view) override { return std::nullopt; }

  private:
    const std::string authzid_;
    const std::string user_;
    const Wiped password_;
};

}  // namespace

std::unique_ptr<ServerMechanism> make_plain_server(const ServerSetting& setting) {
    return std::make_unique<PlainServer>(setting);
}

std::unique_ptr<ClientMechanism> make_plain_client(const ClientSetting& setting) {
    return std::make_unique<PlainClient>(setting);
}

}  // namespace sallyport::xmpp::sasl
