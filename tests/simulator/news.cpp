// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/news.hpp"

#include <algorithm>

#include "tests/simulator/failures.hpp"

namespace simulator {
namespace {

/// How far a text came, and a few words about it.
struct Standing {
    std::string_view state;
    std::string detail;
};

std::string fault_of(const Attempt& attempt) {
    if (attempt.status == 0) return attempt.error;
    return "the gateway answered " + std::to_string(attempt.status);
}

/// Of the phone's own text. Its network knows only whether the gateway took it.
Standing own_standing(const Message& message, const Config& config) {
    const Progress& progress = message.progress;
    if (progress.attempts == 0) {
        if (config.webhook.empty()) return {"failed", "there is no gateway: --webhook is not set"};
        return {"queued", "on its way to the gateway"};
    }
    if (progress.last.status / 100 == 2) return {"delivered", "the gateway has it"};
    if (progress.is_over) return {"failed", fault_of(progress.last)};
    return {"sent", fault_of(progress.last) + ", trying again"};
}

/// Of a text to the phone. It is `delivered` when the gateway took the report that says so.
Standing standing(const Message& message, const Config& config) {
    if (!message.is_outbound) return own_standing(message, config);
    if (message.state == "accepted") return {"queued", "on its way to this phone"};
    if (message.state == "undelivered" || message.state == "failed") {
        std::string_view words = reason_of(message.provider, message.code);
        std::string detail = "error " + message.code;
        return {"failed", words.empty() ? detail : std::string(words) + " (" + detail + ")"};
    }
    if (message.behaviour.report == "none") return {"sent", "it arrived, and no report is sent"};
    auto report = std::ranges::find(message.reports, message.state, &Report::state);
    if (report == message.reports.end()) return {"sent", "it arrived; the report is on its way"};
    if (report->status / 100 == 2)
        return {message.state == "sent" ? "sent" : "delivered", "the gateway has the report"};
    return {"sent", "it arrived, but the gateway did not take the report"};
}

json::object settings_view(const World& world) {
    const Config& config = world.config;
    json::array numbers;
    for (const std::string& number : config.numbers) numbers.emplace_back(number);
    json::array menu;
    for (const Failure& row : failures()) {
        menu.push_back(json::object{
            {"name", row.name}, {"label", row.label}, {"unit", row.unit}, {"usual", row.usual}});
    }
    json::array codes;
    for (const Reason& reason : reasons()) {
        if (reason.provider == config.provider)
            codes.push_back(json::object{{"code", reason.code}, {"words", reason.words}});
    }
    json::array rules;
    for (const auto& [number, rule] : world.rules()) {
        const std::string& label = rule.label.empty() ? "a rule of a test" : rule.label;
        rules.push_back(json::object{{"number", number}, {"label", label}});
    }
    return {
        {"phone", config.phone},
        {"numbers", numbers},
        {"failures", menu},
        {"codes", codes},
        {"rules", rules},
    };
}

std::string build_event(std::string_view name, const json::value& data) {
    // JSON has no line ends of its own, so one `data:` line is enough.
    return "event: " + std::string(name) + "\ndata: " + json::serialize(data) + "\n\n";
}

}  // namespace

json::object phone_view(const Message& message, const Config& config) {
    Standing now = standing(message, config);
    json::array media;
    for (const MediaItem& item : message.media)
        media.push_back(json::object{{"url", item.url}, {"type", item.type}});
    return {
        {"id", message.id},
        {"mine", !message.is_outbound},
        {"phone", message.is_outbound ? message.to : message.from},
        {"number", message.is_outbound ? message.from : message.to},
        {"text", message.text},
        {"media", media},
        {"at", iso_time(message.at)},
        {"state", now.state},
        {"detail", now.detail},
    };
}

News::News(World& world) : world_(world) {
    for (const json::object& event : world_.events_after(0))
        sequence_ = event.at("seq").to_number<std::uint64_t>();
}

std::string News::next() {
    std::string text;
    if (is_new_ || world_.settings_revision() > known_)
        text += build_event("settings", settings_view(world_));
    bool is_all = is_new_ || world_.reset_revision() > known_;
    json::array all;
    for (const MessagePtr& message : world_.messages()) {
        if (is_all) {
            all.push_back(phone_view(*message, world_.config));
        } else if (message->revision > known_) {
            text += build_event("message", phone_view(*message, world_.config));
        }
    }
    if (is_all) text += build_event("all", all);
    for (const json::object& event : world_.events_after(sequence_)) {
        sequence_ = event.at("seq").to_number<std::uint64_t>();
        if (event.at("event").as_string() != "request" || event.at("accepted").as_bool()) continue;
        text += build_event(
            "refused",
            {{"phone", event.at("to")},
             {"number", event.at("from")},
             {"text", event.at("text")},
             {"status", event.at("status")},
             {"at", event.at("at")}}
        );
    }
    known_ = world_.revision();
    is_new_ = false;
    return text;
}

}  // namespace simulator
