// SPDX-License-Identifier: Apache-2.0
// Bodies that are taken in pieces: uploads.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/net/http_wire.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using port::HttpResponse;

/// What became of the bodies.
struct Taken {
    std::string bytes;
    int begun = 0, finished = 0, dropped = 0;
    std::size_t most = SIZE_MAX;  ///< then 507
    bool refuses = false;         ///< by the head: 409
    bool is_slow = false;         ///< answers later, by this:
    port::Respond respond;
};

class FakeReceiver final : public net::BodyReceiver {
  public:
    explicit FakeReceiver(Taken& taken) : taken_(taken) { ++taken_.begun; }
    ~FakeReceiver() override { taken_.dropped += is_finished_ ? 0 : 1; }
    FakeReceiver(const FakeReceiver&) = delete;
    FakeReceiver& operator=(const FakeReceiver&) = delete;
    std::optional<HttpResponse> take(std::string_view bytes) override {
        taken_.bytes += bytes;
        if (taken_.bytes.size() > taken_.most) return HttpResponse(507, "full");
        return std::nullopt;
    }
    void finish(port::Respond respond) override {
        is_finished_ = true;
        ++taken_.finished;
        if (taken_.is_slow)
            taken_.respond = std::move(respond);
        else
            respond(HttpResponse(201, "kept"));
    }

  private:
    Taken& taken_;
    bool is_finished_ = false;
};

net::HttpServerOptions small() {
    net::HttpServerOptions options;
    options.limits.body_bytes = 100;
    return options;
}

struct Receiving {
    explicit Receiving(PipeFaults faults = {}) : wire(small(), faults) {
        wire.shared.routes.add_below(
            "/upload",
            {{"PUT"}, net::ReceiveHandler([this](const auto& head) -> net::ReceiverOrResponse {
                 heads.push_back(head.url);
                 if (taken.refuses) return HttpResponse(409, "no");
                 return std::make_unique<FakeReceiver>(taken);
             })}
        );
    }
    static std::string put(std::size_t length, std::string_view more = "") {
        return "PUT /upload/a HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) +
               "\r\n" + std::string(more) + "\r\n";
    }
    Taken taken;
    std::vector<std::string> heads;
    Wire wire;
};

TEST(HttpReceive, takes_bodies_larger_than_others_may_be) {
    Receiving test;
    const std::string body(100'000, 'x');
    const auto answer = test.wire.exchange(Receiving::put(body.size()) + body);
    EXPECT_EQ(status(answer), 201);
    EXPECT_EQ(test.taken.bytes, body);
    EXPECT_EQ(test.taken.finished, 1);
    const auto other =
        test.wire.exchange("POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n");
    EXPECT_EQ(status(other), 413) << "the limit of other routes stays";
}

TEST(HttpReceive, keeps_the_limit_of_others_for_chunks_too) {
    Receiving test;
    const auto answer = test.wire.exchange(
        "POST /hook HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n" +
        std::string(0x41, 'x') + "\r\n41\r\n" + std::string(0x41, 'x') + "\r\n0\r\n\r\n"
    );
    EXPECT_EQ(status(answer), 413);
    EXPECT_TRUE(test.wire.requests.empty());
}

TEST(HttpReceive, may_be_answered_later_and_in_order) {
    Receiving test;
    test.taken.is_slow = true;
    const std::string next = "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
    EXPECT_EQ(test.wire.exchange(Receiving::put(5) + "hello" + next), "");
    EXPECT_TRUE(test.wire.requests.empty());
    test.taken.respond(HttpResponse(201, "kept"));
    const auto answers = test.wire.wait(1ms);
    EXPECT_EQ(status(answers), 201);
    EXPECT_TRUE(has(answers, "HTTP/1.1 200"));
}

TEST(HttpReceive, takes_any_split_of_the_bytes) {
    for (const std::size_t piece : {1u, 3u, 50u}) {
        Receiving test({piece, std::numeric_limits<std::size_t>::max()});
        test.wire.exchange(
            Receiving::put(5) + "hello" + Receiving::put(3) + "abc" +
            "GET /hook HTTP/1.1\r\nHost: h\r\n\r\n"
        );
        EXPECT_EQ(test.taken.bytes, "helloabc") << piece;
        EXPECT_EQ(test.taken.finished, 2) << piece;
        EXPECT_EQ(test.wire.requests.size(), 1u) << piece;
    }
}

TEST(HttpReceive, refuses_by_the_head_without_reading_the_body) {
    Receiving test;
    test.taken.refuses = true;
    const auto answer = test.wire.exchange(Receiving::put(1'000'000, "Expect: 100-continue\r\n"));
    EXPECT_EQ(status(answer), 409);
    EXPECT_FALSE(has(answer, "100 Continue"));
    EXPECT_TRUE(has(answer, "Connection: close"));
    EXPECT_EQ(test.taken.bytes, "");
}

TEST(HttpReceive, says_continue_when_the_body_is_wanted) {
    Receiving test;
    const auto answer = test.wire.exchange(Receiving::put(4, "Expect: 100-continue\r\n"));
    EXPECT_EQ(status(answer), 100);
    EXPECT_EQ(status(test.wire.exchange("body")), 201);
}

TEST(HttpReceive, stops_when_the_receiver_has_enough) {
    Receiving test;
    test.taken.most = 10;
    const auto answer = test.wire.exchange(Receiving::put(1'000'000) + std::string(5'000, 'x'));
    EXPECT_EQ(status(answer), 507);
    EXPECT_TRUE(has(answer, "Connection: close"));
    EXPECT_EQ(test.taken.dropped, 1);
}

TEST(HttpReceive, asks_the_route_for_a_request_without_a_body) {
    Receiving test;
    EXPECT_EQ(status(test.wire.exchange(Receiving::put(0))), 201);
    test.taken.refuses = true;
    EXPECT_EQ(status(test.wire.exchange(Receiving::put(0))), 409);
}

TEST(HttpReceive, refuses_other_methods_before_their_body) {
    Receiving test;
    const auto answer = test.wire.exchange(
        "POST /upload/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\npart"
    );
    EXPECT_EQ(status(answer), 405);
    EXPECT_TRUE(test.heads.empty());
}

TEST(HttpReceive, routes_the_absolute_form_by_its_path) {
    Receiving test;
    const auto answer = test.wire.exchange(
        "PUT http://gw.example.org/upload/b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
    );
    EXPECT_EQ(status(answer), 201);
    EXPECT_EQ(test.heads, std::vector<std::string>{"/upload/b"});
}

TEST(HttpReceive, drops_what_breaks_off) {
    Receiving test;
    test.wire.exchange(Receiving::put(100) + "part");
    test.wire.stream->close();
    test.wire.loop.settle();
    test.wire.wait(1min);
    EXPECT_EQ(test.taken.dropped, 1);
    EXPECT_EQ(test.taken.finished, 0);
}

TEST(HttpReceive, gives_slow_clients_time_while_they_send) {
    Receiving test;
    test.wire.exchange(Receiving::put(100));
    for (int i = 0; i < 10; ++i) {
        test.wire.exchange("0123456789");
        test.wire.wait(8s);
    }
    EXPECT_EQ(test.taken.finished, 1);
}

TEST(HttpReceive, ends_with_a_client_that_stops_or_never_ends) {
    Receiving silent;
    silent.wire.exchange(Receiving::put(100) + "part");
    EXPECT_EQ(status(silent.wire.wait(11s)), 408);
    EXPECT_EQ(silent.taken.dropped, 1);

    Receiving endless;
    std::string answer = endless.wire.exchange(Receiving::put(100'000));
    for (int i = 0; i < 100 && answer.empty(); ++i) {
        answer = endless.wire.exchange("x");
        if (answer.empty()) answer = endless.wire.wait(9s);
    }
    EXPECT_EQ(status(answer), 408);
    EXPECT_LT(endless.taken.bytes.size(), 90u);
}

}  // namespace
}  // namespace sallyport::test
