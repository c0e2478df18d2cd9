// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/timers.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace sallyport::net {

struct Timers::State : std::enable_shared_from_this<Timers::State> {
    using Key = std::pair<TimePoint, std::uint64_t>;

    State(boost::asio::any_io_executor e, const TimeSource& t) : executor(e), time(t), timer(e) {}

    void run_due();
    void arm();
    void sleep_until(TimePoint when, Clock::duration delay);
    void post_run();

    boost::asio::any_io_executor executor;
    const TimeSource& time;
    boost::asio::steady_timer timer;
    std::map<Key, std::function<void()>> deadlines;
    std::optional<TimePoint> armed;  ///< when the Asio timer wakes us
    std::uint64_t last_id = 0;
    bool posted = false;
    bool running = false;
    bool closed = false;
};

namespace {
/// Shorter sleeps are rounded up to this: a timer armed for about nothing costs more than the wait.
constexpr auto shortest_sleep = std::chrono::milliseconds(1);
}  // namespace

void Timers::State::run_due() {
    if (running) return;
    running = true;
    const auto self = shared_from_this();  // a deadline may destroy the owner
    const TimePoint now = time.now();
    const std::uint64_t limit =
        last_id;  // what is added meanwhile waits for the next turn: no deadline starves the loop
    while (!closed && !deadlines.empty()) {
        const Key first = deadlines.begin()->first;
        if (first.first > now || first.second > limit) break;
        auto node = deadlines.extract(deadlines.begin());
        node.mapped()();
    }
    running = false;
    if (!closed) arm();
}

void Timers::State::arm() {
    if (deadlines.empty() || posted || running) return;
    const TimePoint when = deadlines.begin()->first.first;
    if (armed && *armed <= when) return;
    const TimePoint now = time.now();
    if (when <= now)
        post_run();
    else
        sleep_until(when, std::max<Clock::duration>(when - now, shortest_sleep));
}

void Timers::State::post_run() {
    posted = true;
    boost::asio::post(executor, [self = shared_from_this()] {
        self->posted = false;
        if (!self->closed) self->run_due();
    });
}

void Timers::State::sleep_until(TimePoint when, Clock::duration delay) {
    armed = when;
    timer.expires_after(delay);
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (error || self->closed) return;
        self->armed.reset();
        self->run_due();
    });
}

Timers::Timers(boost::asio::any_io_executor executor, const TimeSource& time)
    : state_(std::make_shared<State>(executor, time)), poller_(executor) {}

Timers::~Timers() {
    state_->closed = true;
    state_->deadlines.clear();
    state_->timer.cancel();
}

Timers::Handle Timers::at(TimePoint when, std::function<void()> fn) {
    const Handle handle{when, ++state_->last_id};
    state_->deadlines.emplace(State::Key(when, handle.id), std::move(fn));
    state_->arm();
    return handle;
}

bool Timers::cancel(Handle& handle) {
    const State::Key key(handle.when, std::exchange(handle.id, 0));
    return key.second != 0 && state_->deadlines.erase(key) == 1;
}

TimePoint Timers::now() const {
    return state_->time.now();
}
const TimeSource& Timers::time() const {
    return state_->time;
}
boost::asio::any_io_executor Timers::executor() const {
    return state_->executor;
}
std::size_t Timers::size() const {
    return state_->deadlines.size();
}
void Timers::run_due() {
    state_->run_due();
}

}  // namespace sallyport::net
