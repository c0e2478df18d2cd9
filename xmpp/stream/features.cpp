// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/features.hpp"

#include <array>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/stream/server_machine.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp {
namespace {

using Carrier = FeatureRow::Carrier;
using M = ServerMachine;

void put(std::string& out, std::string_view name, std::string_view ns) {
    out.append("<").append(name).append(" xmlns='").append(ns).append("'/>");
}

void put_text(std::string& out, std::string_view name, std::string_view text) {
    out.append("<").append(name).append(">").append(text);
    out.append("</").append(name).append(">");
}

void offer_starttls(std::string& out, const M& machine) {
    TlsPolicy policy = machine.options().tls;
    if (policy != TlsPolicy::optional && policy != TlsPolicy::required) return;
    out += "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>";
    out += policy == TlsPolicy::required ? "<required/></starttls>" : "</starttls>";
}

std::string list_mechanisms(const M& machine, MechanismFamily family) {
    std::string list;
    for (std::string_view name : machine.offered(family)) put_text(list, "mechanism", name);
    return list;
}

// RFC 6120 §6.3.3. An empty list is none (seed 004 sends one; clients take it for the end).
void offer_sasl(std::string& out, const M& machine) {
    std::string list = list_mechanisms(machine, MechanismFamily::sasl);
    if (list.empty()) return;
    out.append("<mechanisms xmlns='").append(ns::sasl).append("'>");
    out.append(list).append("</mechanisms>");
}

// XEP-0440.
void offer_bindings(std::string& out, const M& machine) {
    std::vector<std::string> types = machine.offered_bindings();
    if (types.empty()) return;
    out.append("<sasl-channel-binding xmlns='").append(ns::sasl_bindings).append("'>");
    for (const std::string& type : types)
        out.append("<channel-binding type='").append(type).append("'/>");
    out += "</sasl-channel-binding>";
}

// XEP-0386 §4.
void offer_bind2(std::string& out, const ServerStreamOptions& options) {
    out.append("<bind xmlns='").append(ns::bind2).append("'><inline>");
    auto feature = [&](std::string_view ns) {
        out.append("<feature var='").append(ns).append("'/>");
    };
    if (options.offers_carbons) feature(ns::carbons);
    if (options.offers_client_state) feature(ns::csi);
    feature(ns::sm3);
    out += "</inline></bind>";
}

// XEP-0388 §2.3, XEP-0484 §3.2.
void offer_sasl2(std::string& out, const M& machine) {
    const ServerStreamOptions& options = machine.options();
    std::string list = list_mechanisms(machine, MechanismFamily::sasl);
    if (!options.offers_sasl2 || list.empty()) return;
    out.append("<authentication xmlns='").append(ns::sasl2).append("'>");
    out.append(list).append("<inline>");
    offer_bind2(out, options);
    put(out, "sm", ns::sm3);
    std::string fast = list_mechanisms(machine, MechanismFamily::fast);
    if (!fast.empty())
        out.append("<fast xmlns='").append(ns::fast).append("'>").append(fast).append("</fast>");
    out += "</inline></authentication>";
}

void offer_register(std::string& out, const M& machine) {
    if (machine.options().offers_registration) put(out, "register", ns::reg_feature);
}

void offer_iq_auth(std::string& out, const M& machine) {
    if (machine.options().allows_legacy) put(out, "auth", ns::iq_auth_feature);
}

void offer_compression(std::string& out, const M& machine) {
    const ServerStreamOptions& options = machine.options();
    if (!options.offers_compression || options.is_websocket) return;
    out.append("<compression xmlns='").append(ns::compress_feature);
    out.append("'><method>zlib</method></compression>");
}

void offer_bind(std::string& out, const M&) {
    out.append("<bind xmlns='").append(ns::bind).append("'><required/></bind>");
}

// RFC 6120 did away with it; clients of RFC 3921 may skip it when it is optional.
void offer_session(std::string& out, const M&) {
    out.append("<session xmlns='").append(ns::session).append("'><optional/></session>");
}

// What Bind 2 has enabled is not offered again: a client would resume what it has (XEP-0198 §3).
void offer_management(std::string& out, const M& machine) {
    if (machine.has(state::managed)) return;
    put(out, "sm", ns::sm3);
    if (machine.options().allows_legacy) put(out, "sm", ns::sm2);
}

void offer_client_state(std::string& out, const M& machine) {
    if (machine.options().offers_client_state) put(out, "csi", ns::csi);
}

void offer_session_features(std::string& out, const M& machine) {
    for (const Element& feature : machine.options().session_features)
        write(out, feature, ns::client);
}

// XEP-0478.
void offer_limits(std::string& out, const M& machine) {
    const ServerStreamOptions& options = machine.options();
    auto idle = std::chrono::duration_cast<std::chrono::seconds>(options.times.idle).count();
    bool known = machine.has(state::authenticated);
    std::size_t bytes = (known ? options.after_auth : options.before_auth).stanza_bytes;
    out.append("<limits xmlns='").append(ns::stream_limits).append("'>");
    put_text(out, "max-bytes", std::to_string(bytes));
    if (known) put_text(out, "idle-seconds", std::to_string(idle));
    out += "</limits>";
}

constexpr unsigned early = state::authenticated | state::bound;

constexpr std::array<FeatureRow, 15> rows{{
    {"starttls",
     ns::tls,
     Carrier::element,
     0,
     state::tls | early,
     offer_starttls,
     &M::on_starttls,
     &M::refuse_starttls},
    {"bindings", "", Carrier::element, state::secure, early, offer_bindings},
    {"mechanisms",
     ns::sasl,
     Carrier::element,
     state::secure,
     early,
     offer_sasl,
     &M::on_sasl,
     &M::refuse_sasl},
    {"authentication",
     ns::sasl2,
     Carrier::element,
     state::secure | state::tls,
     early,
     offer_sasl2,
     &M::on_sasl2,
     &M::refuse_sasl2},
    {"register", ns::reg, Carrier::iq, state::secure, early, offer_register, &M::on_register},
    {"iq-auth",
     ns::iq_auth,
     Carrier::iq,
     state::secure | state::tls,
     early,
     offer_iq_auth,
     &M::on_iq_auth},
    {"compression",
     ns::compress,
     Carrier::element,
     state::authenticated,
     state::bound | state::compressed,
     offer_compression,
     &M::on_compress,
     &M::refuse_compress},
    {"bind",
     ns::bind,
     Carrier::iq,
     state::authenticated,
     state::bound,
     offer_bind,
     &M::on_bind,
     &M::refuse_bind},
    {"session", "", Carrier::iq, state::authenticated, state::bound, offer_session},
    {"session iq", ns::session, Carrier::iq, state::bound, 0, nullptr, &M::on_session},
    {"sm", ns::sm3, Carrier::element, state::authenticated, 0, offer_management, &M::on_management},
    {"sm:2", ns::sm2, Carrier::element, state::authenticated, 0, nullptr, &M::on_management},
    {"csi",
     ns::csi,
     Carrier::element,
     state::authenticated,
     0,
     offer_client_state,
     &M::on_client_state},
    {"session features",
     "",
     Carrier::element,
     state::authenticated,
     state::bound,
     offer_session_features},
    {"limits", "", Carrier::element, state::secure, 0, offer_limits},
}};

}  // namespace

const FeatureRow* find_feature(std::string_view ns, Carrier carrier) {
    for (const FeatureRow& row : rows)
        if (!row.ns.empty() && row.ns == ns && row.carrier == carrier) return &row;
    return nullptr;
}

std::string make_features(const ServerMachine& machine) {
    std::string out;
    for (const FeatureRow& row : rows)
        if (row.advertise && row.fits(machine.bits())) row.advertise(out, machine);
    return out;
}

}  // namespace sallyport::xmpp
