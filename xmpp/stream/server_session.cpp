// SPDX-License-Identifier: Apache-2.0
// RFC 6120 §7 and §8: an iq of urn:ietf:params:xml:ns:xmpp-bind makes the session, and stanzas
// flow.
#include <utility>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/stream/server_machine.hpp"

namespace sallyport::xmpp {
namespace {

// What a client must take: the largest stanza of another client, with what the way adds to it.
constexpr std::size_t stanza_bytes = 1024 * 1024;
constexpr std::string_view life_id = "sallyport-ping";

bool is_request(const Element& iq) {
    std::string_view type = iq.attribute("type").value_or("");
    return type == "get" || type == "set";
}

const FeatureRow* find_iq_feature(const Element& iq) {
    const Element* payload = iq.name() == "iq" && is_request(iq) ? iq.first_child() : nullptr;
    return payload ? find_feature(payload->ns(), FeatureRow::Carrier::iq) : nullptr;
}

bool is_answer_to_us(const Element& iq) {
    return iq.name() == "iq" && iq.attribute("id") == life_id && !is_request(iq);
}

}  // namespace

// ---- before there is a session ----

// RFC 6120 §7.1: nothing is processed for anybody else. An iq to the server or to the user's own
// address is answered.
void ServerMachine::on_early(Element element) {
    if (!has(state::secure))
        return refuse(StreamCondition::policy_violation, "TLS must come first.");
    const FeatureRow* row = find_iq_feature(element);
    bool judged = asked_ == Asked::account || negotiation_->mechanism;
    if (row && row->fits(state_) && !judged) return (this->*row->handle)(std::move(element));
    auto to = Jid::parse(element.attribute("to").value_or(options_->domain.str()));
    bool to_us = to && to->domain() == options_->domain.domain() && to->resource().empty() &&
                 (to->local().empty() || to->local() == negotiation_->user);
    if (has(state::authenticated) && element.name() == "iq" && is_request(element) && to_us)
        return refuse_iq(element, StanzaError(Condition::not_authorized));
    refuse(StreamCondition::not_authorized, "A stanza came before the session.");
}

void ServerMachine::write_iq(
    std::string_view type, const Element& iq, std::optional<Element> payload
) {
    if (phase_ != Phase::open) return;
    Element answer("iq", ns::client);
    answer.set("type", type).set("id", iq.attribute("id").value_or(""));
    if (!full_.is_empty()) answer.set("to", full_.str());
    if (payload) answer.add(std::move(*payload));
    write_own(answer);
}

void ServerMachine::refuse_iq(const Element& iq, const StanzaError& error) {
    write_iq("error", iq, error.to_element(ns::client));
}

// With stream management our own iqs count like all others (XEP-0198 §4). A peer that takes no
// notice of <r/> must not make us hold all that it was sent; what is not counted must not reach it.
Result<void> ServerMachine::write_kept(const Element& stanza) {
    const bool managed = has(state::managed);
    const std::size_t end = framing_.end();
    std::string copy;
    if (!framing_.write_stanza(stanza, stanza_bytes, managed ? &copy : nullptr))
        return Error("too-long");
    if (!managed || keep(std::move(copy), now_)) return {};
    framing_.cut(end);
    refuse(StreamCondition::policy_violation, "Too much is unacknowledged.");
    return Error("unacknowledged");
}

void ServerMachine::write_own(const Element& stanza) {
    static_cast<void>(write_kept(stanza));
}

// RFC 6120 §7.6 and §7.7.
void ServerMachine::on_bind(Element iq) {
    const Element* payload = iq.first_child();
    std::string_view id = iq.attribute("id").value_or("");
    if (!payload->is("bind", ns::bind) || iq.attribute("type") != "set" || id.empty())
        return refuse_iq(iq, StanzaError(Condition::bad_request));
    std::string resource = payload->child_text("resource", ns::bind).value_or("");
    auto full = Jid::from_parts(negotiation_->user, options_->domain.domain(), resource);
    if (!full) return refuse_iq(iq, StanzaError(Condition::bad_request));
    negotiation_->request_id = id;
    asked_ = Asked::resource;
    events_.emplace_back(AskBind{negotiation_->user, std::string(full->resource()), {}, {}});
}

void ServerMachine::refuse_bind(Element iq) {
    refuse_iq(iq, StanzaError(Condition::not_allowed, "This stream has its session."));
}

void ServerMachine::bound(const Bound& answer) {
    if (negotiation_->inlined) return bound_inline(answer);
    Element iq("iq", ns::client);
    iq.set("id", negotiation_->request_id);
    Element result("bind", ns::bind);
    result.add("jid", ns::bind).add_text(answer.full.str());
    stand(answer.full, false);
    write_iq("result", iq, std::move(result));
    settle();
}

void ServerMachine::not_bound(const StanzaError& error) {
    Element iq("iq", ns::client);
    iq.set("id", negotiation_->request_id);
    if (!negotiation_->inlined) return refuse_iq(iq, error);
    refuse(
        error.condition == Condition::conflict ? StreamCondition::conflict
                                               : StreamCondition::resource_constraint,
        "There can be no session."
    );
}

void ServerMachine::stand(Jid full, bool is_resumed) {
    full_ = std::move(full);
    state_ |= state::bound;
    is_resumed_ = is_resumed;
    events_.emplace_back(SessionStarted{full_, is_resumed});
}

// What it took to get here is not needed any more.
void ServerMachine::settle() {
    negotiation_.reset();
    plan();
}

// XEP-0077 before a login: the owner knows what may be registered.
void ServerMachine::on_register(Element iq) {
    if (!options_->offers_registration)
        return refuse(StreamCondition::not_authorized, "A stanza came before the session.");
    iq.unset("from");
    iq.unset("to");
    negotiation_->request_id = iq.attribute("id").value_or("");
    auto stanza = Stanza::from_element(std::move(iq));
    // NOLINTNEXTLINE(bugprone-use-after-move): it is taken when it is a stanza, and else left
    if (!stanza) return refuse_iq(iq, stanza.error());
    asked_ = Asked::registration;
    events_.emplace_back(AskRegister{std::move(*stanza)});
}

bool ServerMachine::answer_registration(const ServerAnswer& answer) {
    Element iq("iq", ns::client);
    iq.set("id", negotiation_->request_id);
    if (const auto* error = std::get_if<StanzaError>(&answer)) {
        refuse_iq(iq, *error);
        return true;
    }
    const auto* stanza = std::get_if<Stanza>(&answer);
    if (stanza) write_own(stanza->element());
    return stanza;
}

// ---- while it stands ----

// RFC 3921 §3: nothing is left to do, and clients that ask are told so.
void ServerMachine::on_session(Element iq) {
    write_iq("result", iq, std::nullopt);
}

void ServerMachine::on_stanza(Element element) {
    if (has(state::managed)) management_->count_received();
    const FeatureRow* row = find_iq_feature(element);
    FeatureRow::Handler act = !row ? nullptr : row->fits(state_) ? row->handle : row->refuse;
    if (act) return (this->*act)(std::move(element));
    if (is_answer_to_us(element)) return;
    // RFC 6120 §8.1.5: who gets the stanza does not know what language this stream speaks.
    if (!lang_.empty() && element.name() != "iq" && !element.attribute("xml:lang"))
        element.set("xml:lang", lang_);
    auto stanza = Stanza::from_element(std::move(element));
    if (stanza) {
        events_.emplace_back(Received{std::move(*stanza)});
    } else {
        // NOLINTNEXTLINE(bugprone-use-after-move): it is taken when it is a stanza, and else left
        element.set("from", full_.str());
        events_.emplace_back(Malformed{std::move(element), stanza.error()});
    }
}

// XEP-0352.
void ServerMachine::on_client_state(Element element) {
    if (!options_->offers_client_state || !has(state::bound))
        return refuse(StreamCondition::unsupported_stanza_type, "That is not known here.");
    bool is_active = element.name() == "active";
    if (is_active || element.name() == "inactive") events_.emplace_back(ClientState{is_active});
}

Result<void> ServerMachine::send(const Stanza& stanza, TimePoint now) {
    if (phase_ != Phase::open || !has(state::bound)) return Error("not-established");
    if (now != TimePoint()) now_ = now;
    return write_kept(stanza.element());
}

// White space would show whether the connection lives, but not whether the client does; any client
// must answer an iq (RFC 6120 §8.2.3).
void ServerMachine::ask_for_life() {
    if (has(state::managed)) return request_ack();
    Element iq("iq", ns::client);
    iq.set("from", options_->domain.str()).set("to", full_.str());
    iq.set("type", "get").set("id", life_id);
    iq.add("ping", ns::ping);
    write_own(iq);
}

}  // namespace sallyport::xmpp
