// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_connection.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/net/http_wire.hpp"

namespace sallyport::test {
namespace {

using std::chrono::seconds;

TEST(HttpConnection, hands_a_request_to_its_handler) {
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

TEST(HttpConnection, reads_any_split_of_the_bytes) {
    const std::string bytes =
        "POST /hook/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n"
        "POST /hook/b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz";
    for (const std::size_t piece : {1u, 2u, 3u, 7u, 50u}) {
        Wire wire({}, {piece, std::numeric_limits<std::size_t>::max()});
        wire.exchange(bytes);
        ASSERT_EQ(wire.requests.size(), 2u) << piece;
        EXPECT_EQ(wire.requests[0].body, "abcde");
        EXPECT_EQ(wire.requests[1].body, "xyz");
    }
}

TEST(HttpConnection, survives_a_break_at_every_operation) {
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

TEST(HttpConnection, answers_pipelined_requests_in_order) {
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

TEST(HttpConnection, takes_only_the_first_answer) {
    Wire wire;
    wire.answers_at_once = false;
    wire.exchange("GET /hook HTTP/1.1\r\nHost: h\r\n\r\n");
    wire.waiting[0](port::HttpResponse(200, "first"));
    wire.waiting[0](port::HttpResponse(200, "again"));
    wire.loop.settle();
    EXPECT_FALSE(has(wire.client.bytes, "again"));
}

TEST(HttpConnection, drops_an_answer_whose_client_has_gone) {
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

TEST(HttpConnection, refuses_what_it_must) {
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

TEST(HttpConnection, names_the_methods_that_are_allowed) {
    Wire wire;
    EXPECT_TRUE(
        has(wire.exchange("PUT /hook HTTP/1.1\r\nHost: h\r\n\r\n"), "Allow: GET, HEAD, POST\r\n")
    );
}

TEST(HttpConnection, takes_a_body_of_exactly_the_limit) {
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

TEST(HttpConnection, never_hands_over_a_truncated_body) {
    Wire wire;
    wire.exchange("POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhalf");
    wire.stream.reset();
    wire.loop.settle();
    EXPECT_TRUE(wire.requests.empty());
    EXPECT_TRUE(wire.closed);
}

TEST(HttpConnection, loses_patience_with_a_slow_header) {
    Wire wire;
    wire.exchange("GET /hook HTTP/1.1\r\nHo");
    EXPECT_EQ(wire.wait(seconds(9)), "");
    wire.exchange("s");  // another byte does not buy time
    EXPECT_EQ(status(wire.wait(seconds(1))), 408);
}

TEST(HttpConnection, loses_patience_with_a_slow_body) {
    Wire wire;
    wire.exchange("POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhalf");
    EXPECT_EQ(wire.wait(seconds(9)), "");
    EXPECT_EQ(status(wire.wait(seconds(1))), 408);
}

TEST(HttpConnection, closes_a_connection_that_stays_silent) {
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

TEST(HttpConnection, answers_for_a_handler_that_is_silent) {
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

TEST(HttpConnection, closes_when_the_client_asks_for_it) {
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

TEST(HttpConnection, answers_head_without_a_body) {
    Wire wire;
    const auto answer = wire.exchange("HEAD /hook HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status(answer), 200);
    EXPECT_TRUE(has(answer, "Content-Length: 2\r\n"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(HttpConnection, sends_continue_to_a_client_that_waits_for_it) {
    Wire wire;
    const auto first = wire.exchange(
        "POST /hook HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    );
    EXPECT_EQ(first, "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(status(wire.exchange("hi")), 200);
}

TEST(HttpConnection, takes_the_absolute_form_of_a_target) {
    Wire wire;
    wire.exchange("GET http://h:80/hook/a?b HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_EQ(wire.requests.size(), 1u);
    EXPECT_EQ(wire.requests[0].url, "/hook/a?b");
}

TEST(HttpConnection, wants_its_token) {
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

TEST(HttpConnection, refuses_new_requests_while_it_drains) {
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

TEST(HttpConnection, lets_no_handler_split_the_answer) {
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

}  // namespace
}  // namespace sallyport::test
