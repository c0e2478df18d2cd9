// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/websocket.hpp"

#include <utility>

#include "gateway/net/http_parser.hpp"
#include "gateway/net/http_writer.hpp"
#include "gateway/net/timers.hpp"
#include "gateway/net/websocket_frames.hpp"
#include "gateway/net/websocket_upgrade.hpp"

namespace sallyport::net {
namespace {

constexpr std::size_t head_bytes = 8 * 1024;
constexpr std::size_t pong_room_bytes = 64 * 1024;  ///< unsent above which pings are not answered
constexpr char tls_handshake_record = 0x16;         // RFC 8446 §5.1: the first byte of TLS

/// A session whose first bytes from the wire were read already.
class BegunSession final : public TlsSession {
  public:
    BegunSession(std::unique_ptr<TlsSession> session, std::string_view first)
        : session_(std::move(session)), first_(first) {}

    Result<> start(std::string& wire) override {
        if (auto started = session_->start(wire); !started) return started;
        // A client's first flight holds nothing plain.
        return session_->feed(std::exchange(first_, {}), wire, [](std::string_view) {});
    }
    Result<> feed(
        std::string_view bytes,
        std::string& wire,
        const std::function<void(std::string_view)>& plain
    ) override {
        return session_->feed(bytes, wire, plain);
    }
    Result<> write(std::string_view plain, std::string& wire) override {
        return session_->write(plain, wire);
    }
    void close(std::string& wire) override { session_->close(wire); }
    bool is_established() const override { return session_->is_established(); }
    bool is_closed_by_peer() const override { return session_->is_closed_by_peer(); }
    TlsDone binding() const override { return session_->binding(); }

  private:
    std::unique_ptr<TlsSession> session_;
    std::string first_;
};

/// What only the beginning needs.
struct Beginning {
    std::unique_ptr<TlsSession> session;
    ByteStream::TlsStarted done;
    HttpParser parser{head_bytes, 0};
    std::string unread;  ///< of a head that is not complete
    TlsDone binding;
    bool is_secure = false;
};

class WebSocket final : public ByteStream, private StreamHandler {
  public:
    WebSocket(Timers& timers, std::unique_ptr<ByteStream> wire, WebSocketOptions options)
        : timers_(timers),
          wire_(std::move(wire)),
          options_(std::move(options)),
          reader_(options_.message_bytes) {}
    ~WebSocket() override { timers_.cancel(timer_); }

    void start_tls(std::unique_ptr<TlsSession> session, TlsStarted done) override {
        beginning_ = std::make_unique<Beginning>();
        beginning_->session = std::move(session);
        beginning_->done = std::move(done);
        wire_->start(*this);
    }
    void start(StreamHandler& handler) override { handler_ = &handler; }
    void write(std::string_view bytes) override {
        if (phase_ != Phase::open) return;
        std::string frame;
        write_websocket_text(frame, bytes);
        wire_->write(frame);
    }
    std::size_t unsent_bytes() const override { return wire_->unsent_bytes(); }
    void set_reading(bool on) override { wire_->set_reading(on); }
    void close() override { close_with(WebSocketClose::normal); }
    void set_message_bytes(std::size_t most) override { reader_.set_message_bytes(most); }
    const std::string& peer() const override { return wire_->peer(); }

  private:
    enum class Phase { fresh, tls, head, open, closing };

    void on_bytes(std::string_view bytes) override;
    void on_end(const Error& why) override;
    void on_sent() override {
        if (handler_ != nullptr) handler_->on_sent();
    }

    void choose_security(std::string_view first);
    void read_head(std::string_view bytes);
    void judge_head();
    void refuse(const port::HttpResponse& response);
    void open(const port::HttpResponse& answer);
    void read_frames(std::string_view bytes);
    void take(const WebSocketEvent& event);
    void on_peer_close(const WebSocketEvent& event);
    void close_with(WebSocketClose code);
    void keep_alive();

    Timers& timers_;
    std::unique_ptr<ByteStream> wire_;
    const WebSocketOptions options_;
    std::unique_ptr<Beginning> beginning_;
    WebSocketReader reader_;
    StreamHandler* handler_ = nullptr;
    Timers::Handle timer_;  ///< of the next ping, or for the client's close frame
    Phase phase_ = Phase::fresh;
    int silent_pings_ = 0;
    bool is_left_by_peer_ = false;                          ///< it was the client who closed
    std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< watched across calls of the owner's
};

// ---- the beginning ----

void WebSocket::on_bytes(std::string_view bytes) {
    silent_pings_ = 0;
    if (phase_ == Phase::fresh) return choose_security(bytes);
    if (phase_ == Phase::head) return read_head(bytes);
    if (phase_ == Phase::open || phase_ == Phase::closing) read_frames(bytes);
}

void WebSocket::choose_security(std::string_view first) {
    if (first.front() != tls_handshake_record) {
        phase_ = Phase::head;
        return read_head(first);
    }
    phase_ = Phase::tls;
    wire_->start_tls(
        std::make_unique<BegunSession>(std::move(beginning_->session), first),
        [this](const Result<TlsDone>& done) {
            if (!done) return;  // on_end() follows
            beginning_->binding = *done;
            beginning_->is_secure = true;
            phase_ = Phase::head;
        }
    );
}

void WebSocket::read_head(std::string_view bytes) {
    HttpParser& parser = beginning_->parser;
    std::string& unread = beginning_->unread;
    unread += bytes;
    unread.erase(0, parser.feed(unread));
    if (parser.status() == HttpParser::Status::failed) return refuse(plain_answer(parser.fault()));
    if (parser.status() == HttpParser::Status::complete) judge_head();
}

void WebSocket::judge_head() {
    const port::HttpRequest request = beginning_->parser.take();
    if (!beginning_->is_secure && !options_.may_be_clear)
        return refuse(port::HttpResponse(403, "Over TLS alone: wss.\n", "text/plain"));
    const port::HttpResponse answer = judge_upgrade(request, options_.path, options_.protocol);
    answer.status == 101 ? open(answer) : refuse(answer);
}

/// The stream ends once that is said, and so does the beginning.
void WebSocket::refuse(const port::HttpResponse& response) {
    AnswerFrame frame;
    frame.close = true;
    std::string out;
    write_answer(out, response, frame, timers_.time().wall());
    phase_ = Phase::closing;
    wire_->write(out);
    wire_->close();
}

void WebSocket::open(const port::HttpResponse& answer) {
    std::string head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n";
    for (const auto& [name, value] : answer.headers) head += name + ": " + value + "\r\n";
    wire_->write(head += "\r\n");
    phase_ = Phase::open;
    keep_alive();
    const std::unique_ptr<Beginning> over = std::move(beginning_);
    const std::weak_ptr<int> watch = alive_;
    over->done(over->binding);
    if (!watch.expired() && !over->unread.empty()) read_frames(over->unread);
}

// ---- frames ----

void WebSocket::read_frames(std::string_view bytes) {
    const std::weak_ptr<int> watch = alive_;
    if (handler_ != nullptr) handler_->on_overhead(bytes.size());
    if (watch.expired()) return;
    reader_.feed(bytes);
    while (const auto event = reader_.next()) {
        take(*event);
        if (watch.expired()) return;
    }
    if (const auto fault = reader_.fault()) close_with(*fault);
}

void WebSocket::take(const WebSocketEvent& event) {
    switch (event.kind) {
        case WebSocketEvent::Kind::text:
        case WebSocketEvent::Kind::too_long:
            if (phase_ == Phase::open && handler_ != nullptr) handler_->on_bytes(event.payload);
            return;
        case WebSocketEvent::Kind::ping: {
            // §5.5.3: the last one counts, so that nobody's unread answers pile up.
            if (phase_ != Phase::open || wire_->unsent_bytes() > pong_room_bytes) return;
            std::string frame;
            write_websocket_pong(frame, event.payload);
            return wire_->write(frame);
        }
        case WebSocketEvent::Kind::pong:
            return;
        case WebSocketEvent::Kind::close:
            return on_peer_close(event);
    }
}

/// §5.5.1, §7.1.1: when both have said it, the server closes the connection.
void WebSocket::on_peer_close(const WebSocketEvent& event) {
    if (phase_ == Phase::open) {
        is_left_by_peer_ = true;
        std::string frame;
        write_websocket_close_answer(frame, event.payload);
        wire_->write(frame);
    }
    phase_ = Phase::closing;
    timers_.cancel(timer_);
    wire_->close();
}

void WebSocket::close_with(WebSocketClose code) {
    if (phase_ == Phase::closing) return;
    const bool was_open = std::exchange(phase_, Phase::closing) == Phase::open;
    if (!was_open) return wire_->close();
    std::string frame;
    write_websocket_close(frame, code);
    wire_->write(frame);
    wire_->set_reading(true);
    timers_.cancel(timer_);
    // Who broke the rules is not waited for.
    if (code != WebSocketClose::normal || reader_.fault()) return wire_->close();
    timer_ = timers_.after(options_.close_grace, [this] { wire_->close(); });
}

void WebSocket::keep_alive() {
    timer_ = timers_.after(options_.ping_every, [this] {
        if (silent_pings_++ == 2) return on_end(make_error(Fault::timeout));
        std::string frame;
        write_websocket_ping(frame);
        wire_->write(frame);
        keep_alive();
    });
}

void WebSocket::on_end(const Error& why) {
    timers_.cancel(timer_);
    const Error told = is_left_by_peer_ ? make_error(Fault::eof, "the client closed") : why;
    if (beginning_) {
        const TlsStarted done = std::move(beginning_->done);
        beginning_.reset();
        if (done) done(told);
        return;
    }
    if (StreamHandler* const handler = std::exchange(handler_, nullptr)) handler->on_end(told);
}

}  // namespace

std::unique_ptr<ByteStream> make_websocket(
    Timers& timers, std::unique_ptr<ByteStream> wire, WebSocketOptions options
) {
    return std::make_unique<WebSocket>(timers, std::move(wire), std::move(options));
}

}  // namespace sallyport::net
