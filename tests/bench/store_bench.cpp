// SPDX-License-Identifier: Apache-2.0
// Figures of the store on a file with synchronous=FULL: small writes, the life of an outbound
// message, and a million waiting.
//     bench_store [WAITING [FOLDER]]
//     bench_store fill DATABASE WAITING      no figures: queues messages of the accounts there, due
//     now, for the program to start with (tests/bench/backlog)
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "gateway/port/codec.hpp"
#include "gateway/store/store.hpp"
#include "xmpp/core/random.hpp"

namespace {

using namespace sallyport;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_pending = 4'000;
const WallTime start{std::chrono::milliseconds(1'800'000'000'000)};

/// The owner's thread: runs completions until nothing is pending, or less than a bound.
class Owner {
  public:
    store::Post post() {
        return [this](std::function<void()> closure) {
            const std::lock_guard lock(mutex_);
            closures_.push_back(std::move(closure));
            wake_.notify_one();
        };
    }
    void run_below(const std::size_t& open, std::size_t bound) {
        std::unique_lock lock(mutex_);
        while (open > bound) {
            wake_.wait(lock, [this] { return !closures_.empty(); });
            auto closure = std::move(closures_.front());
            closures_.pop_front();
            lock.unlock();
            closure();
            lock.lock();
        }
    }

  private:
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> closures_;
};

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

long resident_mib() {
    long pages = 0;
    long resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return resident * ::sysconf(_SC_PAGESIZE) / (1024 * 1024);
}

/// Prints rate and CPU per item of what happened since its construction.
class Meter {
  public:
    explicit Meter(const char* name) : name_(name) {}
    ~Meter() {
        const double wall = std::chrono::duration<double>(Clock::now() - begun_).count();
        const double cpu = cpu_seconds() - cpu_;
        const auto n = static_cast<double>(items_);
        std::printf(
            "%-46s %9zu in %6.2f s  %9.0f/s  %6.2f us CPU each, all threads\n",
            name_,
            items_,
            wall,
            n / wall,
            cpu / n * 1e6
        );
    }
    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;
    void count(std::size_t items) { items_ += items; }

  private:
    const char* name_;
    Clock::time_point begun_ = Clock::now();
    double cpu_ = cpu_seconds();
    std::size_t items_ = 0;
};

std::unique_ptr<store::Store> open_or_exit(const std::string& path, Owner& owner) {
    store::OpenOptions options;
    options.path = path;
    auto opened = store::open_sqlite(options, owner.post());
    if (opened) return std::move(*opened);
    std::fprintf(stderr, "%s\n", opened.error().to_string().c_str());
    std::exit(70);
}

store::TakeOutbound message(std::size_t i, std::size_t lanes) {
    store::TakeOutbound op;
    op.message.id.text = make_ulid(start + std::chrono::milliseconds(i / 10));
    op.message.transport = "sms.example.org";
    op.message.account.value = 1;
    op.message.user = "user" + std::to_string(i % 1000) + "@example.org";
    op.message.own = "+1555000" + std::to_string(1000 + i % 1000);
    op.message.peer = "+1556" + std::to_string(1'000'000 + i % lanes);
    op.message.from = op.message.user + "/phone";
    op.message.stanza_id = random_id(8);
    op.message.wants_receipt = true;
    op.message.payload = std::string(100, 'x');
    op.message.preview = std::string(40, 'x');
    op.message.deadline = start + 24h;
    op.guard = op.message.stanza_id + op.message.user;
    op.now = start + std::chrono::milliseconds(i / 10);
    return op;
}

void small_writes(store::Store& store, Owner& owner, std::size_t count) {
    Meter meter("small writes (records, 20 bytes)");
    std::size_t open = 0;
    for (std::size_t i = 0; i < count; ++i) {
        ++open;
        store::PutRecord op{"bench", "key" + std::to_string(i % 10'000), std::string(20, 'v'), {}};
        store.write(std::move(op), [&open](const auto&) { --open; });
        owner.run_below(open, most_pending);
    }
    owner.run_below(open, 0);
    meter.count(count);
}

/// Taken with its first attempt, accepted by the provider.
class Senders {
  public:
    Senders(store::Store& store, Owner& owner) : store_(store), owner_(owner) {}
    void run(std::size_t count, std::size_t pending) {
        for (std::size_t i = 0; i < count; ++i) {
            auto op = message(i, 100'000);
            op.start = "primary";
            ++open_;
            const std::string id = op.message.id.text;
            store_.write(std::move(op), [this, id](const auto&) { accept(id); });
            owner_.run_below(open_, pending);
        }
        owner_.run_below(open_, 0);
    }

  private:
    void accept(const std::string& id) {
        store::RecordOutcome op;
        op.transport = "sms.example.org";
        op.outcome.id = port::OutId{id};
        op.outcome.refs = {port::MessageRef("primary", "SM" + id)};
        op.attempt = 1;
        op.now = start;
        store_.write(std::move(op), [this](const auto&) { --open_; });
    }
    store::Store& store_;
    Owner& owner_;
    std::size_t open_ = 0;
};

void inbound(store::Store& store, Owner& owner, std::size_t count) {
    Meter meter("inbound: accept + read");
    std::size_t open = 0;
    for (std::size_t i = 0; i < count; ++i) {
        store::AcceptInbound op;
        op.row.transport = "sms.example.org";
        op.row.user = "user" + std::to_string(i % 1000) + "@example.org";
        op.row.payload = std::string(150, 'x');
        op.dedupe = "SM" + random_id(16);
        op.now = start + std::chrono::milliseconds(i / 10);
        ++open;
        store.write(
            std::move(op),
            [&store, &open](const Result<store::AcceptInbound::Answer>& answer) {
                store.write(store::InboxRead{{{answer->row.row}}}, [&open](const auto&) {
                    --open;
                });
            }
        );
        owner.run_below(open, most_pending);
    }
    owner.run_below(open, 0);
    meter.count(count);
}

void queue_many(store::Store& store, Owner& owner, std::size_t count) {
    Meter meter("queued without an attempt (peak conversations)");
    std::size_t open = 0;
    for (std::size_t i = 0; i < count; ++i) {
        auto op = message(i, 200'000);
        op.not_before = start + 1h;
        ++open;
        store.write(std::move(op), [&open](const auto&) { --open; });
        owner.run_below(open, most_pending);
    }
    owner.run_below(open, 0);
    meter.count(count);
}

void claim_some(store::Store& store, Owner& owner, std::size_t claims) {
    Meter meter("claimed from a long queue (256 a claim)");
    std::map<std::pair<std::string, std::string>, store::LaneRoute> routes;
    for (int i = 1000; i < 2000; ++i)
        routes[{"sms.example.org", "+1555000" + std::to_string(i)}].provider = "primary";
    store::ClaimDue op;
    op.routes = std::make_shared<const decltype(routes)>(std::move(routes));
    op.now = start + 2h;
    std::size_t open = 0;
    for (std::size_t i = 0; i < claims; ++i) {
        ++open;
        store.write(op, [&open, &meter](const Result<store::ClaimDue::Answer>& answer) {
            --open;
            if (answer) meter.count(answer->rows.size());
        });
        owner.run_below(open, 0);
    }
}

int fill(const std::string& path, std::size_t count) {
    Owner owner;
    const auto store = open_or_exit(path, owner);
    std::vector<store::RegistrationRow> accounts;
    std::size_t open = 1;
    store->read(store::Registrations{}, [&](const Result<store::Registrations::Answer>& answer) {
        if (answer) accounts = answer->rows;
        --open;
    });
    owner.run_below(open, 0);
    if (accounts.empty()) {
        std::fprintf(stderr, "no account is in %s\n", path.c_str());
        return 65;
    }
    const WallTime now =
        std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
    for (std::size_t i = 0; i < count; ++i) {
        const store::RegistrationRow& account = accounts[i % accounts.size()];
        auto op = message(i, 200'000);
        op.message.id.text = make_ulid(now);
        op.message.transport = account.transport;
        op.message.account = account.id;
        op.message.user = account.user;
        op.message.own = account.own;
        op.message.from = account.user + "/phone";
        port::SendMessage text;
        text.to.text = op.message.peer;
        text.text = op.message.preview;
        op.message.payload = port::encode(text);
        op.message.deadline = now + 24h;
        op.guard = op.message.stanza_id + op.message.user;
        op.now = now;
        ++open;
        store->write(std::move(op), [&open](const auto&) { --open; });
        owner.run_below(open, most_pending);
    }
    owner.run_below(open, 0);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 4 && std::string_view(argv[1]) == "fill")
        return fill(argv[2], std::strtoull(argv[3], nullptr, 10));
    const std::size_t queued = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    const auto folder =
        std::filesystem::path(argc > 2 ? argv[2] : ".") / ("store-bench-" + random_id(4));
    std::filesystem::create_directories(folder);
    Owner owner;
    {
        auto store = open_or_exit(folder / "bench.db", owner);
        small_writes(*store, owner, 400'000);
        {
            Meter meter("outbound: take + accepted, 4 000 in flight");
            Senders(*store, owner).run(100'000, most_pending);
            meter.count(100'000);
        }
        {
            Meter meter("outbound: take + accepted, one in flight");
            Senders(*store, owner).run(500, 0);
            meter.count(500);
        }
        inbound(*store, owner, 100'000);
        if (queued > 0) queue_many(*store, owner, queued);
    }
    const auto begun = Clock::now();
    auto store = open_or_exit(folder / "bench.db", owner);
    const double opened = std::chrono::duration<double>(Clock::now() - begun).count();
    std::printf(
        "open with %zu queued: %.2f s; file %ju MiB\n",
        queued,
        opened,
        static_cast<std::uintmax_t>(std::filesystem::file_size(folder / "bench.db") / (1024 * 1024))
    );
    claim_some(*store, owner, 200);
    std::printf("resident memory at the end: %ld MiB\n", resident_mib());
    store.reset();
    std::filesystem::remove_all(folder);
}
