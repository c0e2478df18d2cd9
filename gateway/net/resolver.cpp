// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/resolver.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <netdb.h>

#include "gateway/net/error.hpp"

namespace sallyport::net {
namespace {

using Tcp = boost::asio::ip::tcp;

Result<Resolver::Endpoints> ask_system(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (code != 0) return make_error(Fault::dns, host + ": " + gai_strerror(code));
    Resolver::Endpoints endpoints;
    for (const addrinfo* i = found; i != nullptr; i = i->ai_next) {
        Tcp::endpoint endpoint;
        if (i->ai_addrlen > endpoint.capacity()) continue;
        std::memcpy(endpoint.data(), i->ai_addr, i->ai_addrlen);
        endpoint.resize(i->ai_addrlen);
        endpoint.port(port);
        endpoints.push_back(endpoint);
    }
    freeaddrinfo(found);
    if (endpoints.empty()) return make_error(Fault::dns, host + ": no address");
    return endpoints;
}

/// RFC 8305 §4: the second attempt should not fail for the same broken family as the first.
void interleave_families(Resolver::Endpoints& endpoints) {
    for (std::size_t i = 1; i < endpoints.size(); ++i) {
        if (endpoints[i].protocol() != endpoints[i - 1].protocol()) continue;
        for (std::size_t j = i + 1; j < endpoints.size(); ++j) {
            if (endpoints[j].protocol() == endpoints[i].protocol()) continue;
            std::rotate(
                endpoints.begin() + static_cast<std::ptrdiff_t>(i),
                endpoints.begin() + static_cast<std::ptrdiff_t>(j),
                endpoints.begin() + static_cast<std::ptrdiff_t>(j) + 1
            );
            break;
        }
    }
}

}  // namespace

struct Resolver::State {
    struct Job {
        std::string host;
        std::uint16_t port;
        std::uint64_t id;
    };
    /// What only the network thread touches: callbacks must neither run nor die on another one.
    struct Waiting {
        std::unordered_map<std::uint64_t, Done> callbacks;
        std::uint64_t last_id = 0;
    };

    void work();
    /// Hands a result to the loop. REQUIRES: not stopped (the loop may be gone then), so hold the
    /// mutex in a thread.
    void deliver(std::uint64_t id, Result<Endpoints> result);

    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Job> jobs;
    LookUp look_up;  ///< does not change
    boost::asio::any_io_executor executor;
    std::size_t threads = 0;
    std::size_t idle = 0;
    std::size_t most_threads = 0;
    bool stopped = false;
    std::shared_ptr<Waiting> waiting = std::make_shared<Waiting>();
};

void Resolver::State::work() {
    std::unique_lock lock(mutex);
    while (true) {
        ++idle;
        wake.wait(lock, [this] { return stopped || !jobs.empty(); });
        --idle;
        if (stopped) return;
        Job job = std::move(jobs.front());
        jobs.pop_front();
        lock.unlock();
        Result<Endpoints> result = look_up(job.host, job.port);
        if (result) interleave_families(*result);
        lock.lock();
        if (stopped) return;
        deliver(job.id, std::move(result));
    }
}

void Resolver::State::deliver(std::uint64_t id, Result<Endpoints> result) {
    const std::weak_ptr<Waiting> weak = waiting;
    boost::asio::post(executor, [weak, id, result = std::move(result)]() mutable {
        const auto still = weak.lock();
        if (!still) return;
        auto node = still->callbacks.extract(id);
        if (!node.empty()) node.mapped()(std::move(result));
    });
}

Resolver::Resolver(boost::asio::any_io_executor executor, std::size_t threads, LookUp look_up)
    : state_(std::make_shared<State>()) {
    state_->look_up = look_up ? std::move(look_up) : LookUp(ask_system);
    state_->executor = std::move(executor);
    state_->most_threads = threads;
}

Resolver::~Resolver() {
    std::shared_ptr<State::Waiting> forgotten;
    std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    forgotten.swap(state_->waiting);
    state_->executor = {};
    state_->jobs.clear();
    state_->wake.notify_all();
}

void Resolver::resolve(std::string host, std::uint16_t port, Done done) {
    const std::uint64_t id = ++state_->waiting->last_id;
    state_->waiting->callbacks.emplace(id, std::move(done));
    boost::system::error_code not_literal;
    const auto literal = boost::asio::ip::make_address(host, not_literal);
    if (!not_literal) {
        Endpoints endpoints{Tcp::endpoint(literal, port)};
        state_->deliver(id, std::move(endpoints));
        return;
    }
    std::lock_guard lock(state_->mutex);
    state_->jobs.push_back({std::move(host), port, id});
    if (state_->idle < state_->jobs.size() && state_->threads < state_->most_threads) {
        ++state_->threads;
        // Detached: getaddrinfo cannot be interrupted and may take half a minute; stopping must not
        // wait for it.
        std::thread([state = state_] { state->work(); }).detach();
    } else {
        state_->wake.notify_one();
    }
}

}  // namespace sallyport::net
