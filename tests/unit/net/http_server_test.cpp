// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_server.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/net/http_wire.hpp"

namespace sallyport::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A whole server on a real port.
struct Live {
    LiveLoop loop;
    std::unique_ptr<net::HttpServer> server;
    net::HttpServerOptions options;

    Live() { options.listen = {"127.0.0.1", 0, {}}; }
    Result<> open() {
        server = net::make_http_server(loop.timers, loop.log, options);
        server->route("/livez", {"GET"}, [](auto, auto respond) {
            respond(port::HttpResponse(200, "alive"));
        });
        return server->open();
    }
    struct Client {
        Recorder says;
        std::unique_ptr<net::ByteStream> stream;
    };
    std::unique_ptr<Client> connect(std::shared_ptr<const net::TlsContext> tls = nullptr) {
        net::ConnectOptions to;
        to.address = server->endpoint();
        to.tls = std::move(tls);
        to.tls_name = "localhost";
        auto client = std::make_unique<Client>();
        bool done = false;
        net::connect_stream(
            loop.timers,
            loop.resolver,
            to,
            [&](Result<std::unique_ptr<net::ByteStream>> stream) {
                done = true;
                if (stream) client->stream = std::move(*stream);
            }
        );
        loop.until([&] { return done; });
        if (client->stream) client->stream->start(client->says);
        return client;
    }
    static constexpr std::string_view ask = "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n";
};

TEST(HttpServer, listens_and_answers) {
    Live live;
    ASSERT_TRUE(live.open());
    EXPECT_NE(live.server->endpoint().port, 0);
    auto client = live.connect();
    client->stream->write(Live::ask);
    EXPECT_TRUE(live.loop.until([&] { return client->says.bytes.ends_with("alive"); }));
    EXPECT_EQ(live.server->counters().connections, 1u);
}

TEST(HttpServer, serves_tls_and_takes_a_new_certificate_without_a_restart) {
    Live live;
    const Folder folder;
    const Certificate first(folder, "localhost", "first");
    live.options.certificate = {first.chain, first.key};
    ASSERT_TRUE(live.open());
    const auto trust = [](const Certificate& c) { return net::make_client_tls(c.chain).value(); };
    auto client = live.connect(trust(first));
    ASSERT_TRUE(client->stream);
    client->stream->write(Live::ask);
    EXPECT_TRUE(live.loop.until([&] { return client->says.bytes.ends_with("alive"); }));
    const Certificate second(folder, "localhost", "second");
    live.server->set_tls(net::make_server_tls(second.chain, second.key).value());
    EXPECT_TRUE(live.connect(trust(second))->stream);
    EXPECT_FALSE(live.connect(trust(first))->stream);
}

TEST(HttpServer, refuses_connections_over_its_cap) {
    Live live;
    live.options.limits.connections = 2;
    ASSERT_TRUE(live.open());
    auto first = live.connect();
    auto second = live.connect();
    ASSERT_TRUE(live.loop.until([&] { return live.server->counters().connections == 2; }));
    auto third = live.connect();
    EXPECT_TRUE(live.loop.until([&] { return !third->says.ended.empty(); }));
    EXPECT_EQ(status(third->says.bytes), 503);
    EXPECT_EQ(live.server->counters().connections_refused, 1u);
    first.reset();
    EXPECT_TRUE(live.loop.until([&] { return live.server->counters().connections == 1; }));
    EXPECT_TRUE(live.connect()->stream);
}

TEST(HttpServer, says_which_address_is_taken) {
    Live live;
    ASSERT_TRUE(live.open());
    net::HttpServerOptions same;
    same.listen = live.server->endpoint();
    const auto other = net::make_http_server(live.loop.timers, live.loop.log, same);
    const auto opened = other->open();
    ASSERT_FALSE(opened);
    EXPECT_TRUE(has(opened.error().detail, same.listen.to_string())) << opened.error().detail;
}

TEST(HttpServer, replaces_a_stale_unix_socket_but_not_a_live_one) {
    Live live;
    const Folder folder;
    live.options.listen = {{}, 0, folder / "admin.sock"};
    ASSERT_TRUE(live.open());
    const auto rival = net::make_http_server(live.loop.timers, live.loop.log, live.options);
    EXPECT_FALSE(rival->open());
    std::filesystem::create_hard_link(folder / "admin.sock", folder / "kept.sock");
    live.server.reset();
    EXPECT_FALSE(std::filesystem::exists(folder / "admin.sock"));
    std::filesystem::rename(folder / "kept.sock", folder / "admin.sock");  // as after a kill
    ASSERT_TRUE(live.open());
    auto client = live.connect();
    client->stream->write(Live::ask);
    EXPECT_TRUE(live.loop.until([&] { return client->says.bytes.ends_with("alive"); }));
}

TEST(HttpServer, stops_gracefully) {
    Live live;
    port::Respond respond;
    ASSERT_TRUE(live.open());
    live.server->mount("/hook", [&](auto, port::Respond r) { respond = std::move(r); });
    auto idle = live.connect();
    auto busy = live.connect();
    busy->stream->write("GET /hook HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(live.loop.until([&] { return bool(respond); }));
    bool stopped = false;
    live.server->stop(seconds(20), [&] { stopped = true; });
    EXPECT_TRUE(live.loop.until([&] { return !idle->says.ended.empty(); }));
    EXPECT_FALSE(stopped) << "a request is under way";
    EXPECT_FALSE(live.connect()->stream) << "nobody new";
    respond(port::HttpResponse(200, "done"));
    EXPECT_TRUE(live.loop.until([&] { return stopped; }));
    EXPECT_TRUE(busy->says.bytes.ends_with("done"));
}

TEST(HttpServer, stops_at_the_end_of_its_grace) {
    Live live;
    bool asked = false;
    ASSERT_TRUE(live.open());
    std::vector<port::Respond> kept;
    live.server->mount("/hook", [&](auto, port::Respond r) {
        asked = true;
        kept.push_back(std::move(r));
    });
    auto busy = live.connect();
    busy->stream->write("GET /hook HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(live.loop.until([&] { return asked; }));
    bool stopped = false;
    live.server->stop(milliseconds(10), [&] { stopped = true; });
    EXPECT_TRUE(live.loop.until([&] { return stopped; }));
    EXPECT_EQ(live.server->counters().connections, 0u);
}

}  // namespace
}  // namespace sallyport::test
