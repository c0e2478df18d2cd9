// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/server_machine.hpp"

#include <algorithm>
#include <utility>

#include "xmpp/core/digest.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::xmpp {
namespace {

constexpr std::size_t ask_ack_after = 10;  // stanzas unacknowledged

unsigned first_state(TlsPolicy policy) {
    if (policy == TlsPolicy::done) return state::tls | state::secure;
    return policy == TlsPolicy::required ? 0 : state::secure;
}

bool is_stanza(const Element& element) {
    std::string_view name = element.name();
    return element.ns() == ns::client && (name == "message" || name == "presence" || name == "iq");
}

}  // namespace

ServerMachine::ServerMachine(std::shared_ptr<const ServerStreamOptions> options, std::string seed)
    : options_(std::move(options)),
      framing_(options_->is_websocket ? Coat::websocket : Coat::tcp, options_->before_auth),
      state_(first_state(options_->tls)),
      seed_(std::move(seed)),
      negotiation_(std::make_unique<Negotiation>()) {}

const ReaderLimits& ServerMachine::limits() const {
    return has(state::authenticated) ? options_->after_auth : options_->before_auth;
}

// 128 bits that nobody can tell without the seed; another value with each call.
std::string ServerMachine::derive() {
    const std::string hash = digest(Hash::sha256, seed_ + '/' + std::to_string(derived_++));
    return hex_encode(std::string_view(hash).substr(0, 16));
}

// ---- reading ----

void ServerMachine::start(TimePoint now) {
    if (phase_ != Phase::fresh) return;
    phase_ = Phase::header;
    now_ = heard_ = now;
    deadline_ = now + options_->times.negotiation;  // absolute: traffic does not move it
}

void ServerMachine::feed(std::string_view bytes, TimePoint now) {
    if (phase_ == Phase::fresh || phase_ == Phase::over || bytes.empty()) return;
    now_ = heard_ = now;
    if (std::exchange(pinged_, false)) plan();
    // Bytes in the clear where TLS has to begin are nobody's we know (CVE-2011-0411).
    if (phase_ == Phase::tls)
        return end(EndedBy::us, to_string(StreamCondition::policy_violation), "no TLS");
    if (compression_) return feed_compressed(bytes);
    take_bytes(bytes);
}

void ServerMachine::take_bytes(std::string_view bytes) {
    if (bytes.empty()) return;
    if (holds()) {
        negotiation_->held_bytes += bytes.size();
        if (negotiation_->held_bytes > limits().stanza_bytes)
            return refuse(StreamCondition::policy_violation, "Too much was said at once.");
    }
    const std::size_t last = bytes.find_last_not_of(" \t\r\n");
    ends_with_tag_ = last != bytes.npos && bytes[last] == '>';
    framing_.feed(bytes);
    process();
}

// A stream keeps its order (RFC 6120 §10.1): what comes behind a question to the owner waits for
// its answer. While a password is judged nothing may come but <abort/>, so that is looked at.
bool ServerMachine::holds() const {
    return asked_ != Asked::nothing && (asked_ != Asked::account || negotiation_->is_aborted);
}

void ServerMachine::process() {
    while (phase_ != Phase::over && phase_ != Phase::tls && !holds()) {
        std::optional<XmlEvent> event = framing_.next();
        if (!event) break;
        if (const auto* opened = std::get_if<StreamOpened>(&*event))
            on_header(*opened);
        else if (auto* element = std::get_if<Element>(&*event))
            on_element(std::move(*element));
        else
            on_peer_closed();
    }
    if (phase_ == Phase::over || phase_ == Phase::tls || holds()) return;
    if (auto fault = framing_.fault()) refuse(to_condition(*fault), framing_.fault_detail());
}

void ServerMachine::on_element(Element element) {
    if (phase_ == Phase::header)
        return refuse(StreamCondition::bad_format, "There is no stream header.");
    if (is_stream_error(element)) {
        StreamError error = StreamError::parse(element);
        say_goodbye();
        return end(EndedBy::peer, to_string(error.condition), std::move(error.text));
    }
    if (is_stanza(element))
        return has(state::bound) ? on_stanza(std::move(element)) : on_early(std::move(element));
    const FeatureRow* row = find_feature(element.ns(), FeatureRow::Carrier::element);
    FeatureRow::Handler act = !row ? nullptr : row->fits(state_) ? row->handle : row->refuse;
    // After our own end only stanzas count, and what acknowledges them.
    if (phase_ == Phase::closing) act = row && row->ns == ns::sm3 ? act : nullptr;
    if (act) return (this->*act)(std::move(element));
    if (phase_ != Phase::closing)
        refuse(StreamCondition::unsupported_stanza_type, "That element is not known here.");
}

void ServerMachine::on_peer_closed() {
    bool ours = phase_ == Phase::closing;
    say_goodbye();
    end(ours ? EndedBy::us : EndedBy::peer, "closed", {});
}

// ---- ending ----

void ServerMachine::refuse(const StreamError& error) {
    if (phase_ == Phase::over) return;
    if (phase_ != Phase::closing && phase_ != Phase::tls) {
        if (!header_written_) write_header({});
        say_what_is_safe();
        framing_.write_error(error);
        framing_.write_close();
    }
    end(EndedBy::us, to_string(error.condition), error.text);
}

void ServerMachine::say_goodbye() {
    if (phase_ == Phase::closing || phase_ == Phase::tls || !header_written_) return;
    say_what_is_safe();
    framing_.write_close();
}

// Spares the peer from sending again what has arrived (XEP-0198 §9).
void ServerMachine::say_what_is_safe() {
    if (has(state::managed)) acknowledge(management_->safe());
}

void ServerMachine::end(EndedBy by, std::string_view reason, std::string text) {
    if (phase_ == Phase::over) return;
    phase_ = Phase::over;
    asked_ = Asked::nothing;
    wants_tls_ = false;
    deadline_.reset();
    negotiation_.reset();
    ended_ = std::make_unique<Ended>(by, std::string(reason), std::move(text), has(state::bound));
}

void ServerMachine::closed() {
    if (phase_ == Phase::over) return;
    framing_.discard();
    bool ours = phase_ == Phase::closing;
    end(ours ? EndedBy::us : EndedBy::link, ours ? "closed" : "eof", {});
}

void ServerMachine::close(TimePoint now) {
    if (phase_ == Phase::over || phase_ == Phase::closing) return;
    say_goodbye();
    if (!has(state::bound)) return end(EndedBy::us, "closed", {});
    phase_ = Phase::closing;
    deadline_ = now + options_->times.close_grace;
}

// ---- time ----

void ServerMachine::tick(TimePoint now) {
    if (!deadline_ || now < *deadline_ || phase_ == Phase::over) return;
    now_ = now;
    if (phase_ == Phase::closing)
        return end(EndedBy::us, "close-timeout", "The peer did not close its stream.");
    if (!has(state::bound))
        return refuse(StreamCondition::connection_timeout, "The login took too long.");
    tick_session(now);
}

// The deadline is not moved by what comes, as that would cost every read: it may be early.
void ServerMachine::tick_session(TimePoint now) {
    const ServerTimes& times = options_->times;
    bool is_deaf = ack_asked_ && now >= std::max(heard_, ack_asked_at_) + times.ack;
    if (is_deaf || now >= heard_ + times.idle)
        return refuse(StreamCondition::connection_timeout, "Nothing was heard for too long.");
    if (!pinged_ && now >= heard_ + times.ping_after) {
        pinged_ = true;
        ask_for_life();
    }
    if (has(state::managed) && !ack_asked_ && !management_->queue().empty() &&
        now >= management_->queue().front().sent + times.ask_ack)
        request_ack();
    plan();
}

void ServerMachine::plan() {
    const ServerTimes& times = options_->times;
    deadline_ = heard_ + (pinged_ ? times.idle : times.ping_after);
    if (!has(state::managed)) return;
    if (ack_asked_)
        deadline_ = std::min(*deadline_, std::max(heard_, ack_asked_at_) + times.ack);
    else if (!management_->queue().empty())
        deadline_ = std::min(*deadline_, management_->queue().front().sent + times.ask_ack);
}

void ServerMachine::rest() {
    framing_.rest();
    if (management_) management_->rest();
    if (events_.empty()) std::vector<Event>().swap(events_);
}

// ---- what it says ----

std::optional<ServerMachine::Output> ServerMachine::poll() {
    if (events_taken_ < events_.size()) {
        Output event(std::move(events_[events_taken_++]));
        if (events_taken_ == events_.size()) {
            events_.clear();
            events_taken_ = 0;
        }
        return event;
    }
    if (phase_ == Phase::open && has(state::managed) && !ack_asked_ &&
        management_->queue().size() >= ask_ack_after)
        request_ack();
    if (auto bytes = framing_.take()) {
        // <compressed/> itself is the last that is not.
        if (std::exchange(compresses_, compression_ != nullptr))
            *bytes = compression_->deflate(*bytes);
        return Output(Action(Write{std::move(*bytes)}));
    }
    if (std::exchange(wants_tls_, false)) return Output(Action(StartTls{}));
    if (!ended_) return std::nullopt;
    if (!std::exchange(ended_told_, true)) return Output(Event(*ended_));
    Close last{std::move(std::exchange(ended_, nullptr)->reason)};
    return Output(Action(std::move(last)));
}

// ---- answers ----

namespace {

template <class T>
bool is_for(const ServerAnswer& answer) {
    return std::holds_alternative<T>(answer) || std::holds_alternative<StanzaError>(answer);
}

}  // namespace

void ServerMachine::answer(ServerAnswer answer, TimePoint now) {
    if (phase_ == Phase::over || asked_ == Asked::nothing) return;
    now_ = now;
    negotiation_->held_bytes = 0;
    if (!take_answer(std::exchange(asked_, Asked::nothing), std::move(answer)))
        refuse(StreamCondition::internal_server_error, "That was no answer to the question.");
    process();
}

bool ServerMachine::take_answer(Asked asked, ServerAnswer answer) {
    const auto* error = std::get_if<StanzaError>(&answer);
    switch (asked) {
        case Asked::account:
            return answer_account(answer);
        case Asked::certificate: {
            auto* certified = std::get_if<Certified>(&answer);
            if (certified) negotiation_->certified = std::move(certified->users);
            return certified != nullptr;
        }
        case Asked::resource:
            if (!is_for<Bound>(answer)) return false;
            if (negotiation_->iq_auth_resource) {
                answer_iq_auth_bind(answer);
                return true;
            }
            error ? not_bound(*error) : bound(std::get<Bound>(answer));
            return true;
        case Asked::session:
            return answer_session(std::move(answer));
        case Asked::registration:
            return answer_registration(answer);
        case Asked::token:
            if (!is_for<Issued>(answer)) return false;
            issued(error ? Issued() : std::get<Issued>(answer));
            return true;
        case Asked::nothing:
            break;
    }
    return false;
}

}  // namespace sallyport::xmpp
