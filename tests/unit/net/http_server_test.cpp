// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_server.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/net/http_connection.hpp"
#include "gateway/net/http_file.hpp"
#include "tests/support/pipe_stream.hpp"
#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

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
    std::string wait(milliseconds time) {
        client.bytes.clear();
        loop.advance(time);
        return client.bytes;
    }
};

int status(std::string_view answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}
bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

TEST(HttpServer, hands_a_request_to_its_handler) {
    Wire wire;
    const auto answer = wire.exchange(
        "POST /hook/sms/a?x=1 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: "
        "5\r\n\r\nhello"
    );
    ASSERT_EQ(wire.requests.size(), 1u);
    EXPECT_EQ(wire.requests[0].method, "POST");
    EXPECT_EQ(wire.requests[0].url, "/hook/sms/a?x=1");
    EXPECT_EQ(wire.requests[0].body, "hello");
    EXPECT_EQ(wire.requests[0].peer, "pipe");
    EXPECT_EQ(wire.requests[0].headers.size(), 4u) << "order and repeats are kept";
    EXPECT_EQ(status(answer), 200);
    EXPECT_TRUE(has(answer, "Content-Length: 2\r\n"));
    EXPECT_TRUE(has(answer, "Date: "));
    EXPECT_TRUE(answer.ends_with("\r\n\r\nok"));
    EXPECT_FALSE(has(answer, "Connection:"));
}

TEST(HttpServer, reads_any_split_of_the_bytes) {
    const std::string bytes =
        "POST /hook/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n"
        "POST /hook/b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz";
    for (const std::size_t piece : {1, 2, 3, 7, 50}) {
        Wire wire({}, {piece, std::numeric_limits<std::size_t>::max()});
        wire.exchange(bytes);
        ASSERT_EQ(wire.requests.size(), 2u) << piece;
        EXPECT_EQ(wire.requests[0].body, "abcde");
        EXPECT_EQ(wire.requests[1].body, "xyz");
    }
}

TEST(HttpServer, survives_a_break_at_every_operation) {
    for (std::size_t fail_at = 1; fail_at < 12; ++fail_at) {
        Wire wire({}, {20, fail_at});
        wire.exchange(
            "POST /hook/a HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\n" + std::string(50, 'x')
        );
        wire.loop.advance(std::chrono::minutes(3));
        EXPECT_EQ(wire.shared.counters.running, 0u) << fail_at;
        EXPECT_TRUE(wire.closed) << fail_at;
    }
}

TEST(HttpServer, answers_pipelined_requests_in_order) {
    Wire wire;
    wire.answers_at_once = false;
    const std::string one = "GET /hook/1 HTTP/1.1\r\nHost: h\r\n\r\n";
    const std::string two = "GET /hook/2 HTTP/1.1\r\nHost: h\r\n\r\n";
    EXPECT_EQ(wire.exchange(one + two), "");
    ASSERT_EQ(wire.waiting.size(), 1u) << "the second waits for the first";
    wire.client.bytes.clear();
    wire.waiting[0](port::HttpResponse(200, "first"));
    wire.loop.settle();
    EXPECT_TRUE(wire.client.bytes.ends_with("first"));
    ASSERT_EQ(wire.waiting.size(), 2u);
    wire.waiting[1](port::HttpResponse(200, "second"));
    wire.loop.settle();
    EXPECT_TRUE(wire.client.bytes.ends_with("second"));
}

TEST(HttpServer, takes_only_the_first_answer) {
    Wire wire;
    wire.answers_at_once = false;
    wire.exchange("GET /hook HTTP/1.1\r\nHost: h\r\n\r\n");
    wire.waiting[0](port::HttpResponse(200, "first"));
    wire.waiting[0](port::HttpResponse(200, "again"));
    wire.loop.settle();
    EXPECT_FALSE(has(wire.client.bytes, "again"));
}

TEST(HttpServer, drops_an_answer_whose_client_has_gone) {
    Wire wire;
    wire.answers_at_once = false;
    wire.exchange("GET /hook HTTP/1.1\r\nHost: h\r\n\r\n");
    wire.stream.reset();
    wire.waiting[0](port::HttpResponse(200));
    wire.loop.settle();
    EXPECT_TRUE(wire.closed);
    EXPECT_EQ(wire.shared.counters.running, 0u);
}

struct Case {
    const char* name;
    std::string request;
    int expected;
};

TEST(HttpServer, refuses_what_it_must) {
    const std::string long_header =
        "GET /hook HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n";
    const std::vector<Case> cases{
        {"unknown path", "GET /other HTTP/1.1\r\nHost: h\r\n\r\n", 404},
        {"a path beside the mount", "GET /hooks HTTP/1.1\r\nHost: h\r\n\r\n", 404},
        {"wrong method", "DELETE /hook HTTP/1.1\r\nHost: h\r\n\r\n", 405},
        {"garbage", "\x16\x03\x01 hello\r\n\r\n", 400},
        {"no host", "GET /hook HTTP/1.1\r\n\r\n", 400},
        {"a newer version", "GET /hook HTTP/3.7\r\nHost: h\r\n\r\n", 505},
        {"huge header", long_header, 431},
        {"endless header", std::string(20'000, 'x'), 431},
        {"huge body", "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n", 413},
        {"huge chunk",
         "POST /hook HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n",
         413},
        {"bad length", "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
        {"two lengths",
         "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
         400},
        {"length and chunks",
         "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: "
         "chunked\r\n\r\n",
         400},
        {"another coding",
         "POST /hook HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
         501},
        {"a folded line", "GET /hook HTTP/1.1\r\nHost: h\r\nX: a\r\n\tb\x01\r\n\r\n", 400},
    };
    for (const Case& c : cases) {
        Wire wire;
        EXPECT_EQ(status(wire.exchange(c.request)), c.expected) << c.name;
        EXPECT_TRUE(wire.requests.empty()) << c.name;
        EXPECT_EQ(wire.shared.counters.refused, 1u) << c.name;
        EXPECT_EQ(wire.shared.counters.running, 0u) << c.name;
    }
}

TEST(HttpServer, names_the_methods_that_are_allowed) {
    Wire wire;
    EXPECT_TRUE(
        has(wire.exchange("PUT /hook HTTP/1.1\r\nHost: h\r\n\r\n"), "Allow: GET, HEAD, POST\r\n")
    );
}

TEST(HttpServer, takes_a_body_of_exactly_the_limit) {
    Wire wire;
    std::string form;
    for (int i = 0; i < 10'000; ++i) form += "field" + std::to_string(i) + "=x&";
    form.resize(1024 * 1024, 'y');
    const auto answer = wire.exchange(
        "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(form.size()) +
        "\r\n\r\n" + form
    );
    EXPECT_EQ(status(answer), 200);
    ASSERT_EQ(wire.requests.size(), 1u);
    EXPECT_EQ(wire.requests[0].body, form);
}

TEST(HttpServer, never_hands_over_a_truncated_body) {
    Wire wire;
    wire.exchange("POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhalf");
    wire.stream.reset();
    wire.loop.settle();
    EXPECT_TRUE(wire.requests.empty());
    EXPECT_TRUE(wire.closed);
}

TEST(HttpServer, loses_patience_with_a_slow_header) {
    Wire wire;
    wire.exchange("GET /hook HTTP/1.1\r\nHo");
    EXPECT_EQ(wire.wait(seconds(9)), "");
    wire.exchange("s");  // another byte does not buy time
    EXPECT_EQ(status(wire.wait(seconds(1))), 408);
}

TEST(HttpServer, loses_patience_with_a_slow_body) {
    Wire wire;
    wire.exchange("POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhalf");
    EXPECT_EQ(wire.wait(seconds(9)), "");
    EXPECT_EQ(status(wire.wait(seconds(1))), 408);
}

TEST(HttpServer, closes_a_connection_that_stays_silent) {
    Wire fresh;
    fresh.loop.advance(seconds(10));
    EXPECT_TRUE(fresh.closed) << "no request at all";
    Wire kept;
    kept.exchange("GET /hook HTTP/1.1\r\nHost: h\r\n\r\n");
    kept.loop.advance(seconds(59));
    EXPECT_FALSE(kept.closed);
    kept.loop.advance(seconds(1));
    EXPECT_TRUE(kept.closed);
}

TEST(HttpServer, answers_for_a_handler_that_is_silent) {
    Wire wire;
    wire.answers_at_once = false;
    wire.exchange("GET /hook HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status(wire.wait(seconds(30))), 503);
    wire.client.bytes.clear();
    wire.waiting[0](port::HttpResponse(200));
    wire.loop.settle();
    EXPECT_EQ(wire.client.bytes, "") << "too late";
    EXPECT_EQ(wire.exchange("GET /other HTTP/1.1\r\nHost: h\r\n\r\n").substr(9, 3), "404")
        << "the connection lives on";
}

TEST(HttpServer, closes_when_the_client_asks_for_it) {
    Wire modern;
    EXPECT_TRUE(
        has(modern.exchange("GET /hook HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
            "Connection: close\r\n")
    );
    EXPECT_TRUE(modern.closed);
    Wire old;
    EXPECT_TRUE(has(old.exchange("GET /hook HTTP/1.0\r\n\r\n"), "Connection: close\r\n"));
    EXPECT_TRUE(old.closed);
    Wire kept;
    EXPECT_TRUE(
        has(kept.exchange("GET /hook HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
            "Connection: keep-alive\r\n")
    );
    EXPECT_FALSE(kept.closed);
}

TEST(HttpServer, answers_head_without_a_body) {
    Wire wire;
    const auto answer = wire.exchange("HEAD /hook HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status(answer), 200);
    EXPECT_TRUE(has(answer, "Content-Length: 2\r\n"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(HttpServer, sends_continue_to_a_client_that_waits_for_it) {
    Wire wire;
    const auto first = wire.exchange(
        "POST /hook HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    );
    EXPECT_EQ(first, "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(status(wire.exchange("hi")), 200);
}

TEST(HttpServer, takes_the_absolute_form_of_a_target) {
    Wire wire;
    wire.exchange("GET http://h:80/hook/a?b HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_EQ(wire.requests.size(), 1u);
    EXPECT_EQ(wire.requests[0].url, "/hook/a?b");
}

TEST(HttpServer, wants_its_token) {
    net::HttpServerOptions options;
    options.token = config::Secret("t0ken");
    Wire wire(std::move(options));
    const auto ask = [&](const std::string& field) {
        return status(wire.exchange("GET /hook HTTP/1.1\r\nHost: h\r\n" + field + "\r\n"));
    };
    EXPECT_EQ(ask(""), 401);
    EXPECT_EQ(ask("Authorization: Bearer wrong\r\n"), 401);
    EXPECT_EQ(ask("Authorization: Basic t0ken\r\n"), 401);
    EXPECT_EQ(ask("Authorization: bearer t0ken\r\n"), 200);
}

TEST(HttpServer, refuses_new_requests_while_it_drains) {
    Wire wire;
    wire.answers_at_once = false;
    wire.exchange("GET /hook HTTP/1.1\r\nHost: h\r\n\r\nGET /hook HTTP/1.1\r\nHost: h\r\n\r\n");
    wire.shared.draining = true;
    wire.client.bytes.clear();
    wire.waiting[0](port::HttpResponse(200, "running ones end as usual"));
    wire.loop.settle();
    EXPECT_EQ(status(wire.client.bytes), 200);
    EXPECT_TRUE(has(wire.client.bytes, "HTTP/1.1 503"));
    EXPECT_TRUE(has(wire.client.bytes, "Retry-After: 5\r\n"));
    EXPECT_EQ(wire.requests.size(), 1u);
}

TEST(HttpServer, lets_no_handler_split_the_answer) {
    Wire wire;
    wire.answers_at_once = false;
    wire.exchange("GET /hook HTTP/1.1\r\nHost: h\r\n\r\n");
    port::HttpResponse response(200, "x");
    response.headers.emplace_back("X-Evil", "a\r\nSet-Cookie: b");
    response.headers.emplace_back("Content-Length", "999");
    response.headers.emplace_back("X-Good", "c");
    wire.client.bytes.clear();
    wire.waiting[0](response);
    wire.loop.settle();
    EXPECT_FALSE(has(wire.client.bytes, "Set-Cookie"));
    EXPECT_FALSE(has(wire.client.bytes, "999"));
    EXPECT_TRUE(has(wire.client.bytes, "X-Good: c\r\n"));
}

struct Files {
    Folder folder;
    Wire wire;
    std::string content = std::string(600'000, 'x') + "end";

    Files() {
        const auto path = folder.write("a.png", content);
        wire.shared.routes.add_below(
            "/media",
            {{"GET"}, net::FileHandler([this, path](const port::HttpRequest& request) {
                 if (request.url == "/media/gone")
                     return net::FileOrResponse(port::HttpResponse(410));
                 if (request.url == "/media/none")
                     return net::FileOrResponse(net::FileAnswer(folder / "none", "", ""));
                 return net::FileOrResponse(net::FileAnswer(path, "image/png", "é\".png"));
             })}
        );
    }
    std::string get(
        const std::string& path, const std::string& fields = {}, const std::string& method = "GET"
    ) {
        return wire.exchange(method + " " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
    }
};

TEST(HttpFiles, are_served_with_safe_headers) {
    Files files;
    const auto answer = files.get("/media/t/a.png");
    EXPECT_EQ(status(answer), 200);
    EXPECT_TRUE(has(answer, "Content-Type: image/png\r\n"));
    EXPECT_TRUE(has(answer, "X-Content-Type-Options: nosniff\r\n"));
    EXPECT_TRUE(has(
        answer,
        "Content-Disposition: attachment; filename=\"___.png\"; filename*=UTF-8''%C3%A9%22.png\r\n"
    ));
    EXPECT_TRUE(has(answer, "Content-Length: 600003\r\n"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n" + files.content));
}

TEST(HttpFiles, are_not_read_for_a_client_that_does_not_read) {
    Files files;
    files.wire.stream->set_reading(false);
    files.wire.stream->write("GET /media/a HTTP/1.1\r\nHost: h\r\n\r\n");
    files.wire.loop.settle();
    EXPECT_EQ(files.wire.shared.counters.running, 1u) << "the file waits for the client";
    files.wire.stream->set_reading(true);
    files.wire.loop.settle();
    EXPECT_TRUE(files.wire.client.bytes.ends_with("end"));
    EXPECT_EQ(files.wire.shared.counters.running, 0u);
}

TEST(HttpFiles, drop_a_client_that_never_reads) {
    Files files;
    files.wire.stream->set_reading(false);
    files.wire.stream->write("GET /media/a HTTP/1.1\r\nHost: h\r\n\r\n");
    files.wire.loop.settle();
    files.wire.loop.advance(seconds(30));
    EXPECT_TRUE(files.wire.closed);
}

TEST(HttpFiles, answer_ranges_and_head) {
    Files files;
    const auto part = files.get("/media/a", "Range: bytes=599999-600001\r\n");
    EXPECT_EQ(status(part), 206);
    EXPECT_TRUE(has(part, "Content-Range: bytes 599999-600001/600003\r\n"));
    EXPECT_TRUE(part.ends_with("\r\n\r\nxen"));
    EXPECT_TRUE(files.get("/media/a", "Range: bytes=-2\r\n").ends_with("\r\n\r\nnd"));
    const auto beyond = files.get("/media/a", "Range: bytes=700000-\r\n");
    EXPECT_EQ(status(beyond), 416);
    EXPECT_TRUE(has(beyond, "Content-Range: bytes */600003\r\n"));
    EXPECT_EQ(status(files.get("/media/a", "Range: bytes=0-1,3-4\r\n")), 200)
        << "several ranges: the whole file";
    const auto head = files.get("/media/a", "", "HEAD");
    EXPECT_TRUE(has(head, "Content-Length: 600003\r\n"));
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST(HttpFiles, say_what_is_gone) {
    Files files;
    EXPECT_EQ(status(files.get("/media/gone")), 410);
    EXPECT_EQ(status(files.get("/media/none")), 404);
    EXPECT_EQ(status(files.get("/media/a", "", "POST")), 405);
}

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
    ASSERT_TRUE(live.server->reload_certificate(net::HttpServerOptions::Certificate{
        second.chain, second.key}));
    EXPECT_TRUE(live.connect(trust(second))->stream);
    EXPECT_FALSE(live.connect(trust(first))->stream);
    EXPECT_FALSE(live.server->reload_certificate(net::HttpServerOptions::Certificate{
        folder / "none", second.key}));
    EXPECT_TRUE(live.connect(trust(second))->stream) << "a bad certificate changes nothing";
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

TEST(HttpRoutes, prefers_exact_paths_then_long_prefixes) {
    net::HttpRoutes routes;
    const auto marked = [](const char* mark) {
        return net::HttpRoutes::Route{{mark}, port::WebhookHandler()};
    };
    routes.add_below("/a/", marked("a"));
    routes.add_below("/a/b", marked("ab"));
    routes.add_exact("/a/b/c", marked("abc"));
    const auto found = [&](std::string_view path) {
        const auto* const route = routes.find(path);
        return route == nullptr ? std::string() : route->methods[0];
    };
    EXPECT_EQ(found("/a"), "a");
    EXPECT_EQ(found("/a/x/y?z=/a/b"), "a");
    EXPECT_EQ(found("/a/b/x"), "ab");
    EXPECT_EQ(found("/a/b/c?x"), "abc");
    EXPECT_EQ(found("/a/bc"), "a");
    EXPECT_EQ(found("/"), "");
    EXPECT_EQ(found("*"), "");
    routes.remove_below("/a");
    EXPECT_EQ(found("/a/x"), "");
}

}  // namespace
}  // namespace sallyport::test
