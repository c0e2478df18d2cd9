// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulator/provider.hpp"

namespace simulator {

/// How one webhook is sent: `times` copies, each with up to the rule's attempts.
struct Dispatch {
    Webhook hook;
    RetryRule rule;
    int times = 1;
    /// For the log: `inbound` or `status`.
    std::string kind{};
    std::string state{};
};

/// What `POST /_sim/inbound` may say besides the message itself.
struct InboundWish {
    std::string url{};
    int times = 1;
    Signing signing = Signing::good;
    std::optional<int> retries{};
    std::optional<Milliseconds> retry_delay{};
    bool webhook = true;
};

/// Carries texts: takes sends, delivers them, reports, and brings the phone's texts to the gateway.
class Carrier {
  public:
    explicit Carrier(World& world);

    /// The provider that answers for `path`, or null.
    [[nodiscard]] Provider* provider_for(const std::string& path) const;
    /// Null when there is no such provider.
    [[nodiscard]] Provider* provider(const std::string& name) const;

    /// Answers a send as its rule says; the message's further life is started when the answer is
    /// out.
    boost::asio::awaitable<Answer> take(Provider& provider, const Incoming& request);
    /// Any other request to a provider.
    [[nodiscard]] Answer query(Provider& provider, const Incoming& request);

    /// Records the phone's text, which gets an id unless it has one, and sends its webhook.
    boost::asio::awaitable<std::vector<Attempt>> bring(MessagePtr message, InboundWish wish);
    /// The message is in this state from now on, which is logged when it is a final one.
    void settle(const MessagePtr& message, const std::string& state);
    /// Sends one report; `url` "" = the message's callback.
    boost::asio::awaitable<std::vector<Attempt>> report(
        MessagePtr message, std::string state, std::string url, Signing signing, int times
    );
    /// Lets every held text go on its way; returns how many there were.
    int release();
    void forget_held() { held_.clear(); }

  private:
    using Results = boost::asio::awaitable<std::vector<Attempt>>;
    Answer refuse(Provider& provider, const Incoming& request, const Refusal& refusal);
    [[nodiscard]] Answer answer_for(Provider& provider, const std::vector<MessagePtr>& messages)
        const;
    boost::asio::awaitable<void> live(MessagePtr message);
    void start_lives(std::vector<MessagePtr> messages);
    Results dispatch(MessagePtr message, Dispatch order);
    void log_request(
        const Message& message, const Incoming& request, unsigned status, bool is_accepted
    );
    [[nodiscard]] RetryRule rule_for(const Provider& provider, const std::string& url) const;

    World& world_;
    std::vector<std::unique_ptr<Provider>> providers_;
    std::vector<MessagePtr> held_;
};

}  // namespace simulator
