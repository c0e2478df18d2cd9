// SPDX-License-Identifier: Apache-2.0
// SIGHUP: all that can fail is made first; only when nothing did is anything applied.
#include <utility>

#include "config/loader.hpp"
#include "gateway/app/gateway.hpp"
#include "gateway/net/tls.hpp"

namespace sallyport::app {

/// What a changed configuration needs, or why it cannot be had.
struct Gateway::Renewal {
    std::shared_ptr<const net::TlsContext> public_tls;  ///< null = plain HTTP
    std::optional<server::Server::Identity> identity;
    std::vector<std::unique_ptr<Attached>> added;
    std::vector<std::string> faults;

    /// The value; without one, the fault is kept under this key path.
    template <class T>
    std::optional<T> keep(const std::string& key, Result<T> made) {
        if (made) return *std::move(made);
        faults.push_back(key + ": " + made.error().to_string());
        return std::nullopt;
    }
};

Gateway::Reload Gateway::reload() {
    Reload result = try_reload();
    for (const std::string& line : result.lines) {
        if (result.is_applied)
            log_.info("config.reload", {{"what", line}});
        else
            log_.error("config.reload_refused", {{"what", line}});
    }
    metrics_.gauge("config_last_reload_successful", {}, "1 when the last SIGHUP was applied")
        .set(result.is_applied ? 1 : 0);
    metrics_.gauge("config_last_reload_timestamp_seconds", {}, "when the last SIGHUP came")
        .set(static_cast<double>(time_.wall().time_since_epoch().count()) / 1000);
    return result;
}

Gateway::Reload Gateway::try_reload() {
    Reload result;
    std::vector<std::string>& lines = result.lines;
    auto loaded = config::load(config_->file);
    for (const auto& mistake : loaded.mistakes) lines.push_back(mistake.to_string());
    if (!loaded.config) return result;
    const config::ReloadPlan plan = config::plan(*config_, *loaded.config);
    for (const std::string& key : plan.refused)
        lines.push_back(key + ": needs a restart; nothing was applied");
    if (!plan.is_allowed()) return result;
    Renewal renewal = prepare(*loaded.config);
    for (const std::string& fault : renewal.faults)
        lines.push_back(fault + "; nothing was applied");
    if (!renewal.faults.empty()) return result;
    apply(*std::move(loaded.config), plan, std::move(renewal));
    for (const std::string& key : plan.changes) lines.push_back("applied " + key);
    result.is_applied = true;
    return result;
}

Gateway::Renewal Gateway::prepare(const config::Config& config) {
    Renewal renewal;
    // Links read it whenever they connect: here it is only tried.
    for (const auto& [name, host] : config.hosts)
        if (host.tls.ca)
            renewal.keep("hosts." + name + ".tls.ca", net::make_client_tls(host.tls.ca));
    if (const auto& open = config.http.open; open && open->certificate) {
        auto tls = net::make_server_tls(open->certificate->chain, open->certificate->key);
        renewal.public_tls =
            renewal.keep("http.public.certificate", std::move(tls)).value_or(nullptr);
    }
    if (server_ && config.server)
        renewal.identity =
            renewal.keep("server.certificate", server_->read_identity(*config.server));
    for (const config::TransportConfig& section : config.transports) {
        const std::string domain = section.domain.str();
        if (attached_.contains(domain)) continue;
        if (auto made = renewal.keep(domain, make_transport(config, section)))
            renewal.added.push_back(*std::move(made));
    }
    return renewal;
}

void Gateway::apply(config::Config config, const config::ReloadPlan& plan, Renewal renewal) {
    old_configs_.push_back(config_);
    config_ = std::make_shared<const config::Config>(std::move(config));
    core_->world().config = config_.get();
    configure_log();
    for (const std::string& domain : plan.removed_domains) close_transport(domain);
    for (const config::TransportConfig& section : config_->transports) {
        const auto at = attached_.find(section.domain.str());
        if (at == attached_.end()) continue;
        at->second->reload(*config_, section);
        core_->reloaded(at->second->domain());
    }
    for (auto& made : renewal.added) open_transport(std::move(made));
    if (public_http_) public_http_->set_tls(std::move(renewal.public_tls));
    if (renewal.identity) server_->show(*std::move(renewal.identity));
    if (admin_http_ && config_->http.admin) admin_http_->set_token(config_->http.admin->token);
}

}  // namespace sallyport::app
