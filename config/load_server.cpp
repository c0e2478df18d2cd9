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
    // Not opening what was asked for would be worse than saying so.
    if (into.websocket) in.mistake("websocket", "this listener is not in this version");
    if (into.components) in.mistake("components", "this listener is not in this version");
    if (!into.c2s && !into.c2s_tls && !into.websocket) {
        in.mistake("", "one of c2s and c2s_tls is missing: nobody could log in");
    }
}

void read_component(Section& in, ServerConfig& into) {
    auto domain = in.value("domain", parse_domain, Need::required);
    auto secret = in.secret("secret", Need::required);
    in.finish();
    if (domain && secret) into.components.push_back({*std::move(domain), *std::move(secret)});
}

}  // namespace

void read_server(Section& in, ServerConfig& into) {
    using Registration = ServerConfig::Registration;
    into.pos = in.pos();
    if (auto domain = in.value("domain", parse_domain, Need::required))
        into.domain = *std::move(domain);
    if (auto listen = in.section("listen", Need::required)) read_listen(*listen, into.listen);
    if (auto certificate = in.section("certificate"))
        into.certificate = read_certificate(*certificate);
    in.set_word<Registration>(
        into.registration,
        "registration",
        {{"closed", Registration::closed}, {"open", Registration::open}}
    );
    for (Section& component : in.sections("components")) read_component(component, into);
    if (!into.components.empty())
        in.mistake("components", "other components cannot connect in this version");
    in.finish();
}

}  // namespace sallyport::config
