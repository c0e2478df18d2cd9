// SPDX-License-Identifier: Apache-2.0
// XEP-0388, with resumption or a session (XEP-0386) and tokens (XEP-0484) in the same breath:
//   client: <authenticate mechanism='…'><initial-response/><user-agent id='…'/><bind/>…
//   server: <success><additional-data/><authorization-identifier/><bound/>…</success>
// No new stream begins.
#include <algorithm>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/stream/client_login.hpp"
#include "xmpp/stream/client_stream.hpp"

namespace sallyport::xmpp {

Element ClientStream::make_authenticate(std::optional<std::string> initial) {
    Element authenticate("authenticate", ns::sasl2);
    authenticate.set("mechanism", login_->row->name);
    if (initial)
        authenticate.add("initial-response", ns::sasl2)
            .add_text(initial->empty() ? "=" : base64_encode(*initial));
    if (!options_.agent.id.empty()) {
        Element& agent = authenticate.add("user-agent", ns::sasl2);
        agent.set("id", options_.agent.id);
        if (!options_.agent.software.empty())
            agent.add("software", ns::sasl2).add_text(options_.agent.software);
        if (!options_.agent.device.empty())
            agent.add("device", ns::sasl2).add_text(options_.agent.device);
    }
    add_fast(authenticate);
    bool resumes =
        options_.resumable && !options_.resumable->id.empty() && options_.resumable->ns == ns::sm3;
    if (login_->offers_resume && resumes) authenticate.add(make_resume());
    if (login_->offers_bind) add_bind(authenticate);
    return authenticate;
}

// Without an id of our own nobody may give us tokens (XEP-0484 §4.1).
void ClientStream::add_fast(Element& authenticate) const {
    if (login_->is_fast) {
        authenticate.add("fast", ns::fast);
        return;
    }
    if (!options_.wants_token || options_.agent.id.empty()) return;
    for (const sasl::MechanismRow& row : sasl::mechanisms()) {
        bool is_offered =
            std::find(login_->fast.begin(), login_->fast.end(), row.name) != login_->fast.end();
        bool can = row.name.ends_with("-EXPR")   ? !binding_.exporter.empty()
                   : row.name.ends_with("-ENDP") ? !binding_.end_point.empty()
                                                 : true;
        if (row.credential != sasl::Credential::fast_token || !is_offered || !can) continue;
        authenticate.add("request-token", ns::fast).set("mechanism", row.name);
        return;
    }
}

void ClientStream::add_bind(Element& authenticate) const {
    Element& bind = authenticate.add("bind", ns::bind2);
    std::string_view tag = options_.resource.empty() ? options_.agent.software : options_.resource;
    if (!tag.empty()) bind.add("tag", ns::bind2).add_text(tag);
    if (login_->offers_inline_carbons && options_.wants_carbons) bind.add("enable", ns::carbons);
    if (login_->offers_inline_management && options_.wants_management)
        bind.add("enable", ns::sm3).set("resume", "true");
}

void ClientStream::on_sasl2(const Element& element) {
    if (element.is("challenge", ns::sasl2)) return on_challenge(element);
    if (element.is("success", ns::sasl2)) return on_success2(element);
    if (element.is("failure", ns::sasl2)) return on_failure(element);
    // Second factors need a person, and there is none here.
    if (element.is("continue", ns::sasl2)) return abort_sasl({"a task that only a person can do"});
    unexpected(element);
}

void ClientStream::on_success2(const Element& success) {
    if (!proves(success.child_text("additional-data", ns::sasl2).value_or(""))) return;
    take_token(success);
    login_->mechanism.reset();
    if (take_inline_session(success)) return;
    if (phase_ == Phase::over) return;
    login_.reset();
    enter(Phase::features);
}

void ClientStream::take_token(const Element& success) {
    const Element* token = success.child("token", ns::fast);
    if (!token) return;
    std::string mechanism;
    if (login_->is_fast) {
        mechanism = login_->row->name;
    } else {
        // As asked for: the server does not repeat it.
        Element asked("asked");
        add_fast(asked);
        if (const Element* request = asked.first_child())
            mechanism = request->attribute("mechanism").value_or("");
    }
    if (mechanism.empty()) return;
    events_.emplace_back(TokenIssued{
        std::move(mechanism),
        std::string(token->attribute("token").value_or("")),
        std::string(token->attribute("expiry").value_or(""))});
}

// True when a session stands with this.
bool ClientStream::take_inline_session(const Element& success) {
    if (const Element* resumed = success.child("resumed", ns::sm3)) {
        if (!take_resumed(*resumed)) return false;
        login_.reset();
        stand(true);
        return true;
    }
    if (const Element* failed = success.child("failed", ns::sm3)) resume_failed(*failed);
    const Element* bound = success.child("bound", ns::bind2);
    if (!bound) return false;
    auto full = Jid::parse(success.child_text("authorization-identifier", ns::sasl2).value_or(""));
    if (!full || full->resource().empty()) {
        refuse(StreamCondition::undefined, "A session without an address.");
        return false;
    }
    full_ = *full;
    is_bound_ = has_session_ = true;
    if (const Element* enabled = bound->child("enabled", ns::sm3)) take_enabled(*enabled);
    login_.reset();
    stand(false);
    return true;
}

}  // namespace sallyport::xmpp
