// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/shapes.hpp"

#include "tests/simulator/fields.hpp"

namespace simulator {

std::string type_of(const std::string& name) {
    static const std::map<std::string, std::string> types{
        {"png", "image/png"},
        {"jpg", "image/jpeg"},
        {"gif", "image/gif"},
        {"mp4", "video/mp4"},
        {"txt", "text/plain"},
    };
    auto at = types.find(name.substr(name.rfind('.') + 1));
    return at == types.end() ? "application/octet-stream" : at->second;
}

MediaItem media_from(const json::value& value, const World& world) {
    MediaItem item;
    apply(
        value.as_object(),
        {
            {"url", [&](const json::value& v) { item.url = to_text(v); }},
            {"type", [&](const json::value& v) { item.type = to_text(v); }},
            {"name", [&](const json::value& v) { item.name = to_text(v); }},
        }
    );
    const File* file = world.file(item.name);
    if (item.type.empty()) item.type = file ? file->type : type_of(item.url);
    if (item.url.empty()) item.url = world.file_url(item.name);
    return item;
}

json::object to_json(const Message& message) {
    json::array media;
    for (const MediaItem& item : message.media)
        media.push_back(json::object{{"url", item.url}, {"type", item.type}});
    json::array reports;
    for (const Report& report : message.reports) {
        reports.push_back(json::object{
            {"state", report.state}, {"status", report.status}, {"attempt", report.attempt}});
    }
    return {
        {"id", message.id},
        {"provider", message.provider},
        {"direction", message.is_outbound ? "out" : "in"},
        {"from", message.from},
        {"to", message.to},
        {"text", message.text},
        {"media", media},
        {"callback", message.callback},
        {"token", message.token()},
        {"state", message.state},
        {"code", message.code},
        {"ttl", message.ttl},
        {"at", iso_time(message.at)},
        {"status", message.status},
        {"reports", reports},
    };
}

json::array to_json(const std::vector<Attempt>& attempts) {
    json::array rows;
    for (const Attempt& attempt : attempts) {
        rows.push_back(json::object{
            {"status", attempt.status}, {"error", attempt.error}, {"ms", attempt.took.count()}});
    }
    return rows;
}

Behaviour behaviour_from(const json::object& body) {
    Behaviour rule;
    auto text = [](std::string& to) {
        return [&to](const json::value& value) { to = to_text(value); };
    };
    auto flag = [](bool& to) { return [&to](const json::value& value) { to = to_bool(value); }; };
    apply(
        body,
        {
            {"times", [&](const json::value& v) { rule.times = to_int(v); }},
            {"to", text(rule.to)},
            {"text", text(rule.text)},
            {"status",
             [&](const json::value& v) { rule.status = static_cast<unsigned>(to_int(v)); }},
            {"code", text(rule.code)},
            {"retry_after", [&](const json::value& v) { rule.retry_after = to_int(v); }},
            {"body", [&](const json::value& v) { rule.body = to_text(v); }},
            {"content_type", text(rule.content_type)},
            {"hang", flag(rule.hang)},
            {"close", flag(rule.close)},
            {"delay_ms", [&](const json::value& v) { rule.delay = to_ms(v); }},
            {"accept", [&](const json::value& v) { rule.accept = to_bool(v); }},
            {"report", text(rule.report)},
            {"report_code", text(rule.report_code)},
            {"report_delay_ms", [&](const json::value& v) { rule.report_delay = to_ms(v); }},
            {"report_early", flag(rule.report_early)},
            {"report_times", [&](const json::value& v) { rule.report_times = to_int(v); }},
            {"report_reversed", flag(rule.report_reversed)},
            {"report_signature",
             [&](const json::value& v) { rule.report_signing = to_signing(v); }},
        }
    );
    static const std::string ends = " delivered undelivered failed sent none hold ";
    if (ends.find(" " + rule.report + " ") == std::string::npos)
        throw std::runtime_error("report: unknown end " + rule.report);
    return rule;
}

}  // namespace simulator
