// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/poller.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/epoll.h>

namespace sallyport::net {
namespace {

constexpr std::uint32_t failures = EPOLLERR | EPOLLHUP;

int open_epoll() {
    const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
    if (descriptor < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
    return descriptor;
}

}  // namespace

struct Poller::State : std::enable_shared_from_this<Poller::State> {
    struct Watch {
        int descriptor;
        std::shared_ptr<Handler> handler;  ///< shared: it may forget itself while it runs
        std::uint32_t wanted = 0;
        std::uint32_t armed = 0;  ///< what the kernel tells us of
    };

    explicit State(const boost::asio::any_io_executor& executor) : epoll(executor, open_epoll()) {}

    void arm(Id id, Watch& watch, std::uint32_t events);
    void wait();
    void fetch();
    void handle(const epoll_event& event);

    boost::asio::posix::stream_descriptor epoll;
    std::unordered_map<Id, Watch> watches;
    Id last_id = 0;
    bool waiting = false;
    bool closed = false;
};

void Poller::State::arm(Id id, Watch& watch, std::uint32_t events) {
    if (watch.armed == events) return;
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    const int what = events == 0 ? EPOLL_CTL_DEL : watch.armed == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    // Fails only without memory, or for a descriptor that its owner closed too early.
    static_cast<void>(::epoll_ctl(epoll.native_handle(), what, watch.descriptor, &event));
    watch.armed = events;
}

void Poller::State::wait() {
    if (std::exchange(waiting, true)) return;
    epoll.async_wait(
        boost::asio::posix::descriptor_base::wait_read,
        [self = shared_from_this()](const boost::system::error_code& error) {
            self->waiting = false;
            if (error || self->closed) return;
            self->fetch();
            if (!self->closed && !self->watches.empty()) self->wait();
        }
    );
}

/// One batch; what did not fit makes the next wait end at once, after others had their turn.
void Poller::State::fetch() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled by what is read
    std::array<epoll_event, 128> events;
    const int count =
        ::epoll_wait(epoll.native_handle(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count && !closed; ++i) handle(events[static_cast<std::size_t>(i)]);
}

void Poller::State::handle(const epoll_event& event) {
    const std::uint64_t id = event.data.u64;  // a copy: the kernel's struct is packed on x86-64
    const auto found = watches.find(id);
    if (found == watches.end()) return;  // forgotten by an earlier handler of this batch
    Watch& watch = found->second;
    const std::uint32_t told = event.events & (watch.wanted | failures);
    // What nobody wants any more would be told again and again.
    if ((watch.armed & ~watch.wanted) != 0 || watch.wanted == 0) arm(id, watch, watch.wanted);
    if (told == 0 || watch.wanted == 0) return;
    const bool failed = (told & failures) != 0;
    const auto handler = watch.handler;
    (*handler)(Ready{(told & EPOLLIN) != 0 || failed, (told & EPOLLOUT) != 0, failed});
}

Poller::Poller(boost::asio::any_io_executor executor)
    : state_(std::make_shared<State>(std::move(executor))) {}

Poller::~Poller() {
    state_->closed = true;
    state_->watches.clear();
    boost::system::error_code ignored;
    static_cast<void>(state_->epoll.close(ignored));
}

Poller::Id Poller::add(int descriptor, Handler handler) {
    const Id id = ++state_->last_id;
    auto shared = std::make_shared<Handler>(std::move(handler));
    state_->watches.emplace(id, State::Watch{descriptor, std::move(shared)});
    state_->wait();
    return id;
}

void Poller::want(Id id, bool read, bool write) {
    const auto found = state_->watches.find(id);
    if (found == state_->watches.end()) return;
    State::Watch& watch = found->second;
    watch.wanted = (read ? EPOLLIN : 0U) | (write ? EPOLLOUT : 0U);
    // Less is armed only when the kernel tells of something unwanted: often it is wanted again
    // before.
    if ((watch.wanted & ~watch.armed) != 0) state_->arm(id, watch, watch.wanted | watch.armed);
}

void Poller::forget(Id id) {
    auto node = state_->watches.extract(id);
    if (!node.empty()) state_->arm(id, node.mapped(), 0);
}

}  // namespace sallyport::net
