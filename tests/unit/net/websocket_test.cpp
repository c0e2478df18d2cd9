// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/websocket.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/pipe_stream.hpp"
#include "tests/support/websocket_frames.hpp"
#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {
namespace {

using net::ByteStream;
using std::chrono::seconds;

/// Messages of a WebSocket, one line each.
struct Messages final : net::StreamHandler {
    std::vector<std::string> texts;
    std::string ended;
    std::size_t overhead = 0;
    std::function<void()> also;

    void on_bytes(std::string_view bytes) override {
        texts.emplace_back(bytes);
        if (also) also();
    }
    void on_end(const Error& why) override { ended = net::fault_word(why); }
    void on_overhead(std::size_t bytes) override { overhead += bytes; }
};

net::WebSocketOptions options() {
    net::WebSocketOptions made;
    made.path = "/xmpp-websocket";
    made.protocol = "xmpp";
    made.may_be_clear = true;
    made.message_bytes = 100;
    return made;
}

/// A client's end of a pipe, and the WebSocket on the other.
struct Talk {
    explicit Talk(net::WebSocketOptions with = options()) {
        auto [near, far] = make_pipe(loop.io.get_executor());
        client = std::move(near);
        client->start(heard);
        socket = net::make_websocket(loop.timers, std::move(far), std::move(with));
        socket->start_tls(nullptr, [this](const Result<TlsDone>& done) {
            began = done.has_value() ? "open" : std::string(net::fault_word(done.error()));
            if (done) socket->start(told);
        });
        loop.settle();
    }
    void say(std::string_view bytes) {
        client->write(bytes);
        loop.settle();
    }
    /// The head is taken from what was heard.
    void open() {
        say(upgrade_request());
        ASSERT_EQ(began, "open");
        heard.bytes.erase(0, heard.bytes.find("\r\n\r\n") + 4);
    }
    std::vector<ServerFrame> frames() { return take_frames(heard.bytes); }
    std::optional<unsigned> close_code() {
        for (const ServerFrame& frame : frames())
            if (frame.opcode == ws_close && frame.payload.size() == 2)
                return static_cast<unsigned char>(frame.payload[0]) * 256U +
                       static_cast<unsigned char>(frame.payload[1]);
        return std::nullopt;
    }

    FakeLoop loop;
    Recorder heard;
    Messages told;
    std::string began;
    std::unique_ptr<ByteStream> client;
    std::unique_ptr<ByteStream> socket;
};

TEST(WebSocket, begins_with_an_upgrade_and_carries_messages_both_ways) {
    Talk talk;
    talk.say(upgrade_request());
    EXPECT_EQ(talk.began, "open");
    EXPECT_TRUE(talk.heard.bytes.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    EXPECT_NE(talk.heard.bytes.find("Connection: Upgrade\r\n"), std::string::npos);
    EXPECT_NE(talk.heard.bytes.find(upgrade_accept), std::string::npos);
    EXPECT_NE(talk.heard.bytes.find("Sec-WebSocket-Protocol: xmpp\r\n"), std::string::npos);
    talk.heard.bytes.clear();
    talk.say(client_frame(ws_text, "<a/>") + client_frame(ws_text, "<b/>"));
    EXPECT_EQ(talk.told.texts, (std::vector<std::string>{"<a/>", "<b/>"}));
    talk.socket->write("<c/>");
    talk.loop.settle();
    EXPECT_EQ(talk.frames(), (std::vector<ServerFrame>{{ws_text, "<c/>"}}));
}

TEST(WebSocket, takes_its_beginning_byte_by_byte_and_frames_right_behind_it) {
    Talk talk;
    for (const char byte : upgrade_request()) talk.say(std::string(1, byte));
    EXPECT_EQ(talk.began, "open");
    Talk quick;
    quick.say(upgrade_request() + client_frame(ws_text, "<a/>"));
    EXPECT_EQ(quick.told.texts, std::vector<std::string>{"<a/>"});
}

TEST(WebSocket, answers_by_http_who_wants_something_else) {
    for (const auto& [request, answer] : std::vector<std::pair<std::string, std::string>>{
             {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 "},
             {"GET /xmpp-websocket HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 426 "},
             {"nonsense\r\n\r\n", "HTTP/1.1 400 "},
             {"<stream:stream>", "HTTP/1.1 400 "},
             {"GET / HTTP/1.1\r\nA: " + std::string(9000, 'x'), "HTTP/1.1 431 "}}) {
        Talk talk;
        talk.say(request);
        EXPECT_TRUE(talk.heard.bytes.starts_with(answer)) << talk.heard.bytes;
        EXPECT_NE(talk.heard.bytes.find("Connection: close\r\n"), std::string::npos);
        EXPECT_EQ(talk.began, "closed");
        EXPECT_TRUE(talk.told.texts.empty());
    }
}

TEST(WebSocket, needs_tls_unless_somebody_in_front_does_it) {
    net::WebSocketOptions strict = options();
    strict.may_be_clear = false;
    Talk talk(std::move(strict));
    talk.say(upgrade_request());
    EXPECT_TRUE(talk.heard.bytes.starts_with("HTTP/1.1 403 ")) << talk.heard.bytes;
    EXPECT_EQ(talk.began, "closed");
}

TEST(WebSocket, tells_when_the_client_goes_before_it_has_begun) {
    Talk talk;
    talk.say("GET /xmpp");
    talk.client.reset();
    talk.loop.settle();
    EXPECT_EQ(talk.began, "eof");
}

TEST(WebSocket, answers_pings_and_counts_all_that_comes) {
    Talk talk;
    talk.open();
    const std::string ping = client_frame(ws_ping, "are you there");
    talk.say(ping);
    EXPECT_EQ(talk.frames(), (std::vector<ServerFrame>{{ws_pong, "are you there"}}));
    EXPECT_EQ(talk.told.overhead, ping.size());
    EXPECT_TRUE(talk.told.texts.empty());
}

TEST(WebSocket, does_not_pile_up_answers_to_pings_that_nobody_reads) {
    Talk talk;
    talk.open();
    talk.client->set_reading(false);
    const std::string ping = client_frame(ws_ping, std::string(125, 'x'));
    for (int i = 0; i < 2000; ++i) talk.say(ping);
    EXPECT_LE(talk.socket->unsent_bytes(), 65U * 1024);
}

TEST(WebSocket, asks_a_quiet_client_and_gives_up_on_one_that_is_gone) {
    Talk talk;
    talk.open();
    talk.loop.advance(seconds(50));
    EXPECT_EQ(talk.frames(), (std::vector<ServerFrame>{{ws_ping, ""}}));
    talk.say(client_frame(ws_pong, ""));
    talk.loop.advance(seconds(50));
    talk.loop.advance(seconds(50));
    EXPECT_EQ(talk.frames().size(), 2U);
    EXPECT_EQ(talk.told.ended, "");
    talk.loop.advance(seconds(50));
    EXPECT_EQ(talk.told.ended, "timeout");
}

TEST(WebSocket, closes_with_a_frame_and_waits_for_the_clients) {
    Talk talk;
    talk.open();
    talk.socket->write("<close/>");
    talk.socket->close();
    talk.socket->write("never");
    talk.loop.settle();
    const std::vector<ServerFrame> goodbye{{ws_text, "<close/>"}, {ws_close, "\x03\xE8"}};
    EXPECT_EQ(talk.frames(), goodbye);
    EXPECT_EQ(talk.told.ended, "");
    talk.say(client_frame(ws_text, "too late") + client_frame(ws_close, "\x03\xE8"));
    EXPECT_EQ(talk.told.ended, "closed");
    EXPECT_TRUE(talk.told.texts.empty());
}

TEST(WebSocket, closes_without_the_clients_frame_after_a_grace) {
    Talk talk;
    talk.open();
    talk.socket->close();
    talk.loop.settle();
    EXPECT_EQ(talk.told.ended, "");
    talk.loop.advance(seconds(2));
    EXPECT_EQ(talk.told.ended, "closed");
}

TEST(WebSocket, answers_the_clients_close_frame_with_its_code) {
    Talk talk;
    talk.open();
    talk.say(client_frame(ws_close, std::string("\x03\xE9") + "going away"));
    EXPECT_EQ(talk.frames(), (std::vector<ServerFrame>{{ws_close, "\x03\xE9"}}));
    EXPECT_EQ(talk.told.ended, "eof") << "the peer ended it, as far as its owner is concerned";
}

TEST(WebSocket, refuses_binary_messages_and_broken_frames) {
    for (const auto& [bytes, code] : std::vector<std::pair<std::string, unsigned>>{
             {client_frame(ws_binary, "<a/>"), 1003},
             {client_frame(ws_continuation, "<a/>"), 1002},
             {client_frame(ws_text, "\xFF"), 1007}}) {
        Talk talk;
        talk.open();
        talk.say(bytes);
        EXPECT_EQ(talk.close_code(), code);
        EXPECT_EQ(talk.told.ended, "closed");
        EXPECT_TRUE(talk.told.texts.empty());
    }
}

TEST(WebSocket, shows_the_beginning_of_what_is_too_long_and_closes) {
    Talk talk;
    talk.open();
    talk.say(client_frame(ws_text, std::string(5000, 'x')));
    ASSERT_EQ(talk.told.texts.size(), 1U);
    EXPECT_EQ(talk.told.texts.front().size(), 101U);
    EXPECT_EQ(talk.close_code(), 1009U);
}

TEST(WebSocket, takes_longer_messages_once_it_is_told_to) {
    Talk talk;
    talk.open();
    talk.socket->set_message_bytes(5000);
    talk.say(client_frame(ws_text, std::string(5000, 'x')));
    EXPECT_EQ(talk.told.texts.size(), 1U);
    EXPECT_EQ(talk.close_code(), std::nullopt);
}

TEST(WebSocket, may_be_dropped_by_whom_it_calls) {
    Talk talk;
    talk.open();
    talk.told.also = [&talk] { talk.socket.reset(); };
    talk.say(client_frame(ws_text, "<a/>") + client_frame(ws_text, "<b/>"));
    EXPECT_EQ(talk.told.texts.size(), 1U);
    EXPECT_EQ(talk.heard.ended, "eof");
}

/// Over real sockets: TLS is recognised by its first byte.
TEST(WebSocket, does_tls_with_who_begins_with_it) {
    LiveLoop loop;
    Folder folder;
    const Certificate certificate(folder, "example.org");
    const auto tls = net::make_server_tls(
        certificate.chain, certificate.key, net::ServerTlsOptions{"http/1.1", true, true}
    );
    ASSERT_TRUE(tls);
    Acceptor acceptor(loop);
    net::ConnectOptions to;
    to.address = acceptor.endpoint();
    to.tls = *net::make_client_tls(certificate.chain);
    to.tls_name = "example.org";
    std::unique_ptr<ByteStream> client;
    net::connect_stream(loop.timers, loop.resolver, std::move(to), [&client](auto connected) {
        client = *std::move(connected);
    });
    ASSERT_TRUE(loop.until([&] { return !acceptor.streams.empty(); }));
    net::WebSocketOptions strict = options();
    strict.may_be_clear = false;
    const auto socket =
        net::make_websocket(loop.timers, std::move(acceptor.streams.front()), std::move(strict));
    Messages told;
    std::string exporter;
    socket->start_tls((*tls)->make_session({}), [&](const Result<TlsDone>& done) {
        ASSERT_TRUE(done);
        exporter = done->exporter;
        socket->start(told);
    });
    ASSERT_TRUE(loop.until([&] { return client != nullptr; }));
    Recorder heard;
    client->start(heard);
    client->write(upgrade_request() + client_frame(ws_text, "<a/>"));
    EXPECT_TRUE(loop.until([&] { return !told.texts.empty(); }));
    EXPECT_EQ(exporter.size(), 32U) << "what a login can be bound to";
    socket->write("<b/>");
    EXPECT_TRUE(loop.until([&] { return heard.bytes.ends_with("<b/>"); }));
}

}  // namespace
}  // namespace sallyport::test
