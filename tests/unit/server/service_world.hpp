// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/server/standard_services.hpp"
#include "tests/unit/server/hub_world.hpp"

namespace sallyport::test {

/// Keys without the cost of a derivation: what is stored is the password itself, and whose it is.
inline bool derive_at_once(
    const std::string& /*who*/,
    const xmpp::Jid& account,
    std::string password,
    const std::function<void(std::optional<std::vector<store::AccountKey>>)>& done
) {
    if (password == "one too many") return false;
    if (password == "unacceptable") {
        done(std::nullopt);
        return true;
    }
    std::vector<store::AccountKey> keys(1);
    keys[0].kind = "SCRAM-SHA-256";
    keys[0].salt = password;
    keys[0].stored_key = account.str();
    keys[0].iterations = 1;
    done(std::move(keys));
    return true;
}

/// Hands out places that lead nowhere.
class FakePlace final : public server::UploadPlace {
  public:
    std::uint64_t max_bytes() const override { return 1'000; }
    void reserve(const xmpp::Jid& user, const xmpp::UploadRequest& request, Reserved reserved)
        override {
        asked.emplace_back(user.str(), request.file_name);
        reserved(xmpp::UploadSlot{"https://files.example.org/put", "https://files.example.org/get"}
        );
    }
    void forget(const xmpp::Jid& user, std::span<const std::string> records) override {
        forgotten.push_back(user.str());
        erased.insert(erased.end(), records.begin(), records.end());
    }
    std::vector<std::pair<std::string, std::string>> asked;
    std::vector<std::string> forgotten, erased;
};

/// An embedded server with its services. They outlive the hub, as its table wants.
class ServiceWorld {
  public:
    explicit ServiceWorld(server::StandardOptions options = {}) {
        options.derive_keys = derive_at_once;
        options.uploads = &place;
        services = std::make_unique<server::StandardServices>(world.hub, std::move(options));
    }
    std::unique_ptr<FakeClient> log_in(
        std::string_view user, std::string_view resource, int priority = 0
    ) {
        return world.log_in(user, resource, priority);
    }
    std::unique_ptr<FakeClient> bind(std::string_view user, std::string_view resource) {
        return world.bind(user, resource);
    }
    void send(FakeClient& client, std::string_view xml) { world.send(client, xml); }
    /// The client goes, as if its connection broke.
    void leave(std::unique_ptr<FakeClient>& client) {
        world.hub.unbind(*client->session);
        world.settle();
        client.reset();
    }

    FakePlace place;
    std::unique_ptr<server::StandardServices> services;
    HubWorld world;
};

/// A message with a body.
inline std::string text_to(
    std::string_view to,
    std::string_view body,
    std::string_view more = {},
    std::string_view type = "chat"
) {
    return "<message id='m' type='" + std::string(type) + "' to='" + std::string(to) + "'><body>" +
           std::string(body) + "</body>" + std::string(more) + "</message>";
}

}  // namespace sallyport::test
