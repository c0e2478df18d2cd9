// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/link_life.hpp"

#include <array>
#include <cstring>
#include <utility>

#include <boost/asio/post.hpp>

#include "gateway/base/log.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::net {
namespace {

double system_random() {
    const std::string bytes = random_bytes(4);
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value / 4294967296.0;
}

}  // namespace

LinkLife::LinkLife(Tools tools, LinkKind kind, std::function<void()> attempt)
    : tools_(std::move(tools)), backoff_(kind), attempt_(std::move(attempt)) {
    if (!tools_.random) tools_.random = system_random;
}

void LinkLife::attempt() {
    state_ = LinkState::connecting;
    ++attempts_;
    attempt_();
}

void LinkLife::start() {
    if (state_ == LinkState::idle) attempt();
}

void LinkLife::retry_now() {
    if (state_ != LinkState::waiting) return;
    tools_.timers.cancel(retry_);
    attempt();
}

void LinkLife::up() {
    state_ = LinkState::up;
    up_since_ = tools_.timers.now();
    ++incarnation_;
}

const LinkDown& LinkLife::down(LinkDown why, std::string_view who, std::string_view where) {
    if (state_ == LinkState::up)
        backoff_.was_up(
            std::chrono::duration_cast<std::chrono::milliseconds>(tools_.timers.now() - up_since_)
        );
    state_ = LinkState::waiting;
    last_down_ = std::move(why);
    last_down_.retry_in = backoff_.next(last_down_.fault, tools_.random());
    if (last_down_.retry_in.count() > 0)
        retry_ = tools_.timers.after(last_down_.retry_in, [this] {
            retry_ = {};
            attempt();
        });
    const Log::Fields fields{
        {"domain", who},
        {"host", where},
        {"reason", last_down_.reason},
        {"detail", last_down_.detail},
        {"retry_ms", last_down_.retry_in.count()},
    };
    if (last_down_.needs_operator())
        tools_.log.error("link.down", fields);
    else
        tools_.log.warn("link.down", fields);
    return last_down_;
}

bool LinkLife::stop(std::function<void()> done, Ending ending) {
    if (done) asked_.push_back(std::move(done));
    if (state_ == LinkState::stopping) return false;
    tools_.timers.cancel(retry_);
    const bool stands = state_ == LinkState::up;
    if (state_ != LinkState::stopped) state_ = LinkState::stopping;
    if (!stands) {
        boost::asio::post(tools_.timers.executor(), std::move(ending.finish));
        return false;
    }
    // The machine's own grace comes first; this is for a peer that takes no bytes any more.
    grace_ = tools_.timers.after(ending.grace + std::chrono::seconds(1), std::move(ending.finish));
    return true;
}

void LinkLife::finish(std::string_view who, const std::function<void()>& close) {
    const auto asked = std::exchange(asked_, {});
    if (state_ == LinkState::stopping) {
        be_stopped();
        tools_.log.info("link.stopped", {{"domain", who}});
        close();
    }
    for (const auto& done : asked) done();
}

void LinkLife::abandon() {
    asked_.clear();
    be_stopped();
}

void LinkLife::be_stopped() {
    for (Timers::Handle* timer : {&retry_, &grace_}) tools_.timers.cancel(*timer);
    state_ = LinkState::stopped;
    last_down_ = {LinkFault::stopped, "stopped", {}, {}};
}

std::string_view to_string(LinkState state) {
    constexpr std::array<std::string_view, 6> names{
        "idle", "connecting", "up", "waiting", "stopping", "stopped"};
    return names[static_cast<std::size_t>(state)];
}

std::string_view to_string(LinkFault fault) {
    constexpr std::array<std::string_view, 6> names{
        "refused", "conflict", "unreachable", "lost", "busy", "stopped"};
    return names[static_cast<std::size_t>(fault)];
}

}  // namespace sallyport::net
