// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/courier.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace simulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

constexpr std::string_view not_connected = "not connected: ";

struct Place {
    std::string host;
    std::string port;
    std::string target;
};

/// http://HOST[:PORT]/TARGET without its fragment, or nothing.
std::optional<Place> parse_url(const std::string& url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return std::nullopt;
    std::string rest = url.substr(scheme.size(), url.find('#') - scheme.size());
    std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
    std::string authority = rest.substr(0, slash);
    std::string target = rest.substr(slash);
    if (!target.starts_with('/')) target.insert(0, "/");
    std::size_t colon = authority.rfind(':');
    bool has_port = colon != std::string::npos && authority.find(']', colon) == std::string::npos;
    std::string host = authority.substr(0, has_port ? colon : std::string::npos);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return Place{host, has_port ? authority.substr(colon + 1) : "80", target};
}

http::request<http::string_body> build(const Webhook& hook, const Place& place) {
    http::request<http::string_body> request(http::string_to_verb(hook.method), place.target, 11);
    request.set(http::field::host, place.port == "80" ? place.host : place.host + ":" + place.port);
    request.set(http::field::user_agent, "sallyport-simulator");
    request.set(http::field::connection, "close");
    request.set(http::field::accept, "*/*");
    for (const auto& [name, value] : hook.headers) request.set(name, value);
    if (!hook.type.empty()) request.set(http::field::content_type, hook.type);
    request.body() = hook.body;
    request.prepare_payload();
    return request;
}

asio::awaitable<std::string> exchange(
    World& world, const Webhook& hook, const RetryRule& rule, unsigned& status
) {
    std::optional<Place> place = parse_url(hook.url);
    if (!place) co_return std::string(not_connected) + "not an http URL";
    asio::ip::tcp::resolver resolver(world.io());
    auto [unknown, endpoints] =
        co_await resolver.async_resolve(place->host, place->port, as_result);
    if (unknown) co_return std::string(not_connected) + unknown.message();
    beast::tcp_stream stream(world.io());
    stream.expires_after(rule.connect_timeout);
    auto [refused, peer] = co_await stream.async_connect(endpoints, as_result);
    if (refused) co_return std::string(not_connected) + refused.message();
    http::request<http::string_body> request = build(hook, *place);
    stream.expires_after(rule.answer_timeout);
    auto [unsent, sent_bytes] = co_await http::async_write(stream, request, as_result);
    if (unsent) co_return unsent.message();
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    auto [unread, read_bytes] = co_await http::async_read(stream, buffer, response, as_result);
    if (unread) co_return unread.message();
    status = response.result_int();
    co_return std::string();
}

}  // namespace

asio::awaitable<Attempt> send_once(World& world, const Webhook& hook, const RetryRule& rule) {
    auto start = std::chrono::steady_clock::now();
    Attempt attempt;
    attempt.error = co_await exchange(world, hook, rule, attempt.status);
    attempt.took =
        std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start);
    co_return attempt;
}

bool is_retried(const Attempt& attempt, const RetryRule& rule) {
    if (attempt.status == 0)
        return attempt.error.starts_with(not_connected) ? rule.on_connect : rule.on_timeout;
    if (attempt.status >= 500) return rule.on_5xx;
    return attempt.status >= 300 && rule.on_4xx;
}

}  // namespace simulator
