// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/server.hpp"

#include <algorithm>
#include <iostream>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace simulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t max_body_bytes = 64U << 20;
constexpr Milliseconds heartbeat{15000};

Incoming to_incoming(const http::request<http::string_body>& request) {
    Incoming in;
    in.method = std::string(request.method_string());
    in.target = std::string(request.target());
    in.path = form_decode(in.target.substr(0, in.target.find('?')));
    std::size_t mark = in.target.find('?');
    if (mark != std::string::npos) in.query = parse_form(in.target.substr(mark + 1));
    for (const auto& header : request) {
        std::string name(header.name_string());
        std::ranges::transform(name, name.begin(), [](unsigned char c) {
            return static_cast<char>(std::tolower(c));
        });
        in.headers.emplace_back(std::move(name), std::string(header.value()));
    }
    in.body = request.body();
    bool is_form =
        field(in.headers, "content-type").starts_with("application/x-www-form-urlencoded");
    if (is_form) in.form = parse_form(in.body);
    return in;
}

http::response<http::string_body> to_response(
    const Answer& answer, const http::request<http::string_body>& request
) {
    http::response<http::string_body> response(
        http::int_to_status(answer.status), request.version()
    );
    response.result(answer.status);
    response.set(http::field::server, "sallyport-simulator");
    response.set(http::field::content_type, answer.type);
    for (const auto& [name, value] : answer.headers) response.set(name, value);
    response.keep_alive(request.keep_alive());
    bool is_head = request.method() == http::verb::head;
    response.content_length(answer.body.size());
    if (!is_head) response.body() = answer.body;
    return response;
}

/// Returns when the peer closed; what it still sends is ignored.
asio::awaitable<void> wait_for_close(beast::tcp_stream& stream) {
    stream.expires_never();
    char byte = 0;
    boost::system::error_code ended;
    while (!ended) {
        auto buffer = asio::buffer(&byte, 1);
        auto [error, count] = co_await stream.async_read_some(buffer, as_result);
        ended = error;
    }
}

void end(const Answer& answer) {
    if (answer.after) answer.after();
}

}  // namespace

std::string Server::listen(const std::string& address) {
    std::size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    std::string port = colon == std::string::npos ? "0" : address.substr(colon + 1);
    tcp::resolver resolver(world_.io());
    auto found =
        resolver.resolve(host, port, tcp::resolver::passive | tcp::resolver::numeric_service);
    acceptor_ = std::make_unique<tcp::acceptor>(world_.io(), found.begin()->endpoint());
    asio::co_spawn(world_.io(), accept(), asio::detached);
    return host + ":" + std::to_string(acceptor_->local_endpoint().port());
}

asio::awaitable<void> Server::accept() {
    while (true) {
        auto [error, socket] = co_await acceptor_->async_accept(as_result);
        if (error == asio::error::operation_aborted) co_return;
        if (!error) asio::co_spawn(world_.io(), serve(std::move(socket)), asio::detached);
    }
}

asio::awaitable<Answer> Server::dispatch(const Incoming& request) {
    Provider* provider = carrier_.provider_for(request.path);
    Answer answer;
    bool is_control = request.path.starts_with("/_sim/");
    if (Page::owns_path(request.path)) {
        answer = page_.handle(request);
    } else if (is_control && has_field(request.headers, "origin") && !is_own(request)) {
        answer = json_answer(403, json::object{{"error", "asked for by another site"}});
    } else if (is_control) {
        answer = co_await control_.handle(request);
    } else if (provider && provider->is_send(request)) {
        answer = co_await carrier_.take(*provider, request);
    } else if (provider) {
        answer = carrier_.query(*provider, request);
    } else {
        answer = json_answer(
            404, json::object{{"error", "not a path of Twilio, Telnyx or Kannel: " + request.path}}
        );
    }
    co_return answer;
}

asio::awaitable<void> Server::stream(beast::tcp_stream& out, const Answer& answer) {
    http::response<http::empty_body> head(http::status::ok, 11);
    head.set(http::field::server, "sallyport-simulator");
    head.set(http::field::content_type, answer.type);
    head.set(http::field::connection, "close");
    for (const auto& [name, value] : answer.headers) head.set(name, value);
    http::response_serializer<http::empty_body> serializer(head);
    auto [refused, head_bytes] = co_await http::async_write_header(out, serializer, as_result);
    boost::system::error_code ended = refused;
    while (!ended) {
        std::uint64_t told = world_.revision();
        std::string text = answer.news();
        // A comment: it finds out that the peer is gone, and keeps the connection from idling.
        if (text.empty()) text = ": still here\n\n";
        auto [unsent, text_bytes] = co_await asio::async_write(out, asio::buffer(text), as_result);
        ended = unsent;
        std::function<bool()> is_news = [this, told] { return world_.revision() != told; };
        if (!ended) co_await world_.wait(is_news, heartbeat);
    }
}

asio::awaitable<void> Server::serve(tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    beast::tcp_stream link(std::move(socket));
    beast::flat_buffer buffer;
    bool is_kept = true;
    while (is_kept) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(max_body_bytes);
        auto [unread, read_bytes] = co_await http::async_read(link, buffer, parser, as_result);
        if (unread) co_return;
        Incoming request = to_incoming(parser.get());
        Answer answer = co_await dispatch(request);
        if (answer.delay.count() > 0) {
            asio::steady_timer timer(world_.io(), answer.delay);
            boost::system::error_code ignored_too;
            co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored_too));
        }
        if (answer.ending != Ending::answer) end(answer);
        if (answer.ending == Ending::close) co_return;
        if (answer.ending == Ending::hang) {
            co_await wait_for_close(link);
            co_return;
        }
        if (answer.ending == Ending::stream) {
            co_await stream(link, answer);
            co_return;
        }
        auto response = to_response(answer, parser.get());
        http::response_serializer<http::string_body> serializer(response);
        if (parser.get().method() == http::verb::head) serializer.split(true);
        auto [unsent, sent_bytes] = co_await http::async_write(link, serializer, as_result);
        end(answer);
        is_kept = !unsent && response.keep_alive();
    }
}

}  // namespace simulator
