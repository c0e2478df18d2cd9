// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/xmpp_link.hpp"

#include <optional>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/net/backoff.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/pump.hpp"
#include "gateway/net/timers.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/stream/component_stream.hpp"

namespace sallyport::net {
namespace {

using Link = Pump<xmpp::ComponentStream>;

/// Messages wait on disk and are tried again; nothing else is.
bool is_tried_again(const xmpp::Stanza& stanza) {
    return stanza.kind() == xmpp::StanzaKind::message && stanza.type() != xmpp::StanzaType::error;
}

}  // namespace

class XmppLink::Impl final : public std::enable_shared_from_this<Impl>,
                             public PumpOwner<Link::Event> {
  public:
    Impl(Tools tools, LinkOptions options, LinkHandler& handler)
        : tools_(std::move(tools)),
          options_(std::move(options)),
          handler_(&handler),
          life_({tools_.timers, tools_.log, tools_.random}, LinkKind::component, [this] {
              connect();
          }) {}

    void start() { life_.start(); }
    Result<bool> send(const xmpp::Stanza& stanza);
    void stop(std::function<void()> done);
    void retry_now() { life_.retry_now(); }
    void set_reading(bool on);
    bool is_reading() const { return reading_ && !crowded_; }
    void abandon();

    void set_secret(config::Secret secret) { options_.secret = std::move(secret); }
    const LinkLife& life() const { return life_; }
    const LinkOptions& options() const { return options_; }
    std::size_t unsent_bytes() const {
        return pump_ ? pump_->machine().unsent_bytes() + pump_->stream().unsent_bytes() : 0;
    }

  private:
    void on_event(Link::Event event) override;
    void on_closed(const Error& why) override;
    void on_sent() override;

    void handle(xmpp::Established& event);
    void handle(xmpp::Received& event);
    void handle(xmpp::Malformed& event);
    void handle(xmpp::Ended& event);

    void connect();
    void connected(Result<std::unique_ptr<ByteStream>> stream);
    void go_down(LinkFault fault, std::string reason, std::string detail);
    void keep_alive();
    void apply_reading();
    void finish_stop();

    Tools tools_;
    LinkOptions options_;
    LinkHandler* handler_;  ///< null once the owner has gone
    LinkLife life_;
    std::unique_ptr<Link> pump_;
    Timers::Handle keepalive_;
    std::uint64_t sends_ = 0;
    std::uint64_t sends_seen_ = 0;
    bool reading_ = true;   ///< as the owner wishes
    bool crowded_ = false;  ///< much waits to be sent: no further questions, for answers add to it
    bool full_ = false;
};

void XmppLink::Impl::connect() {
    pump_.reset();
    tools_.connect([weak = weak_from_this(),
                    attempt = life_.attempts()](Result<std::unique_ptr<ByteStream>> stream) {
        const auto self = weak.lock();
        if (!self || self->life_.attempts() != attempt || !self->life_.is(LinkState::connecting))
            return;
        self->connected(std::move(stream));
    });
}

void XmppLink::Impl::connected(Result<std::unique_ptr<ByteStream>> stream) {
    if (!stream) {
        const Error error = stream.error();
        go_down(LinkFault::unreachable, std::string(fault_word(error)), error.to_string());
        return;
    }
    xmpp::ComponentOptions machine;
    machine.domain = options_.domain;
    machine.secret = options_.secret.reveal();
    machine.times.close_grace = options_.stop_grace;
    pump_ = std::make_unique<Link>(
        xmpp::ComponentStream(std::move(machine)), std::move(*stream), tools_.timers, *this
    );
    pump_->start();
}

void XmppLink::Impl::on_event(Link::Event event) {
    const auto self = shared_from_this();
    std::visit([this](auto& e) { handle(e); }, event);
}

void XmppLink::Impl::handle(xmpp::Established&) {
    if (!life_.is(LinkState::connecting)) return;
    life_.up();
    full_ = false;
    crowded_ = false;
    pump_->stream().set_reading(reading_);
    tools_.log.info(
        "link.up",
        {{"domain", options_.domain.str()},
         {"host", options_.address.to_string()},
         {"link", life_.incarnation()}}
    );
    keep_alive();
    if (handler_ != nullptr) handler_->on_up();
}

void XmppLink::Impl::handle(xmpp::Received& event) {
    if (handler_ != nullptr) handler_->on_stanza(std::move(event.stanza));
}

void XmppLink::Impl::handle(xmpp::Malformed& event) {
    if (handler_ != nullptr)
        handler_->on_malformed(std::move(event.element), std::move(event.error));
}

void XmppLink::Impl::handle(xmpp::Ended& event) {
    if (life_.is(LinkState::stopping)) return;  // on_closed follows, once everything is written
    const LinkFault fault = fault_of(event.reason);
    go_down(fault, std::move(event.reason), std::move(event.text));
}

void XmppLink::Impl::on_closed(const Error& why) {
    const auto self = shared_from_this();
    if (life_.is(LinkState::stopping)) {
        finish_stop();
        return;
    }
    // A machine always says Ended first; this is for one that did not.
    if (life_.is(LinkState::connecting) || life_.is(LinkState::up))
        go_down(LinkFault::lost, std::string(fault_word(why)), why.to_string());
    pump_.reset();
}

void XmppLink::Impl::on_sent() {
    if (!life_.is(LinkState::up)) return;
    if (crowded_ && unsent_bytes() <= options_.queue_bytes / 4) {
        crowded_ = false;
        apply_reading();
    }
    if (!full_ || unsent_bytes() > options_.queue_bytes / 2) return;
    full_ = false;
    if (handler_ != nullptr) handler_->on_writable();
}

void XmppLink::Impl::go_down(LinkFault fault, std::string reason, std::string detail) {
    tools_.timers.cancel(keepalive_);
    const LinkDown& down = life_.down(
        {fault, std::move(reason), std::move(detail), {}},
        options_.domain.str(),
        options_.address.to_string()
    );
    if (handler_ != nullptr) handler_->on_down(LinkDown(down));
}

Result<bool> XmppLink::Impl::send(const xmpp::Stanza& stanza) {
    if (!life_.is(LinkState::up) || !pump_ || !pump_->machine().is_established()) return false;
    const std::size_t reserve = is_tried_again(stanza) ? 0 : options_.queue_bytes;
    const bool is_over = unsent_bytes() >= options_.queue_bytes + reserve;
    full_ = full_ || is_over;
    if (is_over || (full_ && reserve == 0)) return false;
    const Result<> taken = pump_->machine().send(stanza);
    if (!taken) return taken.error();
    ++sends_;
    pump_->later();
    if (!crowded_ && unsent_bytes() > options_.queue_bytes / 2) {
        crowded_ = true;
        apply_reading();
    }
    return true;
}

/// White space every `keepalive` of silence keeps NATs open and, with TCP_USER_TIMEOUT, finds hosts
/// that vanished.
void XmppLink::Impl::keep_alive() {
    keepalive_ = tools_.timers.after(options_.keepalive, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self || !self->life_.is(LinkState::up)) return;
        if (std::exchange(self->sends_seen_, self->sends_) == self->sends_) {
            self->pump_->machine().send_space();
            self->pump_->later();
        }
        if (!self->pump_->take_was_read()) self->pump_->machine().rest();
        self->keep_alive();
    });
}

void XmppLink::Impl::set_reading(bool on) {
    reading_ = on;
    apply_reading();
}

void XmppLink::Impl::apply_reading() {
    if (pump_ && life_.is(LinkState::up)) pump_->stream().set_reading(is_reading());
}

void XmppLink::Impl::stop(std::function<void()> done) {
    tools_.timers.cancel(keepalive_);
    const auto finish = [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->finish_stop();
    };
    if (life_.stop(std::move(done), {options_.stop_grace, finish})) pump_->say_goodbye();
}

void XmppLink::Impl::finish_stop() {
    life_.finish(options_.domain.str(), [this] {
        pump_.reset();
        if (handler_ != nullptr) handler_->on_down(LinkDown(life_.last_down()));
    });
}

void XmppLink::Impl::abandon() {
    handler_ = nullptr;
    life_.abandon();
    tools_.timers.cancel(keepalive_);
    pump_.reset();
}

XmppLink::XmppLink(Tools tools, LinkOptions options, LinkHandler& handler)
    : impl_(std::make_shared<Impl>(std::move(tools), std::move(options), handler)) {}
XmppLink::~XmppLink() {
    impl_->abandon();
}

void XmppLink::start() {
    impl_->start();
}
Result<bool> XmppLink::send(const xmpp::Stanza& stanza) {
    return impl_->send(stanza);
}
bool XmppLink::is_writable() const {
    return impl_->life().state() == LinkState::up &&
           impl_->unsent_bytes() < impl_->options().queue_bytes;
}
void XmppLink::set_reading(bool on) {
    impl_->set_reading(on);
}
void XmppLink::stop(std::function<void()> done) {
    impl_->stop(std::move(done));
}
bool XmppLink::is_reading() const {
    return impl_->is_reading();
}
void XmppLink::retry_now() {
    impl_->retry_now();
}
void XmppLink::set_secret(config::Secret secret) {
    impl_->set_secret(std::move(secret));
}
LinkState XmppLink::state() const {
    return impl_->life().state();
}
const xmpp::Jid& XmppLink::domain() const {
    return impl_->options().domain;
}
std::uint64_t XmppLink::incarnation() const {
    return impl_->life().incarnation();
}
std::size_t XmppLink::unsent_bytes() const {
    return impl_->unsent_bytes();
}
std::uint64_t XmppLink::reconnects() const {
    return impl_->life().reconnects();
}
const LinkDown& XmppLink::last_down() const {
    return impl_->life().last_down();
}

}  // namespace sallyport::net
