// SPDX-License-Identifier: Apache-2.0
// What a server offers, and what we make of it: a table in our order, not in the server's
// (XEP-0170). The first row that is offered, wanted and possible is the next step.
#include <array>
#include <charconv>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/stream/client_login.hpp"
#include "xmpp/stream/client_stream.hpp"

namespace sallyport::xmpp {
namespace {

bool offers_zlib(const Element& compression) {
    bool found = false;
    compression.for_each([&](const Element& child) {
        found = found || (child.is("method", ns::compress_feature) && child.text() == "zlib");
    });
    return found;
}

}  // namespace

struct ClientStep {
    bool (*is_next)(const ClientStream& stream, const Element& offer);
    void (ClientStream::*begin)();

    static const ClientStep* find(const ClientStream& stream);

    static bool tls(const ClientStream& stream, const Element& offer) {
        return !stream.has_tls_ && offer.child("starttls", ns::tls);
    }
    static bool sasl2(const ClientStream& stream, const Element& offer) {
        return stream.options_.allows_sasl2 && stream.has_tls_ && !stream.is_authenticated_ &&
               offer.child("authentication", ns::sasl2);
    }
    static bool sasl(const ClientStream& stream, const Element& offer) {
        const Element* mechanisms = offer.child("mechanisms", ns::sasl);
        return !stream.is_authenticated_ && mechanisms && mechanisms->first_child();
    }
    static bool iq_auth(const ClientStream& stream, const Element& offer) {
        return !stream.is_authenticated_ && stream.options_.allows_legacy &&
               (stream.is_old_ || offer.child("auth", ns::iq_auth_feature));
    }
    // Behind the login only, whatever stands beside it (XEP-0170, CVE-2014-8760).
    static bool compress(const ClientStream& stream, const Element& offer) {
        const Element* offered = offer.child("compression", ns::compress_feature);
        return stream.options_.allows_compression && stream.is_authenticated_ &&
               !stream.is_bound_ && !stream.was_compression_asked_ && offered &&
               offers_zlib(*offered);
    }
    static bool resume(const ClientStream& stream, const Element& offer) {
        const auto& resumable = stream.options_.resumable;
        return stream.is_authenticated_ && !stream.is_bound_ && resumable &&
               !resumable->id.empty() && offer.child("sm", resumable->ns);
    }
    static bool bind(const ClientStream& stream, const Element& offer) {
        return stream.is_authenticated_ && !stream.is_bound_ && offer.child("bind", ns::bind);
    }
    // RFC 3921 §3, unless it is marked as a relic.
    static bool session(const ClientStream& stream, const Element& offer) {
        const Element* session = offer.child("session", ns::session);
        return stream.is_bound_ && !stream.has_session_ && session &&
               !session->child("optional", ns::session);
    }
    static bool enable(const ClientStream& stream, const Element& offer) {
        return stream.is_bound_ && stream.options_.wants_management && !stream.management_ &&
               !stream.was_enabled_asked_ &&
               (offer.child("sm", ns::sm3) || offer.child("sm", ns::sm2));
    }
};

const ClientStep* ClientStep::find(const ClientStream& stream) {
    static constexpr std::array<ClientStep, 9> steps{{
        {&ClientStep::tls, &ClientStream::begin_tls},
        {&ClientStep::sasl2, &ClientStream::begin_sasl2},
        {&ClientStep::sasl, &ClientStream::begin_sasl},
        {&ClientStep::iq_auth, &ClientStream::begin_iq_auth},
        {&ClientStep::compress, &ClientStream::begin_compression},
        {&ClientStep::resume, &ClientStream::begin_resume},
        {&ClientStep::bind, &ClientStream::begin_bind},
        {&ClientStep::session, &ClientStream::begin_session},
        {&ClientStep::enable, &ClientStream::begin_enable},
    }};
    for (const ClientStep& step : steps)
        if (step.is_next(stream, stream.features_)) return &step;
    return nullptr;
}

void ClientStream::on_header(const StreamOpened& opened) {
    const Element& header = opened.header;
    if (phase_ != Phase::header)
        return refuse(StreamCondition::bad_format, "A second stream header came.");
    // RFC 6120 §4.8: namespaces decide, whatever the prefixes are called.
    if (!header.is("stream", ns::streams) || opened.default_ns != ns::client)
        return refuse(StreamCondition::invalid_namespace, "This is no stream of jabber:client.");
    std::string_view version = header.attribute("version").value_or("0.9");
    unsigned major = 0;
    std::from_chars(version.data(), version.data() + version.size(), major);
    if (major > 1) return refuse(StreamCondition::unsupported_version, "Only 1.0 is known here.");
    stream_id_ = header.attribute("id").value_or("");
    is_old_ = major == 0;
    enter(Phase::features);
    // XEP-0078: a stream without a version has no features to wait for.
    if (is_old_) next_step();
}

void ClientStream::on_features(const Element& element) {
    if (!element.is("features", ns::streams)) return unexpected(element);
    features_ = element;
    next_step();
}

void ClientStream::next_step() {
    bool is_in_clear = !has_tls_ && options_.tls != ClientTls::optional;
    const ClientStep* step = ClientStep::find(*this);
    if (is_in_clear && (!step || step->begin != &ClientStream::begin_tls))
        return give_up("tls-missing", "TLS is required here, and not offered there.");
    if (step) return (this->*step->begin)();
    if (is_bound_) return stand(false);
    if (!is_authenticated_) return give_up("sasl-no-mechanism", "No way to log in is offered.");
    give_up("bind-missing", "No session is offered.");
}

void ClientStream::begin_tls() {
    framing_.write_element("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    enter(Phase::proceed);
}

// RFC 6120 §5.4.2: after a failure nothing is tried in the clear, whatever was optional before.
void ClientStream::on_proceed(const Element& element) {
    if (element.is("failure", ns::tls) || element.is("failure", ns::sasl))
        return give_up("tls-refused", "The server could not begin TLS.");
    if (!element.is("proceed", ns::tls)) return unexpected(element);
    if (!framing_.is_drained() || !ends_with_tag_)
        return refuse(StreamCondition::policy_violation, "Bytes came behind <proceed/>.");
    enter(Phase::handshake);
    wants_tls_ = true;
}

}  // namespace sallyport::xmpp
