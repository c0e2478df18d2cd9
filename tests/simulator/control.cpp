// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/control.hpp"

#include <charconv>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/simulator/fields.hpp"
#include "tests/simulator/shapes.hpp"

namespace simulator {
namespace {

namespace asio = boost::asio;

std::uint64_t number_in(const Incoming& request, std::string_view name, std::uint64_t otherwise) {
    std::string text = field(request.query, name);
    std::from_chars(text.data(), text.data() + text.size(), otherwise);
    return otherwise;
}

Milliseconds timeout_of(const Incoming& request) {
    return Milliseconds(number_in(request, "timeout_ms", 5000));
}

/// Reads `POST /_sim/inbound` into a message and a wish; returns whether the caller waits for the
/// last webhook.
bool read_inbound(
    const json::object& body, const World& world, const MessagePtr& message, InboundWish& wish
) {
    message->provider = world.config.provider;
    message->from = world.config.phone;
    message->to = world.config.numbers.front();
    bool is_waited = true;
    apply(
        body,
        {
            {"provider", [&](const json::value& v) { message->provider = to_text(v); }},
            {"from", [&](const json::value& v) { message->from = to_text(v); }},
            {"to", [&](const json::value& v) { message->to = to_text(v); }},
            {"text", [&](const json::value& v) { message->text = to_text(v); }},
            {"id", [&](const json::value& v) { message->id = to_text(v); }},
            {"media",
             [&](const json::value& v) {
                 for (const json::value& item : v.as_array())
                     message->media.push_back(media_from(item, world));
             }},
            {"others", [&](const json::value& v) { message->others = to_texts(v); }},
            {"times", [&](const json::value& v) { wish.times = to_int(v); }},
            {"signature", [&](const json::value& v) { wish.signing = to_signing(v); }},
            {"url", [&](const json::value& v) { wish.url = to_text(v); }},
            {"retries", [&](const json::value& v) { wish.retries = to_int(v); }},
            {"retry_delay_ms", [&](const json::value& v) { wish.retry_delay = to_ms(v); }},
            {"webhook", [&](const json::value& v) { wish.webhook = to_bool(v); }},
            {"wait", [&](const json::value& v) { is_waited = to_bool(v); }},
        }
    );
    if (message->text.empty() && message->media.empty())
        throw std::runtime_error("text or media is wanted");
    return is_waited;
}

}  // namespace

const std::vector<Control::Row>& Control::table() {
    static const std::vector<Row> rows{
        {"POST", "/_sim/behave", &Control::behave},
        {"POST", "/_sim/inbound", &Control::inbound},
        {"POST", "/_sim/report", &Control::report},
        {"POST", "/_sim/release", &Control::release},
        {"GET", "/_sim/messages", &Control::messages},
        {"GET", "/_sim/events", &Control::events},
        {"GET", "/_sim/config", &Control::show_config},
        {"POST", "/_sim/config", &Control::set_config},
        {"POST", "/_sim/media", &Control::add_media},
        {"POST", "/_sim/reset", &Control::reset},
        {"GET", "/_sim/health", &Control::health},
    };
    return rows;
}

asio::awaitable<Answer> Control::handle(const Incoming& request) {
    constexpr std::string_view files = "/_sim/media/";
    bool is_read = request.method == "GET" || request.method == "HEAD";
    if (is_read && request.path.starts_with(files)) co_return media(request);
    std::string fault;
    for (const Row& row : table()) {
        if (row.method != request.method || row.path != request.path) continue;
        try {
            json::object body;
            if (!request.body.empty()) body = json::parse(request.body).as_object();
            Answer answer = co_await (this->*row.handler)(request, body);
            co_return answer;
        } catch (const std::exception& thrown) {
            fault = thrown.what();
        }
        co_return json_answer(400, {{"error", fault}});
    }
    co_return json_answer(
        404, {{"error", "no such control: " + request.method + " " + request.path}}
    );
}

Control::Reply Control::behave(const Incoming&, const json::object& body) {
    int rule = world_.add_rule(behaviour_from(body));
    co_return json_answer(200, {{"rule", rule}});
}

Control::Reply Control::inbound(const Incoming&, const json::object& body) {
    auto message = std::make_shared<Message>();
    InboundWish wish;
    bool is_waited = read_inbound(body, world_, message, wish);
    if (!carrier_.provider(message->provider))
        throw std::runtime_error("provider: unknown: " + message->provider);
    std::vector<Attempt> attempts;
    if (is_waited) {
        attempts = co_await carrier_.bring(message, wish);
    } else {
        if (message->id.empty())
            message->id = carrier_.provider(message->provider)->make_id(*message);
        asio::co_spawn(world_.io(), carrier_.bring(message, wish), asio::detached);
    }
    co_return json_answer(200, {{"id", message->id}, {"attempts", to_json(attempts)}});
}

Control::Reply Control::report(const Incoming&, const json::object& body) {
    std::string id;
    std::string state = "delivered";
    std::string code;
    std::string url;
    Signing signing = Signing::good;
    int times = 1;
    apply(
        body,
        {
            {"id", [&](const json::value& v) { id = to_text(v); }},
            {"state", [&](const json::value& v) { state = to_text(v); }},
            {"code", [&](const json::value& v) { code = to_text(v); }},
            {"url", [&](const json::value& v) { url = to_text(v); }},
            {"signature", [&](const json::value& v) { signing = to_signing(v); }},
            {"times", [&](const json::value& v) { times = to_int(v); }},
        }
    );
    MessagePtr message = world_.find(id);
    if (!message || !message->is_outbound) throw std::runtime_error("id: no such message: " + id);
    static const std::string states = " sent delivered undelivered failed ";
    if (states.find(" " + state + " ") == std::string::npos)
        throw std::runtime_error("state: unknown: " + state);
    message->code = code;
    carrier_.settle(message, state);
    std::vector<Attempt> attempts = co_await carrier_.report(message, state, url, signing, times);
    co_return json_answer(200, {{"attempts", to_json(attempts)}});
}

Control::Reply Control::release(const Incoming&, const json::object&) {
    int count = carrier_.release();
    co_return json_answer(200, {{"released", count}});
}

Control::Reply Control::messages(const Incoming& request, const json::object&) {
    auto find = [this, &request] {
        json::array found;
        auto holds = [&request](std::string_view name, const std::string& value) {
            return !has_field(request.query, name) || field(request.query, name) == value;
        };
        for (const MessagePtr& message : world_.messages()) {
            bool is_wanted = holds("to", message->to) && holds("from", message->from) &&
                             holds("id", message->id) && holds("state", message->state) &&
                             holds("direction", message->is_outbound ? "out" : "in");
            if (is_wanted) found.push_back(to_json(*message));
        }
        return found;
    };
    std::uint64_t count = number_in(request, "count", 0);
    if (count > 0) {
        std::function<bool()> is_met = [&] { return find().size() >= count; };
        Milliseconds timeout = timeout_of(request);
        co_await world_.wait(is_met, timeout);
    }
    co_return json_answer(200, {{"messages", find()}});
}

Control::Reply Control::events(const Incoming& request, const json::object&) {
    std::uint64_t after = number_in(request, "after", 0);
    std::string kind = field(request.query, "event");
    auto find = [&] {
        json::array found;
        for (const json::object& event : world_.events_after(after)) {
            if (kind.empty() || event.at("event").as_string() == kind) found.push_back(event);
        }
        return found;
    };
    std::uint64_t count = number_in(request, "count", 0);
    if (count > 0) {
        std::function<bool()> is_met = [&] { return find().size() >= count; };
        Milliseconds timeout = timeout_of(request);
        co_await world_.wait(is_met, timeout);
    }
    co_return json_answer(200, {{"events", find()}});
}

Control::Reply Control::show_config(const Incoming&, const json::object&) {
    const Config& config = world_.config;
    auto ms = [](const std::optional<Milliseconds>& value) {
        return value ? json::value(value->count()) : json::value();
    };
    json::array numbers;
    for (const std::string& number : config.numbers) numbers.emplace_back(number);
    co_return json_answer(
        200,
        json::object{
            {"provider", config.provider},
            {"numbers", numbers},
            {"phone", config.phone},
            {"webhook", config.webhook},
            {"account_sid", config.account_sid},
            {"auth_token", config.auth_token},
            {"api_key", config.api_key},
            {"telnyx_seed", base64_encode(config.telnyx_seed)},
            {"telnyx_public_key", public_key_of(config.telnyx_seed)},
            {"username", config.username},
            {"password", config.password},
            {"retries", config.retries ? json::value(*config.retries) : json::value()},
            {"retry_delay_ms", ms(config.retry_delay)},
            {"report_delay_ms", config.report_delay.count()},
            {"url", config.url},
        }
    );
}

Control::Reply Control::set_config(const Incoming& request, const json::object& body) {
    Config next = world_.config;
    auto text = [](std::string& to) {
        return [&to](const json::value& value) { to = to_text(value); };
    };
    apply(
        body,
        {
            {"provider", text(next.provider)},
            {"numbers", [&](const json::value& v) { next.numbers = to_texts(v); }},
            {"phone", text(next.phone)},
            {"webhook", text(next.webhook)},
            {"account_sid", text(next.account_sid)},
            {"auth_token", text(next.auth_token)},
            {"api_key", text(next.api_key)},
            {"username", text(next.username)},
            {"password", text(next.password)},
            {"retries",
             [&](const json::value& v) {
                 next.retries = v.is_null() ? std::nullopt : std::optional(to_int(v));
             }},
            {"retry_delay_ms",
             [&](const json::value& v) {
                 next.retry_delay = v.is_null() ? std::nullopt : std::optional(to_ms(v));
             }},
            {"report_delay_ms", [&](const json::value& v) { next.report_delay = to_ms(v); }},
            {"default", [&](const json::value& v) { next.usual = behaviour_from(v.as_object()); }},
        }
    );
    if (!carrier_.provider(next.provider))
        throw std::runtime_error("provider: unknown: " + next.provider);
    if (next.numbers.empty()) throw std::runtime_error("numbers: one is wanted");
    world_.config = std::move(next);
    world_.settings_changed();
    Answer answer = co_await show_config(request, body);
    co_return answer;
}

Control::Reply Control::add_media(const Incoming&, const json::object& body) {
    std::string name;
    File file;
    apply(
        body,
        {
            {"name", [&](const json::value& v) { name = to_text(v); }},
            {"type", [&](const json::value& v) { file.type = to_text(v); }},
            {"base64", [&](const json::value& v) { file.bytes = base64_decode(to_text(v)); }},
        }
    );
    if (name.empty()) throw std::runtime_error("name is wanted");
    if (file.type.empty()) file.type = type_of(name);
    world_.add_file(name, std::move(file));
    co_return json_answer(200, {{"url", world_.file_url(name)}});
}

Control::Reply Control::reset(const Incoming&, const json::object&) {
    carrier_.forget_held();
    world_.reset();
    co_return json_answer(200, {{"ok", true}});
}

Control::Reply Control::health(const Incoming&, const json::object&) {
    co_return json_answer(200, {{"ok", true}});
}

Answer Control::media(const Incoming& request) {
    const File* file = world_.file(request.path.substr(request.path.rfind('/') + 1));
    Answer answer;
    if (file) {
        answer.body = file->bytes;
        answer.type = file->type;
        // Opened by itself in a browser it must not act as a page of ours.
        answer.headers = {
            {"X-Content-Type-Options", "nosniff"},
            {"Content-Security-Policy", "default-src 'none'; sandbox"}};
    } else {
        answer = json_answer(404, {{"error", "no such file"}});
    }
    world_.emit(
        "query",
        {{"what", "file"},
         {"path", request.target},
         {"status", answer.status},
         {"authorized", has_field(request.headers, "authorization")}}
    );
    return answer;
}

}  // namespace simulator
