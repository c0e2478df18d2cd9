// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>
#include <string>

#include "config/load_parts.hpp"

namespace sallyport::config {
namespace {

/// Domains that are somebody's already, and whose.
std::map<std::string, std::string> taken_domains(const Config& config) {
    std::map<std::string, std::string> taken;
    for (const auto& [name, host] : config.hosts) {
        for (const xmpp::Jid& vhost : host.vhosts)
            taken.emplace(vhost.str(), "hosts." + name + " serves it");
    }
    if (!config.server) return taken;
    taken.emplace(config.server->domain.str(), "the embedded server serves it");
    for (const auto& component : config.server->components) {
        taken.emplace(component.domain.str(), "it is listed in server.components");
    }
    return taken;
}

/// Two of one name would be each other's conflict.
void check_components(const Config& config, Problems& problems) {
    if (!config.server) return;
    std::set<std::string> seen;
    for (const auto& component : config.server->components) {
        const std::string& domain = component.domain.str();
        if (component.domain == config.server->domain)
            problems.mistake(component.pos, "server.components", domain + " is the server's own");
        else if (!seen.insert(domain).second)
            problems.mistake(component.pos, "server.components", domain + " is listed twice");
    }
}

void check_domains(const Config& config, Problems& problems) {
    auto taken = taken_domains(config);
    for (const TransportConfig& transport : config.transports) {
        if (transport.domain.is_empty()) continue;
        const std::string& domain = transport.domain.str();
        auto [first, is_new] =
            taken.emplace(domain, "it is the domain of " + transport.file.string());
        if (!is_new)
            problems.mistake(transport.pos, "domain", domain + " is taken: " + first->second);
    }
}

/// Reports come by webhook: without a public address a provider could be written to, but never
/// heard.
void check_webhooks(const Config& config, Problems& problems) {
    if (config.http.open) return;
    for (const TransportConfig& transport : config.transports) {
        const auto* sms = std::get_if<SmsConfig>(&transport.settings);
        if (sms == nullptr || sms->providers.empty()) continue;
        problems.mistake(
            sms->providers.front().pos,
            "providers",
            "their webhooks need http.public in " + config.file.string()
        );
    }
}

}  // namespace

void check_together(const Config& config, Problems& problems) {
    check_components(config, problems);
    check_domains(config, problems);
    check_webhooks(config, problems);
}

}  // namespace sallyport::config
