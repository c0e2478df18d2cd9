// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/resolver.hpp"

#include <netdb.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include "gateway/net/error.hpp"

namespace sallyport::net {
namespace {

using Tcp = boost::asio::ip::tcp;

Result<Resolver::Endpoints> look_up(const std::string& host, std::uint16_t port) {
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
        Done done;
    };

    void work();
    /// Hands a result to the loop, unless the resolver has gone (the loop may be gone with it).
    void deliver(Done done, Result<Endpoints> result);

    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Job> jobs;
    boost::asio::any_io_executor executor;
    std::size_t threads = 0;
    std::size_t idle = 0;
    std::size_t most_threads = 0;
    bool stopped = false;
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);  ///< network thread only
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
        deliver(std::move(job.done), std::move(result));
    }
}

void Resolver::State::deliver(Done done, Result<Endpoints> result) {
    boost::asio::post(
        executor,
        [watch = std::weak_ptr<bool>(alive), done = std::move(done), result = std::move(result)]() mutable {
            if (!watch.expired()) done(std::move(result));
        }
    );
}

Resolver::Resolver(boost::asio::any_io_executor executor, std::size_t threads)
    : state_(std::make_shared<State>()) {
    state_->executor = std::move(executor);
    state_->most_threads = threads;
}

Resolver::~Resolver() {
    std::deque<State::Job> forgotten;
    std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    state_->alive.reset();
    state_->executor = {};
    forgotten.swap(state_->jobs);
    state_->wake.notify_all();
}

void Resolver::resolve(std::string host, std::uint16_t port, Done done) {
    boost::system::error_code ignored;
    const auto literal = boost::asio::ip::make_address(host, ignored);
    if (!ignored) {
        Endpoints endpoints{Tcp::endpoint(literal, port)};
        state_->deliver(std::move(done), std::move(endpoints));
        return;
    }
    std::lock_guard lock(state_->mutex);
    state_->jobs.push_back({std::move(host), port, std::move(done)});
    if (state_->idle < state_->jobs.size() && state_->threads < state_->most_threads) {
        ++state_->threads;
        // Detached: getaddrinfo cannot be interrupted and may take half a minute; stopping must not wait for it.
        std::thread([state = state_] { state->work(); }).detach();
    } else {
        state_->wake.notify_one();
    }
}

}  // namespace sallyport::net
