// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "gateway/port/context.hpp"
#include "gateway/port/transport.hpp"
#include "transports/sms/hook_token.hpp"
#include "transports/sms/line.hpp"
#include "transports/sms/number_book.hpp"
#include "transports/sms/phone.hpp"
#include "transports/sms/sweeper.hpp"

namespace sallyport::sms {

/// Ids that the provider gave lately, by their hashes: a lookup must not take the id of another
/// message for the one it looks for. Every message adds one and hardly any asks.
class RecentIds {
  public:
    void add(std::string_view id) { hashes_[added_++ % most] = hash_of(id); }
    bool contains(std::string_view id) const {
        return std::find(hashes_.begin(), hashes_.end(), hash_of(id)) != hashes_.end();
    }

  private:
    static constexpr std::size_t most = 4096;
    /// Never 0, which is an empty place.
    static std::size_t hash_of(std::string_view id) {
        return std::hash<std::string_view>()(id) | 1U;
    }
    std::vector<std::size_t> hashes_ = std::vector<std::size_t>(most);
    std::size_t added_ = 0;
};

class SmsTransport final : public port::Transport {
  public:
    SmsTransport(const config::SmsConfig& config, port::Context& context);
    ~SmsTransport() override;
    void reload(const config::SmsConfig& config);

    // --- addresses and judgement (transport_address.cpp) ---
    std::string_view name() const override { return "sms"; }
    port::Capabilities capabilities() const override;
    port::RegistrationMode registration() const override {
        return port::RegistrationMode::required;
    }
    port::Answer<port::ParsedAddress> parse_address(
        std::string_view local, std::string_view resource, const port::Account* account
    ) const override;
    port::Answer<port::Address> parse_prompt(std::string_view typed, const port::Account* account)
        const override;
    std::string format(const port::Address& address) const override { return address.text; }
    port::ContactInfo contact(const port::Address& address) const override;
    std::pair<std::string, std::string> prompt() const override;
    std::optional<port::Refusal> refuse(
        const port::SendMessage& message, const port::Account& account
    ) const override;

    // --- sending (transport_send.cpp) ---
    port::Submitted submit(
        const port::Account& account, const port::OutId& id, int attempt, port::Outbound outbound
    ) override;
    std::optional<port::Route> route(std::string_view own_address) const override;
    std::vector<std::pair<std::string, port::Route>> routes() const override;
    bool reserve(std::string_view own_address) override;
    void refund(std::string_view own_address) override;
    boost::asio::awaitable<port::Answer<port::Reply>> ask(
        const port::Account& account, port::Query query
    ) override;
    port::HttpRequest media_request(
        const port::Attachment& attachment, std::string_view own_address
    ) const override;

    // --- registration (transport_registration.cpp) ---
    port::Answer<port::RegistrationOffer> offer(
        const port::UserLabel& user, const port::Account* existing
    ) override;
    boost::asio::awaitable<port::Answer<port::RegistrationGrant>> grant(
        port::UserLabel user, port::FormValues values
    ) override;
    void account_changed(const port::Account& account) override;
    void account_removed(port::AccountId id) override;

    // --- life (sms_transport.cpp) ---
    std::vector<std::string> setup_lines() const override;
    void open() override;
    void close(std::function<void()> closed) override;

  private:
    struct Attempt {
        std::shared_ptr<Line> line;
        std::shared_ptr<const Provider> provider;
        port::OutId id;
        int number;
        std::string own;
        bool is_trial;  ///< the one message that tries a held provider
        std::chrono::steady_clock::time_point started;
    };
    /// A webhook whose values are on their way to the store.
    struct Reception;

    std::string region_for(const port::Account* account) const;
    std::optional<port::Refusal> refuse_peer(const std::string& to, const port::Account& account)
        const;
    std::optional<port::Refusal> refuse_media(const port::SendMessage& message, const Line* line)
        const;

    void sent(const Attempt& attempt, const port::HttpResult& result);
    void note(const Attempt& attempt, const port::HttpResult& result, const SendResult& answer);
    void note_failure(const Attempt& attempt, const port::Failure& failure);
    void note_success(const Attempt& attempt);
    void note_unanswered(const Attempt& attempt, const port::Failure& failure);
    void note_answer(const Attempt& attempt);
    void count_request(const Attempt& attempt, const port::HttpResult& result);
    std::string callback_url(const Line& line, std::string_view token) const;

    // health (transport_health.cpp)
    void hold(const std::shared_ptr<Line>& line, const port::Failure& why);
    void resume(const std::shared_ptr<Line>& line);
    void check_later(const std::shared_ptr<Line>& line);
    void check(const std::shared_ptr<Line>& line);
    void checked(const std::shared_ptr<Line>& line, const CheckResult& result);
    void retire(const std::shared_ptr<Line>& line);

    // webhooks (transport_hooks.cpp)
    void mount();
    void handle_hook(port::HttpRequest request, port::Respond respond);
    void receive(const std::shared_ptr<Line>& line, HookCall call, port::Respond respond);
    void accept_all(
        const std::shared_ptr<Line>& line, HookRead read, std::string raw, port::Respond respond
    );
    void reject(
        const Line* line, int status, std::string_view reason, const port::Respond& respond
    );
    bool is_ours(const Line& line, std::string_view number) const;

    // registration
    port::Answer<port::RegistrationGrant> grant_number(const port::UserLabel& user);
    std::optional<std::string> free_number(const port::UserLabel& user);
    std::optional<std::string> assigned_number(const port::UserLabel& user) const;
    port::Form own_form(const port::Account* existing) const;
    const config::ProviderConfig* chosen_entry(const port::FormValues& values) const;
    boost::asio::awaitable<port::Answer<port::RegistrationGrant>> grant_own(
        port::UserLabel user, port::FormValues values
    );
    /// A user's own account as the form names it.
    struct OwnRequest {
        std::string number;
        std::map<std::string, std::string, std::less<>> credentials;
        std::shared_ptr<const Provider> provider;
    };
    port::Answer<OwnRequest> read_own_form(
        const port::UserLabel& user, const port::FormValues& values
    ) const;
    static std::optional<port::Failure> judge_own(
        const CheckResult& checked, const std::string& own
    );
    port::RegistrationGrant make_own_grant(const port::UserLabel& user, OwnRequest request) const;
    std::string inbound_url(const Line& line) const;

    config::SmsConfig config_;
    port::Context& context_;
    HookTokens tokens_;
    Directory directory_;
    RecentIds recent_;
    mutable NumberBook book_;  ///< a cache: what it answers does not change
    std::shared_ptr<Sweeper> sweeper_;
    /// Numbers that the pool just gave away and the store does not know yet.
    std::map<std::string, std::pair<std::string, std::chrono::steady_clock::time_point>> promised_;
    std::shared_ptr<bool> alive_ =
        std::make_shared<bool>(true);  ///< shared: callbacks see that we are gone
    std::size_t running_ = 0;
    std::function<void()> closed_;
    bool is_open_ = false;
    bool is_closed_ = false;
};

}  // namespace sallyport::sms
