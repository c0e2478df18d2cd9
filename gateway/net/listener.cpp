// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/listener.hpp"

#include <cstring>
#include <filesystem>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/net/timers.hpp"

namespace sallyport::net {
namespace {

using Generic = boost::asio::generic::stream_protocol;
using Acceptor = boost::asio::ip::tcp::acceptor;
using LocalAcceptor = boost::asio::local::stream_protocol::acceptor;

constexpr int backlog = 511;
/// Out of descriptors: accepting again at once would spin.
constexpr auto pause_after_error = std::chrono::milliseconds(100);

std::string peer_text(const boost::asio::ip::tcp::endpoint& endpoint) {
    auto address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    return address.to_string();
}
std::string peer_text(const boost::asio::local::stream_protocol::endpoint&) {
    return "unix";
}

/// The accept loop, for both kinds of socket; shared with the pending accept.
template <class A>
class Loop : public std::enable_shared_from_this<Loop<A>> {
  public:
    using Peer = typename A::protocol_type::endpoint;

    Loop(Timers& timers, A acceptor, Listener::Accepted accepted)
        : timers_(timers), acceptor_(std::move(acceptor)), accepted_(std::move(accepted)) {}

    void accept() {
        acceptor_.async_accept(
            peer_,
            [self = this->shared_from_this()](const auto& error, auto socket) {
                if (self->stopped_) return;
                if (error) {
                    self->pause();
                    return;
                }
                const std::string peer = peer_text(self->peer_);
                const int descriptor = socket.release();
                self->accept();
                self->accepted_(descriptor, peer);
            }
        );
    }
    void stop() {
        stopped_ = true;
        accepted_ = {};
        timers_.cancel(pause_);
        boost::system::error_code ignored;
        static_cast<void>(acceptor_.close(ignored));
    }
    const A& acceptor() const { return acceptor_; }

  private:
    void pause() {
        pause_ = timers_.after(pause_after_error, [self = this->shared_from_this()] {
            if (!self->stopped_) self->accept();
        });
    }

    Timers& timers_;
    A acceptor_;
    Listener::Accepted accepted_;
    Peer peer_;
    Timers::Handle pause_;
    bool stopped_ = false;
};

template <class A>
class SocketListener final : public Listener {
  public:
    SocketListener(std::shared_ptr<Loop<A>> loop, config::Endpoint endpoint)
        : loop_(std::move(loop)), endpoint_(std::move(endpoint)) {
        loop_->accept();
    }
    ~SocketListener() override {
        loop_->stop();
        std::error_code ignored;
        if (endpoint_.is_unix()) std::filesystem::remove(endpoint_.path, ignored);
    }
    config::Endpoint endpoint() const override { return endpoint_; }

  private:
    std::shared_ptr<Loop<A>> loop_;
    config::Endpoint endpoint_;
};

Error listen_error(const config::Endpoint& address, const boost::system::error_code& code) {
    return Error(code, "cannot listen on " + address.to_string() + ": " + code.message());
}

Result<std::unique_ptr<Listener>> listen_tcp(
    Timers& timers, config::Endpoint address, Listener::Accepted accepted
) {
    boost::system::error_code code;
    const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
    const auto literal = boost::asio::ip::make_address(host, code);
    if (code)
        return Error(code, "cannot listen on " + address.to_string() + ": give a literal address");
    const boost::asio::ip::tcp::endpoint endpoint(literal, address.port);
    Acceptor acceptor(timers.executor());
    if (!code) static_cast<void>(acceptor.open(endpoint.protocol(), code));
    if (!code) static_cast<void>(acceptor.set_option(Acceptor::reuse_address(true), code));
    if (!code) static_cast<void>(acceptor.bind(endpoint, code));
    if (!code) static_cast<void>(acceptor.listen(backlog, code));
    if (code) return listen_error(address, code);
    address.port = acceptor.local_endpoint(code).port();
    auto loop = std::make_shared<Loop<Acceptor>>(timers, std::move(acceptor), std::move(accepted));
    return std::unique_ptr<Listener>(
        std::make_unique<SocketListener<Acceptor>>(std::move(loop), std::move(address))
    );
}

/// A socket file that nobody listens on any more is left by a killed process.
bool is_stale(const std::filesystem::path& path) {
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0) return false;
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path, path.c_str(), sizeof name.sun_path - 1);
    const bool refused =
        ::connect(probe, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 &&
        errno == ECONNREFUSED;
    ::close(probe);
    return refused;
}

Result<std::unique_ptr<Listener>> listen_unix(
    Timers& timers, config::Endpoint address, Listener::Accepted accepted
) {
    if (address.path.string().size() >= sizeof(sockaddr_un::sun_path))
        return Error(
            "cannot listen on " + address.to_string() + ": the path is too long for a socket"
        );
    std::error_code ignored;
    if (std::filesystem::is_socket(address.path, ignored) && is_stale(address.path))
        std::filesystem::remove(address.path, ignored);
    boost::system::error_code code;
    const boost::asio::local::stream_protocol::endpoint endpoint(address.path.string());
    LocalAcceptor acceptor(timers.executor());
    static_cast<void>(acceptor.open(endpoint.protocol(), code));
    const mode_t before = ::umask(0177);  // never open to others, not even for a moment
    if (!code) static_cast<void>(acceptor.bind(endpoint, code));
    ::umask(before);
    if (!code) static_cast<void>(acceptor.listen(backlog, code));
    if (code) return listen_error(address, code);
    auto loop =
        std::make_shared<Loop<LocalAcceptor>>(timers, std::move(acceptor), std::move(accepted));
    return std::unique_ptr<Listener>(
        std::make_unique<SocketListener<LocalAcceptor>>(std::move(loop), std::move(address))
    );
}

}  // namespace

Result<std::unique_ptr<Listener>> listen(
    Timers& timers, const config::Endpoint& address, Listener::Accepted accepted
) {
    return address.is_unix() ? listen_unix(timers, address, std::move(accepted))
                             : listen_tcp(timers, address, std::move(accepted));
}

}  // namespace sallyport::net
