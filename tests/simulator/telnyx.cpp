// SPDX-License-Identifier: Apache-2.0
// Telnyx messaging v2: https://developers.telnyx.com/docs/messaging/messages/send-message
#include "tests/simulator/provider.hpp"

namespace simulator {
namespace {

json::array party(const std::string& number, std::string_view status) {
    return {json::object{
        {"phone_number", number},
        {"status", status},
        {"carrier", "Simulated"},
        {"line_type", "Wireless"}}};
}

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// Our state as Telnyx words it in `to[].status`.
std::string status_of(const std::string& state) {
    static const std::map<std::string, std::string> words{
        {"accepted", "queued"},
        {"undelivered", "delivery_failed"},
        {"failed", "sending_failed"},
    };
    auto at = words.find(state);
    return at == words.end() ? state : at->second;
}

class Telnyx final : public Provider {
  public:
    using Provider::Provider;

    std::string name() const override { return "telnyx"; }
    bool owns_path(const std::string& path) const override { return path.starts_with("/v2/"); }
    bool is_send(const Incoming& request) const override {
        return request.method == "POST" && request.path == "/v2/messages";
    }

    std::variant<std::vector<Message>, Refusal> parse_send(const Incoming& request) const override;
    std::string make_id(const Message&) const override { return random_uuid(); }
    Answer build_accepted(const std::vector<MessagePtr>& messages) const override {
        return json_answer(200, {{"data", payload(*messages.front(), "queued")}});
    }
    Answer build_refused(const Refusal& refusal) const override;
    Answer answer_query(const Incoming& request) override;

    std::optional<Webhook> build_report(
        const Message& message, const std::string& url, const std::string& state, Signing signing
    ) const override;
    Webhook build_inbound(const Message& message, const std::string& url, Signing signing)
        const override;
    RetryRule retry_rule(const std::string&) const override {
        RetryRule rule;
        rule.attempts = 3;
        rule.connect_timeout = rule.answer_timeout = Milliseconds(2000);
        return rule;
    }
    std::string usual_code(const std::string&) const override { return "40008"; }

  private:
    [[nodiscard]] bool is_authorized(const Incoming& request) const {
        return field(request.headers, "authorization") == "Bearer " + world_.config.api_key;
    }
    [[nodiscard]] json::object payload(const Message& message, const std::string& status) const;
    [[nodiscard]] Webhook signed_event(
        const std::string& url, std::string_view type, json::object payload, Signing signing
    ) const;
    [[nodiscard]] Answer numbers(const Incoming& request) const;
};

std::variant<std::vector<Message>, Refusal> Telnyx::parse_send(const Incoming& request) const {
    if (!is_authorized(request)) return Refusal{401, "10009", "Authentication failed"};
    boost::system::error_code bad;
    json::value body = json::parse(request.body, bad);
    if (bad || !body.is_object()) return Refusal{422, "10015", "Invalid JSON"};
    const json::object& object = body.as_object();
    Message message;
    message.from = text_of(object, "from");
    message.to = text_of(object, "to");
    message.text = text_of(object, "text");
    message.callback = text_of(object, "webhook_url");
    message.idempotency_key = field(request.headers, "idempotency-key");
    if (const json::value* urls = object.if_contains("media_urls"); urls && urls->is_array()) {
        for (const json::value& url : urls->as_array()) {
            if (url.is_string()) message.media.push_back({std::string(url.as_string()), ""});
        }
    }
    if (!message.to.starts_with('+')) return Refusal{400, "40310", "Invalid 'to' address"};
    if (!world_.config.owns(message.from)) return Refusal{400, "40305", "Invalid 'from' address"};
    if (message.text.empty() && message.media.empty())
        return Refusal{400, "40009", "Invalid message body"};
    return std::vector<Message>{message};
}

json::object Telnyx::payload(const Message& message, const std::string& status) const {
    json::array media;
    for (const MediaItem& item : message.media) {
        std::string url = item.name.empty() ? item.url : world_.file_url(item.name);
        media.push_back(json::object{
            {"url", url}, {"content_type", item.type}, {"size", nullptr}, {"sha256", nullptr}});
    }
    json::array others;
    for (const std::string& number : message.others)
        others.push_back(party(number, "delivered").front());
    return {
        {"id", message.id},
        {"record_type", "message"},
        {"direction", message.is_outbound ? "outbound" : "inbound"},
        {"type", message.media.empty() ? "SMS" : "MMS"},
        {"messaging_profile_id", nullptr},
        {"from",
         {{"phone_number", message.from}, {"carrier", "Simulated"}, {"line_type", "Wireless"}}},
        {"to", party(message.to, status)},
        {"cc", others},
        {"text", message.text},
        {"media", media},
        {"webhook_url", message.callback},
        {"parts", count_segments(message.text)},
        {"encoding", "GSM-7"},
        {"cost", {{"amount", "0.0000"}, {"currency", "USD"}}},
        {"tags", json::array()},
        {"errors", json::array()},
        {"received_at", iso_time(message.at)},
        {"sent_at", nullptr},
        {"completed_at", nullptr},
    };
}

Answer Telnyx::build_refused(const Refusal& refusal) const {
    static const std::map<unsigned, std::string> usual{
        {401, "10009"}, {404, "10005"}, {429, "10011"}};
    auto known = usual.find(refusal.status);
    std::string code = !refusal.code.empty()  ? refusal.code
                       : known == usual.end() ? "10007"
                                              : known->second;
    json::object error{
        {"code", code},
        {"title", refusal.why},
        {"detail", refusal.why},
        {"meta", {{"url", "https://developers.telnyx.com/docs/overview/errors/" + code}}},
    };
    return json_answer(refusal.status, {{"errors", json::array{error}}});
}

Answer Telnyx::answer_query(const Incoming& request) {
    if (!is_authorized(request)) return build_refused({401, "10009", "Authentication failed"});
    if (request.path == "/v2/phone_numbers/messaging") return numbers(request);
    if (request.path.starts_with("/v2/messages/")) {
        MessagePtr message = world_.find(request.path.substr(13));
        if (message)
            return json_answer(200, {{"data", payload(*message, status_of(message->state))}});
    }
    return build_refused({404, "10005", "Resource not found"});
}

Answer Telnyx::numbers(const Incoming& request) const {
    json::array found;
    for (const std::string& number : world_.config.numbers) {
        std::string_view filter = "filter[phone_number]";
        if (has_field(request.query, filter) && field(request.query, filter) != number) continue;
        found.push_back(json::object{
            {"id", number},
            {"record_type", "messaging_settings"},
            {"phone_number", number},
            {"messaging_profile_id", nullptr},
        });
    }
    std::size_t count = found.size();
    return json_answer(
        200, {{"data", found}, {"meta", {{"total_results", count}, {"page_number", 1}}}}
    );
}

Webhook Telnyx::signed_event(
    const std::string& url, std::string_view type, json::object payload, Signing signing
) const {
    Time now = std::chrono::system_clock::now();
    json::object event{
        {"event_type", type},
        {"id", random_uuid()},
        {"occurred_at", iso_time(now)},
        {"payload", std::move(payload)},
        {"record_type", "event"},
    };
    Webhook hook;
    hook.url = url;
    hook.type = "application/json";
    hook.body = json::serialize(json::object{
        {"data", event}, {"meta", {{"attempt", 1}, {"delivered_to", url}}}});
    if (signing == Signing::none) return hook;
    if (signing == Signing::old) now -= std::chrono::minutes(10);
    std::string stamp = std::to_string(std::chrono::system_clock::to_time_t(now));
    std::string wrong = signing == Signing::bad ? " " : "";
    hook.headers.emplace_back("telnyx-timestamp", stamp);
    hook.headers.emplace_back(
        "telnyx-signature-ed25519",
        sign_ed25519(world_.config.telnyx_seed, stamp, hook.body + wrong)
    );
    return hook;
}

std::optional<Webhook> Telnyx::build_report(
    const Message& message, const std::string& url, const std::string& state, Signing signing
) const {
    if (url.empty()) return std::nullopt;
    json::object body = payload(message, status_of(state));
    bool is_bad = state == "undelivered" || state == "failed";
    std::string code = message.code.empty() ? usual_code(state) : message.code;
    if (is_bad)
        body["errors"] = json::array{
            json::object{{"code", code}, {"title", "Undeliverable"}, {"detail", "Undeliverable"}}};
    return signed_event(
        url, state == "sent" ? "message.sent" : "message.finalized", std::move(body), signing
    );
}

Webhook Telnyx::build_inbound(const Message& message, const std::string& url, Signing signing)
    const {
    return signed_event(url, "message.received", payload(message, "webhook_delivered"), signing);
}

}  // namespace

std::unique_ptr<Provider> make_telnyx(World& world) {
    return std::make_unique<Telnyx>(world);
}

}  // namespace simulator
