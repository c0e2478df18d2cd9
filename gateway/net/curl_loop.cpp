// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/curl_loop.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace sallyport::net {
namespace {
constexpr auto tick_period = std::chrono::milliseconds(100);
}

struct CurlLoop::Watch {
    Watch(const boost::asio::any_io_executor& executor, int s)
        : socket(s), descriptor(executor, s) {}
    int socket;
    boost::asio::posix::stream_descriptor descriptor;
    bool read = false;
    bool write = false;
    bool waiting_read = false;
    bool waiting_write = false;
    bool forgotten = false;
};

struct CurlLoop::State {
    State(
        boost::asio::any_io_executor e, std::function<void(int, Ready)> s, std::function<void()> t
    )
        : executor(e), on_socket(std::move(s)), on_timeout(std::move(t)), timer(e) {}
    boost::asio::any_io_executor executor;
    std::function<void(int, Ready)> on_socket;
    std::function<void()> on_timeout;
    boost::asio::steady_timer timer;
    std::unordered_map<int, std::shared_ptr<Watch>> watches;
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
    auto& slot = state_->watches[socket];
    if (!slot) slot = std::make_shared<Watch>(state_->executor, socket);
    slot->read = read;
    slot->write = write;
    if (read) wait_read(state_, slot);
    if (write) wait_write(state_, slot);
}

void CurlLoop::unwatch(int socket) {
    const auto found = state_->watches.find(socket);
    if (found == state_->watches.end()) return;
    found->second->read = false;
    found->second->write = false;
}

void CurlLoop::forget(int socket) {
    auto node = state_->watches.extract(socket);
    if (node.empty()) return;
    node.mapped()->forgotten = true;
    node.mapped()->descriptor.release();  // leaves the reactor; libcurl or we close it
}

void CurlLoop::wait_read(const std::shared_ptr<State>& state, const std::shared_ptr<Watch>& watch) {
    if (watch->waiting_read) return;
    watch->waiting_read = true;
    watch->descriptor.async_wait(
        boost::asio::posix::descriptor_base::wait_read,
        [state, watch](const boost::system::error_code& error) {
            watch->waiting_read = false;
            if (state->closed || watch->forgotten || !watch->read) return;
            state->on_socket(watch->socket, Ready{true, false, bool(error)});
            if (!state->closed && !watch->forgotten && watch->read) wait_read(state, watch);
        }
    );
}

void CurlLoop::wait_write(
    const std::shared_ptr<State>& state, const std::shared_ptr<Watch>& watch
) {
    if (watch->waiting_write) return;
    watch->waiting_write = true;
    watch->descriptor.async_wait(
        boost::asio::posix::descriptor_base::wait_write,
        [state, watch](const boost::system::error_code& error) {
            watch->waiting_write = false;
            if (state->closed || watch->forgotten || !watch->write) return;
            state->on_socket(watch->socket, Ready{false, true, bool(error)});
            if (!state->closed && !watch->forgotten && watch->write) wait_write(state, watch);
        }
    );
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
