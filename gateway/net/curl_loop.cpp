// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/curl_loop.hpp"

#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace sallyport::net {
namespace {
constexpr auto tick_period = std::chrono::milliseconds(100);
}

struct CurlLoop::State {
    State(
        boost::asio::any_io_executor e, std::function<void(int, Ready)> s, std::function<void()> t
    )
        : executor(e), on_socket(std::move(s)), on_timeout(std::move(t)), timer(e), poller(e) {}
    boost::asio::any_io_executor executor;
    std::function<void(int, Ready)> on_socket;
    std::function<void()> on_timeout;
    boost::asio::steady_timer timer;
    Poller poller;
    std::unordered_map<int, Poller::Id> watches;
    bool posted = false;
    bool ticking = false;
    bool tick_pending = false;
    bool closed = false;
};

CurlLoop::CurlLoop(
    boost::asio::any_io_executor executor,
    std::function<void(int socket, Ready)> on_socket,
    std::function<void()> on_timeout
)
    : state_(
          std::make_shared<State>(std::move(executor), std::move(on_socket), std::move(on_timeout))
      ) {}

CurlLoop::~CurlLoop() {
    state_->closed = true;
    state_->timer.cancel();
    while (!state_->watches.empty()) forget(state_->watches.begin()->first);
}

void CurlLoop::watch(int socket, bool read, bool write) {
    Poller::Id& id = state_->watches[socket];
    if (id == 0) {
        // Holds the state until forget(): the owner may go away while it is told.
        const auto tell = [state = state_, socket](Ready ready) {
            if (!state->closed) state->on_socket(socket, ready);
        };
        id = state_->poller.add(socket, tell);
    }
    state_->poller.want(id, read, write);
}

void CurlLoop::unwatch(int socket) {
    const auto found = state_->watches.find(socket);
    if (found != state_->watches.end()) state_->poller.want(found->second, false, false);
}

void CurlLoop::forget(int socket) {
    const auto node = state_->watches.extract(socket);
    if (!node.empty()) state_->poller.forget(node.mapped());
}

void CurlLoop::wake_now() {
    if (std::exchange(state_->posted, true)) return;
    boost::asio::post(state_->executor, [state = state_] {
        state->posted = false;
        if (!state->closed) state->on_timeout();
    });
}

void CurlLoop::set_ticking(bool on) {
    state_->ticking = on;
    if (on && !state_->tick_pending) tick(state_);
}

void CurlLoop::tick(const std::shared_ptr<State>& state) {
    state->tick_pending = true;
    state->timer.expires_after(tick_period);
    state->timer.async_wait([state](const boost::system::error_code& error) {
        state->tick_pending = false;
        if (error || state->closed || !state->ticking) return;
        state->on_timeout();
        if (!state->closed && state->ticking && !state->tick_pending) tick(state);
    });
}

}  // namespace sallyport::net
