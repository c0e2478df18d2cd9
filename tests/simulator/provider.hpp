// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "tests/simulator/world.hpp"

namespace simulator {

/// Why a send is refused; `code` is the provider's own, "" for its default for that status.
struct Refusal {
    unsigned status;
    std::string code;
    std::string why;
};

/// One provider's wire format. Pure but for reading the world.
class Provider {
  public:
    explicit Provider(World& world) : world_(world) {}
    Provider(const Provider&) = delete;
    Provider& operator=(const Provider&) = delete;
    virtual ~Provider() = default;

    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual bool owns_path(const std::string& path) const = 0;
    [[nodiscard]] virtual bool is_send(const Incoming& request) const = 0;

    /// The texts of a send, without ids yet; or why there are none.
    [[nodiscard]] virtual std::variant<std::vector<Message>, Refusal> parse_send(
        const Incoming& request
    ) const = 0;
    [[nodiscard]] virtual std::string make_id(const Message& message) const = 0;
    [[nodiscard]] virtual Answer build_accepted(const std::vector<MessagePtr>& messages) const = 0;
    [[nodiscard]] virtual Answer build_refused(const Refusal& refusal) const = 0;
    /// Everything that is not a send: lists, look-ups, checks, media.
    [[nodiscard]] virtual Answer answer_query(const Incoming& request) = 0;

    /// A delivery report; nothing when the send did not ask for one. `url` is the callback, or
    /// another one in its place.
    [[nodiscard]] virtual std::optional<Webhook> build_report(
        const Message& message, const std::string& url, const std::string& state, Signing signing
    ) const = 0;
    [[nodiscard]] virtual Webhook build_inbound(
        const Message& message, const std::string& url, Signing signing
    ) const = 0;
    [[nodiscard]] virtual RetryRule retry_rule(const std::string& url) const = 0;
    [[nodiscard]] virtual std::string usual_code(const std::string& state) const = 0;

  protected:
    World& world_;
};

[[nodiscard]] std::unique_ptr<Provider> make_twilio(World& world);
[[nodiscard]] std::unique_ptr<Provider> make_telnyx(World& world);
[[nodiscard]] std::unique_ptr<Provider> make_kannel(World& world);

/// An answer of JSON.
[[nodiscard]] inline Answer json_answer(unsigned status, const json::value& body) {
    Answer answer;
    answer.status = status;
    answer.body = json::serialize(body);
    return answer;
}

}  // namespace simulator
