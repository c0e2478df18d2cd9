// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/provider_description.hpp"
#include "gateway/port/failure.hpp"
#include "gateway/port/http.hpp"
#include "gateway/port/inbound.hpp"
#include "transports/sms/document.hpp"
#include "transports/sms/hook_token.hpp"
#include "transports/sms/request_builder.hpp"
#include "transports/sms/signature.hpp"

namespace sallyport::sms {

/// What a provider said to a send: ids when it has taken the message (there may be none or
/// several), else a failure.
struct SendResult {
    std::vector<std::string> ids;
    std::optional<port::Failure> failure;
};

/// A webhook as it came, and what the transport knows about it. Views live during the call.
struct HookCall {
    config::HookKind kind = config::HookKind::inbound;
    const port::HttpRequest& request;
    std::string_view url;                   ///< our public URL + the request's target
    std::optional<port::OutId> path_token;  ///< of …/status/TOKEN, verified
    const HookTokens& tokens;
    std::function<bool(std::string_view)>
        is_ours;  ///< does this number belong to the webhook's account?
    WallTime now{};
};

/// What a verified webhook says, or why it is refused.
struct HookRead {
    enum class Fault { none, bad_signature, malformed, too_many_fields };
    Fault fault = Fault::none;
    std::vector<port::MessageReceived> messages;
    std::vector<port::Outcome> reports;
    bool has_unknown = false;  ///< an event that no rule fits, or a state word that is in no list
};

/// What `check` said about the credentials and a number.
struct CheckResult {
    bool is_owned = false;
    std::optional<port::Failure> failure;
};

struct Candidate {
    std::string id;
    std::optional<WallTime> time;
    port::DeliveryState state = port::DeliveryState::accepted;
};

/// One page of a sweep. A message's pictures may stand in a list that has to be fetched first.
struct SweptMessage {
    port::MessageReceived message;
    std::string media_list;  ///< URL, "" = none
};
struct SweepPage {
    bool is_ok = false;
    std::vector<SweptMessage> messages;
    std::string next;  ///< URL of the next page, "" = the last
};

/// An account with a provider: a description and its credentials, compiled into functions.
/// Immutable and pure: it knows no clock, socket or state.
class Provider {
  public:
    struct Setup {
        std::string name;  ///< of the `providers:` entry: MessageRef::provider
        std::string base_url;
        std::string region;  ///< of numbers that the provider writes without a country code
        std::map<std::string, std::string, std::less<>> credentials;
    };
    Provider(std::shared_ptr<const config::ProviderDescription> description, Setup setup);

    const std::string& name() const { return setup_.name; }
    const Setup& setup() const { return setup_; }
    const config::ProviderDescription& description() const { return *description_; }

    // --- sending (provider_send.cpp) ---
    bool can_send_media() const;
    /// `values` holds from, to, text, media, id, token, callback and ttl; segments and coding are
    /// counted here.
    port::HttpRequest build_send(Values values) const;
    SendResult parse_send(const port::HttpResponse& response) const;
    static SendResult classify(const port::HttpFailure& failure);

    // --- webhooks (provider_hooks.cpp) ---
    HookRead verify_and_parse(const HookCall& call) const;
    port::HttpResponse hook_answer() const;
    /// What stands behind {callback} in a send: a fragment with the provider's own orders for
    /// webhooks, or "".
    std::string callback_fragment() const;

    // --- questions (provider_queries.cpp) ---
    bool can_check() const { return check_.has_value(); }
    port::HttpRequest build_check(std::string_view number) const;
    CheckResult parse_check(const port::HttpResult& result, std::string_view number) const;
    bool can_look_up() const { return lookup_.has_value(); }
    std::chrono::seconds settle() const;
    port::HttpRequest build_lookup(const Values& values) const;
    /// Messages that fit, oldest first. Nothing when the provider did not answer the question.
    std::optional<std::vector<Candidate>> parse_lookup(
        const port::HttpResult& result, const Values& values
    ) const;
    bool can_sweep() const { return sweep_.has_value(); }
    std::chrono::seconds sweep_every() const;
    port::HttpRequest build_sweep(WallTime since) const;
    port::HttpRequest build_next(std::string_view url) const;
    SweepPage parse_sweep(
        const port::HttpResult& result, const std::function<bool(std::string_view)>& is_ours
    ) const;
    /// Nothing when the provider did not give the list.
    std::optional<std::vector<port::Attachment>> parse_media_list(const port::HttpResult& result
    ) const;
    /// Our credentials go to base_url's host and to the hosts that the description names, never
    /// along a redirect.
    port::HttpRequest build_media(std::string_view url) const;

  private:
    struct Send {
        Send(const config::Send& source, const CompiledAuth& auth, const Constants& constants);
        RequestBuilder request;
        std::optional<RequestBuilder> unicode;
        std::optional<RequestBuilder> media;
        Finder each;
        Conditions when;
        std::optional<TextPattern> text;
        Finder id, code, words;
        bool needs_json = false;
    };
    struct Message {
        explicit Message(const config::MessagePlaces& source);
        Finder id, from, to, others, text, time;
        config::TextCoding decode;
        Finder media_url, media_type, media_list, media_each;
        std::string media_cut;
        Finder part_number, part_total;
    };
    struct Report {
        explicit Report(const config::ReportPlaces& source);
        bool is_token_in_path;
        Finder id, token, state, code, words;
    };
    struct Event {
        std::optional<config::HookKind> hook;
        Conditions when;
        std::optional<Message> message;
        std::optional<Report> report;
    };
    struct Query {
        Query(const config::Request& source, const CompiledAuth& auth, const Constants& constants)
            : request(source, auth, constants) {}
        RequestBuilder request;
        Finder owned, each, id, time, state, next;
        Conditions when;
        std::optional<Message> message;
    };

    Constants constants() const;
    void compile_hooks(const Constants& constants);
    void compile_queries(const Constants& constants);
    std::vector<std::string> accepted_ids(const Place& root, bool& is_accepted) const;
    port::Failure refusal(const port::HttpResponse& response, const Place& root) const;
    std::optional<port::Reason> reason_of(std::string_view code) const;

    void read_event(const Place& place, const HookCall& call, HookRead& out) const;
    std::optional<port::MessageReceived> read_message(
        const Message& places,
        const Place& place,
        const std::function<bool(std::string_view)>& is_ours
    ) const;
    std::optional<port::Outcome> read_report(
        const Report& places, const Place& place, const HookCall& call, bool& is_known
    ) const;
    std::vector<port::Attachment> read_media(const Message& places, const Place& place) const;
    std::string absolute(std::string_view url) const;

    std::shared_ptr<const config::ProviderDescription> description_;
    Setup setup_;
    CompiledAuth auth_;
    std::unique_ptr<Send> send_;
    VerifySignature verify_ = nullptr;
    std::vector<std::string> keys_;
    SignatureSettings signature_;
    bool hooks_need_json_ = false;
    Finder hook_each_, hook_event_, hook_time_;
    std::vector<Event> events_;
    std::optional<Query> check_, lookup_, sweep_;
};

/// The port's word for a reported state.
port::DeliveryState to_delivery_state(config::ReportState state);

}  // namespace sallyport::sms
