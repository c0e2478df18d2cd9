// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/page.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>

#include "tests/simulator/failures.hpp"
#include "tests/simulator/fields.hpp"
#include "tests/simulator/news.hpp"
#include "xmpp/core/embedded.hpp"

namespace simulator {
namespace {

namespace asio = boost::asio;

constexpr std::size_t max_pictures = 10;

/// What a phone can take a picture of, and the end of its name. No SVG: that can hold a script.
const std::map<std::string, std::string>& picture_types() {
    static const std::map<std::string, std::string> types{
        {"image/png", "png"}, {"image/jpeg", "jpg"}, {"image/gif", "gif"}, {"image/webp", "webp"}};
    return types;
}

std::string_view part(std::string_view name) {
    for (const sallyport::embedded::File& file : sallyport::embedded::phone()) {
        if (file.name == name) return file.text;
    }
    return {};
}

/// Puts `value` in the place of every `mark`.
void fill(std::string& text, std::string_view mark, std::string_view value) {
    for (std::size_t at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + value.size()))
        text.replace(at, mark.size(), value);
}

MediaItem picture_from(const json::value& value, World& world) {
    std::string type;
    std::string bytes;
    apply(
        value.as_object(),
        {
            {"type", [&](const json::value& v) { type = to_text(v); }},
            {"base64", [&](const json::value& v) { bytes = base64_decode(to_text(v)); }},
        }
    );
    auto known = picture_types().find(type);
    if (known == picture_types().end()) throw std::runtime_error("not a picture: " + type);
    if (bytes.empty()) throw std::runtime_error("the picture is empty");
    MediaItem item;
    item.name = hex(random_bytes(8)) + "." + known->second;
    item.type = type;
    item.url = world.file_url(item.name);
    world.add_file(item.name, File{type, std::move(bytes)});
    return item;
}

}  // namespace

bool is_own(const Incoming& request) {
    std::string host = field(request.headers, "host");
    std::string origin = field(request.headers, "origin");
    if (!origin.empty() && origin != "http://" + host) return false;
    std::size_t colon = host.rfind(':');
    bool has_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
    std::string name = host.substr(0, has_port ? colon : std::string::npos);
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    boost::system::error_code not_an_address;
    asio::ip::make_address(name, not_an_address);
    return name == "localhost" || !not_an_address;
}

bool Page::owns_path(const std::string& path) {
    return path == "/" || path.starts_with("/phone/");
}

Answer Page::handle(const Incoming& request) {
    if (!is_own(request)) return json_answer(403, {{"error", "asked for by another site"}});
    bool is_read = request.method == "GET" || request.method == "HEAD";
    if (is_read && request.path == "/") return show();
    if (request.method == "GET" && request.path == "/phone/news") return stream();
    if (request.method == "POST") return post(request);
    return json_answer(404, {{"error", "no such page"}});
}

Answer Page::show() {
    std::string nonce = hex(random_bytes(16));
    std::string html(part("phone.html"));
    fill(html, "{{nonce}}", nonce);
    fill(html, "{{style}}", part("phone.css"));
    fill(html, "{{script}}", part("phone.js"));
    Answer answer;
    answer.type = "text/html; charset=utf-8";
    answer.body = std::move(html);
    answer.headers = {
        {"Cache-Control", "no-store"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Content-Type-Options", "nosniff"},
        {"Content-Security-Policy",
         "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
         "connect-src 'self'; img-src http: https: data: blob:; style-src 'nonce-" +
             nonce + "'; script-src 'nonce-" + nonce + "'"},
    };
    return answer;
}

Answer Page::stream() {
    Answer answer;
    answer.type = "text/event-stream";
    answer.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
    answer.ending = Ending::stream;
    // Shared, for std::function wants to be copied.
    answer.news = [news = std::make_shared<News>(world_)] { return news->next(); };
    return answer;
}

Answer Page::post(const Incoming& request) {
    using Handler = json::object (Page::*)(const json::object&);
    static const std::map<std::string, Handler> table{
        {"/phone/send", &Page::send},
        {"/phone/next", &Page::next},
        {"/phone/forget", &Page::forget}};
    auto row = table.find(request.path);
    if (row == table.end()) return json_answer(404, {{"error", "no such page"}});
    // A form of another site cannot have this type without asking first.
    if (!field(request.headers, "content-type").starts_with("application/json"))
        return json_answer(415, {{"error", "JSON is wanted"}});
    try {
        return json_answer(200, (this->*row->second)(json::parse(request.body).as_object()));
    } catch (const std::exception& fault) {
        return json_answer(400, {{"error", fault.what()}});
    }
}

json::object Page::send(const json::object& body) {
    auto message = std::make_shared<Message>();
    message->provider = world_.config.provider;
    message->from = world_.config.phone;
    message->to = world_.config.numbers.front();
    json::array pictures;
    apply(
        body,
        {
            {"from", [&](const json::value& v) { message->from = to_text(v); }},
            {"to", [&](const json::value& v) { message->to = to_text(v); }},
            {"text", [&](const json::value& v) { message->text = to_text(v); }},
            {"pictures", [&](const json::value& v) { pictures = v.as_array(); }},
        }
    );
    if (message->text.empty() && pictures.empty())
        throw std::runtime_error("a text or a picture is wanted");
    if (pictures.size() > max_pictures) throw std::runtime_error("too many pictures");
    for (const json::value& picture : pictures)
        message->media.push_back(picture_from(picture, world_));
    message->id = carrier_.provider(message->provider)->make_id(*message);
    auto sending = carrier_.bring(message, InboundWish());
    asio::co_spawn(world_.io(), std::move(sending), asio::detached);
    return {{"id", message->id}};
}

json::object Page::next(const json::object& body) {
    std::string name;
    std::string value;
    apply(
        body,
        {
            {"name", [&](const json::value& v) { name = to_text(v); }},
            {"value", [&](const json::value& v) { value = to_text(v); }},
        }
    );
    std::optional<Behaviour> rule = make_failure(name, value);
    if (!rule) throw std::runtime_error("name: no such failure: " + name);
    return {{"rule", world_.add_rule(std::move(*rule))}};
}

json::object Page::forget(const json::object& body) {
    int rule = 0;
    apply(body, {{"rule", [&](const json::value& v) { rule = to_int(v); }}});
    return {{"found", world_.remove_rule(rule)}};
}

}  // namespace simulator
