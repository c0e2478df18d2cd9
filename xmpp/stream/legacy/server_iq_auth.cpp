// SPDX-License-Identifier: Apache-2.0
// XEP-0078, the way to log in of before SASL, under the legacy switch and within TLS only:
//   client: <iq type='get'><query xmlns='jabber:iq:auth'/></iq>      server: the fields it wants
//   client: <iq type='set'><query> username, password, resource      server: <iq type='result'/>
// There is no digest: it would need the password itself, which is nowhere.
#include <array>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/stream/server_machine.hpp"

namespace sallyport::xmpp {
namespace {

struct Code {
    Condition condition;
    std::string_view number;
};

// XEP-0078 §3.4: clients of that time read these.
constexpr std::array<Code, 3> codes{{
    {Condition::not_authorized, "401"},
    {Condition::not_acceptable, "406"},
    {Condition::conflict, "409"},
}};

Element make_fields() {
    Element query("query", ns::iq_auth);
    for (std::string_view field : {"username", "password", "resource"})
        query.add(field, ns::iq_auth);
    return query;
}

}  // namespace

void ServerMachine::refuse_iq_auth(Condition condition) {
    Element iq("iq", ns::client);
    iq.set("id", negotiation_->request_id);
    Element error = StanzaError(condition).to_element(ns::client);
    for (const Code& code : codes)
        if (code.condition == condition) error.set("code", code.number);
    negotiation_->iq_auth_resource.reset();
    write_iq("error", iq, std::move(error));
}

void ServerMachine::on_iq_auth(Element iq) {
    if (!options_->allows_legacy)
        return refuse(StreamCondition::not_authorized, "A stanza came before the session.");
    const Element* query = iq.first_child();
    negotiation_->request_id = iq.attribute("id").value_or("");
    if (iq.attribute("type") == "get") return write_iq("result", iq, make_fields());
    std::string user = query->child_text("username", ns::iq_auth).value_or("");
    auto resource = query->child_text("resource", ns::iq_auth);
    auto password = query->child_text("password", ns::iq_auth);
    auto jid = Jid::from_parts(user, options_->domain.domain(), resource.value_or(""));
    if (user.empty() || !jid || jid->resource().empty() || !password)
        return refuse_iq_auth(Condition::not_acceptable);
    negotiation_->iq_auth_resource = std::string(jid->resource());
    asked_ = Asked::account;
    sasl::AskPassword question{std::string(jid->local()), std::move(*password)};
    events_.emplace_back(AskAccount{std::move(question), {}});
}

// All failures are one, so that nobody learns who exists; only they count.
void ServerMachine::answer_iq_auth(const sasl::Answer& answer) {
    const auto* granted = std::get_if<sasl::Granted>(&answer);
    if (granted && !granted->user.empty()) {
        negotiation_->user = granted->user;
        state_ |= state::authenticated;
        framing_.set_limits(limits());
        asked_ = Asked::resource;
        events_.emplace_back(AskBind{granted->user, *negotiation_->iq_auth_resource, {}, {}});
        return;
    }
    refuse_iq_auth(Condition::not_authorized);
    const auto* denied = std::get_if<sasl::Denied>(&answer);
    bool counts = !denied || denied->fault != sasl::Fault::temporary_auth_failure;
    if (counts && ++negotiation_->failures >= options_->sasl_tries)
        refuse(StreamCondition::policy_violation, "Too many failed logins.");
}

// Logged in and bound at once, or neither (XEP-0078 §3.2).
void ServerMachine::answer_iq_auth_bind(const ServerAnswer& answer) {
    if (const auto* error = std::get_if<StanzaError>(&answer)) {
        state_ &= ~state::authenticated;
        return refuse_iq_auth(error->condition);
    }
    Element iq("iq", ns::client);
    iq.set("id", negotiation_->request_id);
    stand(std::get<Bound>(answer).full, false);
    write_iq("result", iq, std::nullopt);
    settle();
}

}  // namespace sallyport::xmpp
