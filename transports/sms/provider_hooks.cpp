// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "transports/sms/form_fields.hpp"
#include "transports/sms/phone.hpp"
#include "transports/sms/provider.hpp"
#include "transports/sms/text_coding.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms {

namespace {

using config::HookFormat;
using Fault = HookRead::Fault;

constexpr std::size_t longest_words = 300;

std::string decode(config::TextCoding coding, const std::string& bytes) {
    switch (coding) {
        case config::TextCoding::utf8:
            return to_xml_text(bytes);
        case config::TextCoding::utf16be:
            return to_xml_text(utf16be_to_utf8(bytes));
        case config::TextCoding::latin1:
            return to_xml_text(latin1_to_utf8(bytes));
        case config::TextCoding::utf16be_hex: {
            const auto raw = hex_decode(bytes);
            return raw ? to_xml_text(utf16be_to_utf8(*raw)) : to_xml_text(bytes);
        }
    }
    return to_xml_text(bytes);
}

port::DeliveryState weakest_news() {
    return port::DeliveryState::accepted;
}

/// The fields of a webhook, decoded: of the body where it is a form, of the query where the
/// provider uses that.
struct Fields {
    Fault fault = Fault::none;
    std::optional<port::HttpFields> form;
    port::HttpFields query;
};

Fault fault_of(std::string_view text) {
    return std::count(text.begin(), text.end(), '&') >= static_cast<std::ptrdiff_t>(max_form_fields)
               ? Fault::too_many_fields
               : Fault::malformed;
}

Fields read_fields(const port::HttpRequest& request) {
    Fields out;
    if (has_media_type(request.headers, "application/x-www-form-urlencoded")) {
        auto form = parse_form(request.body);
        if (!form)
            out.fault = fault_of(request.body);
        else
            out.form = *std::move(form);
    }
    const auto query_text = query_of(request.url);
    auto query = parse_form(query_text);
    if (!query)
        out.fault = fault_of(query_text);
    else
        out.query = *std::move(query);
    return out;
}

}  // namespace

HookRead Provider::verify_and_parse(const HookCall& call) const {
    HookRead out;
    auto fields = read_fields(call.request);
    if (fields.fault != Fault::none) {
        out.fault = fields.fault;
        return out;
    }
    const SignedRequest signed_request{
        call.request.method,
        call.url,
        call.request.headers,
        fields.form ? &*fields.form : nullptr,
        call.request.body};
    if (verify_ == nullptr || !verify_any(verify_, signed_request, keys_, signature_, call.now)) {
        out.fault = Fault::bad_signature;
        return out;
    }
    Document document(call.request.headers, call.request.body);
    if (description_->hooks.format == HookFormat::query ||
        (description_->hooks.format == HookFormat::form && !fields.form)) {
        document.set_fields(std::move(fields.query));
    } else if (fields.form) {
        document.set_fields(*std::move(fields.form));
    }
    if (hooks_need_json_ && !document.parse_json()) {
        out.has_unknown =
            true;  // it is proved to be the provider's: kept, never lost to a parser's fault
        return out;
    }
    const Place root{document};
    if (hook_each_.is_empty()) {
        read_event(root, call, out);
        return out;
    }
    for (const auto& place : hook_each_.elements(root)) read_event(place, call, out);
    return out;
}

void Provider::read_event(const Place& place, const HookCall& call, HookRead& out) const {
    for (const auto& event : events_) {
        if ((event.hook && *event.hook != call.kind) || !event.when.hold(place)) continue;
        if (event.message) {
            if (auto message = read_message(*event.message, place, call.is_ours))
                out.messages.push_back(*std::move(message));
            else
                out.has_unknown = true;
        }
        if (event.report) {
            bool is_known = true;
            if (auto report = read_report(*event.report, place, call, is_known))
                out.reports.push_back(*std::move(report));
            if (!is_known) out.has_unknown = true;
        }
        return;
    }
    out.has_unknown = true;
}

std::optional<port::MessageReceived> Provider::read_message(
    const Message& places, const Place& place, const std::function<bool(std::string_view)>& is_ours
) const {
    const auto from = places.from.first(place);
    const auto to = places.to.all(place);
    if (!from || to.empty()) return std::nullopt;
    port::MessageReceived message;
    message.from = port::Address(read_provider_peer(*from, setup_.region).text);
    std::vector<std::string> others = places.others.all(place);
    for (const auto& one : to) {
        const auto number = read_provider_peer(one, setup_.region).text;
        if (message.own_address.empty() && is_ours(number))
            message.own_address = number;
        else
            others.push_back(one);
    }
    if (message.own_address.empty()) {  // none is ours: the first, which the transport then judges
        message.own_address = read_provider_peer(to.front(), setup_.region).text;
        std::erase(others, to.front());
    }
    for (const auto& one : others) {
        port::Address other(read_provider_peer(one, setup_.region).text);
        if (other.text != message.own_address && other != message.from)
            message.other_recipients.push_back(std::move(other));
    }
    auto id = places.id.first(place);
    if (!id || id->empty()) id = hook_event_.first(place);
    message.ref =
        port::MessageRef(setup_.name, id && !id->empty() ? *std::move(id) : "none:" + random_id());
    message.text = decode(places.decode, places.text.first(place).value_or(std::string()));
    const auto total = places.part_total.first(place);
    const auto number = places.part_number.first(place);
    if (total && number && *total != "1")
        message.text = "(" + to_xml_text(*number) + "/" + to_xml_text(*total) + ") " + message.text;
    auto time = places.time.first(place);
    if (!time) time = hook_time_.first(place);
    if (time) message.sent_at = parse_time(*time);
    message.attachments = read_media(places, place);
    return message;
}

std::vector<port::Attachment> Provider::read_media(const Message& places, const Place& place)
    const {
    const auto urls = places.media_url.all(place);
    const auto types = places.media_type.all(place);
    std::vector<port::Attachment> out;
    for (std::size_t i = 0; i < urls.size() && i < 50; ++i) {
        std::string url = absolute(urls[i]);
        if (!places.media_cut.empty() && url.ends_with(places.media_cut))
            url.resize(url.size() - places.media_cut.size());
        const std::string type =
            i < types.size() ? lower_ascii(to_xml_text(types[i])) : std::string();
        if (type == "application/smil") continue;  // layout of an MMS, not a picture
        out.emplace_back(std::move(url), type);
    }
    return out;
}

std::optional<port::Outcome> Provider::read_report(
    const Report& places, const Place& place, const HookCall& call, bool& is_known
) const {
    port::Outcome outcome;
    outcome.provider = setup_.name;
    if (places.is_token_in_path)
        outcome.id = call.path_token;
    else if (const auto token = places.token.first(place))
        outcome.id = call.tokens.check(*token);
    if (const auto id = places.id.first(place); id && !id->empty())
        outcome.refs.emplace_back(setup_.name, *id);
    if (!outcome.id && outcome.refs.empty()) {
        is_known = false;
        return std::nullopt;
    }
    const auto word = places.state.first(place).value_or(std::string());
    const auto state = description_->state_of(word);
    is_known = state.has_value();
    // A word of no list still proves that the provider has the message.
    outcome.state = state ? to_delivery_state(*state) : weakest_news();
    if (outcome.state != port::DeliveryState::undelivered &&
        outcome.state != port::DeliveryState::failed)
        return outcome;
    const auto code = places.code.first(place).value_or(std::string());
    const auto words = places.words.first(place).value_or(std::string());
    outcome.failure.emplace(
        reason_of(code).value_or(port::Reason::unreachable),
        truncate_characters(to_xml_text(words), longest_words),
        truncate_characters(to_xml_text(code), 40)
    );
    return outcome;
}

port::HttpResponse Provider::hook_answer() const {
    const auto& answer = description_->hooks.answer;
    return port::HttpResponse(answer.http, answer.body, answer.type);
}

std::string Provider::callback_fragment() const {
    const auto find = [](const std::vector<config::Field>& fields) -> std::string {
        for (const auto& field : fields) {
            const auto& parts = field.value.parts;
            if (parts.size() == 2 && parts[0].name == "callback" &&
                parts[1].literal.starts_with('#'))
                return parts[1].literal;
        }
        return {};
    };
    const auto& request = description_->send.request;
    auto fragment = find(request.form);
    return fragment.empty() ? find(request.query) : fragment;
}

}  // namespace sallyport::sms
