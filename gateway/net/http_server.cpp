// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_server.hpp"

#include <unordered_map>
#include <utility>

#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/log.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/http_connection.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/net/tls.hpp"

namespace sallyport::net {
namespace {

constexpr std::string_view busy =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: "
    "0\r\n\r\n";

bool is_exempt(const std::string& peer) {
    return peer == "unix" || peer == "::1" || peer.starts_with("127.");
}

class Server final : public HttpServer {
  public:
    Server(Timers& timers, const Log& log, HttpServerOptions options)
        : listen_(options.listen),
          certificate_(options.certificate),
          public_url_(std::move(options.public_url)),
          shared_(timers, log, std::move(options)) {
        while (public_url_.ends_with('/')) public_url_.pop_back();
    }
    ~Server() override {
        listener_.reset();
        shared_.timers.cancel(grace_);
        for (const auto& [id, connection] : connections_) connection->abort();
    }

    void mount(std::string path, port::WebhookHandler handler) override {
        shared_.routes.add_below(std::move(path), {{"GET", "POST"}, std::move(handler)});
    }
    void unmount(std::string_view path) override { shared_.routes.remove_below(path); }
    const std::string& public_url() const override { return public_url_; }
    void route(std::string path, std::vector<std::string> methods, port::WebhookHandler handler)
        override {
        shared_.routes.add_exact(std::move(path), {std::move(methods), std::move(handler)});
    }
    void serve_files(std::string prefix, FileHandler handler) override {
        shared_.routes.add_below(std::move(prefix), {{"GET", "OPTIONS"}, std::move(handler)});
    }
    void receive(std::string prefix, std::vector<std::string> methods, ReceiveHandler handler)
        override {
        shared_.routes.add_below(std::move(prefix), {std::move(methods), std::move(handler)});
    }

    Result<> open() override;
    config::Endpoint endpoint() const override { return listen_; }
    void set_tls(std::shared_ptr<const TlsContext> tls) override { tls_ = std::move(tls); }
    void set_token(std::optional<config::Secret> token) override {
        shared_.token = std::move(token);
    }
    void set_draining(bool on) override { shared_.draining = on; }
    void stop(std::chrono::milliseconds grace, std::function<void()> done) override;
    const Counters& counters() const override { return shared_.counters; }

  private:
    void accepted(int socket, std::string peer);
    void refuse(int socket);
    bool is_over_cap(const std::string& peer) const;
    void closed(std::uint64_t id);
    void finish_stop();

    config::Endpoint listen_;
    std::optional<HttpServerOptions::Certificate> certificate_;
    std::string public_url_;
    HttpShared shared_;
    std::shared_ptr<const TlsContext> tls_;
    std::unique_ptr<Listener> listener_;
    std::unordered_map<std::uint64_t, std::shared_ptr<HttpConnection>> connections_;
    std::unordered_map<std::string, std::size_t> per_address_;
    std::uint64_t last_id_ = 0;
    std::function<void()> stopped_;
    Timers::Handle grace_;
};

Result<> Server::open() {
    if (certificate_) {
        auto read = make_server_tls(certificate_->chain, certificate_->key);
        if (!read) return read.error();
        tls_ = *std::move(read);
    }
    auto listener = listen(shared_.timers, listen_, [this](int socket, std::string peer) {
        accepted(socket, std::move(peer));
    });
    if (!listener) return listener.error();
    listener_ = std::move(*listener);
    listen_ = listener_->endpoint();
    shared_.log.info(
        "http.listening", {{"address", listen_.to_string()}, {"tls", tls_ ? "on" : "off"}}
    );
    return {};
}

bool Server::is_over_cap(const std::string& peer) const {
    if (connections_.size() >= shared_.limits.connections) return true;
    if (is_exempt(peer)) return false;
    const auto found = per_address_.find(peer);
    return found != per_address_.end() && found->second >= shared_.limits.per_address;
}

void Server::accepted(int socket, std::string peer) {
    if (is_over_cap(peer)) {
        refuse(socket);
        return;
    }
    const std::uint64_t id = ++last_id_;
    ++per_address_[peer];
    auto stream = adopt_socket(shared_.timers, socket, std::move(peer));
    auto connection =
        std::make_shared<HttpConnection>(shared_, std::move(stream), [this, id] { closed(id); });
    connections_.emplace(id, connection);
    shared_.counters.connections = connections_.size();
    connection->start(tls_ ? tls_->make_session({}) : nullptr);
}

void Server::refuse(int socket) {
    ++shared_.counters.connections_refused;
    if (!tls_)
        static_cast<void>(::send(socket, busy.data(), busy.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    ::close(socket);
}

void Server::closed(std::uint64_t id) {
    const auto node = connections_.extract(id);
    if (node.empty()) return;
    const auto count = per_address_.find(node.mapped()->peer());
    if (count != per_address_.end() && --count->second == 0) per_address_.erase(count);
    shared_.counters.connections = connections_.size();
    if (stopped_ && connections_.empty()) finish_stop();
}

void Server::stop(std::chrono::milliseconds grace, std::function<void()> done) {
    stopped_ = std::move(done);
    shared_.stopping = true;
    listener_.reset();
    for (const auto& [id, connection] : connections_) connection->close_when_idle();
    // Also when nothing is open: `done` never runs within the caller.
    const auto wait = connections_.empty() ? std::chrono::milliseconds(0) : grace;
    grace_ = shared_.timers.after(wait, [this] {
        grace_ = {};
        finish_stop();
    });
}

void Server::finish_stop() {
    shared_.timers.cancel(grace_);
    for (const auto& [id, connection] : connections_) connection->abort();
    connections_.clear();
    per_address_.clear();
    shared_.counters.connections = 0;
    const auto done = std::exchange(stopped_, {});
    if (done) done();
}

}  // namespace

std::unique_ptr<HttpServer> make_http_server(
    Timers& timers, const Log& log, HttpServerOptions options
) {
    return std::make_unique<Server>(timers, log, std::move(options));
}

}  // namespace sallyport::net
