// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/client_stream.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/stream/client_login.hpp"

namespace sallyport::xmpp {

// Who takes the elements that come in a phase.
struct ClientStream::PhaseRow {
    Phase phase;
    void (ClientStream::*take)(const Element&);
};

const ClientStream::PhaseRow* ClientStream::phase_row(Phase phase) {
    static constexpr std::array<PhaseRow, 12> rows{{
        {Phase::features, &ClientStream::on_features},
        {Phase::proceed, &ClientStream::on_proceed},
        {Phase::sasl, &ClientStream::on_sasl},
        {Phase::sasl2, &ClientStream::on_sasl2},
        {Phase::fields, &ClientStream::on_fields},
        {Phase::legacy, &ClientStream::on_legacy},
        {Phase::compress, &ClientStream::on_compression},
        {Phase::bind, &ClientStream::on_bind},
        {Phase::session, &ClientStream::on_session},
        {Phase::enable, &ClientStream::on_enable},
        {Phase::resume, &ClientStream::on_resume},
        {Phase::established, &ClientStream::on_established},
    }};
    auto row = std::find_if(rows.begin(), rows.end(), [&](const PhaseRow& one) {
        return one.phase == phase;
    });
    return row == rows.end() ? nullptr : &*row;
}

ClientStream::ClientStream(ClientOptions options)
    : options_(std::move(options)), framing_(Coat::tcp, options_.limits) {}

ClientStream::~ClientStream() {
    for (std::string* secret :
         {&options_.secrets.password,
          &options_.secrets.token,
          &options_.secrets.shared_secret,
          &options_.secrets.fast_token})
        sasl::wipe(*secret);
}
ClientStream::ClientStream(ClientStream&&) noexcept = default;
ClientStream& ClientStream::operator=(ClientStream&&) noexcept = default;

void ClientStream::start(TimePoint now) {
    if (phase_ != Phase::fresh) return;
    now_ = heard_ = begun_ = active_ = now;
    has_tls_ = options_.tls == ClientTls::direct;
    open_stream();
}

// RFC 6120 §4.7.1: who we are is nobody's business before TLS.
void ClientStream::open_stream() {
    std::string from;
    if (has_tls_ && !options_.user.empty())
        if (auto jid = Jid::from_parts(options_.user, options_.domain.str())) from = jid->str();
    framing_.write_header({from, options_.domain.str(), {}});
    header_written_ = at_beginning_ = true;
    stream_id_.clear();
    features_ = Element();
    enter(Phase::header);
}

void ClientStream::enter(Phase phase) {
    phase_ = phase;
    bool waits = phase != Phase::established && phase != Phase::over;
    if (waits) deadline_ = now_ + options_.times.step;
    if (phase == Phase::established) deadline_ = now_ + options_.times.ping_after;
    if (phase == Phase::over) deadline_.reset();
}

void ClientStream::feed(std::string_view bytes, TimePoint now) {
    if (phase_ == Phase::fresh || phase_ == Phase::over) return;
    now_ = now;
    if (compression_) return feed_compressed(bytes);
    take_bytes(bytes);
}

void ClientStream::take_bytes(std::string_view bytes) {
    // The header may only be preceded by what the parser would choke on (a declaration is not).
    if (at_beginning_)
        bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
    if (bytes.empty()) return;
    at_beginning_ = false;
    heard_ = now_;
    pinged_ = false;
    if (phase_ == Phase::established) deadline_ = now_ + options_.times.ping_after;
    ends_with_tag_ = bytes.back() == '>';
    // In the clear, and not ours: whoever put it there wants it to look encrypted (RFC 6120
    // §5.4.3.3, CVE-2011-0411).
    if (phase_ == Phase::handshake)
        return refuse(StreamCondition::policy_violation, "Bytes came behind <proceed/>.");
    framing_.feed(bytes);
    process();
}

void ClientStream::process() {
    while (phase_ != Phase::over && phase_ != Phase::handshake) {
        std::optional<XmlEvent> event = framing_.next();
        if (!event) break;
        if (const auto* opened = std::get_if<StreamOpened>(&*event)) {
            on_header(*opened);
        } else if (const auto* element = std::get_if<Element>(&*event)) {
            on_element(*element);
        } else {
            on_peer_closed();
        }
    }
    if (phase_ == Phase::over || phase_ == Phase::handshake) return;
    if (auto fault = framing_.fault()) refuse(to_condition(*fault), framing_.fault_detail());
}

void ClientStream::on_element(const Element& element) {
    if (is_stream_error(element)) return on_stream_error(element);
    if (phase_ == Phase::closing) return on_established(element);
    const PhaseRow* row = phase_row(phase_);
    if (!row) return unexpected(element);
    (this->*row->take)(element);
}

// RFC 6120 §4.9.1: never answered with another.
void ClientStream::on_stream_error(const Element& element) {
    StreamError error = StreamError::parse(element);
    if (error.condition == StreamCondition::see_other_host && has_tls_ && !error.host.empty())
        events_.emplace_back(Redirected{error.host});
    say_goodbye();
    end(EndedBy::peer, std::string(to_string(error.condition)), std::move(error.text));
}

void ClientStream::on_peer_closed() {
    bool was_ours = phase_ == Phase::closing;
    if (!was_ours) say_goodbye();
    // Some say it right behind a <failure/> that was acted on already.
    end(was_ours ? EndedBy::us : EndedBy::peer, "closed", {});
}

void ClientStream::unexpected(const Element& element) {
    refuse(
        StreamCondition::unsupported_stanza_type,
        "<" + std::string(element.name()) + "/> does not belong here."
    );
}

void ClientStream::refuse(StreamCondition condition, std::string text) {
    if (phase_ == Phase::over) return;
    if (phase_ != Phase::handshake && phase_ != Phase::closing) {
        if (!header_written_) open_stream();
        framing_.write_error(StreamError(condition, text));
        framing_.write_close();
    }
    end(EndedBy::us, std::string(to_string(condition)), std::move(text));
}

// Nothing is wrong with the stream, but it leads nowhere.
void ClientStream::give_up(std::string reason, std::string text) {
    say_goodbye();
    end(EndedBy::us, std::move(reason), std::move(text));
}

void ClientStream::say_goodbye() {
    if (phase_ == Phase::closing || phase_ == Phase::over || phase_ == Phase::handshake) return;
    if (header_written_) framing_.write_close();
}

void ClientStream::end(EndedBy by, std::string reason, std::string text) {
    if (phase_ == Phase::over) return;
    if (by == EndedBy::link) framing_.discard();
    enter(Phase::over);
    wants_tls_ = false;
    login_.reset();
    close_ = Close{reason};
    ended_ = Ended(by, std::move(reason), std::move(text), was_online_);
}

void ClientStream::closed(TimePoint now) {
    now_ = now;
    if (phase_ == Phase::fresh || phase_ == Phase::over) return;
    end(EndedBy::link, phase_ == Phase::sasl || phase_ == Phase::sasl2 ? "sasl-eof" : "eof", {});
}

void ClientStream::close(TimePoint now) {
    now_ = now;
    if (phase_ == Phase::over || phase_ == Phase::closing) return;
    if (phase_ != Phase::established) return give_up("closed", {});
    // XEP-0198 §6: so that nothing is sent again that has arrived.
    if (management_) write_ack();
    framing_.write_close();
    enter(Phase::closing);
    deadline_ = now + options_.times.close_grace;
}

void ClientStream::tick(TimePoint now) {
    now_ = now;
    if (!deadline_ || now < *deadline_) return;
    if (phase_ == Phase::closing) return end(EndedBy::us, "close-timeout", {});
    if (phase_ == Phase::handshake) return end(EndedBy::us, "negotiation-timeout", {});
    if (phase_ != Phase::established) return give_up("negotiation-timeout", {});
    if (!pinged_) return ask_for_life();
    refuse(StreamCondition::connection_timeout, "Nothing was heard for too long.");
}

void ClientStream::tls_done(TlsDone binding, TimePoint now) {
    binding_ = {
        std::move(binding.exporter), std::move(binding.end_point), std::move(binding.finished)};
    has_tls_ = true;
    if (phase_ != Phase::handshake) return;
    now_ = heard_ = now;
    // All that was learnt in the clear is forgotten (RFC 6120 §5.4.3.3).
    framing_.restart(options_.limits);
    login_.reset();
    open_stream();
}

std::optional<ClientStream::Output> ClientStream::poll() {
    if (!events_.empty()) {
        Event event = std::move(events_.front());
        events_.pop_front();
        return event;
    }
    if (phase_ == Phase::established) ask_for_ack();
    if (std::optional<std::string> bytes = framing_.take()) {
        if (compression_) *bytes = compression_->deflate(*bytes);
        return Action(Write{std::move(*bytes)});
    }
    if (std::exchange(wants_tls_, false)) return Action(StartTls{});
    if (ended_) return Event(*std::exchange(ended_, std::nullopt));
    if (close_) return Action(*std::exchange(close_, std::nullopt));
    return std::nullopt;
}

}  // namespace sallyport::xmpp
