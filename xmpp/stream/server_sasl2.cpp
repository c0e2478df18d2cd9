// SPDX-License-Identifier: Apache-2.0
// XEP-0388, with XEP-0386, XEP-0198 and XEP-0484 within it:
//   client: <authenticate mechanism='…'><initial-response>…</initial-response><user-agent id='…'/>
//           <bind><tag>…</tag><enable/></bind> <resume/> <request-token/></authenticate>
//   then challenges as in RFC 6120, and one answer to all of it:
//   server: <success><additional-data>…</additional-data><authorization-identifier>…
//           <bound><enabled/></bound> <resumed/> <token/></success>
// The stream goes on without a restart.
#include <utility>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/core/values.hpp"
#include "xmpp/stream/server_machine.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp {
namespace {

bool is_fast(std::string_view mechanism) {
    const sasl::MechanismRow* row = sasl::find_mechanism(mechanism);
    return row && row->credential == sasl::Credential::fast_token;
}

std::optional<Element> copy_child(const Element& of, std::string_view name, std::string_view ns) {
    const Element* child = of.child(name, ns);
    return child ? std::optional<Element>(*child) : std::nullopt;
}

std::unique_ptr<Inline> read_wishes(const Element& element) {
    auto wishes = std::make_unique<Inline>();
    if (const Element* agent = element.child("user-agent", ns::sasl2))
        wishes->client = agent->attribute("id").value_or("");
    wishes->bind = copy_child(element, "bind", ns::bind2);
    wishes->resume = copy_child(element, "resume", ns::sm3);
    if (const Element* token = element.child("request-token", ns::fast))
        wishes->token_for = token->attribute("mechanism").value_or("");
    if (const Element* fast = element.child("fast", ns::fast)) {
        wishes->invalidates = is_true(fast->attribute("invalidate").value_or(""));
        wishes->count = parse_decimal<std::uint64_t>(fast->attribute("count").value_or(""));
    }
    return wishes;
}

void put_text(std::string& out, std::string_view name, std::string_view text) {
    out.append("<").append(name).append(">");
    write_escaped(out, text);
    out.append("</").append(name).append(">");
}

}  // namespace

void ServerMachine::on_sasl2(Element element) {
    std::string_view name = element.name();
    bool judged = asked_ == Asked::account, begun = negotiation_->mechanism != nullptr;
    bool other_dialect = (begun && !negotiation_->inlined) || negotiation_->iq_auth_resource;
    if (other_dialect || (judged && name != "abort"))
        return refuse(StreamCondition::policy_violation, "That came out of turn.");
    if (!negotiation_->inlined) negotiation_->inlined = std::make_unique<Inline>();
    if (name == "abort") return abort_sasl();
    if (name == "response") return on_response(element);
    if (name != "authenticate")
        return refuse(StreamCondition::unsupported_stanza_type, "That is not known here.");
    if (begun) return fail_sasl(sasl::Fault::malformed_request);
    on_authenticate(element);
}

void ServerMachine::refuse_sasl2(Element element) {
    if (has(state::authenticated) || element.name() != "authenticate")
        return refuse(StreamCondition::policy_violation, "That came out of turn.");
    negotiation_->inlined = std::make_unique<Inline>();
    fail_sasl(sasl::Fault::encryption_required);
}

void ServerMachine::on_authenticate(const Element& element) {
    if (!options_->offers_sasl2)
        return refuse(StreamCondition::unsupported_stanza_type, "That is not known here.");
    if (negotiation_->has_foreign_from)
        return refuse(StreamCondition::invalid_from, "The header's 'from' is of another domain.");
    negotiation_->inlined = read_wishes(element);
    std::string_view mechanism = element.attribute("mechanism").value_or("");
    if (auto fault = why_not(mechanism)) return fail_sasl(*fault);
    // XEP-0484 §3.3: a token belongs to one client.
    if (is_fast(mechanism) && negotiation_->inlined->client.empty())
        return fail_sasl(sasl::Fault::malformed_request);
    if (is_fast(mechanism)) negotiation_->inlined->used_token = mechanism;
    auto text = element.child_text("initial-response", ns::sasl2);
    if (!text) return begin_mechanism(mechanism, std::nullopt);
    auto bytes = decode_sasl(*text);
    if (!bytes) return fail_sasl(sasl::Fault::incorrect_encoding);
    begin_mechanism(mechanism, std::move(bytes));
}

// The user is known; now what was wished for, one question at a time. Nobody is told of a session
// before all is answered, so that <success/> comes before what the session brings.
void ServerMachine::go_on_inline() {
    framing_.set_limits(limits());
    Inline& wishes = *negotiation_->inlined;
    const bool invalidates = std::exchange(wishes.invalidates, false);
    if (invalidates) events_.emplace_back(TokenInvalidated{negotiation_->user, wishes.client});
    std::string used = std::exchange(wishes.used_token, {});
    std::string token_for = std::exchange(wishes.token_for, {});
    const bool is_asked = !token_for.empty();
    // XEP-0484 §3.4: its owner knows whether it is due. §3.5: none for who throws one away.
    if (!is_asked && !invalidates) token_for = std::move(used);
    if (options_->offers_fast && !wishes.client.empty() && is_fast(token_for) &&
        !why_not(token_for)) {
        asked_ = Asked::token;
        events_.emplace_back(AskIssue{
            negotiation_->user, wishes.client, std::move(token_for), is_asked});
    } else if (wishes.resume) {
        want_resume(Element(*wishes.resume));
    } else if (wishes.bind) {
        asked_ = Asked::resource;
        std::string tag = wishes.bind->child_text("tag", ns::bind2).value_or("");
        events_.emplace_back(AskBind{negotiation_->user, {}, std::move(tag), wishes.client, true});
    } else {
        finish_inline();
    }
}

void ServerMachine::issued(const Issued& answer) {
    if (!answer.token.empty()) {
        Element token("token", ns::fast);
        token.set("token", answer.token);
        if (!answer.expiry.empty()) token.set("expiry", answer.expiry);
        write(negotiation_->inlined->results, token, ns::sasl2);
    }
    go_on_inline();
}

// XEP-0386 §5.
void ServerMachine::bound_inline(const Bound& answer) {
    stand(answer.full, false);
    const Element& bind = *negotiation_->inlined->bind;
    InlineEnabled enabled;
    enabled.carbons = options_->offers_carbons && bind.child("enable", ns::carbons);
    enabled.inactive = options_->offers_client_state && bind.child("inactive", ns::csi);
    if (enabled.carbons || enabled.inactive) events_.emplace_back(enabled);
    std::string& out = negotiation_->inlined->results;
    out.append("<bound xmlns='").append(ns::bind2).append("'>");
    for (const Element& one : answer.metadata) write(out, one, ns::bind2);
    if (const Element* enable = bind.child("enable", ns::sm3)) out += make_enabled(*enable);
    out += "</bound>";
    finish_inline();
}

void ServerMachine::finish_inline() {
    std::unique_ptr<Inline> wishes = std::move(negotiation_->inlined);
    std::string out = "<success xmlns='";
    out.append(ns::sasl2).append("'>");
    if (!wishes->data.empty()) put_text(out, "additional-data", wishes->data);
    std::string bare = negotiation_->user + '@' + std::string(options_->domain.domain());
    put_text(out, "authorization-identifier", full_.is_empty() ? bare : full_.str());
    framing_.write_element(out.append(wishes->results).append("</success>"));
    // XEP-0198 §7: a session that goes on goes on at once.
    bool is_resumed = has(state::bound) && is_resumed_;
    if (!is_resumed) framing_.write_features(make_features(*this));
    if (is_resumed) resend();
    if (has(state::bound)) settle();
}

}  // namespace sallyport::xmpp
