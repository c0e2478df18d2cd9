// SPDX-License-Identifier: Apache-2.0
// RFC 6120 §7 and §8: <iq type='set'><bind/></iq>, then stanzas.
#include <algorithm>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/stream/client_guard.hpp"
#include "xmpp/stream/client_login.hpp"
#include "xmpp/stream/client_stream.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp {
namespace {

// Held while the session is negotiated: a server that sends more does not wait for us.
constexpr std::size_t max_early = 100;

}  // namespace

void ClientStream::send_iq(std::string_view type, Element payload) {
    Element iq("iq", ns::client);
    waits_for_ = "n" + std::to_string(++ids_);
    iq.set("type", type).set("id", waits_for_);
    iq.add(std::move(payload));
    framing_.write_stanza(iq, options_.limits.stanza_bytes, nullptr);
}

// By its id alone: seed 002's server answers to an address that it is only about to tell. What is
// no answer is held until the session stands (seed 004's asks for our version at once).
bool ClientStream::is_answer(const Element& element) {
    bool is_iq = element.is("iq", ns::client);
    auto type = element.attribute("type");
    if (is_iq && (type == "result" || type == "error") && element.attribute("id") == waits_for_) {
        waits_for_.clear();
        return true;
    }
    if (element.ns() != ns::client) {
        unexpected(element);
    } else if (early_.size() < max_early) {
        early_.push_back(element);
    } else {
        refuse(StreamCondition::policy_violation, "Too many stanzas before the session stands.");
    }
    return false;
}

void ClientStream::begin_bind() {
    Element bind("bind", ns::bind);
    asked_resource_ = !options_.resource.empty();
    if (asked_resource_) bind.add("resource", ns::bind).add_text(options_.resource);
    send_iq("set", std::move(bind));
    enter(Phase::bind);
}

void ClientStream::on_bind(const Element& iq) {
    if (!is_answer(iq)) return;
    if (iq.attribute("type") == "error") return bind_refused(iq);
    const Element* bind = iq.child("bind", ns::bind);
    auto full = Jid::parse(bind ? bind->child_text("jid", ns::bind).value_or("") : "");
    if (!full || full->resource().empty())
        return refuse(StreamCondition::undefined, "A session without an address.");
    full_ = *full;
    is_bound_ = true;
    next_step();
}

// RFC 6120 §7.6.2, §7.7.2: what we asked for may be the reason, so ask once for anything.
void ClientStream::bind_refused(const Element& iq) {
    StanzaError error = StanzaError::from_stanza(iq);
    bool may_be_ours =
        error.condition == Condition::conflict || error.condition == Condition::bad_request;
    if (may_be_ours && asked_resource_) {
        options_.resource.clear();
        return begin_bind();
    }
    give_up("bind-" + std::string(to_string(error.condition)), error.text);
}

void ClientStream::begin_session() {
    send_iq("set", Element("session", ns::session));
    enter(Phase::session);
}

void ClientStream::on_session(const Element& iq) {
    if (!is_answer(iq)) return;
    if (iq.attribute("type") == "error") {
        StanzaError error = StanzaError::from_stanza(iq);
        return give_up("session-" + std::string(to_string(error.condition)), error.text);
    }
    has_session_ = true;
    next_step();
}

void ClientStream::stand(bool is_resumed) {
    features_ = Element();
    std::unique_ptr<Resumable> old = std::move(options_.resumable);
    if (!is_resumed && old && old->management) {
        auto waiting = old->management->take_unacknowledged();
        if (!waiting.empty()) events_.emplace_back(LeftOver{std::move(waiting)});
    }
    was_online_ = true;
    events_.emplace_back(Online{full_, is_resumed, location_});
    enter(Phase::established);
    // XEP-0198 §5: in order, and before anything new.
    if (is_resumed)
        for (const auto& stanza : management_->queue()) framing_.write_stanza(stanza.bytes);
    for (const Element& element : std::exchange(early_, {})) on_stanza(element);
}

void ClientStream::on_established(const Element& element) {
    if (element.ns() == ns::client) {
        if (management_) management_->count_received();
        return on_stanza(element);
    }
    if (on_management(element)) return;
    // XEP-0388 §2.6.2: they follow a <success/> with which a session stood already.
    if (element.is("features", ns::streams)) return;
    unexpected(element);
}

void ClientStream::on_stanza(const Element& element) {
    auto stanza = Stanza::from_element(element);
    if (!stanza) {
        events_.emplace_back(Malformed{element, stanza.error()});
        return;
    }
    // RFC 6120 §8.1.2.1: what says nobody is of our own account.
    if (stanza->from().is_empty()) stanza->set_from(full_.bare());
    bool is_ours = stanza->kind() == StanzaKind::iq && !waits_for_.empty() &&
                   stanza->id() == waits_for_ && stanza->type() != StanzaType::get &&
                   stanza->type() != StanzaType::set;
    if (is_ours && answers(*stanza, options_.domain, full_)) return waits_for_.clear();
    queries_.end(*stanza, full_);
    if (!may_say(*stanza, full_, queries_)) return refuse_forged(std::move(*stanza));
    if (is_for_stream(*stanza)) return answer(*stanza);
    events_.emplace_back(Received{std::move(*stanza)});
}

bool ClientStream::is_for_stream(const Stanza& stanza) const {
    const bool is_request = stanza.kind() == StanzaKind::iq &&
                            (stanza.type() == StanzaType::get || stanza.type() == StanzaType::set);
    if (!is_request || phase_ != Phase::established) return false;
    const auto& theirs = options_.handles;
    return std::find(theirs.begin(), theirs.end(), stanza.payload().ns()) == theirs.end();
}

// What a full queue has no room for goes unanswered: who asked asks again.
void ClientStream::answer(const Stanza& request) {
    using namespace std::chrono;
    ClientFacts facts = options_.about;
    facts.time += floor<milliseconds>(now_ - begun_);
    facts.idle = floor<seconds>(now_ - active_);
    if (auto answer = answer_as_client(request, facts)) (void)queue(*answer).has_value();
}

// As if it were not understood: who tries it on learns nothing (RFC 6121 §2.1.6).
void ClientStream::refuse_forged(Stanza stanza) {
    auto answer = stanza.kind() == StanzaKind::iq
                      ? stanza.bounce(StanzaError(Condition::service_unavailable))
                      : std::nullopt;
    if (answer && phase_ == Phase::established) (void)queue(*answer).has_value();
    events_.emplace_back(Forged{std::move(stanza)});
}

Result<void> ClientStream::send(const Stanza& stanza, TimePoint now) {
    now_ = now;
    if (phase_ != Phase::established) return Error("not-established");
    active_ = now;
    Result<void> queued = queue(stanza);
    if (queued) queries_.begin(stanza);
    return queued;
}

Result<void> ClientStream::queue(const Stanza& stanza) {
    std::string bytes;
    write(bytes, stanza.element(), ns::client);
    if (bytes.size() > options_.limits.stanza_bytes) return Error("too-long");
    if (management_ && !management_->keep(bytes, now_)) return Error("queue-full");
    framing_.write_stanza(bytes);
    return {};
}

// ---- signs of life ----

void ClientStream::ask_for_life() {
    pinged_ = true;
    if (management_) {
        framing_.write_element(Element("r", management_ns_));
        ack_asked_ = true;
    } else {
        send_iq("get", Element("ping", ns::ping));
    }
    deadline_ = now_ + options_.times.answer;
}

}  // namespace sallyport::xmpp
