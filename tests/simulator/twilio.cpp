// SPDX-License-Identifier: Apache-2.0
// Twilio's Messaging API: https://www.twilio.com/docs/messaging/api/message-resource
//   /2010-04-01/Accounts/{sid}/{resource}.json
#include <algorithm>
#include <charconv>

#include "tests/simulator/provider.hpp"

namespace simulator {
namespace {

constexpr std::string_view root = "/2010-04-01/Accounts/";

int number_in(const std::string& text, int otherwise) {
    int value = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool is_number(const std::string& text) {
    std::size_t digits = text.find_first_not_of("0123456789", text.starts_with('+') ? 1 : 0);
    return digits == std::string::npos && text.size() >= 4 && text.size() <= 16;
}

class Twilio final : public Provider {
  public:
    using Provider::Provider;

    std::string name() const override { return "twilio"; }
    bool owns_path(const std::string& path) const override {
        return path.starts_with("/2010-04-01/");
    }
    bool is_send(const Incoming& request) const override {
        return request.method == "POST" && request.path.ends_with("/Messages.json");
    }

    std::variant<std::vector<Message>, Refusal> parse_send(const Incoming& request) const override;
    std::string make_id(const Message& message) const override {
        return (message.media.empty() ? "SM" : "MM") + hex(random_bytes(16));
    }
    Answer build_accepted(const std::vector<MessagePtr>& messages) const override {
        return json_answer(201, resource(*messages.front()));
    }
    Answer build_refused(const Refusal& refusal) const override;
    Answer answer_query(const Incoming& request) override;

    std::optional<Webhook> build_report(
        const Message& message, const std::string& url, const std::string& state, Signing signing
    ) const override;
    Webhook build_inbound(const Message& message, const std::string& url, Signing signing)
        const override;
    RetryRule retry_rule(const std::string& url) const override;
    std::string usual_code(const std::string& state) const override {
        return state == "failed" ? "30007" : "30003";
    }

  private:
    [[nodiscard]] bool is_authorized(const Incoming& request) const;
    [[nodiscard]] std::string messages_uri() const {
        return std::string(root) + world_.config.account_sid + "/Messages";
    }
    [[nodiscard]] json::object resource(const Message& message) const;
    [[nodiscard]] Answer list(const Incoming& request) const;
    [[nodiscard]] Answer numbers(const Incoming& request) const;
    [[nodiscard]] Answer below_message(const std::string& rest) const;
    [[nodiscard]] Webhook signed_form(const std::string& url, const Fields& form, Signing signing)
        const;
};

bool Twilio::is_authorized(const Incoming& request) const {
    const Config& config = world_.config;
    std::string wanted = "Basic " + base64_encode(config.account_sid + ":" + config.auth_token);
    return field(request.headers, "authorization") == wanted &&
           request.path.starts_with(std::string(root) + config.account_sid + "/");
}

std::variant<std::vector<Message>, Refusal> Twilio::parse_send(const Incoming& request) const {
    if (!is_authorized(request)) return Refusal{401, "20003", "Authenticate"};
    Message message;
    message.from = field(request.form, "From");
    message.to = field(request.form, "To");
    message.text = field(request.form, "Body");
    message.callback = field(request.form, "StatusCallback");
    message.ttl = field(request.form, "ValidityPeriod");
    for (const std::string& url : all_fields(request.form, "MediaUrl"))
        message.media.push_back({url, ""});
    if (message.to.empty()) return Refusal{400, "21604", "A 'To' phone number is required."};
    if (!is_number(message.to))
        return Refusal{400, "21211", "Invalid 'To' Phone Number: " + message.to};
    if (!world_.config.owns(message.from))
        return Refusal{400, "21606", "The 'From' number is not yours: " + message.from};
    if (message.text.empty() && message.media.empty())
        return Refusal{400, "21602", "Message body is required."};
    if (message.text.size() > 1600 && count_segments(message.text) > 10)
        return Refusal{400, "21617", "The body is too long."};
    if (message.media.size() > 10)
        return Refusal{400, "21623", "Number of media files exceeds allowed limit."};
    return std::vector<Message>{message};
}

json::object Twilio::resource(const Message& message) const {
    std::string uri = messages_uri() + "/" + message.id;
    std::string state = message.state == "accepted" ? "queued" : message.state;
    json::value sent =
        message.sent_at ? json::value(rfc2822_time(*message.sent_at)) : json::value(nullptr);
    json::value code =
        message.code.empty() ? json::value(nullptr) : json::value(number_in(message.code, 0));
    return {
        {"sid", message.id},
        {"account_sid", world_.config.account_sid},
        {"messaging_service_sid", nullptr},
        {"from", message.from},
        {"to", message.to},
        {"body", message.text},
        {"status", message.is_outbound ? state : "received"},
        {"direction", message.is_outbound ? "outbound-api" : "inbound"},
        {"num_segments", std::to_string(count_segments(message.text))},
        {"num_media", std::to_string(message.media.size())},
        {"date_created", rfc2822_time(message.at)},
        {"date_updated", rfc2822_time(message.at)},
        {"date_sent", sent},
        {"error_code", code},
        {"error_message", nullptr},
        {"price", nullptr},
        {"price_unit", "USD"},
        {"api_version", "2010-04-01"},
        {"uri", uri + ".json"},
        {"subresource_uris", {{"media", uri + "/Media.json"}}},
    };
}

Answer Twilio::build_refused(const Refusal& refusal) const {
    static const std::map<unsigned, int> usual{
        {401, 20003}, {404, 20404}, {429, 20429}, {503, 20503}};
    auto known = usual.find(refusal.status);
    int code = number_in(refusal.code, known == usual.end() ? 20500 : known->second);
    return json_answer(
        refusal.status,
        {{"code", code},
         {"message", refusal.why},
         {"status", refusal.status},
         {"more_info", "https://www.twilio.com/docs/errors/" + std::to_string(code)}}
    );
}

Answer Twilio::answer_query(const Incoming& request) {
    if (!is_authorized(request)) return build_refused({401, "20003", "Authenticate"});
    std::string rest = request.path.substr(root.size() + world_.config.account_sid.size());
    if (request.method != "GET") return build_refused({404, "20404", "Not found"});
    if (rest == "/Messages.json") return list(request);
    if (rest == "/IncomingPhoneNumbers.json") return numbers(request);
    if (rest.starts_with("/Messages/")) return below_message(rest.substr(10));
    return build_refused({404, "20404", "The requested resource " + request.path + " was not found"}
    );
}

/// From, To and the date filters; a message without a date of sending matches no date.
bool is_listed(const Message& message, const Fields& query) {
    std::string date = message.sent_at ? iso_date(*message.sent_at) : "";
    auto equals = [&query](std::string_view name, const std::string& value) {
        return !has_field(query, name) || field(query, name) == value;
    };
    auto day = [&query](std::string_view name) { return field(query, name).substr(0, 10); };
    bool is_after = !has_field(query, "DateSent>") || date >= day("DateSent>");
    bool is_before = !has_field(query, "DateSent<") || (!date.empty() && date <= day("DateSent<"));
    bool is_on = !has_field(query, "DateSent") || date == day("DateSent");
    return message.provider == "twilio" && equals("From", message.from) &&
           equals("To", message.to) && is_after && is_before && is_on;
}

/// Newest first, as Twilio lists.
Answer Twilio::list(const Incoming& request) const {
    auto size = static_cast<std::size_t>(
        std::clamp(number_in(field(request.query, "PageSize"), 50), 1, 1000)
    );
    auto page = static_cast<std::size_t>(std::max(0, number_in(field(request.query, "Page"), 0)));
    json::array found;
    std::size_t seen = 0;
    for (auto at = world_.messages().rbegin(); at != world_.messages().rend(); ++at) {
        if (!is_listed(**at, request.query)) continue;
        if (seen >= page * size && seen < (page + 1) * size) found.push_back(resource(**at));
        ++seen;
    }
    Fields next = request.query;
    std::erase_if(next, [](const auto& pair) { return pair.first == "Page"; });
    next.emplace_back("Page", std::to_string(page + 1));
    json::value uri = nullptr;
    if (seen > (page + 1) * size) uri = messages_uri() + ".json?" + build_form(next);
    return json_answer(
        200,
        {{"messages", found},
         {"page", page},
         {"page_size", size},
         {"uri", request.target},
         {"next_page_uri", uri}}
    );
}

Answer Twilio::numbers(const Incoming& request) const {
    json::array found;
    for (const std::string& number : world_.config.numbers) {
        if (has_field(request.query, "PhoneNumber") &&
            field(request.query, "PhoneNumber") != number)
            continue;
        found.push_back(json::object{
            {"phone_number", number},
            {"friendly_name", number},
            {"account_sid", world_.config.account_sid},
            {"capabilities", {{"sms", true}, {"mms", true}, {"voice", false}}},
            {"sms_url", world_.config.webhook},
        });
    }
    return json_answer(
        200, {{"incoming_phone_numbers", found}, {"page", 0}, {"next_page_uri", nullptr}}
    );
}

/// {id}.json, {id}/Media.json, {id}/Media/{n}: as the real one, the last redirects to where it
/// needs no authentication.
Answer Twilio::below_message(const std::string& rest) const {
    std::string id = rest.substr(0, rest.find_first_of("/."));
    MessagePtr message = world_.find(id);
    Refusal missing{404, "20404", "The requested resource was not found"};
    if (!message) return build_refused(missing);
    std::string below = rest.substr(id.size());
    if (below == ".json") return json_answer(200, resource(*message));
    json::array media;
    std::string above = messages_uri() + "/" + id + "/Media/";
    for (std::size_t i = 0; i < message->media.size(); ++i) {
        std::string sid = "ME" + std::to_string(i);
        std::string uri = above;
        uri += sid;
        if (below == "/Media/" + sid) {
            Answer answer;
            answer.status = 307;
            const MediaItem& item = message->media[i];
            answer.headers.emplace_back(
                "Location", item.name.empty() ? item.url : world_.file_url(item.name)
            );
            return answer;
        }
        media.push_back(json::object{
            {"sid", sid},
            {"parent_sid", id},
            {"content_type", message->media[i].type},
            {"uri", uri + ".json"},
            {"account_sid", world_.config.account_sid},
            {"date_created", rfc2822_time(message->at)},
        });
    }
    if (below != "/Media.json") return build_refused(missing);
    return json_answer(200, {{"media_list", media}, {"page", 0}, {"next_page_uri", nullptr}});
}

Webhook Twilio::signed_form(const std::string& url, const Fields& form, Signing signing) const {
    Webhook hook;
    hook.url = url;
    hook.type = "application/x-www-form-urlencoded; charset=UTF-8";
    hook.body = build_form(form);
    std::string token = signing == Signing::bad ? "not the token" : world_.config.auth_token;
    if (signing != Signing::none)
        hook.headers.emplace_back("X-Twilio-Signature", sign_twilio(token, url, form));
    hook.headers.emplace_back("I-Twilio-Idempotency-Token", random_uuid());
    return hook;
}

std::optional<Webhook> Twilio::build_report(
    const Message& message, const std::string& url, const std::string& state, Signing signing
) const {
    if (url.empty()) return std::nullopt;
    Fields form{
        {"AccountSid", world_.config.account_sid},
        {"ApiVersion", "2010-04-01"},
        {"From", message.from},
        {"To", message.to},
        {"MessageSid", message.id},
        {"SmsSid", message.id},
        {"MessageStatus", state},
        {"SmsStatus", state},
    };
    bool is_bad = state == "undelivered" || state == "failed";
    if (is_bad)
        form.emplace_back("ErrorCode", message.code.empty() ? usual_code(state) : message.code);
    return signed_form(url, form, signing);
}

Webhook Twilio::build_inbound(const Message& message, const std::string& url, Signing signing)
    const {
    Fields form{
        {"AccountSid", world_.config.account_sid},
        {"ApiVersion", "2010-04-01"},
        {"From", message.from},
        {"To", message.to},
        {"MessageSid", message.id},
        {"SmsMessageSid", message.id},
        {"SmsSid", message.id},
        {"SmsStatus", "received"},
        {"Body", message.text},
        {"NumMedia", std::to_string(message.media.size())},
        {"NumSegments", std::to_string(count_segments(message.text))},
        {"FromCountry", "US"},
        {"FromCity", ""},
    };
    for (std::size_t i = 0; i < message.media.size(); ++i) {
        const MediaItem& item = message.media[i];
        std::string ours =
            world_.config.url + messages_uri() + "/" + message.id + "/Media/ME" + std::to_string(i);
        form.emplace_back("MediaUrl" + std::to_string(i), item.name.empty() ? item.url : ours);
        form.emplace_back("MediaContentType" + std::to_string(i), item.type);
    }
    for (std::size_t i = 0; i < message.others.size(); ++i) {
        form.emplace_back("OtherRecipients" + std::to_string(i), message.others[i]);
    }
    return signed_form(url, form, signing);
}

/// https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
RetryRule Twilio::retry_rule(const std::string& url) const {
    std::size_t hash = url.find('#');
    Fields wishes = parse_form(hash == std::string::npos ? "" : url.substr(hash + 1));
    std::string faults = has_field(wishes, "rp") ? field(wishes, "rp") : "ct";
    auto names = [&faults](const char* fault) {
        return faults.find("all") != std::string::npos || faults.find(fault) != std::string::npos;
    };
    RetryRule rule;
    rule.attempts = 1 + std::clamp(number_in(field(wishes, "rc"), 1), 0, 5);
    rule.on_connect = names("ct");
    rule.on_timeout = names("rt");
    rule.on_4xx = names("4xx");
    rule.on_5xx = names("5xx");
    rule.connect_timeout = Milliseconds(number_in(field(wishes, "ct"), 5000));
    rule.answer_timeout = Milliseconds(number_in(field(wishes, "rt"), 15000));
    return rule;
}

}  // namespace

std::unique_ptr<Provider> make_twilio(World& world) {
    return std::make_unique<Twilio>(world);
}

}  // namespace simulator
