// SPDX-License-Identifier: Apache-2.0
// Many TLS sessions with rosters on one server, and how it answers while messages flow.
//     bench_crowd prepare DATABASE PEOPLE                    before the server starts: accounts
//     p0…, rosters of 20 bench_crowd run HOST:PORT CERTIFICATE PEOPLE PID       direct TLS; 2000
//     messages and 200 pings a second for 10 s
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <sys/resource.h>

#include "gateway/base/clock.hpp"
#include "gateway/net/pump.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/timers.hpp"
#include "gateway/store/store.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/stream/client_stream.hpp"

namespace {

using namespace sallyport;
using xmpp::Stanza;
using xmpp::StanzaType;

constexpr std::size_t roster_size = 20;
constexpr std::size_t logins_at_once = 32;
constexpr double messages_a_second = 2000;
constexpr double pings_a_second = 200;
constexpr std::chrono::seconds duration{10};

std::string name_of(std::size_t person) {
    return "p" + std::to_string(person);
}

// ---- the accounts ----

class Registrar {
  public:
    explicit Registrar(const std::string& path) {
        store::OpenOptions options;
        options.path = path;
        store_ = *store::open_sqlite(options, [this](std::function<void()> run) {
            boost::asio::post(io_, std::move(run));
        });
    }

    /// Everybody has ten neighbours on each side, and one set of keys: no key is derived twice.
    void register_all(std::size_t people) {
        const auto keys =
            *xmpp::sasl::derive_keys(xmpp::sasl::Hash::sha1, "secret", "0123456789abcdef", 4096);
        for (std::size_t i = 0; i < people; ++i) {
            store::CreateAccount op;
            op.user = name_of(i) + "@localhost";
            op.keys = {
                {"SCRAM-SHA-1", keys.salt, keys.iterations, keys.stored_key, keys.server_key}};
            ++open_;
            store_->write(op, [this, i, people](const auto& made) {
                befriend(made->id, i, people);
                --open_;
            });
            settle(1000);
        }
        settle(0);
    }

  private:
    void befriend(std::int64_t account, std::size_t person, std::size_t people) {
        store::ChangeRoster op;
        op.account = account;
        op.ver = 1;
        for (std::size_t k = 1; k <= roster_size / 2; ++k)
            for (const std::size_t other : {person + k, person + people - k}) {
                store::RosterRow row;
                row.jid = name_of(other % people) + "@localhost";
                row.subscription = store::Subscription::both;
                op.put.push_back(std::move(row));
            }
        ++open_;
        store_->write(std::move(op), [this](const auto&) { --open_; });
    }
    void settle(std::size_t most) {
        while (open_ > most) io_.run_one();
    }

    boost::asio::io_context io_;
    /// For its whole life: a loop that ran out of work once stays stopped.
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_ =
        boost::asio::make_work_guard(io_);
    std::unique_ptr<store::Store> store_;
    std::size_t open_ = 0;
};

// ---- the crowd ----

class Crowd;

class Person final : public net::PumpOwner<xmpp::ClientStream::Event> {
  public:
    Person(Crowd& crowd, std::size_t number) : crowd_(crowd), number_(number) {}

    void log_in();
    void say(const std::string& to, std::chrono::nanoseconds due) {
        Stanza message = Stanza::message(
            StanzaType::chat, {}, *xmpp::Jid::parse(to), "m" + std::to_string(due.count())
        );
        message.element().add("body", xmpp::ns::client).add_text("What people say, more or less.");
        send(message);
    }
    void ping(std::chrono::nanoseconds due) {
        Stanza iq = Stanza::iq(
            StanzaType::get, {}, *xmpp::Jid::parse("localhost"), "p" + std::to_string(due.count())
        );
        iq.element().add("ping", xmpp::ns::ping);
        send(iq);
    }

  private:
    void send(const Stanza& stanza);
    void connected(Result<std::unique_ptr<net::ByteStream>> stream);
    void on_event(xmpp::ClientStream::Event event) override;
    void on_closed(const Error& why) override;
    void on_tls(const TlsDone&) override {}

    Crowd& crowd_;
    std::size_t number_;
    std::unique_ptr<net::Pump<xmpp::ClientStream>> pump_;
};

class Crowd {
  public:
    Crowd(const std::string& address, const std::string& certificate, std::size_t people)
        : address_(*config::parse_endpoint(address)), tls_(*net::make_client_tls(certificate)) {
        for (std::size_t i = 0; i < people; ++i)
            people_.push_back(std::make_unique<Person>(*this, i));
    }

    /// Seconds that all logins took together.
    double log_all_in() {
        const auto begin = now();
        std::size_t next = 0;
        while (online_ + lost_ < people_.size()) {
            while (next < people_.size() && next - online_ - lost_ < logins_at_once)
                people_[next++]->log_in();
            io_.run_one();
        }
        return std::chrono::duration<double>(now() - begin).count();
    }
    void rest(std::chrono::seconds time) { io_.run_for(time); }

    /// Open loop: a stanza counts from the moment when it was due.
    void talk() {
        std::mt19937 chance(7);
        std::size_t said = 0, asked = 0;
        const auto begin = now();
        while (now() - begin < duration) {
            const double seconds = std::chrono::duration<double>(now() - begin).count();
            while (static_cast<double>(said) < seconds * messages_a_second) {
                const std::size_t who = chance() % people_.size();
                const std::size_t whom = (who + 1 + chance() % (roster_size / 2)) % people_.size();
                people_[who]->say(
                    name_of(whom) + "@localhost",
                    due(begin, static_cast<double>(said++) / messages_a_second)
                );
            }
            while (static_cast<double>(asked) < seconds * pings_a_second)
                people_[chance() % people_.size()]->ping(
                    due(begin, static_cast<double>(asked++) / pings_a_second)
                );
            io_.run_for(std::chrono::milliseconds(1));
        }
        io_.run_for(std::chrono::seconds(1));
        report("messages", messages_, said);
        report("pings", pings_, asked);
    }
    void arrived(std::string_view id, bool is_ping) {
        const auto due = std::strtoll(std::string(id.substr(1)).c_str(), nullptr, 10);
        const double waited = static_cast<double>(now().time_since_epoch().count() - due) / 1e6;
        (is_ping ? pings_ : messages_).push_back(waited);
    }
    void is_online() { ++online_; }
    void is_lost(const std::string& why) {
        if (lost_++ < 3) std::fprintf(stderr, "lost: %s\n", why.c_str());
    }
    std::size_t online() const { return online_; }

    net::Timers& timers() { return timers_; }
    net::Resolver& resolver() { return resolver_; }
    net::ConnectOptions target() const {
        net::ConnectOptions options;
        options.address = address_;
        options.tls = tls_;
        options.tls_name = "localhost";
        return options;
    }

  private:
    static std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
    static std::chrono::nanoseconds due(std::chrono::steady_clock::time_point begin, double after) {
        return begin.time_since_epoch() + std::chrono::nanoseconds(static_cast<long>(after * 1e9));
    }
    static void report(const char* what, std::vector<double>& waited, std::size_t sent) {
        std::sort(waited.begin(), waited.end());
        const auto at = [&](double part) {
            return waited.empty() ? -1
                                  : waited[static_cast<std::size_t>(
                                        part * static_cast<double>(waited.size() - 1)
                                    )];
        };
        std::printf(
            "%-9s %zu sent, %zu arrived; ms: p50 %.2f  p99 %.2f  max %.2f\n",
            what,
            sent,
            waited.size(),
            at(0.5),
            at(0.99),
            at(1)
        );
    }

    boost::asio::io_context io_{1};
    SystemTime time_;
    net::Timers timers_{io_.get_executor(), time_};
    net::Resolver resolver_{io_.get_executor()};
    config::Endpoint address_;
    std::shared_ptr<const net::TlsContext> tls_;
    std::vector<std::unique_ptr<Person>> people_;
    std::size_t online_ = 0;
    std::size_t lost_ = 0;
    std::vector<double> messages_, pings_;  ///< milliseconds
};

void Person::log_in() {
    net::connect_stream(crowd_.timers(), crowd_.resolver(), crowd_.target(), [this](auto stream) {
        connected(std::move(stream));
    });
}

void Person::connected(Result<std::unique_ptr<net::ByteStream>> stream) {
    if (!stream) return crowd_.is_lost(stream.error().to_string());
    xmpp::ClientOptions options;
    options.user = name_of(number_);
    options.domain = *xmpp::Jid::parse("localhost");
    options.resource = "crowd";
    options.tls = xmpp::ClientTls::direct;
    options.secrets.password = "secret";
    options.nonce = random_id(18);
    options.mechanisms = {"SCRAM-SHA-1"};
    options.allows_sasl2 = false;
    options.wants_management = false;
    pump_ = std::make_unique<net::Pump<xmpp::ClientStream>>(
        xmpp::ClientStream(std::move(options)), *std::move(stream), crowd_.timers(), *this
    );
    pump_->machine().tls_done({}, crowd_.timers().now());
    pump_->start();
}

void Person::send(const Stanza& stanza) {
    if (!pump_ || !pump_->machine().send(stanza, crowd_.timers().now())) return;
    pump_->later();
}

void Person::on_event(xmpp::ClientStream::Event event) {
    if (const auto* wanted = std::get_if<xmpp::KeyWanted>(&event)) {
        pump_->machine().derived(wanted->derive(), crowd_.timers().now());
        return pump_->later();
    }
    if (std::holds_alternative<xmpp::Online>(event)) {
        send(Stanza::presence(StanzaType::available, {}, {}));
        Stanza iq = Stanza::iq(StanzaType::get, {}, {}, "roster");
        iq.element().add("query", xmpp::ns::roster);
        send(iq);
        return;
    }
    const auto* received = std::get_if<xmpp::Received>(&event);
    if (received == nullptr) return;
    const Stanza& stanza = received->stanza;
    if (stanza.id() == "roster") return crowd_.is_online();
    const bool is_ping = stanza.kind() == xmpp::StanzaKind::iq;
    if (is_ping ? stanza.type() == StanzaType::result : stanza.type() == StanzaType::chat)
        crowd_.arrived(stanza.id(), is_ping);
}

void Person::on_closed(const Error& why) {
    crowd_.is_lost(why.to_string());
    boost::asio::post(crowd_.timers().executor(), [this] { pump_.reset(); });
}

long memory_of(const std::string& pid) {
    std::ifstream status("/proc/" + pid + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
    return 0;
}

int run(char** arguments) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const std::string pid = arguments[3];
    const long before = memory_of(pid);
    Crowd crowd(arguments[0], arguments[1], std::strtoul(arguments[2], nullptr, 10));
    const double seconds = crowd.log_all_in();
    std::printf(
        "%zu logged in, %.0f a second; files of a process: %lu\n",
        crowd.online(),
        static_cast<double>(crowd.online()) / seconds,
        static_cast<unsigned long>(files.rlim_max)
    );
    crowd.rest(std::chrono::seconds(4));
    const long after = memory_of(pid);
    std::printf(
        "memory: %ld KiB, %.1f KiB a session\n",
        after,
        static_cast<double>(after - before) / static_cast<double>(crowd.online())
    );
    crowd.talk();
    std::printf("memory: %ld KiB after that\n", memory_of(pid));
    std::fflush(stdout);
    std::_Exit(0);  // nobody waits for ten thousand goodbyes
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "prepare" && argc == 4) {
        Registrar(argv[2]).register_all(std::strtoul(argv[3], nullptr, 10));
        return 0;
    }
    if (what == "run" && argc == 6) return run(argv + 2);
    std::fprintf(
        stderr, "bench_crowd prepare DATABASE PEOPLE | run HOST:PORT CERTIFICATE PEOPLE PID\n"
    );
    return 64;
}
