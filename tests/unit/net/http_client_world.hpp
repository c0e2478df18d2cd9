// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/net/http_client.hpp"
#include "gateway/net/http_server.hpp"
#include "tests/unit/net/net_test.hpp"

namespace sallyport::test::http_client {

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

}  // namespace sallyport::test::http_client
