// SPDX-License-Identifier: Apache-2.0
// RFC 6120 §6:
//   <auth mechanism='…'>base64 of the initial response, "=" when it is empty, or nothing</auth>
//   <challenge>…</challenge> <response>…</response>        as often as the mechanism wants
//   <success>additional data</success>, or <failure><condition/></failure>; <abort/> ends it too
// XEP-0388 has the same in a namespace of its own; challenge(), succeed() and fail_sasl() speak the
// dialect in which it was begun.
#include <algorithm>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/stream/server_machine.hpp"

namespace sallyport::xmpp {
namespace {

constexpr int max_refusals = 12;

bool counts(sasl::Fault fault) {
    return fault != sasl::Fault::aborted && fault != sasl::Fault::temporary_auth_failure &&
           fault != sasl::Fault::invalid_mechanism && fault != sasl::Fault::mechanism_too_weak &&
           fault != sasl::Fault::encryption_required;
}

void append_data(
    std::string& out, std::string_view name, std::string_view ns, std::string_view b64
) {
    out.append("<").append(name).append(" xmlns='").append(ns).append("'");
    if (b64.empty())
        out += "/>";
    else
        out.append(">").append(b64).append("</").append(name).append(">");
}

}  // namespace

// Some wrap their base64 (seeds 002 and 003); nothing else but its alphabet is let through.
std::optional<std::string> decode_sasl(std::string_view text) {
    std::string dense(text);
    std::erase_if(dense, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    if (dense == "=") return std::string();
    auto bytes = base64_decode(dense);
    if (!bytes) return std::nullopt;
    return std::move(*bytes);
}

// ---- what is offered ----

bool ServerMachine::may_offer(const sasl::MechanismRow& row) const {
    const sasl::Needs& needs = row.needs;
    return row.make_server && (!needs.tls || has(state::tls)) &&
           (!needs.binding || !negotiation_->binding.is_empty()) &&
           (!needs.certificate || !negotiation_->certified.empty()) &&
           (!needs.legacy || options_->allows_legacy);
}

std::vector<std::string> ServerMachine::offered(MechanismFamily family) const {
    std::vector<std::string> names;
    bool wants_fast = family == MechanismFamily::fast;
    if (wants_fast && !options_->offers_fast) return names;
    for (const std::string& name : options_->mechanisms) {
        const sasl::MechanismRow* row = sasl::find_mechanism(name);
        bool is_fast = row && row->credential == sasl::Credential::fast_token;
        if (row && is_fast == wants_fast && may_offer(*row)) names.push_back(name);
    }
    return names;
}

// XEP-0440: only where a mechanism can use them.
std::vector<std::string> ServerMachine::offered_bindings() const {
    std::vector<std::string> types;
    std::vector<std::string> names = offered(MechanismFamily::sasl);
    bool useful = std::any_of(names.begin(), names.end(), [](std::string_view name) {
        return name.ends_with("-PLUS");
    });
    if (!useful) return types;
    if (!negotiation_->binding.end_point.empty()) types.push_back("tls-server-end-point");
    if (!negotiation_->binding.exporter.empty()) types.push_back("tls-exporter");
    return types;
}

std::optional<sasl::Fault> ServerMachine::why_not(std::string_view name) const {
    const auto& wanted = options_->mechanisms;
    const sasl::MechanismRow* row = sasl::find_mechanism(name);
    if (!row) return sasl::Fault::invalid_mechanism;
    bool is_fast = row->credential == sasl::Credential::fast_token;
    bool listed = std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    if (row->needs.legacy && !(listed && options_->allows_legacy))
        return sasl::Fault::mechanism_too_weak;
    if (listed && row->needs.tls && !has(state::tls)) return sasl::Fault::encryption_required;
    bool fits = !is_fast || (negotiation_->inlined && options_->offers_fast);
    if (!listed || !may_offer(*row) || !fits) return sasl::Fault::invalid_mechanism;
    return std::nullopt;
}

// ---- the client's elements ----

void ServerMachine::on_sasl(Element element) {
    bool judged = asked_ == Asked::account;
    bool is_other = negotiation_->iq_auth_resource.has_value();
    if (element.name() == "abort" && !is_other) return abort_sasl();
    if (judged || is_other || negotiation_->inlined)
        return refuse(StreamCondition::policy_violation, "That came out of turn.");
    if (element.name() == "auth") return on_auth(element);
    if (element.name() == "response") return on_response(element);
    refuse(StreamCondition::unsupported_stanza_type, "That element is not known here.");
}

// RFC 6120 §6.5.4, while TLS is required and not there. Nobody logs in twice.
void ServerMachine::refuse_sasl(Element element) {
    if (has(state::authenticated) || element.name() != "auth")
        return refuse(StreamCondition::policy_violation, "That came out of turn.");
    fail_sasl(sasl::Fault::encryption_required);
}

void ServerMachine::on_auth(const Element& element) {
    if (negotiation_->mechanism) return fail_sasl(sasl::Fault::malformed_request);
    std::string text = element.text();
    std::string_view name = element.attribute("mechanism").value_or("");
    if (auto fault = why_not(name)) return fail_sasl(*fault);
    if (trim(text).empty()) return begin_mechanism(name, std::nullopt);
    auto bytes = decode_sasl(text);
    if (!bytes) return fail_sasl(sasl::Fault::incorrect_encoding);
    begin_mechanism(name, std::move(bytes));
}

void ServerMachine::on_response(const Element& element) {
    if (!negotiation_->waits_for_response) return fail_sasl(sasl::Fault::malformed_request);
    auto bytes = decode_sasl(element.text());
    if (!bytes) return fail_sasl(sasl::Fault::incorrect_encoding);
    negotiation_->waits_for_response = false;
    sasl::ServerStep step = negotiation_->mechanism->respond(*bytes);
    if (std::exchange(negotiation_->has_keys, false))
        events_.emplace_back(ProofJudged{std::holds_alternative<sasl::Success>(step)});
    take_step(std::move(step));
}

// The answer that is still to come must not be taken for one to the next question.
void ServerMachine::abort_sasl() {
    bool judged = asked_ == Asked::account;
    negotiation_->is_aborted = judged;
    fail_sasl(sasl::Fault::aborted);
}

// ---- the exchange ----

sasl::ServerSetting ServerMachine::make_setting() {
    sasl::ServerSetting setting;
    setting.domain = options_->domain.domain();
    setting.binding = negotiation_->binding;
    setting.certified = negotiation_->certified;
    setting.offered = offered(MechanismFamily::sasl);
    setting.bindings = offered_bindings();
    setting.fake_salt_key = options_->fake_salt_key;
    setting.nonce = derive();
    return setting;
}

// RFC 4422 §5.1, RFC 6120 §6.4.2: a client that speaks first and sent nothing is asked for it with
// an empty challenge; one that must not speak first may not.
void ServerMachine::begin_mechanism(std::string_view name, std::optional<std::string> initial) {
    const sasl::MechanismRow* row = sasl::find_mechanism(name);
    negotiation_->mechanism = row->make_server(make_setting());
    negotiation_->mechanism_name = row->name;
    negotiation_->is_try = negotiation_->has_keys = false;
    if (row->client_first && !initial) return challenge({});
    if (!row->client_first && initial) return fail_sasl(sasl::Fault::malformed_request);
    take_step(negotiation_->mechanism->respond(initial.value_or("")));
}

void ServerMachine::take_step(sasl::ServerStep step) {
    negotiation_->is_try = negotiation_->is_try || !std::holds_alternative<sasl::Fault>(step);
    if (const auto* more = std::get_if<sasl::Challenge>(&step)) return challenge(more->bytes);
    if (const auto* done = std::get_if<sasl::Success>(&step)) return succeed(*done);
    if (const auto* fault = std::get_if<sasl::Fault>(&step)) return fail_sasl(*fault);
    asked_ = Asked::account;
    AskAccount ask{std::get<sasl::Question>(std::move(step)), {}, {}, negotiation_->mechanism_name};
    negotiation_->has_keys = std::holds_alternative<sasl::AskKeys>(ask.question);
    negotiation_->gave_proof = std::holds_alternative<sasl::AskSecret>(ask.question);
    if (const auto& wishes = negotiation_->inlined) {
        ask.client = wishes->client;
        ask.count = wishes->count;
    }
    events_.emplace_back(std::move(ask));
}

bool ServerMachine::answer_account(const ServerAnswer& answer) {
    const auto* about = std::get_if<sasl::Answer>(&answer);
    if (!about) return false;
    if (std::exchange(negotiation_->is_aborted, false)) return true;
    if (negotiation_->iq_auth_resource)
        answer_iq_auth(*about);
    else
        take_answered(negotiation_->mechanism->answer(*about));
    return true;
}

// A legacy mechanism has the proof before it asks for what it compares it with.
void ServerMachine::take_answered(sasl::ServerStep step) {
    const auto* fault = std::get_if<sasl::Fault>(&step);
    const bool was_put_off = fault && *fault == sasl::Fault::temporary_auth_failure;
    if (std::exchange(negotiation_->gave_proof, false) && !was_put_off)
        events_.emplace_back(ProofJudged{fault == nullptr});
    take_step(std::move(step));
}

void ServerMachine::challenge(std::string_view bytes) {
    negotiation_->waits_for_response = true;
    std::string xml;
    std::string_view dialect = negotiation_->inlined ? ns::sasl2 : ns::sasl;
    append_data(xml, "challenge", dialect, base64_encode(bytes));
    framing_.write_element(xml);
}

void ServerMachine::succeed(const sasl::Success& success) {
    auto user = sasl::authorise(success, options_->domain.domain());
    if (!user) return fail_sasl(sasl::Fault::invalid_authzid);
    // What was said before it could know of its success is not of the new stream (RFC 6120 §6.4.6).
    if (!framing_.is_drained())
        return refuse(StreamCondition::policy_violation, "Bytes came before <success/>.");
    negotiation_->user = std::move(*user);
    negotiation_->mechanism.reset();
    state_ |= state::authenticated;
    std::string data = base64_encode(success.data);
    if (negotiation_->inlined) {
        negotiation_->inlined->data = std::move(data);
        return go_on_inline();
    }
    std::string xml;
    append_data(xml, "success", ns::sasl, data);
    framing_.write_element(xml);
    restart();
}

// RFC 6120 §6.4.5: the stream stays open for another try, within bounds.
void ServerMachine::fail_sasl(sasl::Fault fault) {
    std::string_view dialect = negotiation_->inlined ? ns::sasl2 : ns::sasl;
    std::string xml = "<failure xmlns='";
    xml.append(dialect).append("'><").append(sasl::to_string(fault));
    if (dialect != ns::sasl) xml.append(" xmlns='").append(ns::sasl).append("'");
    xml += "/></failure>";
    framing_.write_element(xml);
    negotiation_->mechanism.reset();
    negotiation_->inlined.reset();
    negotiation_->waits_for_response = false;
    // COMPAT(slixmpp 1.8): binds by tls-unique whatever TLS it is, with each hash, before it says
    // PLAIN. What fails at the first word tells nobody anything about a password.
    const bool is_wrong = counts(fault) && negotiation_->is_try;
    if (is_wrong) ++negotiation_->failures;
    if (counts(fault)) ++negotiation_->refusals;
    if (negotiation_->failures < options_->sasl_tries && negotiation_->refusals < max_refusals)
        return;
    refuse(StreamCondition::policy_violation, "Too many failed logins.");
}

}  // namespace sallyport::xmpp
