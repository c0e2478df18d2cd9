// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <utility>

#include <boost/asio/post.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/net/byte_stream.hpp"
#include "gateway/net/poller.hpp"
#include "gateway/net/timers.hpp"

namespace sallyport::net {
namespace {

constexpr auto linger_time = std::chrono::seconds(2);
constexpr std::size_t compact_above_bytes = 1 << 20;  ///< sent bytes at the front of the queue

/// All streams of a thread read into this: it is filled and consumed within one handler.
std::array<char, 64 * 1024>& shared_read_buffer() {
    thread_local std::array<char, 64 * 1024> buffer;
    return buffer;
}

void set_option(int socket, int level, int name, int value) {
    // Failure means a socket of another family or a system without the option: nothing depends on
    // it.
    static_cast<void>(::setsockopt(socket, level, name, &value, sizeof value));
}

void tune(int socket, int family) {
    if (family != AF_INET && family != AF_INET6) return;
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

Error socket_error(int code) {
    return make_error(
        code == ETIMEDOUT ? Fault::timeout : Fault::reset,
        boost::system::system_category().message(code)
    );
}

/// The stream itself; TcpStream below is its owner's handle. Shared: what it calls may drop the
/// handle, and what it posted may run later.
class Core : public std::enable_shared_from_this<Core> {
  public:
    Core(Timers& timers, int socket) : timers_(timers), socket_(socket) {}
    ~Core() { close_socket(); }
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    void start(StreamHandler& handler) {
        handler_ = &handler;
        wait();
    }
    void write(std::string_view bytes) {
        if (ended_ || closing_) return;
        (session_ ? plain_ : wire_) += bytes;
        schedule_flush();
    }
    void hand_over(std::string bytes) {
        std::string& queue = session_ ? plain_ : wire_;
        if (!queue.empty() || ended_ || closing_) return write(bytes);
        queue = std::move(bytes);
        schedule_flush();
    }
    std::size_t unsent_bytes() const { return plain_.size() + wire_.size() - sent_; }
    void start_tls(std::unique_ptr<TlsSession> session, ByteStream::TlsStarted done);
    void set_reading(bool on) {
        if (std::exchange(reading_, on) != on) wait();
    }
    void close();
    /// The owner is gone: no callback from here on.
    void abandon();

  private:
    void wait();
    void ready(bool readable, bool writable);
    void close_socket();
    void schedule_flush();
    void read();
    void deliver(std::string_view bytes);
    void deliver_wire(std::string_view bytes);
    void at_end_of_stream();
    void after_handshake();
    void flush();
    bool encrypt();
    void send_wire();
    void release_space();
    void finish_sending();
    void end(Error why);

    Timers& timers_;
    int socket_;  ///< -1 once closed
    Poller::Id watch_ = 0;
    StreamHandler* handler_ = nullptr;
    std::unique_ptr<TlsSession> session_;
    ByteStream::TlsStarted tls_done_;
    std::string plain_;  ///< written by the owner, not yet encrypted
    std::string wire_;   ///< to be sent, from sent_ on
    std::size_t sent_ = 0;
    Timers::Handle linger_;
    bool reading_ = true;
    bool is_blocked_ = false;  ///< the kernel takes no more: wait until it does
    bool flush_posted_ = false;
    bool closing_ = false;
    bool said_goodbye_ = false;
    bool ended_ = false;
};

void Core::start_tls(std::unique_ptr<TlsSession> session, ByteStream::TlsStarted done) {
    session_ = std::move(session);
    tls_done_ = std::move(done);
    Result<> started = session_->start(wire_);
    if (!started) {
        const Error error = started.error();
        boost::asio::post(timers_.executor(), [self = shared_from_this(), error] {
            if (!self->ended_) self->send_wire();  // the alert that says why
            self->end(error);
        });
        return;
    }
    schedule_flush();
    wait();
}

void Core::close() {
    if (closing_ || ended_) return;
    closing_ = true;
    reading_ = true;
    linger_ = timers_.after(linger_time, [self = shared_from_this()] {
        self->end(make_error(Fault::closed));
    });
    schedule_flush();
}

void Core::abandon() {
    handler_ = nullptr;
    tls_done_ = {};
    timers_.cancel(linger_);
    if (ended_) return;
    ended_ = true;
    close_socket();
}

void Core::close_socket() {
    if (socket_ < 0) return;
    timers_.poller().forget(watch_);
    ::close(std::exchange(socket_, -1));
}

/// Says what this stream waits for now.
void Core::wait() {
    if (ended_) return;
    const bool has_reader = handler_ != nullptr || tls_done_ || said_goodbye_;
    const bool wants_bytes = reading_ && has_reader;
    if (watch_ == 0) {
        if (!wants_bytes && !is_blocked_) return;
        watch_ = timers_.poller().add(socket_, [weak = weak_from_this()](Poller::Ready now) {
            if (const auto self = weak.lock())
                self->ready(now.readable, now.writable || now.failed);
        });
    }
    timers_.poller().want(watch_, wants_bytes, is_blocked_);
}

void Core::ready(bool readable, bool writable) {
    if (writable && is_blocked_) {
        is_blocked_ = false;
        flush();
        wait();
    }
    if (readable && !ended_) read();
}

void Core::schedule_flush() {
    if (flush_posted_ || is_blocked_ || ended_) return;
    flush_posted_ = true;
    boost::asio::post(timers_.executor(), [self = shared_from_this()] {
        self->flush_posted_ = false;
        if (!self->ended_) self->flush();
    });
}

void Core::read() {
    if (!reading_) return;
    std::array<char, 64 * 1024>& buffer = shared_read_buffer();
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
        deliver_wire(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
    } else if (count == 0) {
        at_end_of_stream();
    } else if (errno != EAGAIN && errno != EINTR) {
        end(socket_error(errno));
    }
}

void Core::at_end_of_stream() {
    const bool truncated = session_ && !session_->is_closed_by_peer();
    end(closing_ ? make_error(Fault::closed)
                 : make_error(Fault::eof, truncated ? "without close_notify" : ""));
}

void Core::deliver(std::string_view bytes) {
    if (handler_ != nullptr && !closing_ && !ended_) handler_->on_bytes(bytes);
}

void Core::deliver_wire(std::string_view bytes) {
    if (!session_) {
        deliver(bytes);
        return;
    }
    const bool was_established = session_->is_established();
    const std::size_t queued = wire_.size();
    // A handshake's last flight may carry data already: the owner learns of TLS first.
    const Result<> fed = session_->feed(bytes, wire_, [this](std::string_view plain) {
        if (tls_done_) after_handshake();
        deliver(plain);
    });
    if (ended_) return;
    if (!was_established && session_->is_established() && tls_done_) after_handshake();
    if (ended_) return;
    if (!fed) {
        send_wire();  // the alert that says why
        end(fed.error());
    } else if (session_->is_closed_by_peer() && !closing_) {
        end(make_error(Fault::eof));
    } else if (wire_.size() > queued || !plain_.empty()) {
        schedule_flush();
    }
}

void Core::after_handshake() {
    const ByteStream::TlsStarted done = std::exchange(tls_done_, {});
    done(session_->binding());
}

bool Core::encrypt() {
    if (plain_.empty() || !session_->is_established()) return true;
    const Result<> written = session_->write(plain_, wire_);
    std::string().swap(plain_);
    if (!written) end(written.error());
    return written.has_value();
}

void Core::flush() {
    if (session_ && !encrypt()) return;
    const std::size_t before = wire_.size() - sent_;
    send_wire();
    if (ended_) return;
    const bool progress = wire_.size() - sent_ < before;
    const bool all_sent = sent_ == wire_.size();
    release_space();
    if (!all_sent) {
        is_blocked_ = true;
        wait();
    }
    if (closing_ && all_sent && plain_.empty()) finish_sending();
    if (progress && handler_ != nullptr && !closing_) handler_->on_sent();
}

void Core::send_wire() {
    while (sent_ < wire_.size()) {
        const ssize_t count = ::send(
            socket_, wire_.data() + sent_, wire_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL
        );
        if (count > 0) {
            sent_ += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            end(socket_error(errno));
            return;
        }
    }
}

void Core::release_space() {
    if (sent_ == wire_.size()) {
        std::string().swap(wire_);  // a stream at rest holds no buffer
        sent_ = 0;
    } else if (sent_ > compact_above_bytes) {
        wire_.erase(0, sent_);
        sent_ = 0;
    }
}

void Core::finish_sending() {
    if (said_goodbye_) return;
    said_goodbye_ = true;
    if (session_) {
        session_->close(wire_);
        send_wire();
        if (ended_) return;
    }
    ::shutdown(socket_, SHUT_WR);
    // Closing with unread input would reset the connection and could cost the peer our last bytes.
    wait();
}

void Core::end(Error why) {
    if (ended_) return;
    const auto self = shared_from_this();
    ended_ = true;
    timers_.cancel(linger_);
    close_socket();
    StreamHandler* const handler = std::exchange(handler_, nullptr);
    const ByteStream::TlsStarted done = std::exchange(tls_done_, {});
    if (handler != nullptr)
        handler->on_end(why);
    else if (done)
        done(std::move(why));
}

class TcpStream final : public ByteStream {
  public:
    TcpStream(std::shared_ptr<Core> core, std::string peer)
        : core_(std::move(core)), peer_(std::move(peer)) {}
    ~TcpStream() override { core_->abandon(); }

    void start(StreamHandler& handler) override { core_->start(handler); }
    void write(std::string_view bytes) override { core_->write(bytes); }
    void hand_over(std::string bytes) override { core_->hand_over(std::move(bytes)); }
    std::size_t unsent_bytes() const override { return core_->unsent_bytes(); }
    void start_tls(std::unique_ptr<TlsSession> session, TlsStarted done) override {
        core_->start_tls(std::move(session), std::move(done));
    }
    void set_reading(bool on) override { core_->set_reading(on); }
    void close() override { core_->close(); }
    const std::string& peer() const override { return peer_; }

  private:
    std::shared_ptr<Core> core_;
    std::string peer_;
};

int family_of(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    return ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0
               ? address.ss_family
               : AF_UNSPEC;
}

}  // namespace

std::unique_ptr<ByteStream> adopt_socket(Timers& timers, int socket, std::string peer) {
    tune(socket, family_of(socket));
    return std::make_unique<TcpStream>(std::make_shared<Core>(timers, socket), std::move(peer));
}

}  // namespace sallyport::net
