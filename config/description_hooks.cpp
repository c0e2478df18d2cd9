// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/description_parts.hpp"
#include "config/vocabulary.hpp"

namespace sallyport::config {
namespace {

/// Reads the scheme's own keys; none of them is a secret.
void read_options(Section& in, const vocabulary::SignatureScheme& scheme, Signature& into) {
    for (std::string_view key : scheme.options) {
        if (key.empty()) continue;
        if (auto value = in.text(key)) into.options.emplace(key, *std::move(value));
    }
    if (scheme.name == "shared-secret" && into.options.size() != 1) {
        in.mistake("", "shared-secret needs either query: or header:, the place of the secret");
    }
    if (scheme.name == "hmac" && into.options.empty()) {
        in.mistake("", "hmac needs header:, the place of the signature");
    }
}

void read_scheme(Section& in, Signature& into) {
    auto name = in.text("scheme", Need::required);
    if (!name) return;
    into.scheme = *std::move(name);
    std::vector<std::string_view> names;
    for (const auto& row : vocabulary::signature_schemes) {
        if (row.name == into.scheme) return read_options(in, row, into);
        names.push_back(row.name);
    }
    in.mistake(
        "scheme",
        "the signature scheme " + in_quotes(into.scheme) + " is not known",
        nearest(into.scheme, names)
    );
}

Signature read_signature(Section& in, LeafReader& leaves) {
    Signature signature;
    signature.pos = in.pos();
    read_scheme(in, signature);
    signature.keys = leaves.make_templates(in, "keys", Names::credentials, Need::required);
    if (in.is_empty_list("keys")) {
        in.mistake("keys", "at least one key belongs here: unsigned webhooks are not taken");
    }
    if (auto tolerance = in.value("tolerance", parse_duration)) {
        signature.tolerance = std::chrono::duration_cast<std::chrono::seconds>(*tolerance);
    }
    in.finish();
    return signature;
}

Answer read_answer(Section& in) {
    Answer answer;
    if (auto status = in.value("http", parse_count)) {
        if (*status < 200 || *status > 299) {
            in.mistake("http", "the answer to what was taken is a 2xx status");
        }
        answer.http = static_cast<int>(*status);
    }
    answer.type = in.text("type").value_or("");
    answer.body = in.text("body").value_or("");
    in.finish();
    return answer;
}

MediaPlaces read_media(Section& in, LeafReader& leaves, Source source) {
    MediaPlaces media;
    media.list = leaves.make_selectors(in, "list", source);
    // What stands behind `list` is fetched, and is JSON whatever the webhook was.
    Source element = media.list.empty() ? source : Source::response;
    media.each = leaves.make_selector(in, "each", Source::response);
    media.url = leaves.make_selectors(in, "url", element, Need::required);
    media.type = leaves.make_selectors(in, "type", element);
    media.cut = in.text("cut").value_or("");
    in.finish();
    return media;
}

PartPlaces read_parts(Section& in, LeafReader& leaves, Source source) {
    PartPlaces parts;
    parts.reference = leaves.make_selectors(in, "reference", source, Need::required);
    parts.number = leaves.make_selectors(in, "number", source, Need::required);
    parts.total = leaves.make_selectors(in, "total", source, Need::required);
    in.finish();
    return parts;
}

ReportPlaces read_report(Section& in, LeafReader& leaves, Source source) {
    ReportPlaces report;
    report.id = leaves.make_selectors(in, "id", source);
    const yaml::Node* token = in.find("token");
    report.token_in_path = token != nullptr && token->text == "path";
    if (!report.token_in_path) report.token = leaves.make_selectors(in, "token", source);
    if (!in.has("id") && token == nullptr) {
        in.mistake("", "id or token is missing: whose report is it?");
    }
    report.state = leaves.make_selectors(in, "state", source, Need::required);
    report.code = leaves.make_selectors(in, "code", source);
    report.text = leaves.make_selectors(in, "text", source);
    in.finish();
    return report;
}

Event read_event(Section& in, LeafReader& leaves, Source source) {
    Event event;
    event.pos = in.pos();
    event.hook =
        in.word<HookKind>("hook", {{"inbound", HookKind::inbound}, {"status", HookKind::status}});
    event.when = leaves.make_conditions(in, "when", source, Names::none);
    if (auto message = in.section("message"))
        event.message = read_message(*message, leaves, source);
    if (auto report = in.section("report")) event.report = read_report(*report, leaves, source);
    if (in.has("message") == in.has("report")) {
        in.mistake("", "an event is either a message or a report");
    }
    in.finish();
    return event;
}

void read_events(Section& in, LeafReader& leaves, Source source, Hooks& into) {
    for (Section& event : in.sections("events", Need::required)) {
        into.events.push_back(read_event(event, leaves, source));
        const auto& message = into.events.back().message;
        if (into.event.empty() && message && message->id.empty())
            event.mistake("message", "id (or hooks.event) is missing: nothing tells a repeat");
    }
    if (in.has("events") && into.events.empty())
        in.mistake("events", "at least one event belongs here");
}

}  // namespace

MessagePlaces read_message(Section& in, LeafReader& leaves, Source source) {
    MessagePlaces message;
    message.id = leaves.make_selectors(in, "id", source);
    message.from = leaves.make_selectors(in, "from", source, Need::required);
    message.to = leaves.make_selectors(in, "to", source, Need::required);
    message.others = leaves.make_selectors(in, "others", source);
    message.text = leaves.make_selectors(in, "text", source);
    message.time = leaves.make_selectors(in, "time", source);
    in.set_word<TextCoding>(
        message.decode,
        "decode",
        {{"utf8", TextCoding::utf8},
         {"utf16be", TextCoding::utf16be},
         {"latin1", TextCoding::latin1},
         {"utf16be-hex", TextCoding::utf16be_hex}}
    );
    if (auto media = in.section("media")) message.media = read_media(*media, leaves, source);
    if (auto parts = in.section("parts")) message.parts = read_parts(*parts, leaves, source);
    if (!in.has("text") && !in.has("media")) in.mistake("", "text or media is missing");
    in.finish();
    return message;
}

Hooks read_hooks(Section& in, LeafReader& leaves) {
    Hooks hooks;
    auto signature = in.section("signature", Need::required);
    if (signature) hooks.signature = read_signature(*signature, leaves);
    auto format = in.word<HookFormat>(
        "format",
        {{"form", HookFormat::form}, {"json", HookFormat::json}, {"query", HookFormat::query}},
        Need::required
    );
    hooks.format = format.value_or(HookFormat::form);
    Source source = hooks.format == HookFormat::json ? Source::json_hook : Source::form_hook;
    if (auto answer = in.section("answer")) hooks.answer = read_answer(*answer);
    hooks.each = leaves.make_selector(in, "each", source);
    hooks.event = leaves.make_selectors(in, "event", source);
    hooks.time = leaves.make_selectors(in, "time", source);
    // Without a known format every selector would be reported as misfit.
    if (format)
        read_events(in, leaves, source, hooks);
    else
        in.has("events");
    in.finish();
    return hooks;
}

}  // namespace sallyport::config
