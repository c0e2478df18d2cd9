// SPDX-License-Identifier: Apache-2.0
// What may have been acted upon when a request fails, and what certainly was not.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/net/http_client_world.hpp"

namespace sallyport::test::http_client {
namespace {

using Kind = port::HttpFailure::Kind;
using std::chrono::milliseconds;

/// A server that does with each connection exactly what the test says.
struct Raw {
    LiveLoop loop;
    Acceptor acceptor{loop};
    std::vector<std::unique_ptr<Recorder>> says;
    std::unique_ptr<net::HttpClient> client = net::make_http_client(loop.io.get_executor());
    std::function<void(std::size_t connection, std::string_view bytes)> react = [](auto, auto) {};

    void serve() {
        for (std::size_t i = says.size(); i < acceptor.streams.size(); ++i) {
            says.push_back(std::make_unique<Recorder>());
            says.back()->also = [this, i](std::string_view bytes) { react(i, bytes); };
            acceptor.streams[i]->start(*says.back());
        }
    }
    port::HttpResult run(port::HttpRequest request) {
        std::optional<port::HttpResult> result;
        request.url = "http://" + acceptor.endpoint().to_string() + request.url;
        client->request(std::move(request), [&](port::HttpResult r) { result = std::move(r); });
        EXPECT_TRUE(loop.until([&] {
            serve();
            return result.has_value();
        }));
        return result.value_or(port::HttpResult());
    }
    static port::HttpRequest post(std::string body = "x") {
        port::HttpRequest request("POST", "/send");
        request.body = std::move(body);
        return request;
    }
};

TEST(HttpClient, knows_that_nothing_was_sent_when_nobody_listens) {
    World world;
    const std::string url = world.url();
    world.server.reset();
    const auto result = world.run(port::HttpRequest("POST", url));
    ASSERT_TRUE(result.failure);
    EXPECT_EQ(result.failure->kind, Kind::not_sent) << result.failure->text;
}

TEST(HttpClient, knows_that_nothing_was_sent_when_the_name_is_unknown) {
    World world;
    port::HttpRequest request("POST", "http://no-such-host.invalid/");
    request.timeout = std::chrono::seconds(15);
    const auto result = world.run(std::move(request));
    ASSERT_TRUE(result.failure);
    EXPECT_EQ(result.failure->kind, Kind::not_sent) << result.failure->text;
}

TEST(HttpClient, knows_that_nothing_was_sent_when_tls_fails) {
    const Folder folder;
    const Certificate certificate(folder, "localhost");
    net::HttpServerOptions options;
    options.certificate = {certificate.chain, certificate.key};
    World world(std::move(options));
    const auto result =
        world.run(port::HttpRequest("POST", "https://" + world.server->endpoint().to_string() + "/")
        );
    ASSERT_TRUE(result.failure);
    EXPECT_EQ(result.failure->kind, Kind::not_sent) << result.failure->text;
    EXPECT_TRUE(world.requests.empty());
}

TEST(HttpClient, knows_that_nothing_was_sent_while_tls_hangs) {
    Raw raw;
    port::HttpRequest request("POST", "https://" + raw.acceptor.endpoint().to_string() + "/");
    request.timeout = milliseconds(150);
    std::optional<port::HttpResult> result;
    raw.client->request(request, [&](port::HttpResult r) { result = std::move(r); });
    ASSERT_TRUE(raw.loop.until([&] { return result.has_value(); }));
    ASSERT_TRUE(result->failure);
    EXPECT_EQ(result->failure->kind, Kind::not_sent) << result->failure->text;
}

TEST(HttpClient, is_in_doubt_about_a_server_that_takes_the_request_and_never_answers) {
    Raw raw;
    auto request = Raw::post();
    request.timeout = milliseconds(150);
    const auto result = raw.run(std::move(request));
    ASSERT_TRUE(result.failure);
    EXPECT_EQ(result.failure->kind, Kind::ambiguous) << result.failure->text;
}

TEST(HttpClient, is_in_doubt_when_the_connection_breaks_before_the_answer) {
    Raw raw;
    raw.react = [&](std::size_t i, auto) { raw.acceptor.streams[i].reset(); };
    const auto result = raw.run(Raw::post());
    ASSERT_TRUE(result.failure);
    EXPECT_EQ(result.failure->kind, Kind::ambiguous) << result.failure->text;
}

TEST(HttpClient, is_in_doubt_about_garbage_and_truncated_answers) {
    for (const char* answer :
         {"no http at all\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
          "HTTP/1.1 200"}) {
        Raw raw;
        raw.react = [&](std::size_t i, auto) {
            raw.acceptor.streams[i]->write(answer);
            raw.acceptor.streams[i]->close();
        };
        const auto result = raw.run(Raw::post());
        ASSERT_TRUE(result.failure) << answer;
        EXPECT_EQ(result.failure->kind, Kind::ambiguous) << answer;
    }
}

TEST(HttpClient, is_in_doubt_about_an_answer_that_is_too_large) {
    World world;
    world.answer = [](const auto&, const auto& respond) {
        respond(port::HttpResponse(200, std::string(2000, 'x')));
    };
    port::HttpRequest request("POST", world.url());
    request.max_body_bytes = 1000;
    const auto result = world.run(std::move(request));
    ASSERT_TRUE(result.failure);
    EXPECT_EQ(result.failure->kind, Kind::ambiguous);
    EXPECT_EQ(result.failure->text, "the answer is too large");
}

/// Answers the first request on a kept connection, and the second by closing that connection; what
/// comes after that on another one is answered again.
struct ClosingServer : Raw {
    int requests = 0;

    ClosingServer() {
        react = [this](std::size_t i, std::string_view bytes) {
            requests += bytes.find("/send HTTP/1.1") != std::string_view::npos;
            if (requests == 2)
                acceptor.streams[i].reset();
            else
                acceptor.streams[i]->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        };
    }
    port::HttpResult send_twice(const port::HttpRequest& request) {
        EXPECT_TRUE(run(request).response);
        EXPECT_EQ(acceptor.streams.size(), 1U);
        return run(request);
    }
};

TEST(HttpClient, never_sends_a_message_twice_by_itself_whatever_the_method) {
    for (const char* const method : {"POST", "GET", "PUT"}) {
        ClosingServer server;
        const auto second = server.send_twice(port::HttpRequest(method, "/send"));
        EXPECT_EQ(server.requests, 2) << method;
        ASSERT_TRUE(second.failure) << method;
        EXPECT_EQ(second.failure->kind, Kind::ambiguous) << method << second.failure->text;
    }
}

TEST(HttpClient, asks_again_by_itself_what_may_be_asked_twice) {
    ClosingServer server;
    port::HttpRequest question("GET", "/send");
    question.is_idempotent = true;
    EXPECT_TRUE(server.send_twice(question).response);
    EXPECT_EQ(server.requests, 3);
}

TEST(HttpClient, opens_a_new_connection_when_the_kept_one_was_closed) {
    Raw raw;
    raw.react = [&](std::size_t i, auto) {
        raw.acceptor.streams[i]->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        raw.acceptor.streams[i]->close();
    };
    ASSERT_TRUE(raw.run(Raw::post()).response);
    EXPECT_TRUE(raw.run(Raw::post()).response);
    EXPECT_EQ(raw.acceptor.streams.size(), 2u);
}

}  // namespace
}  // namespace sallyport::test::http_client
