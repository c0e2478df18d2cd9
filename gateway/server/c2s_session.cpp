// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/c2s_session.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <boost/asio/post.hpp>

#include "gateway/server/archive.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::server {
namespace {

using xmpp::StreamCondition;
using xmpp::StreamError;

constexpr std::chrono::seconds handshake_time{20};  // xmpp.md §5.3
constexpr std::string_view iq_auth = "XEP-0078";    ///< as the metric says it: no mechanism
/// Writes under way above which nobody is read: no row is promised that memory must hold.
constexpr std::size_t busy_writes = 16 * 1024;
constexpr std::chrono::milliseconds busy_pause{5};

/// Unlike every other answer about keys, this one leads to no proof, right or wrong.
bool was_put_off(const xmpp::sasl::Answer& answer) {
    const auto* denied = std::get_if<xmpp::sasl::Denied>(&answer);
    return denied && denied->fault == xmpp::sasl::Fault::temporary_auth_failure;
}

}  // namespace

C2sSession::C2sSession(
    C2sTools& tools,
    std::unique_ptr<net::ByteStream> stream,
    std::shared_ptr<const xmpp::ServerStreamOptions> options
)
    : tools_(tools),
      pump_(
          xmpp::ServerStream(std::move(options), random_bytes(16)),
          std::move(stream),
          tools.timers,
          *this
      ),
      credit_(static_cast<std::int64_t>(tools.read_burst)) {}

C2sSession::~C2sSession() {
    tools_.timers.cancel(timer_);
    alive_.reset();
    leave(true);
}

void C2sSession::start() {
    pump_.start();
}

void C2sSession::start_secured(std::unique_ptr<net::TlsSession> tls) {
    timer_ = tools_.timers.after(handshake_time, [this] { tools_.owner.on_over(*this); });
    pump_.stream().start_tls(
        std::move(tls),
        [this, watch = std::weak_ptr<int>(alive_)](const Result<TlsDone>& done) {
            if (watch.expired()) return;
            tools_.timers.cancel(timer_);
            if (!done) return tools_.owner.on_over(*this);
            secured(*done);
            pump_.start();
        }
    );
}

std::unique_ptr<net::TlsSession> C2sSession::make_tls() {
    return tools_.tls->make_session({});
}

void C2sSession::on_tls(const TlsDone& binding) {
    secured(binding);
}

void C2sSession::secured(const TlsDone& done) {
    if (!done.refusal.empty())
        tools_.hub.world().log.info(
            "c2s.certificate_refused", {{"peer", Personal{peer()}}, {"reason", done.refusal}}
        );
    pump_.machine().tls_done(done);
}

// ---- what the hub asks ----

Delivery C2sSession::deliver(const xmpp::Stanza& stanza) {
    stir();
    pump_.later();  // also when it is over: that is to be told
    const auto sent = pump_.machine().send(stanza, tools_.timers.now());
    if (!sent) return sent.error().detail == "too-long" ? Delivery::too_long : Delivery::over;
    tools_.stanzas_out.add();
    if (unsent_bytes() <= tools_.send_queue) return Delivery::taken;
    const StreamError slow(StreamCondition::resource_constraint, "You do not read.");
    pump_.machine().close(slow, tools_.timers.now());
    return Delivery::taken;
}

bool C2sSession::has_room() const {
    return unsent_bytes() < tools_.send_queue / 2 && pump_.machine().has_room();
}

std::size_t C2sSession::unsent_bytes() const {
    return pump_.machine().unsent_bytes() + pump_.stream().unsent_bytes();
}

void C2sSession::close(const StreamError& error) {
    session_ = nullptr;
    pump_.machine().close(error, tools_.timers.now());
    pump_.later();
}

std::unique_ptr<xmpp::Management> C2sSession::take_management() {
    return pump_.machine().take_management();
}

bool C2sSession::rest() {
    if (std::exchange(has_stirred_, false)) return false;
    pump_.machine().rest();
    return is_resting_ = true;
}

void C2sSession::stir() {
    has_stirred_ = true;
    if (std::exchange(is_resting_, false)) tools_.owner.on_awake(*this);
}

// ---- what the machine asks and tells ----

void C2sSession::on_event(xmpp::ServerStream::Event event) {
    std::visit([this](auto& what) { on(std::move(what)); }, event);
}

void C2sSession::answer(xmpp::ServerAnswer answer) {
    pump_.machine().answer(std::move(answer), tools_.timers.now());
    pump_.later();
}

void C2sSession::on(xmpp::AskAccount ask) {
    mechanism_ = ask.mechanism.empty() ? iq_auth : ask.mechanism;
    is_trying_ = false;
    std::visit(
        [this](const auto& question) {
            if constexpr (requires { question.user; }) user_ = question.user;
        },
        ask.question
    );
    if (std::holds_alternative<xmpp::sasl::AskToken>(ask.question)) return judge_token(ask);
    tools_.auth.ask(
        peer(),
        ask.question,
        [this,
         asks_keys = std::holds_alternative<xmpp::sasl::AskKeys>(ask.question),
         asks_secret = std::holds_alternative<xmpp::sasl::AskSecret>(ask.question),
         watch = std::weak_ptr<int>(alive_)](xmpp::sasl::Answer given) {
            if (watch.expired()) return;
            is_trying_ = asks_keys && !was_put_off(given);
            answer(std::move(given));
            // That has judged a proof, which counts before the next one is looked at.
            if (asks_secret) pump_.drain();
        }
    );
}

void C2sSession::on(xmpp::AskCertified ask) {
    tools_.auth.find_accounts(
        std::move(ask.users),
        [this, watch = std::weak_ptr<int>(alive_)](std::vector<std::string> users) {
            if (!watch.expired()) answer(xmpp::Certified{std::move(users)});
        }
    );
}

void C2sSession::on(xmpp::ProofJudged proof) {
    is_trying_ = false;
    if (!proof.is_right) tools_.auth.failed(peer(), user_);
}

/// A wrong token counts as a wrong password does. One that is over or of a locked account does not:
/// it was the right one.
void C2sSession::judge_token(const xmpp::AskAccount& ask) {
    using xmpp::sasl::Denied;
    using xmpp::sasl::Fault;
    if (tools_.auth.is_banned(peer(), user_))
        return answer(xmpp::sasl::Answer(Denied{Fault::temporary_auth_failure}));
    tools_.tokens.judge(
        std::get<xmpp::sasl::AskToken>(ask.question),
        ask.client,
        ask.count,
        [this, watch = std::weak_ptr<int>(alive_)](xmpp::sasl::Answer given, bool is_due) {
            if (watch.expired()) return;
            is_token_due_ = is_due;
            const auto* denied = std::get_if<Denied>(&given);
            const bool is_wrong = denied && denied->fault == Fault::not_authorized;
            if (is_wrong) tools_.auth.failed(peer(), user_, "token");
            answer(std::move(given));
        }
    );
}

void C2sSession::authenticated(const std::string& user) {
    user_ = user;
    if (std::exchange(is_authenticated_, true)) return;
    tools_.auth.proved(peer(), user, mechanism_);
    pump_.stream().set_message_bytes(tools_.message_bytes);
    tools_.owner.on_authenticated(*this);
}

void C2sSession::on(xmpp::AskBind ask) {
    authenticated(ask.user);
    is_binding_ = true;
    if (ask.is_inline && tools_.archive) return bind_inline(ask);
    bind(ask, {}, {});
}

/// XEP-0386 §4: such a client reads the archive. It is told where that ends, and what is in there
/// does not wait for it any more; so it is looked at before there is a session that could miss
/// anything.
void C2sSession::bind_inline(const xmpp::AskBind& ask) {
    const auto account = xmpp::Jid::from_parts(ask.user, tools_.hub.domain().domain());
    if (!account) return bind(ask, {}, {});
    tools_.archive->describe(
        *account,
        [this, ask, watch = std::weak_ptr<int>(alive_)](std::optional<Archive::State> state) {
            if (watch.expired() || !is_binding_) return;  // or it has ended meanwhile
            if (!state) return bind(ask, {}, {});
            bind(ask, {std::move(state->metadata)}, state->span);
        }
    );
}

void C2sSession::bind(
    const xmpp::AskBind& ask,
    std::vector<xmpp::Element> metadata,
    std::optional<ArchiveSpan> reads_archive
) {
    const auto bound =
        [this, metadata = std::move(metadata), reads_archive, watch = std::weak_ptr<int>(alive_)](
            boost::system::result<Session*, xmpp::StanzaError> made
        ) {
            if (watch.expired()) return;
            is_binding_ = false;
            if (!made) return answer(made.error());
            session_ = *made;
            session_->reads_archive = reads_archive;
            answer(xmpp::Bound{session_->full(), metadata});
        };
    tools_.hub.bind(*this, ask, bound);
}

void C2sSession::on(xmpp::AskResume ask) {
    authenticated(ask.user);
    is_binding_ = true;
    const auto resumed = [this, watch = std::weak_ptr<int>(alive_)](ResumeAnswer answered) {
        if (watch.expired()) return;
        is_binding_ = false;
        if (auto* missed = std::get_if<xmpp::NotResumed>(&answered)) return answer(*missed);
        auto& found = std::get<Resumption>(answered);
        session_ = found.session;
        answer(std::move(found.resumed));
    };
    tools_.hub.resume(*this, ask, resumed);
}

void C2sSession::on(xmpp::AskRegister ask) {
    tools_.registration
        .ask(peer(), ask.iq, [this, watch = std::weak_ptr<int>(alive_)](xmpp::Stanza reply) {
            if (!watch.expired()) answer(std::move(reply));
        });
}

void C2sSession::on(xmpp::AskIssue ask) {
    if (!ask.is_asked && !is_token_due_)
        return answer(xmpp::StanzaError(xmpp::Condition::item_not_found));
    tools_.tokens.issue(ask, [this, watch = std::weak_ptr<int>(alive_)](xmpp::ServerAnswer given) {
        if (!watch.expired()) answer(std::move(given));
    });
}

void C2sSession::on(xmpp::SessionStarted) {
    tools_.hub.world().log.info(
        "c2s.login", {{"user", Personal{user_}}, {"peer", Personal{peer()}}}
    );
}

void C2sSession::on(xmpp::ManagementEnabled enabled) {
    if (session_ != nullptr) tools_.hub.set_resumable(*session_, std::move(enabled.resume_id));
}

void C2sSession::on(xmpp::InlineEnabled enabled) {
    if (session_ == nullptr) return;
    session_->wants_carbons = session_->wants_carbons || enabled.carbons;
    session_->is_inactive = enabled.inactive;
}

void C2sSession::on(xmpp::AckWanted wanted) {
    tools_.hub.when_safe(
        [this, count = wanted.count, watch = std::weak_ptr<int>(alive_)] {
            if (watch.expired()) return;
            pump_.machine().acknowledge(count);
            pump_.later();
        },
        session_ != nullptr ? session_->full() : xmpp::Jid()
    );
}

void C2sSession::on(xmpp::ClientState state) {
    if (session_ != nullptr) session_->is_inactive = !state.is_active;
}

void C2sSession::on(xmpp::TokenInvalidated token) {
    tools_.tokens.invalidate(token);
}

void C2sSession::on(xmpp::Received received) {
    tools_.stanzas_in.add();
    if (session_ != nullptr) tools_.hub.handle(*session_, std::move(received.stanza));
}

void C2sSession::on(xmpp::Malformed malformed) {
    tools_.stanzas_in.add();
    if (session_ != nullptr) tools_.hub.malformed(*session_, malformed.element, malformed.error);
}

void C2sSession::on(xmpp::Ended ended) {
    tools_.hub.world().log.info(
        "c2s.ended",
        {{"user", Personal{user_}},
         {"peer", Personal{peer()}},
         {"reason", ended.reason},
         {"detail", ended.text}}
    );
    // A connection that fell silent or broke may be taken up elsewhere (XEP-0198 §5).
    leave(ended.by == xmpp::EndedBy::link || ended.reason == "connection-timeout");
}

/// Gives the session back to the hub.
void C2sSession::leave(bool may_return) {
    if (std::exchange(is_binding_, false)) tools_.hub.abandon(*this);
    if (session_ == nullptr) return;
    Session& session = *std::exchange(session_, nullptr);
    std::unique_ptr<xmpp::Management> management = pump_.machine().take_management();
    if (may_return)
        tools_.hub.hibernate(session, std::move(management));
    else
        tools_.hub.unbind(session, std::move(management));
}

void C2sSession::on_closed(const Error&) {
    leave(true);
    tools_.owner.on_over(*this);
}

// ---- reading no faster than is fair ----

void C2sSession::on_read(std::size_t bytes) {
    stir();
    // It has keys, and others that had them as well have used up the tries: no proof is looked at.
    if (is_trying_ && tools_.auth.is_banned(peer(), user_)) {
        is_trying_ = false;
        close(StreamError(StreamCondition::policy_violation, "Too many failed logins."));
    }
    if (tools_.hub.world().store.pending() > busy_writes) pause_reading(busy_pause);
    if (tools_.read_rate == 0) return;
    const auto rate = static_cast<std::int64_t>(tools_.read_rate);
    const TimePoint now = tools_.timers.now();
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::min<Clock::duration>(now - credited_, std::chrono::hours(1))
    );
    credited_ = now;
    credit_ = std::min(
        static_cast<std::int64_t>(tools_.read_burst), credit_ + rate * passed.count() / 1000
    );
    credit_ -= static_cast<std::int64_t>(bytes);
    if (credit_ < 0) pause_reading(std::chrono::milliseconds(-credit_ * 1000 / rate + 1));
}

void C2sSession::pause_reading(std::chrono::milliseconds time) {
    if (!std::exchange(is_reading_, false)) return;
    pump_.stream().set_reading(false);
    timer_ = tools_.timers.after(time, [this] {
        timer_ = {};
        is_reading_ = true;
        pump_.stream().set_reading(true);
    });
}

}  // namespace sallyport::server
