// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/load_parts.hpp"

namespace sallyport::config {
namespace {

enum class Kind { sms, echo, irc, email };

constexpr std::string_view embedded_host = "server";

void check_host(Section& top, const std::string& host, const Config& config) {
    if (host == embedded_host && !config.server) {
        top.mistake("host", "the main file has no server: section");
    } else if (host != embedded_host && config.hosts.count(host) == 0) {
        std::vector<std::string_view> names;
        names.reserve(config.hosts.size());
        for (const auto& [name, unused] : config.hosts) names.push_back(name);
        top.mistake("host", "hosts: has no " + in_quotes(host), nearest(host, names));
    }
}

/// What every transport has.
void read_common(Section& top, const Config& config, TransportConfig& into) {
    into.pos = top.pos_of("domain");
    if (auto domain = top.value("domain", parse_domain, Need::required))
        into.domain = *std::move(domain);
    into.host = top.text("host", Need::required).value_or("");
    if (!into.host.empty()) check_host(top, into.host, config);
    bool needs_secret = into.host != embedded_host;
    auto secret = top.secret("secret", needs_secret ? Need::required : Need::optional);
    if (secret) into.secret = *std::move(secret);
    into.name = top.text("name").value_or("");
}

}  // namespace

std::optional<TransportConfig> read_transport(Section& top, const Config& config) {
    auto kind = top.word<Kind>(
        "transport",
        {{"sms", Kind::sms}, {"echo", Kind::echo}, {"irc", Kind::irc}, {"email", Kind::email}},
        Need::required
    );
    if (!kind) return {};
    if (*kind == Kind::irc || *kind == Kind::email) {
        top.mistake("transport", "this kind of transport is not in this version");
        return {};
    }
    TransportConfig transport;
    read_common(top, config, transport);
    if (*kind == Kind::sms)
        transport.settings = read_sms(top, config);
    else
        transport.settings = EchoConfig{};
    if (transport.name.empty()) transport.name = *kind == Kind::sms ? "SMS" : "Echo";
    top.finish();
    return transport;
}

}  // namespace sallyport::config
