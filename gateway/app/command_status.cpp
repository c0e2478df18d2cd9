// SPDX-License-Identifier: Apache-2.0
// status: for people. The same as JSON is /status of the admin listener.
#include <unistd.h>

#include "gateway/app/command_tools.hpp"
#include "gateway/app/gateway.hpp"
#include "gateway/app/transport_table.hpp"

namespace sallyport::app {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// "queued 2, sent 1": the states that any message of this domain is in.
std::string counts_text(const store::Counts::Answer& counts, const std::string& domain) {
    std::string text;
    for (const auto& [key, count] : counts.outbound) {
        if (key.first != domain || count == 0) continue;
        text += (text.empty() ? "" : ", ") + std::string(to_string(key.second)) + " " +
                std::to_string(count);
    }
    return text.empty() ? "none" : text;
}

std::string waiting_text(const store::Counts::Answer& counts, const std::string& domain) {
    auto at = counts.inbox_waiting.find(domain);
    return std::to_string(at == counts.inbox_waiting.end() ? 0 : at->second) +
           " waiting for their users";
}

std::string link_text(const Attached& attached) {
    const Attachment& way = attached.attachment();
    std::string text(way.state());
    if (!attached.is_ready() && !way.reason().empty()) {
        text += ": " + way.reason();
        if (!way.detail().empty()) text += " (" + way.detail() + ")";
    }
    return text;
}

std::string provider_text(const ProviderState& state) {
    std::string text = state.held.empty() ? "takes messages" : "held: " + state.held;
    if (state.last_webhook == WallTime{}) return text + "; no webhook since the start";
    return text + "; last webhook " + time_text(state.last_webhook);
}

void add_providers(
    Fields& fields, const Attached& attached, const config::TransportConfig& section
) {
    auto states = attached.context().providers();
    if (const auto* sms = std::get_if<config::SmsConfig>(&section.settings))
        for (const auto& provider : sms->providers) states.try_emplace(provider.name);
    for (const auto& [name, state] : states)
        fields.emplace_back("  provider", name + ": " + provider_text(state));
}

std::string transport_text(
    const JobPtr& job, const config::TransportConfig& section, const store::Counts::Answer& counts
) {
    const std::string domain = section.domain.str();
    Fields fields;
    if (const Gateway* gateway = job->context.gateway) {
        auto at = gateway->attached().find(domain);
        if (at != gateway->attached().end()) {
            fields.emplace_back("  link", link_text(*at->second));
            fields.emplace_back(
                "  registered", std::to_string(at->second->domain().accounts.size())
            );
            add_providers(fields, *at->second, section);
        }
    }
    fields.emplace_back("  sent by users", counts_text(counts, domain));
    fields.emplace_back("  for users", waiting_text(counts, domain));
    for (const std::string& line : setup_lines(job->context.config(), section))
        fields.emplace_back("  setup", line);
    return "\n" + domain + " (" + section.name + ")\n" + fields_text(fields);
}

std::string server_text(const Gateway& gateway) {
    const server::Server* server = gateway.server();
    if (!server) return {};
    Fields fields;
    for (const config::Endpoint& endpoint : server->clients().endpoints())
        fields.emplace_back("  listens at", endpoint.to_string());
    fields.emplace_back("  certificate", "SHA-256 " + server->fingerprint());
    if (server->is_self_signed())
        fields.emplace_back("  ", "self-signed: clients ask whether to trust it; compare this");
    const std::size_t waiting = server->hub().hibernating_count();
    std::string sessions = std::to_string(server->hub().session_count());
    if (waiting > 0) sessions += ", " + std::to_string(waiting) + " of them to be resumed";
    fields.emplace_back("  sessions", sessions);
    fields.emplace_back("  connections", std::to_string(server->clients().connections()));
    for (const auto& [domain, peer] : server->components().states()) {
        const std::string how = peer.empty() ? ": not connected" : ": connected from " + peer;
        fields.emplace_back("  component", domain.str() + how);
    }
    return "\n" + server->hub().domain().str() + " (embedded server)\n" + fields_text(fields);
}

std::string head_text(const ControlContext& context) {
    if (!context.gateway) return "Sallyport is not running. What is stored:\n";
    std::string text = "Sallyport " SALLYPORT_VERSION ", process " + std::to_string(getpid()) +
                       ", since " + time_text(context.gateway->started_at());
    text += context.gateway->is_ready() ? ": ready\n" : ": NOT READY\n";
    for (const Gateway::Check& check : context.gateway->checks())
        if (!check.why.empty()) text += "  " + check.name + ": " + check.why + "\n";
    return text;
}

}  // namespace

void status(const JobPtr& job) {
    auto tell = [job](Result<store::Counts::Answer> counts) {
        if (!counts) return fail_store(job, counts.error());
        std::string text = head_text(job->context);
        if (counts->oldest_open)
            text += "oldest open message: " + time_text(*counts->oldest_open) + "\n";
        if (job->context.gateway) text += server_text(*job->context.gateway);
        for (const config::TransportConfig& section : job->context.config().transports)
            text += transport_text(job, section, *counts);
        job->ok(text);
    };
    job->context.store.read(store::Counts{}, std::move(tell));
}

}  // namespace sallyport::app
