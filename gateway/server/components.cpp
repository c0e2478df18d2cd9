// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/components.hpp"

#include <utility>
#include <variant>

#include "xmpp/core/random.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::server {
namespace {

using xmpp::StreamCondition;

/// A component sends what rooms and archives answer, so it may say more at once than a client.
constexpr xmpp::ReaderLimits reader_limits{.stanza_bytes = 512 * 1024};
constexpr std::chrono::seconds rest_after{10};
/// Writes under way above which it is not read; see C2sSession.
constexpr std::size_t busy_writes = 16 * 1024;
constexpr std::chrono::milliseconds busy_pause{5};

}  // namespace

// ---- one connection ----

ComponentSession::ComponentSession(
    Components& owner,
    std::vector<xmpp::ComponentAcceptor::Component> components,
    std::unique_ptr<net::ByteStream> stream
)
    : owner_(owner),
      pump_(
          xmpp::ComponentAcceptor(
              std::move(components), hex_encode(random_bytes(16)), reader_limits, {}
          ),
          std::move(stream),
          owner.timers(),
          *this
      ) {}

ComponentSession::~ComponentSession() {
    owner_.timers().cancel(pause_);
    leave();
}

bool ComponentSession::deliver(const xmpp::Stanza& stanza) {
    const std::size_t unsent = pump_.machine().unsent_bytes() + pump_.stream().unsent_bytes();
    if (unsent > Components::send_queue_bytes) return false;
    const auto sent = pump_.machine().send(stanza);
    pump_.later();
    if (sent) return true;
    owner_.hub().world().log.warn(
        "component.unsent", {{"domain", domain_.str()}, {"why", sent.error().detail}}
    );
    return false;
}

void ComponentSession::close(StreamCondition condition, std::string text) {
    leave();
    pump_.machine().refuse(condition, std::move(text));
    pump_.later();
}

void ComponentSession::rest() {
    if (!pump_.take_was_read()) pump_.machine().rest();
}

void ComponentSession::on_event(xmpp::ComponentAcceptor::Event event) {
    std::visit([this](auto& what) { on(what); }, event);
}

void ComponentSession::on(const xmpp::Established& established) {
    // Two at once may have proved the same domain.
    if (!owner_.hub().add_component(established.domain, *this))
        return close(StreamCondition::conflict, "The component is connected already.");
    domain_ = established.domain;
    has_proved_ = true;
    owner_.on_proved(*this);
    owner_.hub().world().log.info(
        "component.connected",
        {{"domain", domain_.str()}, {"peer", Personal{pump_.stream().peer()}}}
    );
}

void ComponentSession::on(xmpp::Received& received) {
    if (domain_.is_empty()) return;
    // Who would speak for others is not listened to any more (xmpp.md C4).
    if (received.stanza.from().domain() != domain_.domain())
        return close(StreamCondition::invalid_from, "That is not of this component's domain.");
    owner_.hub().route(std::move(received.stanza));
}

void ComponentSession::on(const xmpp::Malformed& malformed) {
    if (domain_.is_empty()) return;
    const auto from = xmpp::Jid::parse(malformed.element.attribute("from").value_or(""));
    if (!from || from->domain() != domain_.domain())
        return close(StreamCondition::invalid_from, "That is not of this component's domain.");
    auto answer = xmpp::bounce_malformed(malformed.element, malformed.error);
    if (!answer) return;
    if (answer->from().is_empty()) answer->set_from(owner_.hub().domain());
    deliver(*answer);
}

void ComponentSession::on(const xmpp::Ended& ended) {
    owner_.hub().world().log.info(
        ended.was_established ? "component.disconnected" : "component.refused",
        {{"domain", domain_.str()},
         {"peer", Personal{pump_.stream().peer()}},
         {"reason", ended.reason},
         {"detail", ended.text}}
    );
    const bool is_wrong = ended.reason == to_string(StreamCondition::not_authorized);
    if (is_wrong && !ended.was_established) owner_.on_wrong(pump_.stream().peer());
    leave();
}

void ComponentSession::leave() {
    if (domain_.is_empty()) return;
    owner_.hub().remove_component(domain_);
    domain_ = xmpp::Jid();
}

void ComponentSession::on_closed(const Error&) {
    leave();
    owner_.on_over(*this);
}

void ComponentSession::on_read(std::size_t) {
    if (pause_ || owner_.hub().world().store.pending() <= busy_writes) return;
    pump_.stream().set_reading(false);
    pause_ = owner_.timers().after(busy_pause, [this] {
        pause_ = {};
        pump_.stream().set_reading(true);
    });
}

// ---- the door ----

Components::Components(
    Hub& hub, net::Timers& timers, const std::vector<config::ServerConfig::Component>& components
)
    : hub_(hub), timers_(timers), components_(components) {
    for (const auto& component : components_) hub_.expect_component(component.domain);
    rest_idle();
}

Components::~Components() {
    timers_.cancel(rest_timer_);
    drop();
}

void Components::drop() {
    listener_.reset();
    when_empty_ = {};
    sessions_.clear();
}

Result<> Components::listen(const config::Endpoint& address) {
    auto made = net::listen(timers_, address, [this](int socket, const std::string& peer) {
        adopt(net::adopt_socket(timers_, socket, peer));
    });
    if (!made) return made.error();
    listener_ = *std::move(made);
    return {};
}

std::vector<Components::State> Components::states() const {
    std::vector<State> all;
    for (const auto& component : components_) {
        State& state = all.emplace_back(State{component.domain, {}});
        for (const auto& [key, session] : sessions_)
            if (session->domain() == component.domain) state.peer = session->peer();
    }
    return all;
}

std::vector<xmpp::ComponentAcceptor::Component> Components::secrets() const {
    std::vector<xmpp::ComponentAcceptor::Component> all;
    all.reserve(components_.size());
    for (const auto& component : components_)
        all.push_back(
            {component.domain.str(),
             std::string(component.secret.reveal()),
             hub_.has_component(component.domain)}
        );
    return all;
}

void Components::adopt(std::unique_ptr<net::ByteStream> stream) {
    const std::string& peer = stream->peer();
    if (throttle_.is_banned(peer, {}, hub_.world().time.now())) return;
    if (admission_.is_full(peer))
        return hub_.world()
            .metrics.counter("components_refused_total", {}, "connections over the limits")
            .add();
    admission_.enter(peer);
    auto made = std::make_unique<ComponentSession>(*this, secrets(), std::move(stream));
    ComponentSession& session = *made;
    sessions_.emplace(&session, std::move(made));
    session.start();
}

void Components::on_over(ComponentSession& session) {
    admission_.leave(session.peer(), session.has_proved());
    const auto at = sessions_.find(&session);
    const std::unique_ptr<ComponentSession> ending = std::move(at->second);
    sessions_.erase(at);
    if (sessions_.empty() && when_empty_) std::exchange(when_empty_, {})();
}

void Components::on_wrong(const std::string& peer) {
    throttle_.wrong(peer, {}, hub_.world().time.now());
}

void Components::shut_down() {
    for (const auto& [key, session] : sessions_)
        session->close(StreamCondition::system_shutdown, "The server stops.");
}

void Components::when_empty(std::function<void()> run) {
    if (sessions_.empty()) return run();
    when_empty_ = std::move(run);
}

void Components::rest_idle() {
    rest_timer_ = timers_.after(rest_after, [this] {
        for (const auto& [key, session] : sessions_) session->rest();
        rest_idle();
    });
}

}  // namespace sallyport::server
