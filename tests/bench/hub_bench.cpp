// SPDX-License-Identifier: Apache-2.0
// What the hub itself costs per message between two local sessions: no sockets, no XML, no store.
//     bench_hub [messages]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "gateway/base/clock.hpp"
#include "gateway/core/world.hpp"
#include "gateway/server/hub.hpp"

namespace {

using namespace sallyport;

class NoTimers final : public Scheduler {
  public:
    Id at(std::chrono::steady_clock::time_point, std::function<void()>) override { return ++last_; }
    void cancel(Id) override {}

  private:
    Id last_ = 0;
};

/// Counts what it gets, as a connection's queue would take it.
class CountingLink final : public server::SessionLink {
  public:
    server::Delivery deliver(const xmpp::Stanza&) override {
        ++count;
        return server::Delivery::taken;
    }
    void close(const xmpp::StreamError&) override {}
    std::size_t count = 0;
};

struct Bench {
    Bench() {
        store::OpenOptions options;
        options.path = ":memory:";
        store = *store::open_sqlite(options, [this](std::function<void()> run) {
            boost::asio::post(io, std::move(run));
        });
        world = std::make_unique<core::World>(core::World{
            *store, time, timers, log, metrics, io.get_executor(), &config, "n0"});
        server::HubOptions hub_options;
        hub_options.domain = *xmpp::Jid::parse("example.org");
        hub = std::make_unique<server::Hub>(*world, hub_options);
    }

    void settle(const bool& is_done) {
        auto guard = boost::asio::make_work_guard(io);
        io.restart();  // the end of the last guard stopped it
        while (!is_done) io.run_one();
    }

    server::Session* log_in(const std::string& user, server::SessionLink& link) {
        store::CreateAccount op;
        op.user = user + "@example.org";
        bool is_done = false;
        store->write(op, [&is_done](const Result<store::CreateAccount::Answer>&) {
            is_done = true;
        });
        settle(is_done);
        xmpp::AskBind ask;
        ask.user = user;
        ask.resource = "r";
        server::Session* session = nullptr;
        is_done = false;
        hub->bind(link, ask, [&session, &is_done](auto bound) {
            session = *bound;
            is_done = true;
        });
        settle(is_done);
        hub->handle(*session, xmpp::Stanza::presence(xmpp::StanzaType::available, {}, {}));
        return session;
    }

    boost::asio::io_context io;
    SystemTime time;
    NoTimers timers;
    Metrics metrics;
    Log log{[](std::string_view) {}};
    config::Config config;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<core::World> world;
    std::unique_ptr<server::Hub> hub;
};

xmpp::Stanza chat(const std::string& to) {
    xmpp::Stanza made =
        xmpp::Stanza::message(xmpp::StanzaType::chat, {}, *xmpp::Jid::parse(to), "m1");
    made.element().add("body", "jabber:client").add_text("What a message says, more or less.");
    return made;
}

void measure(Bench& bench, const char* what, const std::string& resource, std::size_t messages) {
    constexpr std::size_t users = 100;
    std::vector<std::unique_ptr<CountingLink>> links;
    std::vector<server::Session*> sessions;
    std::vector<xmpp::Stanza> stanzas;
    for (std::size_t i = 0; i < users; ++i) {
        const std::string user = std::string(what) + std::to_string(i);
        links.push_back(std::make_unique<CountingLink>());
        sessions.push_back(bench.log_in(user, *links.back()));
        stanzas.push_back(chat(user + "@example.org" + resource));
    }
    // What the reader makes is made before, and only moved: the copy is counted apart.
    constexpr std::size_t batch = 1000;
    std::chrono::nanoseconds spent{0};
    for (std::size_t done = 0; done < messages; done += batch) {
        std::vector<xmpp::Stanza> ready;
        ready.reserve(batch);
        for (std::size_t i = 0; i < batch; ++i) ready.push_back(stanzas[(done + i) * 7 % users]);
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < batch; ++i)
            bench.hub->handle(*sessions[i % users], std::move(ready[i]));
        spent += std::chrono::steady_clock::now() - begin;
    }
    std::size_t taken = 0;
    for (const auto& link : links) taken += link->count;
    std::printf(
        "%-12s %8.0f ns a message (%zu delivered)\n",
        what,
        static_cast<double>(spent.count()) / static_cast<double>(messages),
        taken - users
    );
    for (server::Session* session : sessions) bench.hub->unbind(*session);
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t messages = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1'000'000;
    Bench bench;
    measure(bench, "full", "/r", messages);
    measure(bench, "bare", "", messages);
    return 0;
}
