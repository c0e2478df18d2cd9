// SPDX-License-Identifier: Apache-2.0
// What the client must not ask, whatever it is told and wherever it is sent.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/net/http_client_world.hpp"

namespace sallyport::test::http_client {
namespace {

using Kind = port::HttpFailure::Kind;

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
}  // namespace sallyport::test::http_client
