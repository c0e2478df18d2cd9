// SPDX-License-Identifier: Apache-2.0
#include "transports/echo/echo_transport.hpp"

#include <string>
#include <utility>

#include <boost/asio/post.hpp>

#include "gateway/base/log.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::echo {
namespace {

constexpr const char* network = "echo";
constexpr std::size_t longest_address_bytes = 64;
constexpr std::size_t longest_text_characters = 2000;

class EchoTransport final : public port::Transport {
  public:
    explicit EchoTransport(port::Context& context) : context_(context) {}

    // 1. What this network is called and what it can do: contacts announce just that.
    std::string_view name() const override { return network; }
    port::Capabilities capabilities() const override {
        port::Capabilities can;
        can.receipts = true;
        can.gateway_type = "misc";
        can.contact_type = "bot";
        return can;
    }
    port::RegistrationMode registration() const override {
        return port::RegistrationMode::required;
    }

    // 2. Addresses: any word in lower case is a peer; other spellings name the same one.
    port::Answer<port::ParsedAddress>
    parse_address(std::string_view local, std::string_view, const port::Account*) const override {
        const std::string canonical = lower_ascii(trim(local));
        if (canonical.empty() || canonical.size() > longest_address_bytes ||
            !is_xml_text(canonical))
            return port::Failure(port::Reason::invalid_number, "a name of 1 to 64 bytes is wanted");
        port::ParsedAddress parsed;
        parsed.address = port::Address(canonical);
        parsed.is_canonical = canonical == local;
        return parsed;
    }
    port::Answer<port::Address> parse_prompt(std::string_view typed, const port::Account* account)
        const override {
        const auto parsed = parse_address(typed, {}, account);
        if (!parsed) return parsed.error();
        return parsed->address;
    }
    std::string format(const port::Address& address) const override { return address.text; }
    port::ContactInfo contact(const port::Address& address) const override {
        port::ContactInfo info;
        info.address = address;
        info.name = "Echo " + address.text;
        return info;
    }
    std::pair<std::string, std::string> prompt() const override {
        return {"Any name: it answers in your own words.", "Name"};
    }

    // 3. Messages: refuse() looks before anything is stored, submit() starts one attempt,
    // attempted() ends it.
    std::optional<port::Refusal> refuse(const port::SendMessage& message, const port::Account&)
        const override {
        if (count_characters(message.text) <= longest_text_characters) return std::nullopt;
        return port::Refusal(
            port::Refusal::Kind::not_acceptable, "an echo carries 2000 characters at most"
        );
    }
    port::Submitted submit(
        const port::Account& account, const port::OutId& id, int attempt, port::Outbound outbound
    ) override {
        auto* const message = std::get_if<port::SendMessage>(&outbound);
        if (closing_ || message == nullptr) return port::Failure(port::Reason::not_supported);
        boost::asio::post(
            context_.executor(),
            [this, id, attempt, own = account.own_address, sent = std::move(*message)] {
                deliver(id, attempt, own, sent);
            }
        );
        ++running_;
        return port::Pending();
    }
    std::optional<port::Route> route(std::string_view) const override {
        return port::Route(network);
    }
    std::vector<std::pair<std::string, port::Route>> routes() const override {
        std::vector<std::pair<std::string, port::Route>> all;
        for (const port::Account* account : context_.accounts().all())
            all.emplace_back(account->own_address, port::Route(network));
        return all;
    }
    bool reserve(std::string_view) override { return true; }
    void refund(std::string_view) override {}

    // 4. Questions that may wait on the network.
    boost::asio::awaitable<port::Answer<port::Reply>> ask(const port::Account&, port::Query query)
        override {
        port::Answer<port::Reply> answer = reply(query);
        co_return answer;
    }

    // 5. Registration: one click; the user's own address here is their name.
    port::Answer<port::RegistrationOffer> offer(const port::UserLabel&, const port::Account*)
        override {
        port::RegistrationOffer offer;
        offer.form.title = "Echo";
        offer.form.instructions = "Registering lets you talk to echoes.";
        return offer;
    }
    boost::asio::awaitable<port::Answer<port::RegistrationGrant>> grant(
        port::UserLabel user, port::FormValues
    ) override {
        port::RegistrationGrant grant;
        grant.own_address = std::move(user.text);
        grant.message = "Write to any name on " + context_.domain() + " and hear yourself.";
        port::Answer<port::RegistrationGrant> answer = std::move(grant);
        co_return answer;
    }

    // 6. Life: what to tell the operator, begin, end.
    std::vector<std::string> setup_lines() const override { return {"echo: nothing to set up"}; }
    void open() override {}
    void close(std::function<void()> closed) override {
        closing_ = true;
        closed_ = std::move(closed);
        if (running_ == 0) boost::asio::post(context_.executor(), [this] { finish(); });
    }

  private:
    void deliver(
        const port::OutId& id, int attempt, const std::string& own, const port::SendMessage& sent
    ) {
        port::Outcome outcome(id, port::DeliveryState::delivered);
        outcome.provider = network;
        outcome.refs.emplace_back(network, id.text);
        context_.attempted(attempt, std::move(outcome));
        // The id makes a repeated delivery a duplicate that the store drops.
        port::MessageReceived answer(
            sent.to, own, port::MessageRef(network, id.text + "-answer"), sent.text
        );
        context_.accept(std::move(answer), [this](const Result<port::Accepted>& accepted) {
            if (!accepted)
                context_.log().warn("echo.lost", {{"error", accepted.error().to_string()}});
            --running_;
            if (closed_ && running_ == 0) finish();
        });
    }
    static port::Answer<port::Reply> reply(const port::Query& query) {
        if (std::holds_alternative<port::Ping>(query)) return port::Reply(port::Pong());
        if (std::holds_alternative<port::FindSent>(query)) {
            // An attempt that was cut off echoed nothing that we could find again: it may be made
            // anew.
            port::SentStatus status;
            status.answer = port::SentStatus::Answer::absent;
            status.settle = std::chrono::seconds(0);
            return port::Reply(status);
        }
        return port::Failure(port::Reason::not_supported);
    }
    void finish() {
        const auto closed = std::exchange(closed_, {});
        if (closed) closed();
    }

    port::Context& context_;
    std::function<void()> closed_;
    bool closing_ = false;
    std::size_t running_ = 0;
};

}  // namespace

std::unique_ptr<port::Transport> make_echo_transport(port::Context& context) {
    return std::make_unique<EchoTransport>(context);
}

}  // namespace sallyport::echo
