// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/c2s_listener.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "gateway/net/websocket.hpp"

namespace sallyport::server {
namespace {

/// Who says nothing for this long, or twice as long, is made small. To wake costs 2 µs.
constexpr std::chrono::seconds rest_after{1};

}  // namespace

C2sListener::C2sListener(const Tools& tools)
    : admission_(tools.limits),
      tools_{
          tools.hub,
          tools.auth,
          tools.tokens,
          tools.registration,
          tools.timers,
          *this,
          tools.hub.world().metrics.counter(
              "c2s_stanzas_total", {{"direction", "in"}}, "stanzas of client sessions"
          ),
          tools.hub.world().metrics.counter("c2s_stanzas_total", {{"direction", "out"}})},
      connected_(tools.hub.world().metrics.gauge(
          "c2s_connections", {}, "client connections, authenticated or not"
      )) {
    tools_.read_rate = tools.read_rate;
    tools_.archive = tools.archive;
    rest_idle();
}

C2sListener::~C2sListener() {
    tools_.timers.cancel(rest_timer_);
    drop();
}

void C2sListener::drop() {
    listeners_.clear();
    when_empty_ = {};
    sessions_.clear();
    awake_.clear();  // last: who goes early may have woken who goes late
}

Result<> C2sListener::listen(
    const config::Endpoint& address, std::shared_ptr<const xmpp::ServerStreamOptions> options
) {
    auto made = net::listen(
        tools_.timers,
        address,
        [this, options = std::move(options)](int socket, const std::string& peer) {
            accepted(socket, peer, options);
        }
    );
    if (!made) return made.error();
    listeners_.push_back(*std::move(made));
    return {};
}

void C2sListener::set_tls(Tls tls) {
    tools_.tls = std::move(tls.starttls);
    tools_.direct_tls = std::move(tls.direct);
    tools_.web_tls = std::move(tls.web);
}

void C2sListener::accepted(
    int socket,
    const std::string& peer,
    const std::shared_ptr<const xmpp::ServerStreamOptions>& options
) {
    if (admission_.is_full(peer)) {
        ::close(socket);
        tools_.hub.world()
            .metrics.counter("c2s_refused_total", {}, "connections over the limits")
            .add();
        return;
    }
    auto made = std::make_unique<C2sSession>(tools_, adopt(socket, peer, *options), options);
    C2sSession& session = *made;
    sessions_.emplace(&session, std::move(made));
    awake_.insert(&session);
    admission_.enter(peer);
    connected_.set(static_cast<double>(sessions_.size()));
    start(session, *options);
}

std::unique_ptr<net::ByteStream> C2sListener::adopt(
    int socket, const std::string& peer, const xmpp::ServerStreamOptions& options
) const {
    auto wire = net::adopt_socket(tools_.timers, socket, peer);
    if (!options.is_websocket) return wire;
    net::WebSocketOptions web;
    web.path = websocket_path;
    web.protocol = "xmpp";  // RFC 7395 §3.1
    // Who is on this machine is a proxy that has done TLS, or need not fear the wire.
    web.may_be_clear = !address_group(peer);
    web.message_bytes = options.before_auth.stanza_bytes;
    return net::make_websocket(tools_.timers, std::move(wire), std::move(web));
}

void C2sListener::start(C2sSession& session, const xmpp::ServerStreamOptions& options) const {
    if (options.is_websocket) return session.start_secured(tools_.web_tls->make_session({}));
    if (options.tls != xmpp::TlsPolicy::done) return session.start();
    session.start_secured(tools_.direct_tls->make_session({}));
}

void C2sListener::on_authenticated(C2sSession& session) {
    admission_.prove(session.peer());
}

void C2sListener::on_over(C2sSession& session) {
    admission_.leave(session.peer(), session.is_authenticated());
    awake_.erase(&session);
    const auto at = sessions_.find(&session);
    const std::unique_ptr<C2sSession> ending = std::move(at->second);
    sessions_.erase(at);
    connected_.set(static_cast<double>(sessions_.size()));
    if (sessions_.empty() && when_empty_) std::exchange(when_empty_, {})();
}

void C2sListener::shut_down() {
    const xmpp::StreamError going(xmpp::StreamCondition::system_shutdown);
    for (const auto& [key, session] : sessions_)
        if (session->session() == nullptr) session->close(going);
}

bool C2sListener::is_logging_in(std::string_view user) const {
    return std::any_of(sessions_.begin(), sessions_.end(), [user](const auto& each) {
        return each.second->session() == nullptr && each.second->user() == user;
    });
}

void C2sListener::end_logins(std::string_view user) {
    for (const auto& [key, session] : sessions_)
        if (session->session() == nullptr && session->user() == user)
            session->close(xmpp::StreamError(xmpp::StreamCondition::reset));
}

void C2sListener::when_empty(std::function<void()> run) {
    if (sessions_.empty()) return run();
    when_empty_ = std::move(run);
}

std::vector<config::Endpoint> C2sListener::endpoints() const {
    std::vector<config::Endpoint> all;
    all.reserve(listeners_.size());
    for (const auto& listener : listeners_) all.push_back(listener->endpoint());
    return all;
}

void C2sListener::rest_idle() {
    rest_timer_ = tools_.timers.after(rest_after, [this] {
        std::erase_if(awake_, [](C2sSession* session) { return session->rest(); });
        rest_idle();
    });
}

}  // namespace sallyport::server
