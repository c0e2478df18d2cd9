// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_client.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "gateway/net/http_server.hpp"
#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {
namespace {

using Kind = port::HttpFailure::Kind;
using std::chrono::milliseconds;

/// A client, and a provider that answers as the test says.
struct World {
    LiveLoop loop;
    std::unique_ptr<net::HttpServer> server;
    std::vector<port::HttpRequest> requests;
    std::function<void(const port::HttpRequest&, port::Respond)> answer = [](const auto&,
                                                                             const auto& respond) {
        respond(port::HttpResponse(201, "made", "text/x"));
    };
    std::unique_ptr<net::HttpClient> client = net::make_http_client(loop.io.get_executor());

    explicit World(net::HttpServerOptions options = {}) {
        options.listen = {"127.0.0.1", 0, {}};
        server = net::make_http_server(loop.timers, loop.log, std::move(options));
        EXPECT_TRUE(server->open());
        server->mount("/", [this](port::HttpRequest request, port::Respond respond) {
            requests.push_back(request);
            answer(request, std::move(respond));
        });
    }
    std::string url(const std::string& path = "/x") const {
        return "http://" + server->endpoint().to_string() + path;
    }
    port::HttpResult run(port::HttpRequest request) {
        std::optional<port::HttpResult> result;
        client->request(std::move(request), [&](port::HttpResult r) { result = std::move(r); });
        EXPECT_FALSE(result) << "called back from within the call";
        EXPECT_TRUE(loop.until([&] { return result.has_value(); }));
        EXPECT_EQ(client->running(), 0u);
        return result.value_or(port::HttpResult());
    }
    port::HttpResult post(const std::string& path = "/x") {
        port::HttpRequest request("POST", url(path));
        request.body = "To=%2B1";
        return run(std::move(request));
    }
};

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

TEST(HttpClient, makes_requests_and_reads_answers) {
    World world;
    port::HttpRequest request("POST", world.url("/a?b=c"));
    request.body = std::string("bin\0ary", 7);
    request.headers = {{"Content-Type", "x/y"}, {"X-Empty", ""}};
    request.username = "user";
    request.password = "pass";
    const auto result = world.run(request);
    ASSERT_TRUE(result.response);
    EXPECT_EQ(result.response->status, 201);
    EXPECT_EQ(result.response->body, "made");
    EXPECT_EQ(port::header(result.response->headers, "content-type"), "text/x");
    ASSERT_EQ(world.requests.size(), 1u);
    EXPECT_EQ(world.requests[0].url, "/a?b=c");
    EXPECT_EQ(world.requests[0].body, request.body);
    EXPECT_EQ(port::header(world.requests[0].headers, "authorization"), "Basic dXNlcjpwYXNz");
    EXPECT_EQ(port::header(world.requests[0].headers, "content-type"), "x/y");
    EXPECT_EQ(port::header(world.requests[0].headers, "x-empty"), "");
}

TEST(HttpClient, carries_nothing_over_from_one_request_to_the_next) {
    World world;
    port::HttpRequest first("POST", world.url());
    first.body = "secret";
    first.username = "user";
    first.password = "pass";
    first.headers = {{"X-A", "1"}};
    world.run(first);
    world.run(port::HttpRequest("GET", world.url()));
    port::HttpRequest third("HEAD", world.url());
    const auto head = world.run(third);
    ASSERT_EQ(world.requests.size(), 3u);
    EXPECT_EQ(world.requests[1].method, "GET");
    EXPECT_EQ(world.requests[1].body, "");
    EXPECT_FALSE(port::header(world.requests[1].headers, "authorization"));
    EXPECT_FALSE(port::header(world.requests[1].headers, "x-a"));
    EXPECT_EQ(world.requests[2].method, "HEAD");
    ASSERT_TRUE(head.response);
    EXPECT_EQ(head.response->body, "");
    EXPECT_EQ(world.server->counters().connections, 1u) << "one connection, kept";
}

TEST(HttpClient, works_as_an_awaitable) {
    World world;
    std::optional<int> status;
    const auto errand = [](net::HttpClient& client, std::string url, std::optional<int>& out
                        ) -> boost::asio::awaitable<void> {
        port::HttpRequest request("GET", std::move(url));
        const port::HttpResult result = co_await net::fetch(client, std::move(request));
        if (result.response) out = result.response->status;
    };
    boost::asio::co_spawn(
        world.loop.io, errand(*world.client, world.url(), status), boost::asio::detached
    );
    EXPECT_TRUE(world.loop.until([&] { return status.has_value(); }));
    EXPECT_EQ(status, 201);
}

TEST(HttpClient, runs_many_requests_at_once) {
    World world;
    int done = 0;
    for (int i = 0; i < 600; ++i) {
        port::HttpRequest request("POST", world.url());
        request.body = "x";
        world.client->request(std::move(request), [&](const port::HttpResult& r) {
            done += r.response.has_value();
        });
    }
    EXPECT_EQ(world.client->running(), 600u);
    EXPECT_TRUE(world.loop.until([&] { return world.client->running() == 0; }));
    EXPECT_EQ(done, 600);
    EXPECT_LE(world.server->counters().connections, 256u);
}

TEST(HttpClient, opens_more_connections_to_a_provider_that_takes_its_time) {
    World world;
    std::vector<port::Respond> held;
    world.answer = [&held](const auto&, port::Respond respond) {
        held.push_back(std::move(respond));
    };
    int done = 0;
    for (int i = 0; i < 300; ++i)
        world.client->request(
            port::HttpRequest("POST", world.url()),
            [&](const port::HttpResult& r) { done += r.response.has_value(); }
        );
    // Nothing is answered, so only growth from the few of the beginning gets here.
    EXPECT_TRUE(world.loop.until([&] { return held.size() == 256; }));
    EXPECT_EQ(world.server->counters().connections, 256u) << "one request at a time on each";
    EXPECT_EQ(world.client->running(), 300u) << "the rest waits for one of them";
    const auto answer_all = [&held] {
        for (const port::Respond& respond : std::exchange(held, {}))
            respond(port::HttpResponse(201, "made", "text/x"));
    };
    EXPECT_TRUE(world.loop.until([&] {
        answer_all();
        return world.client->running() == 0;
    }));
    EXPECT_EQ(done, 300);
    EXPECT_EQ(world.server->counters().connections, 256u) << "kept, and none beyond the bound";
}

TEST(HttpClient, may_die_with_requests_under_way) {
    World world;
    world.answer = [](const auto&, const auto&) {};
    bool called = false;
    world.client->request(port::HttpRequest("GET", world.url()), [&](const auto&) {
        called = true;
    });
    EXPECT_TRUE(world.loop.until([&] { return !world.requests.empty(); }));
    world.client.reset();
    world.loop.io.restart();
    world.loop.io.poll();
    EXPECT_FALSE(called);
}

TEST(HttpClient, may_be_used_and_destroyed_from_a_callback) {
    World world;
    bool second = false;
    world.client->request(port::HttpRequest("GET", world.url()), [&](const auto&) {
        world.client->request(port::HttpRequest("GET", world.url()), [&](const auto&) {
            second = true;
            world.client.reset();
        });
    });
    EXPECT_TRUE(world.loop.until([&] { return second; }));
}

// --- what may have been acted upon, and what not -------------------------------------------------

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

TEST(HttpClient, never_sends_a_message_twice_by_itself) {
    Raw raw;
    constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    int posts = 0;
    raw.react = [&](std::size_t i, std::string_view bytes) {
        posts += bytes.starts_with("POST");
        // The first answer keeps the connection; the second request gets no answer but the end of
        // the connection.
        if (posts == 1)
            raw.acceptor.streams[i]->write(answer);
        else
            raw.acceptor.streams[i].reset();
    };
    ASSERT_TRUE(raw.run(Raw::post()).response);
    const auto second = raw.run(Raw::post());
    ASSERT_TRUE(second.failure);
    EXPECT_EQ(second.failure->kind, Kind::ambiguous) << second.failure->text;
    EXPECT_EQ(posts, 2);
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

// --- what must not be asked ----------------------------------------------------------------------

TEST(HttpClient, refuses_other_schemes_and_requests_that_would_split) {
    World world;
    std::vector<port::HttpRequest> bad;
    for (const char* url :
         {"file:///etc/passwd",
          "gopher://127.0.0.1/",
          "ftp://h/",
          "",
          "//h/",
          "http://h/a b",
          "http://h/\r\nX: y"})
        bad.emplace_back("GET", url);
    bad.emplace_back("GET", world.url());
    bad.back().headers = {{"X", "a\r\nY: b"}};
    bad.emplace_back("GET /\r\nX: y", world.url());
    for (const auto& request : bad) {
        const auto result = world.run(request);
        ASSERT_TRUE(result.failure) << request.url;
        EXPECT_EQ(result.failure->kind, Kind::refused) << request.url;
    }
    EXPECT_TRUE(world.requests.empty());
}

TEST(HttpClient, keeps_to_public_addresses_when_told_to) {
    World world;
    for (const std::string host :
         {"127.0.0.1", "localhost", "127.1", "0x7f000001", "[::ffff:127.0.0.1]"}) {
        const std::string port = std::to_string(world.server->endpoint().port);
        port::HttpRequest request("GET", "http://" + host + ":" + port + "/");
        request.public_addresses_only = true;
        const auto result = world.run(std::move(request));
        ASSERT_TRUE(result.failure) << host;
        EXPECT_EQ(result.failure->kind, Kind::refused) << host << ": " << result.failure->text;
    }
    EXPECT_TRUE(world.requests.empty());
}

TEST(HttpClient, does_not_reach_a_private_address_over_a_kept_connection) {
    World world;
    ASSERT_TRUE(world.run(port::HttpRequest("GET", world.url())).response);
    port::HttpRequest request("GET", world.url());
    request.public_addresses_only = true;
    EXPECT_TRUE(world.run(std::move(request)).failure);
    EXPECT_EQ(world.requests.size(), 1u);
}

TEST(HttpClient, reaches_trusted_networks) {
    World world;
    port::HttpRequest request("GET", world.url());
    request.public_addresses_only = true;
    request.trusted_networks = {"127.0.0.0/8"};
    EXPECT_TRUE(world.run(std::move(request)).response);
}

port::HttpResponse redirect(const std::string& to) {
    port::HttpResponse response(302);
    response.headers.emplace_back("Location", to);
    return response;
}

TEST(HttpClient, follows_redirects_only_when_told_to) {
    World world;
    world.answer = [&](const port::HttpRequest& request, const port::Respond& respond) {
        respond(request.url == "/x" ? redirect("/y") : port::HttpResponse(200, "there"));
    };
    port::HttpRequest request("GET", world.url());
    EXPECT_EQ(world.run(request).response->status, 302);
    request.follow_redirects = true;
    EXPECT_EQ(world.run(request).response->body, "there");
    request.method = "POST";
    EXPECT_EQ(world.run(request).response->status, 302) << "a message is never posted again";
}

TEST(HttpClient, ends_a_ring_of_redirects) {
    World world;
    world.answer = [](const auto&, const port::Respond& respond) { respond(redirect("/x")); };
    port::HttpRequest request("GET", world.url());
    request.follow_redirects = true;
    EXPECT_EQ(world.run(std::move(request)).response->status, 302);
    EXPECT_EQ(world.requests.size(), 6u);
}

TEST(HttpClient, leaves_credentials_behind_when_the_origin_changes) {
    World world;
    World other;
    world.answer = [&](const port::HttpRequest& request, const port::Respond& respond) {
        const bool same = request.url == "/x";
        respond(redirect(same ? "/y" : other.url("/z")));
    };
    port::HttpRequest request("GET", world.url());
    request.follow_redirects = true;
    request.username = "user";
    request.password = "pass";
    request.headers = {{"X-Api-Key", "secret"}};
    std::optional<port::HttpResult> result;
    world.client->request(request, [&](port::HttpResult r) { result = std::move(r); });
    EXPECT_TRUE(world.loop.until([&] {
        other.loop.io.restart();
        other.loop.io.poll();
        return result.has_value();
    }));
    ASSERT_EQ(world.requests.size(), 2u);
    EXPECT_TRUE(port::header(world.requests[1].headers, "authorization"))
        << "the same origin keeps them";
    ASSERT_EQ(other.requests.size(), 1u);
    EXPECT_FALSE(port::header(other.requests[0].headers, "authorization"));
    EXPECT_FALSE(port::header(other.requests[0].headers, "x-api-key"));
}

TEST(HttpClient, checks_the_address_again_along_redirects) {
    World world;
    World inner;
    world.answer = [&](const auto&, const port::Respond& respond) {
        respond(redirect("http://[::1]:" + std::to_string(inner.server->endpoint().port) + "/"));
    };
    port::HttpRequest request("GET", world.url());
    request.follow_redirects = true;
    request.public_addresses_only = true;
    request.trusted_networks = {"127.0.0.0/8"};
    const auto result = world.run(std::move(request));
    ASSERT_TRUE(result.failure);
    EXPECT_EQ(result.failure->kind, Kind::refused);
}

}  // namespace
}  // namespace sallyport::test
