// SPDX-License-Identifier: Apache-2.0
// XEP-0078, the last resort: <iq type='get'><query xmlns='jabber:iq:auth'/></iq> says which fields
// are wanted, an iq set with them logs in and binds the resource.
#include <array>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/stream/client_login.hpp"
#include "xmpp/stream/client_stream.hpp"

namespace sallyport::xmpp {
namespace {

// Servers of that time sent numbers only (XEP-0086).
std::string condition_of(const Element& iq) {
    struct Code {
        std::string_view code;
        Condition condition;
    };
    static constexpr std::array<Code, 3> codes{{
        {"401", Condition::not_authorized},
        {"406", Condition::not_acceptable},
        {"409", Condition::conflict},
    }};
    StanzaError error = StanzaError::from_stanza(iq);
    const Element* child = iq.child("error", ns::client);
    auto number = child ? child->attribute("code") : std::nullopt;
    if (error.condition == Condition::undefined)
        for (const Code& code : codes)
            if (number == code.code) error.condition = code.condition;
    return std::string(to_string(error.condition));
}

}  // namespace

void ClientStream::begin_iq_auth() {
    if (options_.secrets.password.empty() || options_.user.empty())
        return give_up("sasl-no-mechanism", "The server wants a password.");
    Element query("query", ns::iq_auth);
    query.add("username", ns::iq_auth).add_text(options_.user);
    send_iq("get", std::move(query));
    enter(Phase::fields);
}

void ClientStream::on_fields(const Element& iq) {
    // A stream without a version may have features all the same.
    if (iq.is("features", ns::streams)) return;
    if (!is_answer(iq)) return;
    if (iq.attribute("type") == "error") return give_up("auth-" + condition_of(iq), {});
    const Element* fields = iq.child("query", ns::iq_auth);
    bool has_digest = fields && fields->child("digest", ns::iq_auth) && !stream_id_.empty();
    if (!has_digest && !has_tls_)
        return give_up("sasl-no-mechanism", "The server wants the password in the clear.");
    if (options_.resource.empty()) options_.resource = options_.nonce.substr(0, 8);
    Element query("query", ns::iq_auth);
    query.add("username", ns::iq_auth).add_text(options_.user);
    if (has_digest) {
        std::string proof = sasl::digest(sasl::Hash::sha1, stream_id_ + options_.secrets.password);
        query.add("digest", ns::iq_auth).add_text(hex_encode(proof));
    } else {
        query.add("password", ns::iq_auth).add_text(options_.secrets.password);
    }
    query.add("resource", ns::iq_auth).add_text(options_.resource);
    send_iq("set", std::move(query));
    enter(Phase::legacy);
}

void ClientStream::on_legacy(const Element& iq) {
    if (!is_answer(iq)) return;
    if (iq.attribute("type") == "error") return give_up("auth-" + condition_of(iq), {});
    auto full = Jid::from_parts(options_.user, options_.domain.str(), options_.resource);
    if (!full) return give_up("auth-jid-malformed", {});
    full_ = *full;
    is_authenticated_ = is_bound_ = has_session_ = true;
    events_.emplace_back(LoggedIn{});
    stand(false);
}

}  // namespace sallyport::xmpp
