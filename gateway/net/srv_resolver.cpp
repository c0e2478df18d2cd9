// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/srv_resolver.hpp"

#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include <ares.h>
#include <arpa/nameser.h>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <sys/time.h>

#include "gateway/net/error.hpp"
#include "gateway/net/timers.hpp"
#include "xmpp/core/jid_prep.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::net {
namespace {

constexpr std::size_t most_records = 64;  ///< of one service: who has more wants to keep us busy

std::uint32_t system_random(std::uint32_t bound) {
    const std::string bytes = random_bytes(8);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return static_cast<std::uint32_t>(value % bound);
}

bool is_ready() {
    static const bool ready = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
    return ready;
}

/// Nothing: no records. Absent: the answer makes no sense.
std::optional<std::vector<SrvRecord>> parse_answer(const unsigned char* bytes, int length) {
    ares_srv_reply* found = nullptr;
    const int status = ares_parse_srv_reply(bytes, length, &found);
    if (status == ARES_ENODATA) return std::vector<SrvRecord>();
    if (status != ARES_SUCCESS) return std::nullopt;
    std::vector<SrvRecord> records;
    for (const ares_srv_reply* i = found; i != nullptr && records.size() < most_records;
         i = i->next)
        records.push_back({i->priority, i->weight, i->port, i->host});
    ares_free_data(found);
    return records;
}

bool is_literal(const std::string& name) {
    boost::system::error_code not_literal;
    boost::asio::ip::make_address(name, not_literal);
    return !not_literal;
}

}  // namespace

/// Both questions about one domain, with a channel of their own.
class SrvResolver::Lookup {
  public:
    Lookup(SrvResolver& owner, std::uint64_t id, std::string domain, Done done)
        : owner_(owner), id_(id), domain_(std::move(domain)), done_(std::move(done)) {}
    ~Lookup() {
        is_ending_ = true;
        if (channel_ != nullptr) ares_destroy(channel_);
        owner_.timers_.cancel(deadline_);
        for (const auto& [socket, watch] : watches_) owner_.timers_.poller().forget(watch);
    }
    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;

    void start();
    Done take_done() { return std::move(done_); }

  private:
    /// One of the questions; given to c-ares.
    struct Question {
        Lookup* lookup = nullptr;
        std::optional<std::vector<SrvRecord>> records;  ///< absent: nobody answered
        std::string problem;
    };

    static void answered(void* question, int status, int, unsigned char* bytes, int length);
    static void watch(void* lookup, ares_socket_t socket, int readable, int writable);
    bool open_channel();
    void ask(Question& question, const char* service);
    void process(ares_socket_t readable, ares_socket_t writable);
    void arm();
    Result<std::vector<Target>> conclude() const;
    void finish(Result<std::vector<Target>> targets) { owner_.finish(id_, std::move(targets)); }

    SrvResolver& owner_;
    std::uint64_t id_;
    std::string domain_;
    Done done_;
    ares_channel channel_ = nullptr;
    std::unordered_map<ares_socket_t, Poller::Id> watches_;
    Timers::Handle deadline_;
    std::array<Question, 2> questions_;  ///< after STARTTLS, and with direct TLS
    int open_questions_ = 2;
    bool is_ending_ = false;
};

void SrvResolver::Lookup::start() {
    const Result<std::string> name = xmpp::domain_to_ascii(domain_);
    if (!name) return finish(make_error(Fault::dns, domain_ + " " + name.error().to_string()));
    domain_ = *name;
    if (is_literal(*name)) return finish(order_targets({}, {}, domain_, {}));
    if (!open_channel()) return finish(make_error(Fault::dns, "c-ares could not be started"));
    ask(questions_[0], "_xmpp-client._tcp.");
    ask(questions_[1], "_xmpps-client._tcp.");
    arm();
}

bool SrvResolver::Lookup::open_channel() {
    ares_options options{};
    options.timeout = static_cast<int>(owner_.options_.timeout.count());
    options.tries = owner_.options_.tries;
    options.sock_state_cb = &Lookup::watch;
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (!is_ready() || ares_init_options(&channel_, &options, mask) != ARES_SUCCESS) return false;
    const std::string& servers = owner_.options_.servers;
    return servers.empty() || ares_set_servers_ports_csv(channel_, servers.c_str()) == ARES_SUCCESS;
}

void SrvResolver::Lookup::ask(Question& question, const char* service) {
    question.lookup = this;
    ares_query(
        channel_, (service + domain_).c_str(), ns_c_in, ns_t_srv, &Lookup::answered, &question
    );
}

void SrvResolver::Lookup::answered(
    void* question, int status, int, unsigned char* bytes, int length
) {
    auto& one = *static_cast<Question*>(question);
    Lookup& lookup = *one.lookup;
    if (lookup.is_ending_) return;
    if (status == ARES_ENODATA || status == ARES_ENOTFOUND)
        one.records.emplace();
    else if (status == ARES_SUCCESS)
        one.records = parse_answer(bytes, length);
    if (!one.records) one.problem = ares_strerror(status == ARES_SUCCESS ? ARES_EBADRESP : status);
    if (--lookup.open_questions_ == 0) lookup.finish(lookup.conclude());
}

void SrvResolver::Lookup::watch(void* lookup, ares_socket_t socket, int readable, int writable) {
    auto& self = *static_cast<Lookup*>(lookup);
    Poller& poller = self.owner_.timers_.poller();
    const auto known = self.watches_.find(socket);
    if (readable == 0 && writable == 0) {  // c-ares closes it next
        if (known == self.watches_.end()) return;
        poller.forget(known->second);
        self.watches_.erase(known);
        return;
    }
    Poller::Id id = known == self.watches_.end() ? 0 : known->second;
    if (id == 0) {
        id = poller.add(socket, [&self, socket](Poller::Ready now) {
            self.process(
                now.readable || now.failed ? socket : ARES_SOCKET_BAD,
                now.writable ? socket : ARES_SOCKET_BAD
            );
        });
        self.watches_.emplace(socket, id);
    }
    poller.want(id, readable != 0, writable != 0);
}

void SrvResolver::Lookup::process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    arm();
}

void SrvResolver::Lookup::arm() {
    owner_.timers_.cancel(deadline_);
    timeval wait{};
    if (open_questions_ == 0 || ares_timeout(channel_, nullptr, &wait) == nullptr) return;
    const auto delay = std::chrono::seconds(wait.tv_sec) + std::chrono::microseconds(wait.tv_usec) +
                       std::chrono::milliseconds(1);
    deadline_ = owner_.timers_.after(delay, [this] {
        deadline_ = {};
        process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
}

/// One answer is enough to go by, but for the one that ends the search: that needs both.
Result<std::vector<Target>> SrvResolver::Lookup::conclude() const {
    const auto& [starttls, direct] = questions_;
    const RandomBelow& random = owner_.options_.random;
    std::vector<Target> targets = order_targets(
        starttls.records.value_or(std::vector<SrvRecord>()),
        direct.records.value_or(std::vector<SrvRecord>()),
        domain_,
        random ? random : system_random
    );
    if (targets.empty() && !direct.records)
        return make_error(Fault::dns, domain_ + ": " + direct.problem);
    return targets;
}

SrvResolver::SrvResolver(Timers& timers, Options options)
    : timers_(timers), options_(std::move(options)) {}
SrvResolver::~SrvResolver() = default;

void SrvResolver::look_up(std::string domain, Done done) {
    const std::uint64_t id = ++last_id_;
    auto made = std::make_unique<Lookup>(*this, id, std::move(domain), std::move(done));
    Lookup& lookup = *made;
    lookups_.emplace(id, std::move(made));
    lookup.start();
}

/// Later: this may run within c-ares, whose channel goes with the look-up.
void SrvResolver::finish(std::uint64_t id, Result<std::vector<Target>> targets) {
    boost::asio::post(
        timers_.executor(),
        [this, watch = std::weak_ptr<int>(alive_), id, targets = std::move(targets)]() mutable {
            if (watch.expired()) return;
            auto node = lookups_.extract(id);
            if (node.empty()) return;
            const Done done = node.mapped()->take_done();
            node.mapped().reset();
            done(std::move(targets));
        }
    );
}

}  // namespace sallyport::net
