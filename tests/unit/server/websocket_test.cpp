// SPDX-License-Identifier: Apache-2.0
// RFC 7395 at the embedded server's own door: what a browser's client sends, good and bad, over a
// real socket.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "gateway/net/byte_stream.hpp"
#include "gateway/server/server.hpp"
#include "tests/support/core_world.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/run_until.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/websocket_frames.hpp"

namespace sallyport::server {
namespace {

using namespace test;

const std::string open_stream =
    "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>";

/// A client that speaks frames.
class Web final : private net::StreamHandler {
  public:
    Web(net::Timers& timers, const config::Endpoint& at) {
        stream_ = net::adopt_socket(timers, connect_loopback(at), "127.0.0.1");
        stream_->start(*this);
    }
    void write(std::string_view bytes) { stream_->write(bytes); }
    void say(std::string_view message) { write(client_frame(ws_text, message)); }

    std::string head;  ///< of the upgrade's answer
    std::vector<ServerFrame> frames;
    bool is_over = false;

    bool has_heard(std::string_view part) const {
        for (const ServerFrame& frame : frames)
            if (frame.payload.find(part) != std::string::npos) return true;
        return false;
    }
    bool was_closed_with(std::string_view code) const {
        return !frames.empty() && frames.back() == ServerFrame{ws_close, std::string(code)};
    }

  private:
    void on_bytes(std::string_view bytes) override {
        unread_ += bytes;
        if (head.empty()) {
            const std::size_t end = unread_.find("\r\n\r\n");
            if (end == unread_.npos) return;
            head = unread_.substr(0, end + 4);
            unread_.erase(0, end + 4);
        }
        for (ServerFrame& frame : take_frames(unread_)) {
            if (frame.opcode == ws_close) write(client_frame(ws_close, frame.payload));
            frames.push_back(std::move(frame));
        }
    }
    void on_end(const Error&) override { is_over = true; }

    std::unique_ptr<net::ByteStream> stream_;
    std::string unread_;
};

class WebSocketDoor : public testing::Test {
  protected:
    WebSocketDoor() {
        section_.domain = jid("example.org");
        section_.listen.websocket = config::Endpoint();
        section_.listen.websocket->host = "127.0.0.1";
        server_ = *Server::make(
            Server::Tools{*world_.core, timers_, folder_.path(), "key of unknown names"}, section_
        );
        EXPECT_TRUE(server_->listen(section_));
        web_.emplace(timers_, server_->clients().endpoints().at(0));
    }
    ~WebSocketDoor() override {
        web_.reset();
        server_->close_connections();
        world_.settle();
        server_.reset();
    }

    bool until(const std::function<bool()>& done) { return test::run_until(world_.io, done); }
    void open() {
        web_->write(upgrade_request());
        ASSERT_TRUE(until([this] { return !web_->head.empty(); }));
        ASSERT_TRUE(web_->head.starts_with("HTTP/1.1 101 ")) << web_->head;
        web_->say(open_stream);
        ASSERT_TRUE(until([this] { return web_->frames.size() >= 2; }));
    }
    void expect_stream_error(std::string_view message, std::string_view condition) {
        open();
        web_->say(message);
        EXPECT_TRUE(until([this] { return web_->is_over; }));
        EXPECT_TRUE(web_->has_heard(condition)) << message.substr(0, 80);
    }

    CoreWorld world_;
    net::Timers timers_{world_.io.get_executor(), world_.time};
    TempFolder folder_;
    config::ServerConfig section_;
    std::unique_ptr<Server> server_;
    std::optional<Web> web_;
};

TEST_F(WebSocketDoor, opens_a_stream_and_offers_what_needs_tls) {
    open();
    EXPECT_TRUE(web_->frames[0].payload.starts_with("<open xmlns='urn:ietf:params:xml:ns:xmpp-fra")
    );
    const std::string& features = web_->frames[1].payload;
    EXPECT_NE(features.find("urn:xmpp:sasl:2"), std::string::npos) << features;
    EXPECT_NE(features.find("<mechanism>PLAIN</mechanism>"), std::string::npos);
    EXPECT_EQ(features.find("starttls"), std::string::npos) << "RFC 7395 §3.8";
    EXPECT_EQ(features.find("-PLUS"), std::string::npos) << "nothing to bind to in the clear";
}

TEST_F(WebSocketDoor, closes_as_the_client_closes) {
    open();
    web_->say("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    EXPECT_TRUE(until([this] { return web_->was_closed_with("\x03\xE8"); }));
    EXPECT_TRUE(web_->has_heard("<close "));
    EXPECT_TRUE(until([this] { return server_->clients().connections() == 0; }));
}

TEST_F(WebSocketDoor, takes_a_message_in_fragments) {
    web_->write(upgrade_request());
    web_->write(client_frame(ws_text, open_stream.substr(0, 20), false));
    web_->write(client_frame(ws_ping, "between"));
    web_->write(client_frame(ws_continuation, open_stream.substr(20)));
    EXPECT_TRUE(until([this] { return web_->has_heard("<stream:features"); }));
}

TEST_F(WebSocketDoor, refuses_messages_that_are_not_one_element) {
    expect_stream_error("<a/><b/>", "<bad-format");
}

TEST_F(WebSocketDoor, refuses_half_an_element) {
    expect_stream_error("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'", "<bad-format");
}

TEST_F(WebSocketDoor, refuses_a_stream_header_of_the_other_kind) {
    expect_stream_error(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client'>", "stream:error"
    );
}

TEST_F(WebSocketDoor, refuses_entities_here_too) {
    expect_stream_error("<a xmlns='b'>&lol;</a>", "<restricted-xml");
}

TEST_F(WebSocketDoor, says_why_a_message_is_too_long_and_closes) {
    open();
    web_->say("<a xmlns='b'>" + std::string(9000, 'x') + "</a>");
    EXPECT_TRUE(until([this] { return web_->is_over; }));
    EXPECT_TRUE(web_->has_heard("<policy-violation"));
}

TEST_F(WebSocketDoor, takes_no_binary_messages) {
    open();
    web_->write(client_frame(ws_binary, open_stream));
    EXPECT_TRUE(until([this] { return web_->is_over; }));
    EXPECT_TRUE(web_->was_closed_with("\x03\xEB"));
    EXPECT_TRUE(until([this] { return server_->clients().connections() == 0; }));
}

TEST_F(WebSocketDoor, does_not_wait_for_a_slow_handshake) {
    web_->write(upgrade_request().substr(0, 40));
    EXPECT_TRUE(until([this] { return server_->clients().connections() == 1; }));
    web_->write("A: b\r\n");
    world_.advance(std::chrono::seconds(19));
    timers_.run_due();
    EXPECT_EQ(server_->clients().connections(), 1U);
    world_.advance(std::chrono::seconds(1));
    timers_.run_due();
    EXPECT_TRUE(until([this] { return web_->is_over; }));
    EXPECT_EQ(server_->clients().connections(), 0U);
}

TEST_F(WebSocketDoor, does_not_wait_for_who_opens_no_stream) {
    web_->write(upgrade_request());
    EXPECT_TRUE(until([this] { return !web_->head.empty(); }));
    world_.advance(std::chrono::seconds(31));
    timers_.run_due();
    EXPECT_TRUE(until([this] { return web_->has_heard("<connection-timeout"); }));
}

}  // namespace
}  // namespace sallyport::server
