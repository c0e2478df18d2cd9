// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/attached.hpp"

#include <utility>

#include "gateway/app/component_attachment.hpp"
#include "gateway/app/hub_attachment.hpp"
#include "gateway/app/transport_table.hpp"

namespace sallyport::app {
namespace {

/// Checked when the configuration was read: a transport names a host that is there.
std::unique_ptr<Attachment> make_attachment(
    const Attached::Tools& tools,
    core::Domain& domain,
    const config::Config& config,
    const config::TransportConfig& section
) {
    if (const auto host = config.hosts.find(section.host); host != config.hosts.end())
        return std::make_unique<ComponentAttachment>(
            ComponentAttachment::Tools{tools.core, tools.timers, tools.resolver},
            domain,
            host->second,
            section
        );
    return std::make_unique<HubAttachment>(tools.core, domain, *tools.hub);
}

}  // namespace

Attached::Attached(Tools tools)
    : tools_(std::move(tools)),
      context_(
          TransportContext::Tools{tools_.core, tools_.http, tools_.webhooks, tools_.hook_secret},
          domain_
      ) {}

Result<std::unique_ptr<Attached>> Attached::make(
    Tools tools, const config::Config& config, const config::TransportConfig& section
) {
    std::unique_ptr<Attached> made(new Attached(std::move(tools)));
    made->apply(config, section);
    auto transport = transport_row(section).make(section, made->context_);
    if (!transport) return transport.error();
    made->transport_ = *std::move(transport);
    made->domain_.transport = made->transport_.get();
    made->attachment_ = make_attachment(made->tools_, made->domain_, config, section);
    made->domain_.sink = &made->attachment_->sink();
    return made;
}

Attached::~Attached() = default;

/// What the core needs of a section; limits keep their buckets when unchanged.
void Attached::apply(const config::Config& config, const config::TransportConfig& section) {
    domain_.name = section.domain.str();
    domain_.jid = section.domain;
    domain_.title = section.name;
    if (auto host = config.hosts.find(section.host); host != config.hosts.end())
        domain_.vhosts = host->second.vhosts;
    else if (config.server)
        domain_.vhosts = {config.server->domain};
    const auto* sms = std::get_if<config::SmsConfig>(&section.settings);
    if (!sms) return;
    domain_.user_limit.set_rate(sms->limits.user);
    domain_.peer_limit.set_rate(sms->limits.peer);
    domain_.resend_ambiguous = sms->ambiguous == config::SmsConfig::Ambiguous::resend;
    std::map<std::string, port::UserLabel> assigned;
    for (const auto& [number, user] : sms->assign)
        assigned.emplace(number, port::UserLabel{std::string(user.bare_view())});
    domain_.accounts.set_assigned(std::move(assigned));
}

void Attached::start() {
    transport_->open();
    attachment_->start();
}

void Attached::reload(const config::Config& config, const config::TransportConfig& section) {
    apply(config, section);
    transport_row(section).reload(*transport_, section);
    attachment_->reload(config);
}

void Attached::close_transport(std::function<void()> closed) {
    transport_->close(std::move(closed));
}

void Attached::stop(std::function<void()> stopped) {
    attachment_->stop(std::move(stopped));
}

}  // namespace sallyport::app
