// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/client_link.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <boost/asio/post.hpp>

#include "gateway/base/log.hpp"
#include "gateway/net/error.hpp"
#include "gateway/net/pump.hpp"
#include "gateway/net/tls.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::net {
namespace {

using Link = Pump<xmpp::ClientStream>;
using Event = xmpp::ClientStream::Event;

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
          life_({tools_.timers, tools_.log, tools_.random}, LinkKind::client, [this] { find(); }),
          search_(std::make_shared<ClientSearch>(
              tools_.timers,
              std::move(tools_.route),
              ClientSearch::Options{
                  options_.place, options_.ca, options_.certificate, options_.connect_timeout}
          )),
          questions_(tools_.timers) {}

    LinkLife& life() { return life_; }
    Result<bool> send(const xmpp::Stanza& stanza);
    Result<bool> ask(
        xmpp::Stanza request, std::chrono::milliseconds within, ClientQuestions::Done done
    );
    void acknowledge(std::uint32_t count);
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
        knows_tls_ = true;
        pump_->machine().tls_done(binding, tools_.timers.now());
    }

    void handle(xmpp::KeyWanted& event);
    void handle(xmpp::Online& event);
    void handle(xmpp::Received& event);
    void handle(xmpp::Redirected& event);
    void handle(xmpp::Ended& event);
    void learn(const Event& event);

    // the way to a stream
    void find();
    void found(std::variant<ClientSearch::Found, LinkDown> found);
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
    std::shared_ptr<ClientSearch> search_;  ///< callbacks in flight hold weak references
    std::optional<Target> redirect_;        ///< told by the stream that ends next
    std::unique_ptr<Link> pump_;
    std::uint64_t streams_ = 0;  ///< so many pumps there have been
    std::unique_ptr<xmpp::Resumable> resumable_;
    ClientQuestions questions_;
    int rank_ = 0;
    bool knows_tls_ = false;                  ///< it stood once: nothing goes out without any more
    std::optional<xmpp::TokenIssued> token_;  ///< its text empty: refused
    std::optional<std::string> broken_;       ///< why the stream broke, until its machine says so
    bool over_ = false;  ///< the pump's stream has ended; it may still be closing
    bool reading_ = true;
    bool full_ = false;
};

void ClientLink::Impl::find() {
    pump_.reset();
    over_ = false;
    search_->go([this](std::variant<ClientSearch::Found, LinkDown> result) {
        const auto self = shared_from_this();
        found(std::move(result));
    });
}

std::unique_ptr<TlsSession> ClientLink::Impl::make_tls() {
    const auto context = search_->tls();
    if (context) return (*context)->make_session(options_.place.certificate_name());
    broken_ = context.error().detail;
    return nullptr;
}

void ClientLink::Impl::found(std::variant<ClientSearch::Found, LinkDown> found) {
    if (auto* why = std::get_if<LinkDown>(&found)) return failed(std::move(*why));
    auto& [stream, binding] = std::get<ClientSearch::Found>(found);
    xmpp::ClientStream machine(make_login());
    knows_tls_ = knows_tls_ || binding;
    if (binding) machine.tls_done(std::move(*binding), tools_.timers.now());
    ++streams_;
    pump_ = std::make_unique<Link>(std::move(machine), std::move(stream), tools_.timers, *this);
    pump_->start();
}

xmpp::ClientOptions ClientLink::Impl::make_login() {
    xmpp::ClientOptions login = options_.login();
    login.domain = xmpp::Jid::from_parts({}, options_.place.domain).value();
    login.nonce = random_id();
    login.about.time = tools_.timers.time().wall();
    login.secrets.has_certificate = options_.certificate.has_value();
    if (knows_tls_ && login.tls == xmpp::ClientTls::optional) login.tls = xmpp::ClientTls::required;
    if (search_->target().is_direct_tls) login.tls = xmpp::ClientTls::direct;
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
    if (auto* wanted = std::get_if<xmpp::KeyWanted>(&event)) return handle(*wanted);
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

void ClientLink::Impl::handle(xmpp::KeyWanted& event) {
    const auto wanted = std::make_shared<xmpp::KeyWanted>(std::move(event));
    const auto key = std::make_shared<decltype(wanted->derive())>();
    tools_.aside.run(
        [wanted, key] { *key = wanted->derive(); },
        [weak = weak_from_this(), key, stream = streams_] {
            const auto self = weak.lock();
            if (!self || self->streams_ != stream || !self->pump_) return;
            self->pump_->machine().derived(*key, self->tools_.timers.now());
            self->pump_->later();
        }
    );
}

void ClientLink::Impl::handle(xmpp::Online& event) {
    if (!life_.is(LinkState::connecting)) return;
    life_.up();
    search_->forget();
    search_->rest();
    search_->prefer(parse_other_host(event.location));
    full_ = false;
    pump_->stream().set_reading(reading_);
    tools_.log.info(
        "link.up",
        {{"domain", options_.place.domain},
         {"host", search_->target().host},
         {"user", Personal{event.full.str()}},
         {"resumed", event.is_resumed ? "yes" : "no"},
         {"link", life_.incarnation()}}
    );
    if (!event.is_resumed) questions_.fail(make_error(Fault::reset, "the session was lost"));
    if (handler_ != nullptr) handler_->on_up(event.full, event.is_resumed);
}

void ClientLink::Impl::handle(xmpp::Received& event) {
    if (questions_.take(event.stanza, pump_->machine().full())) return;
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
        advice == xmpp::Advice::elsewhere && redirect && search_->follow(*redirect);
    const bool goes_on = !was_up && search_->has_more() && advice != xmpp::Advice::stop;
    if (!goes_on) {
        if (!follows) search_->forget();
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
    search_->rest();
    const auto self = shared_from_this();
    const LinkDown& down =
        life_.down(std::move(why), options_.place.domain, search_->target().host);
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

Result<bool> ClientLink::Impl::ask(
    xmpp::Stanza request, std::chrono::milliseconds within, ClientQuestions::Done done
) {
    request.set_id(random_id());
    const Result<bool> taken = send(request);
    if (taken && *taken) questions_.add(request, within, std::move(done));
    return taken;
}

void ClientLink::Impl::look_for_room() {
    if (!full_ || !life_.is(LinkState::up) || is_full()) return;
    if (unsent_bytes() > options_.queue_bytes / 2) return;
    full_ = false;
    if (handler_ != nullptr) handler_->on_writable();
}

void ClientLink::Impl::acknowledge(std::uint32_t count) {
    if (!pump_) return;
    pump_->machine().acknowledge(count, tools_.timers.now());
    pump_->later();
}

void ClientLink::Impl::set_reading(bool on) {
    reading_ = on;
    if (pump_ && life_.is(LinkState::up)) pump_->stream().set_reading(on);
}

void ClientLink::Impl::stop(std::function<void()> done) {
    search_->stop();
    const auto finish = [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->finish_stop();
    };
    if (life_.stop(std::move(done), {options_.stop_grace, finish})) pump_->say_goodbye();
}

void ClientLink::Impl::finish_stop() {
    life_.finish(options_.place.domain, [this] {
        // A stream that has ended left it behind already.
        if (pump_ && !over_) resumable_ = pump_->machine().take_resumable();
        pump_.reset();
        questions_.fail(make_error(Fault::closed, "the link was stopped"));
        tell_left_over();
        if (handler_ != nullptr) handler_->on_down(LinkDown(life_.last_down()));
    });
}

void ClientLink::Impl::tell_left_over() {
    const std::unique_ptr<xmpp::Resumable> old = std::move(resumable_);
    if (!old || !old->management || handler_ == nullptr) return;
    auto waiting = old->management->take_unacknowledged();
    if (!waiting.empty()) handler_->on_told(xmpp::LeftOver{std::move(waiting)});
}

void ClientLink::Impl::abandon() {
    handler_ = nullptr;
    life_.abandon();
    search_->stop();
    questions_.forget();
    pump_.reset();
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
Result<bool> ClientLink::ask(
    xmpp::Stanza request, std::chrono::milliseconds within, ClientQuestions::Done done
) {
    return impl_->ask(std::move(request), within, std::move(done));
}
void ClientLink::acknowledge(std::uint32_t count) {
    impl_->acknowledge(count);
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
