// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "config/load_parts.hpp"

namespace sallyport::config {
namespace {

using Listen = ServerConfig::Listen;

constexpr std::array<std::pair<std::string_view, std::optional<Endpoint> Listen::*>, 4> listeners{{
    {"c2s", &Listen::c2s},
    {"c2s_tls", &Listen::c2s_tls},
    {"websocket", &Listen::websocket},
    {"components", &Listen::components},
}};

void read_listen(Section& in, Listen& into) {
    for (const auto& [key, member] : listeners) {
        if (auto endpoint = in.value(key, parse_endpoint)) into.*member = *endpoint;
    }
    in.finish();
    if (into.components && !into.components->is_loopback())
        in.warning("components", "what components say and hear can be read on the way");
    if (!into.c2s && !into.c2s_tls && !into.websocket) {
        in.mistake("", "one of c2s, c2s_tls and websocket is missing: nobody could log in");
    }
}

/// XEP-0156 §3: never ws, which would be a way to log in without TLS.
Result<std::string> parse_websocket_url(std::string_view text) {
    constexpr std::string_view scheme = "wss://";
    const bool is_whole = text.starts_with(scheme) && text.size() > scheme.size() &&
                          text.find_first_of(" \t'\"<>&#@") == text.npos;
    if (is_whole) return std::string(text);
    return Error("it is written wss://host[:port]/path");
}

/// What one connection may send in a second, on average.
Result<std::uint64_t> parse_read_rate(std::string_view text) {
    if (text == "off") return std::uint64_t{0};
    auto bytes = parse_bytes(text);
    if (bytes && *bytes < 1024) return Error("less than 1KiB a second is not usable");
    return bytes;
}

/// Of one account at once: each costs memory, and who has the password may open as many.
Result<int> parse_sessions(std::string_view text) {
    auto count = parse_count(text);
    if (!count) return count.error();
    if (*count < 1 || *count > 1000) return Error("it is between 1 and 1000");
    return static_cast<int>(*count);
}

/// Passwords and texts in the clear must not leave the machine.
void read_tls_need(Section& in, ServerConfig& into) {
    using TlsNeed = ServerConfig::TlsNeed;
    in.set_word<TlsNeed>(
        into.tls, "tls", {{"required", TlsNeed::required}, {"optional", TlsNeed::optional}}
    );
    if (into.tls == TlsNeed::required || !into.listen.c2s || into.listen.c2s->is_loopback()) return;
    in.mistake(
        "tls",
        "it is required, because listen.c2s (" + into.listen.c2s->to_string() + ") is not loopback"
    );
}

void read_component(Section& in, ServerConfig& into) {
    auto domain = in.value("domain", parse_domain, Need::required);
    auto secret = in.secret("secret", Need::required);
    in.finish();
    if (domain && secret)
        into.components.push_back({*std::move(domain), *std::move(secret), in.pos()});
}

}  // namespace

void read_server(Section& in, ServerConfig& into) {
    using Compression = ServerConfig::Compression;
    using Conflict = ServerConfig::Conflict;
    using Legacy = ServerConfig::Legacy;
    using Registration = ServerConfig::Registration;
    into.pos = in.pos();
    if (auto domain = in.value("domain", parse_domain, Need::required))
        into.domain = *std::move(domain);
    if (auto listen = in.section("listen", Need::required)) read_listen(*listen, into.listen);
    if (auto certificate = in.section("certificate"))
        into.certificate = read_certificate(*certificate);
    into.client_ca = read_issuers(in, "client_ca");
    if (into.client_ca && !into.listen.c2s && !into.listen.c2s_tls)
        in.mistake("client_ca", "only server.listen.c2s and c2s_tls ask for certificates");
    into.websocket_url = in.value("websocket_url", parse_websocket_url);
    if (into.websocket_url && !into.listen.websocket)
        in.mistake("websocket_url", "there is no server.listen.websocket that it could lead to");
    in.set_word<Registration>(
        into.registration,
        "registration",
        {{"closed", Registration::closed}, {"open", Registration::open}}
    );
    read_tls_need(in, into);
    in.set(into.read_rate_bytes, "read_rate", parse_read_rate);
    in.set_word<Compression>(
        into.compression, "compression", {{"off", Compression::off}, {"zlib", Compression::zlib}}
    );
    in.set_word<Conflict>(
        into.conflict, "conflict", {{"replace", Conflict::replace}, {"refuse", Conflict::refuse}}
    );
    in.set(into.sessions, "sessions", parse_sessions);
    in.set_word<Legacy>(into.legacy, "legacy", {{"off", Legacy::off}, {"on", Legacy::on}});
    for (Section& component : in.sections("components")) read_component(component, into);
    if (!into.components.empty() && !into.listen.components)
        in.mistake("components", "they need server.listen.components to connect to");
    if (into.components.empty() && into.listen.components)
        in.mistake("listen", "listen.components is of no use without server.components");
    in.finish();
}

}  // namespace sallyport::config
