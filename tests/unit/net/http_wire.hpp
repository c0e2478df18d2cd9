// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/net/http_connection.hpp"
#include "gateway/net/http_server.hpp"
#include "tests/support/pipe_stream.hpp"
#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {

/// One connection of a server, over a pipe and with time that stands still.
struct Wire {
    FakeLoop loop;
    net::HttpShared shared;
    Recorder client;
    std::unique_ptr<net::ByteStream> stream;
    std::shared_ptr<net::HttpConnection> connection;
    std::vector<port::HttpRequest> requests;
    std::vector<port::Respond> waiting;
    bool answers_at_once = true;
    bool closed = false;

    explicit Wire(net::HttpServerOptions options = {}, PipeFaults faults = {})
        : shared(loop.timers, loop.log, std::move(options)) {
        auto [server, mine] = make_pipe(loop.io.get_executor(), faults);
        stream = std::move(mine);
        stream->start(client);
        shared.routes.add_below(
            "/hook", {{"GET", "POST"}, port::WebhookHandler([this](auto request, auto respond) {
                          handle(std::move(request), std::move(respond));
                      })}
        );
        connection = std::make_shared<net::HttpConnection>(shared, std::move(server), [this] {
            closed = true;
            connection.reset();
        });
        connection->start(nullptr);
    }
    ~Wire() {
        if (connection) connection->abort();
    }
    void handle(port::HttpRequest request, port::Respond respond) {
        requests.push_back(std::move(request));
        if (answers_at_once)
            respond(port::HttpResponse(200, "ok"));
        else
            waiting.push_back(std::move(respond));
    }
    /// Sends bytes and returns what came back since the last call.
    std::string exchange(std::string_view bytes) {
        client.bytes.clear();
        stream->write(bytes);
        loop.settle();
        return client.bytes;
    }
    std::string wait(std::chrono::milliseconds time) {
        client.bytes.clear();
        loop.advance(time);
        return client.bytes;
    }
};

inline int status(std::string_view answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}
inline bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace sallyport::test
