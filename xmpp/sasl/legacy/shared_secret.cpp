// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/identity.hpp"
#include "xmpp/sasl/rows.hpp"

// JIVE-SHAREDSECRET (Openfire): message = any text NUL hex(MD5(secret)); gives a nameless session.
namespace sallyport::xmpp::sasl {
namespace {

class SharedSecretServer final : public ServerMechanism {
  public:
    ServerStep respond(std::string_view response) override {
        if (std::exchange(was_told_, true)) return Fault::malformed_request;
        std::size_t nul = response.find('\0');
        if (nul == response.npos || response.size() - nul - 1 != 32)
            return Fault::malformed_request;
        std::string digest = lower_ascii(response.substr(nul + 1));
        return Question(AskToken{"JIVE-SHAREDSECRET", {}, std::move(digest), {}});
    }
    ServerStep answer(const Answer& answer) override { return conclude(answer, {}, {}); }

  private:
    bool was_told_ = false;
};

class SharedSecretClient final : public ClientMechanism {
  public:
    explicit SharedSecretClient(const ClientSetting& setting)
        : digest_(hex_encode(md5(setting.password))) {}

    std::optional<std::string> initial() override {
        std::string message("x\0", 2);
        return message += digest_.view();
    }
    ClientStep challenge(std::string_view bytes) override {
        if (bytes.empty()) return *initial();
        return GiveUp{"a challenge where shared secrets have none"};
    }
    std::optional<GiveUp> success(std::string_view) override { return std::nullopt; }

  private:
    const Wiped digest_;
};

}  // namespace

std::unique_ptr<ServerMechanism> make_shared_secret_server(const ServerSetting&) {
    return std::make_unique<SharedSecretServer>();
}

std::unique_ptr<ClientMechanism> make_shared_secret_client(const ClientSetting& setting) {
    return std::make_unique<SharedSecretClient>(setting);
}

}  // namespace sallyport::xmpp::sasl
