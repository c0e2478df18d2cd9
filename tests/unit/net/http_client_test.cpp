// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_client.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "tests/unit/net/http_client_world.hpp"

namespace sallyport::test::http_client {
namespace {

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

}  // namespace
}  // namespace sallyport::test::http_client
