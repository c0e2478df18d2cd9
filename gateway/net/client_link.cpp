// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/client_link.hpp"

#include <algorithm>
#include <deque>
#include <utility>
#include <variant>

#include <boost/asio/post.hpp>

#include "gateway/base/log.hpp"
#include "gateway/net/pump.hpp"
#include "gateway/net/tls.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::net {
namespace {

using Link = Pump<xmpp::ClientStream>;
using Event = xmpp::ClientStream::Event;

constexpr int most_redirects = 3;  ///< in a row, without a session between them
constexpr std::string_view service = "_xmpp-client";

/// What failed below the stream, in the words that advise() knows.
std::string reason_of(const Error& error) {
    const std::string_view word = fault_word(error);
    return word == "certificate" ? "tls-certificate" : std::string(word);
}

LinkFault fault_of(xmpp::Advice advice, std::string_view reason) {
    if (reason == "conflict") return LinkFault::conflict;
    if (advice == xmpp::Advice::stop) return LinkFault::refused;
    return advice == xmpp::Advice::later ? LinkFault::busy : LinkFault::lost;
}

}  // namespace

class ClientLink::Impl final : public std::enable_shared_from_this<Impl>, public PumpOwner<Event> {
  public:
    Impl(Tools tools, ClientLinkOptions options, ClientLinkHandler& handler)
        : tools_(std::move(tools)),
          options_(std::move(options)),
          handler_(&handler),
          life_({tools_.timers, tools_.log, tools_.random}, LinkKind::client, [this] { find(); }) {}

    LinkLife& life() { return life_; }
    Result<bool> send(const xmpp::Stanza& stanza);
    void set_reading(bool on);
    void stop(std::function<void()> done);
    void abandon();
    std::size_t unsent_bytes() const {
        return pump_ ? pump_->machine().unsent_bytes() + pump_->stream().unsent_bytes() : 0;
    }

  private:
    // PumpOwner
    void on_event(Event event) override;
    void on_closed(const Error& why) override;
    void on_sent() override { look_for_room(); }
    std::unique_ptr<TlsSession> make_tls() override;
    void on_tls(const TlsDone& binding) override {
        pump_->machine().tls_done(binding, tools_.timers.now());
    }

    void handle(xmpp::Online& event);
    void handle(xmpp::Received& event);
    void handle(xmpp::Redirected& event);
    void handle(xmpp::Ended& event);
    void learn(const Event& event);

    // the way to a stream
    template <class Value>
    std::function<void(Result<Value>)> then(void (Impl::*next)(Result<Value>));
    void find();
    void found(Result<std::vector<Target>> targets);
    void try_next();
    void connected(Result<std::unique_ptr<ByteStream>> stream);
    void fail_later(const Error& error);
    Result<std::shared_ptr<const TlsContext>> tls() const;
    xmpp::ClientOptions make_login();

    // and back
    void ended(const std::string& reason, const std::string& text);
    void failed(LinkDown why);
    bool is_full() const;
    void look_for_room();
    void tell_left_over();
    void finish_stop();

    Tools tools_;
    ClientLinkOptions options_;
    ClientLinkHandler* handler_;  ///< null once the owner has gone
    LinkLife life_;
    std::deque<Target> targets_;  ///< still to be tried
    Target target_;               ///< being tried, or in use
    std::optional<TlsDone> binding_;
    std::optional<Target> redirect_;  ///< told by the stream that ends next
    int redirects_ = 0;
    std::unique_ptr<Link> pump_;
    std::unique_ptr<xmpp::Resumable> resumable_;
    int rank_ = 0;
    std::optional<xmpp::TokenIssued> token_;  ///< its text empty: refused
    std::optional<std::string> broken_;       ///< why the stream broke, until its machine says so
    std::function<void()> stopped_;
    Timers::Handle grace_;
    bool over_ = false;  ///< the pump's stream has ended; it may still be closing
    bool reading_ = true;
    bool full_ = false;
};

/// A callback of this attempt: nothing happens when it comes too late.
template <class Value>
std::function<void(Result<Value>)> ClientLink::Impl::then(void (Impl::*next)(Result<Value>)) {
    return [weak = weak_from_this(), attempt = life_.attempts(), next](Result<Value> value) {
        const auto self = weak.lock();
        if (!self || self->life_.attempts() != attempt || !self->life_.is(LinkState::connecting))
            return;
        ((*self).*next)(std::move(value));
    };
}

void ClientLink::Impl::find() {
    pump_.reset();
    over_ = false;
    if (targets_.empty())
        if (const auto fixed = options_.place.fixed()) targets_.push_back(*fixed);
    if (!targets_.empty()) return try_next();
    tools_.route.look_up(options_.place.domain, then(&Impl::found));
}

void ClientLink::Impl::found(Result<std::vector<Target>> targets) {
    if (!targets) return failed({LinkFault::unreachable, "dns", targets.error().detail, {}});
    if (targets->empty())
        return failed({LinkFault::refused, "no-service", "the domain says that it has none", {}});
    for (Target& target : options_.place.narrow(std::move(*targets)))
        targets_.push_back(std::move(target));
    try_next();
}

void ClientLink::Impl::try_next() {
    target_ = std::move(targets_.front());
    targets_.pop_front();
    binding_.reset();
    ConnectOptions connect;
    connect.address.host = target_.host;
    connect.address.port = target_.port;
    connect.timeout = options_.connect_timeout;
    connect.tls_name = options_.place.certificate_name();
    if (target_.is_direct_tls) {
        auto context = tls();
        if (!context) return fail_later(context.error());
        connect.tls = std::move(*context);
        connect.on_tls = [weak = weak_from_this()](const TlsDone& done) {
            if (const auto self = weak.lock()) self->binding_ = done;
        };
    }
    tools_.route.connect(std::move(connect), then(&Impl::connected));
}

void ClientLink::Impl::fail_later(const Error& error) {
    boost::asio::post(tools_.timers.executor(), [next = then(&Impl::connected), error] {
        next(error);
    });
}

// Read at each attempt: a replaced CA file is picked up by the next one.
Result<std::shared_ptr<const TlsContext>> ClientLink::Impl::tls() const {
    // XEP-0368 §3: the protocol is named where nothing else would name it.
    const char* alpn = target_.is_direct_tls ? "xmpp-client" : "";
    return make_client_tls(options_.ca, {alpn, std::string(service)});
}

std::unique_ptr<TlsSession> ClientLink::Impl::make_tls() {
    const auto context = tls();
    if (context) return (*context)->make_session(options_.place.certificate_name());
    broken_ = context.error().detail;
    return nullptr;
}

void ClientLink::Impl::connected(Result<std::unique_ptr<ByteStream>> stream) {
    if (!stream) {
        const Error error = stream.error();
        if (!targets_.empty()) return try_next();
        std::string reason = reason_of(error);
        const bool is_refused = reason == "tls-certificate";
        const LinkFault fault = is_refused ? LinkFault::busy : LinkFault::unreachable;
        return failed({fault, std::move(reason), error.detail, {}});
    }
    xmpp::ClientStream machine(make_login());
    if (binding_) machine.tls_done(std::move(*binding_), tools_.timers.now());
    pump_ = std::make_unique<Link>(std::move(machine), std::move(*stream), tools_.timers, *this);
    pump_->start();
}

xmpp::ClientOptions ClientLink::Impl::make_login() {
    xmpp::ClientOptions login = options_.login();
    login.domain = xmpp::Jid::from_parts({}, options_.place.domain).value();
    login.nonce = random_id();
    if (target_.is_direct_tls) login.tls = xmpp::ClientTls::direct;
    login.pinned_rank = std::max(login.pinned_rank, rank_);
    if (token_) {
        login.secrets.fast_token = token_->token;
        login.secrets.fast_mechanism = token_->mechanism;
    }
    login.resumable = std::move(resumable_);
    return login;
}

void ClientLink::Impl::on_event(Event event) {
    const auto self = shared_from_this();
    learn(event);
    if (auto* online = std::get_if<xmpp::Online>(&event)) return handle(*online);
    if (auto* received = std::get_if<xmpp::Received>(&event)) return handle(*received);
    if (auto* redirected = std::get_if<xmpp::Redirected>(&event)) return handle(*redirected);
    if (auto* ended = std::get_if<xmpp::Ended>(&event)) return handle(*ended);
    const bool makes_room = std::holds_alternative<xmpp::Acknowledged>(event);
    if (handler_ != nullptr) handler_->on_told(std::move(event));
    if (makes_room) look_for_room();
}

void ClientLink::Impl::learn(const Event& event) {
    if (const auto* in = std::get_if<xmpp::LoggedIn>(&event)) rank_ = std::max(rank_, in->rank);
    if (const auto* issued = std::get_if<xmpp::TokenIssued>(&event)) token_ = *issued;
    if (std::holds_alternative<xmpp::TokenRefused>(event)) token_.emplace();
}

void ClientLink::Impl::handle(xmpp::Online& event) {
    if (!life_.is(LinkState::connecting)) return;
    life_.up();
    targets_.clear();
    redirects_ = 0;
    full_ = false;
    pump_->stream().set_reading(reading_);
    tools_.log.info(
        "link.up",
        {{"domain", options_.place.domain},
         {"host", target_.host},
         {"user", Personal{event.full.str()}},
         {"resumed", event.is_resumed ? "yes" : "no"},
         {"link", life_.incarnation()}}
    );
    if (handler_ != nullptr) handler_->on_up(event.full, event.is_resumed);
}

void ClientLink::Impl::handle(xmpp::Received& event) {
    if (handler_ != nullptr) handler_->on_stanza(std::move(event.stanza));
}

// The machine tells it only when TLS stood, and TLS stands only with a good certificate.
void ClientLink::Impl::handle(xmpp::Redirected& event) {
    redirect_ = parse_other_host(event.host);
}

// What the link below did is told by on_closed, which follows at once and knows more.
void ClientLink::Impl::handle(xmpp::Ended& event) {
    if (life_.is(LinkState::stopping)) return;
    if (event.by == xmpp::EndedBy::link) return;
    // RFC 6120 §4.9.3.16: all that was agreed on is void.
    if (event.reason == "reset") token_.emplace();
    ended(event.reason, event.text);
}

void ClientLink::Impl::on_closed(const Error& why) {
    const auto self = shared_from_this();
    if (life_.is(LinkState::stopping)) return finish_stop();
    if (over_) return;
    if (broken_) return ended("tls", *std::exchange(broken_, std::nullopt));
    ended(reason_of(why), why.detail);
}

/// The stream of a session, or of an attempt, is over.
void ClientLink::Impl::ended(const std::string& reason, const std::string& text) {
    const bool was_up = life_.is(LinkState::up);
    over_ = true;
    resumable_ = pump_->machine().take_resumable();
    const auto redirect = std::exchange(redirect_, std::nullopt);
    const xmpp::Advice advice = xmpp::advise(reason);
    const bool follows =
        advice == xmpp::Advice::elsewhere && redirect && redirects_ < most_redirects;
    if (follows) {
        ++redirects_;
        targets_.assign(1, *redirect);
    }
    const bool goes_on = !was_up && !targets_.empty() && advice != xmpp::Advice::stop;
    if (!goes_on) {
        if (!follows) targets_.clear();  // the next attempt asks anew
        return failed({fault_of(advice, reason), reason, text, {}});
    }
    // Not from within the pump that is being left.
    boost::asio::post(
        tools_.timers.executor(),
        [weak = weak_from_this(), attempt = life_.attempts()] {
            const auto self = weak.lock();
            const bool is_due =
                self && self->life_.attempts() == attempt && self->life_.is(LinkState::connecting);
            if (is_due) self->find();
        }
    );
}

void ClientLink::Impl::failed(LinkDown why) {
    redirects_ = 0;
    const auto self = shared_from_this();
    const LinkDown& down = life_.down(std::move(why), options_.place.domain, target_.host);
    if (handler_ != nullptr) handler_->on_down(LinkDown(down));
}

bool ClientLink::Impl::is_full() const {
    return unsent_bytes() >= options_.queue_bytes || !pump_->machine().has_room();
}

Result<bool> ClientLink::Impl::send(const xmpp::Stanza& stanza) {
    if (!life_.is(LinkState::up) || !pump_ || !pump_->machine().is_established()) return false;
    full_ = is_full();
    if (full_) return false;
    const Result<void> taken = pump_->machine().send(stanza, tools_.timers.now());
    if (!taken) return taken.error();
    pump_->later();
    return true;
}

void ClientLink::Impl::look_for_room() {
    if (!full_ || !life_.is(LinkState::up) || is_full()) return;
    if (unsent_bytes() > options_.queue_bytes / 2) return;
    full_ = false;
    if (handler_ != nullptr) handler_->on_writable();
}

void ClientLink::Impl::set_reading(bool on) {
    reading_ = on;
    if (pump_ && life_.is(LinkState::up)) pump_->stream().set_reading(on);
}

void ClientLink::Impl::stop(std::function<void()> done) {
    stopped_ = std::move(done);
    const bool polite = life_.is(LinkState::up) && pump_;
    life_.stopping();
    if (!polite) {
        boost::asio::post(tools_.timers.executor(), [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->finish_stop();
        });
        return;
    }
    pump_->stream().set_reading(true);
    pump_->machine().close(tools_.timers.now());
    pump_->later();
    // The machine's own grace comes first; this is for a server that takes no bytes any more.
    grace_ = tools_.timers.after(
        options_.stop_grace + std::chrono::seconds(1),
        [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->finish_stop();
        }
    );
}

void ClientLink::Impl::finish_stop() {
    if (!life_.is(LinkState::stopping)) return;
    const auto self = shared_from_this();
    tools_.timers.cancel(grace_);
    // A stream that has ended left it behind already.
    if (pump_ && !over_) resumable_ = pump_->machine().take_resumable();
    pump_.reset();
    life_.stopped(options_.place.domain);
    tell_left_over();
    const auto done = std::exchange(stopped_, {});
    if (handler_ != nullptr) handler_->on_down(LinkDown(life_.last_down()));
    if (done) done();
}

void ClientLink::Impl::tell_left_over() {
    const std::unique_ptr<xmpp::Resumable> old = std::move(resumable_);
    if (!old || !old->management || handler_ == nullptr) return;
    auto waiting = old->management->take_unacknowledged();
    if (!waiting.empty()) handler_->on_told(xmpp::LeftOver{std::move(waiting)});
}

void ClientLink::Impl::abandon() {
    handler_ = nullptr;
    stopped_ = {};
    life_.stopped({});
    tools_.timers.cancel(grace_);
    pump_.reset();
}

ClientRoute internet(Timers& timers, Resolver& resolver, SrvResolver& services) {
    ClientRoute route;
    route.look_up = [&services](std::string domain, SrvResolver::Done done) {
        services.look_up(std::move(domain), std::move(done));
    };
    route.connect = [&timers, &resolver](ConnectOptions options, ConnectDone done) {
        connect_stream(timers, resolver, std::move(options), std::move(done));
    };
    return route;
}

ClientLink::ClientLink(Tools tools, ClientLinkOptions options, ClientLinkHandler& handler)
    : impl_(std::make_shared<Impl>(std::move(tools), std::move(options), handler)) {}
ClientLink::~ClientLink() {
    impl_->abandon();
}

void ClientLink::start() {
    impl_->life().start();
}
Result<bool> ClientLink::send(const xmpp::Stanza& stanza) {
    return impl_->send(stanza);
}
void ClientLink::set_reading(bool on) {
    impl_->set_reading(on);
}
void ClientLink::stop(std::function<void()> done) {
    impl_->stop(std::move(done));
}
void ClientLink::retry_now() {
    impl_->life().retry_now();
}
LinkState ClientLink::state() const {
    return impl_->life().state();
}
const LinkDown& ClientLink::last_down() const {
    return impl_->life().last_down();
}
std::uint64_t ClientLink::incarnation() const {
    return impl_->life().incarnation();
}
std::size_t ClientLink::unsent_bytes() const {
    return impl_->unsent_bytes();
}

}  // namespace sallyport::net
