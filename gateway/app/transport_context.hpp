// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "gateway/core/core.hpp"
#include "gateway/net/http_client.hpp"
#include "gateway/port/context.hpp"

namespace sallyport::app {

/// A provider as operators see it.
struct ProviderState {
    std::string held;  ///< reason word while it takes nothing, "" = fine
    std::chrono::steady_clock::time_point held_since{};
    bool is_told = false;     ///< the admins know that it is held
    WallTime last_webhook{};  ///< of a verified one; epoch = none since start
};

/// What one transport is given: the doors to core, store and network of its domain.
class TransportContext final : public port::Context, private port::Records {
  public:
    struct Tools {
        core::Core& core;
        net::HttpClient& http;
        port::Webhooks& webhooks;
        std::string hook_secret;
    };
    TransportContext(Tools tools, core::Domain& domain)
        : tools_(std::move(tools)), domain_(domain) {}

    boost::asio::any_io_executor executor() override { return world().executor; }
    net::HttpClient& http() override { return tools_.http; }
    port::Webhooks& webhooks() override { return tools_.webhooks; }
    const TimeSource& time() const override { return tools_.core.world().time; }
    Scheduler& scheduler() override { return world().scheduler; }
    const Log& log() const override { return tools_.core.world().log; }
    Metrics& metrics() override { return world().metrics; }
    port::Records& records() override { return *this; }
    const port::Accounts& accounts() const override { return domain_.accounts; }
    const std::string& domain() const override { return domain_.name; }
    const std::string& hook_secret() const override { return tools_.hook_secret; }

    void accept(port::Inbound value, std::function<void(Result<port::Accepted>)> done) override;
    void accept_unknown(std::string provider, std::string raw, std::function<void(Result<>)> done)
        override;
    void webhook_verified(std::string_view provider) override;
    void attempted(int attempt, port::Outcome outcome) override;
    bool publish(port::AccountId account, port::Inbound value) override;
    void provider_held(std::string_view provider, const port::Failure& why) override;
    void provider_resumed(std::string_view provider) override;

    const std::map<std::string, ProviderState, std::less<>>& providers() const {
        return providers_;
    }

  private:
    core::World& world() { return tools_.core.world(); }
    ProviderState& state_of(std::string_view provider);
    void note_held(ProviderState& state, std::string_view provider, const port::Failure& why);
    std::string records_ns() const { return "transport/" + domain_.name; }
    void put(
        std::string key,
        std::string value,
        std::optional<WallTime> expires,
        std::function<void(Result<>)> done
    ) override;
    void erase(std::string key, std::function<void(Result<>)> done) override;
    void get(std::string key, std::function<void(Result<std::optional<std::string>>)> done)
        override;
    void scan(
        std::string prefix,
        std::function<void(Result<std::vector<std::pair<std::string, std::string>>>)> done
    ) override;

    Tools tools_;
    core::Domain& domain_;
    std::map<std::string, ProviderState, std::less<>> providers_;
};

}  // namespace sallyport::app
