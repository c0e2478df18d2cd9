// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/component_attachment.hpp"

#include <utility>

namespace sallyport::app {
namespace {

/// Writes under way above which a host is not read: it buffers, and no row is promised that memory
/// must hold.
constexpr std::size_t busy_writes = 16 * 1024;
constexpr std::chrono::milliseconds busy_pause{5};

}  // namespace

ComponentAttachment::ComponentAttachment(
    Tools tools,
    core::Domain& domain,
    const config::HostConfig& host,
    const config::TransportConfig& section
)
    : tools_(tools),
      domain_(domain),
      stanzas_in_(tools_.core.world().metrics.counter(
          "stanzas_total",
          {{"component", section.domain.str()}, {"direction", "in"}},
          "stanzas over component links"
      )),
      stanzas_out_(tools_.core.world().metrics.counter(
          "stanzas_total", {{"component", section.domain.str()}, {"direction", "out"}}
      )),
      up_(tools_.core.world().metrics.gauge(
          "component_up",
          {{"component", section.domain.str()}},
          "1 while the host has accepted the component"
      )) {
    options_.address = host.address;
    options_.tls = host.tls;
    options_.domain = section.domain;
    options_.secret = section.secret;
    make_link();
}

ComponentAttachment::~ComponentAttachment() {
    *alive_ = false;
}

void ComponentAttachment::make_link() {
    net::XmppLink::Tools tools(
        tools_.timers,
        tools_.core.world().log,
        net::tcp_connector(tools_.timers, tools_.resolver, options_)
    );
    link_ = std::make_unique<net::XmppLink>(std::move(tools), options_, *this);
}

void ComponentAttachment::renew() {
    if (!link_->is_reading()) return;  // the answer waits in the socket: it is we who do not read
    tools_.core.world().log.error("link.silent", {{"domain", domain_.name}});
    if (domain_.is_up) tools_.core.link_down(domain_);
    up_.set(0);
    make_link();  // the old one is aborted: there is nobody to say goodbye to
    link_->start();
}

void ComponentAttachment::on_up() {
    up_.set(1);
    is_reading_ = true;
    link_->set_reading(true);  // the last link may have gone while it was not read
    tools_.core.link_up(domain_);
}

void ComponentAttachment::on_down(const net::LinkDown& why) {
    up_.set(0);
    tools_.core.world()
        .metrics
        .counter(
            "component_down_total",
            {{"component", domain_.name}, {"reason", why.reason}},
            "link losses and failed attempts"
        )
        .add();
    if (domain_.is_up) tools_.core.link_down(domain_);
}

void ComponentAttachment::on_stanza(xmpp::Stanza stanza) {
    stanzas_in_.add();
    tools_.core.handle(domain_, stanza);
    if (is_reading_ && tools_.core.world().store.pending() > busy_writes) {
        is_reading_ = false;
        link_->set_reading(false);
        resume_reading();
    }
}

void ComponentAttachment::resume_reading() {
    auto& world = tools_.core.world();
    world.scheduler.at(world.time.now() + busy_pause, [this, alive = alive_] {
        if (!*alive || is_reading_) return;
        if (tools_.core.world().store.pending() > busy_writes / 2) return resume_reading();
        is_reading_ = true;
        link_->set_reading(true);
    });
}

void ComponentAttachment::on_malformed(xmpp::Element element, xmpp::StanzaError error) {
    stanzas_in_.add();
    tools_.core.malformed(domain_, element, error);
}

void ComponentAttachment::on_writable() {
    tools_.core.writable(domain_);
}

Result<bool> ComponentAttachment::send(const xmpp::Stanza& stanza) {
    auto sent = link_->send(stanza);
    if (sent && *sent) stanzas_out_.add();
    return sent;
}

}  // namespace sallyport::app
