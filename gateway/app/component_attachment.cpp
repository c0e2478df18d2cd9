// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/component_attachment.hpp"

#include <utility>

namespace sallyport::app {
namespace {

/// Writes under way above which a host is not read: it buffers, and no row is promised that memory
/// must hold.
constexpr std::size_t busy_writes = 16 * 1024;
constexpr std::chrono::milliseconds busy_pause{5};

using xmpp::StanzaKind;

void count(const std::array<Metrics::Counter*, 3>& kinds, StanzaKind kind) {
    kinds.at(static_cast<std::size_t>(kind))->add();
}

StanzaKind kind_of(const xmpp::Element& element) {
    if (element.name() == "iq") return StanzaKind::iq;
    return element.name() == "presence" ? StanzaKind::presence : StanzaKind::message;
}

}  // namespace

ComponentAttachment::ComponentAttachment(
    Tools tools,
    core::Domain& domain,
    const config::HostConfig& host,
    const config::TransportConfig& section
)
    : tools_(tools),
      domain_(domain),
      host_(section.host),
      stanzas_in_(counters_of("in")),
      stanzas_out_(counters_of("out")),
      connected_(tools_.core.world().metrics.gauge(
          "component_connected",
          {{"component", section.domain.str()}},
          "1 while the host has accepted the component"
      )) {
    options_.address = host.address;
    options_.tls = host.tls;
    options_.domain = section.domain;
    options_.secret = section.secret;
    make_link();
}

ComponentAttachment::Kinds ComponentAttachment::counters_of(const std::string& direction) const {
    const auto counter = [&](const char* kind) {
        return &tools_.core.world().metrics.counter(
            "stanzas_total",
            {{"component", domain_.name}, {"direction", direction}, {"kind", kind}},
            "stanzas over component links"
        );
    };
    return {counter("message"), counter("presence"), counter("iq")};
}

ComponentAttachment::~ComponentAttachment() {
    *alive_ = false;
}

void ComponentAttachment::make_link() {
    // Made for each attempt: what is trusted may have changed since the last.
    const auto connect = [this](net::ConnectDone done) {
        net::tcp_connector(tools_.timers, tools_.resolver, options_)(std::move(done));
    };
    net::XmppLink::Tools tools(tools_.timers, tools_.core.world().log, connect);
    link_ = std::make_unique<net::XmppLink>(std::move(tools), options_, *this);
}

void ComponentAttachment::renew() {
    if (!link_->is_reading()) return;  // the answer waits in the socket: it is we who do not read
    tools_.core.world().log.error("link.silent", {{"domain", domain_.name}});
    if (domain_.is_up) tools_.core.link_down(domain_);
    connected_.set(0);
    make_link();  // the old one is aborted: there is nobody to say goodbye to
    link_->start();
}

void ComponentAttachment::reload(const config::Config& config) {
    options_.tls = config.hosts.at(host_).tls;
}

void ComponentAttachment::on_up() {
    connected_.set(1);
    is_reading_ = true;
    link_->set_reading(true);  // the last link may have gone while it was not read
    tools_.core.link_up(domain_);
}

void ComponentAttachment::on_down(const net::LinkDown& why) {
    connected_.set(0);
    tools_.core.world()
        .metrics
        .counter(
            "component_reconnects_total",
            {{"component", domain_.name}, {"reason", why.reason}},
            "link losses and failed attempts"
        )
        .add();
    if (domain_.is_up) tools_.core.link_down(domain_);
}

void ComponentAttachment::on_stanza(xmpp::Stanza stanza) {
    count(stanzas_in_, stanza.kind());
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
    count(stanzas_in_, kind_of(element));
    tools_.core.malformed(domain_, element, error);
}

void ComponentAttachment::on_writable() {
    tools_.core.writable(domain_);
}

Result<bool> ComponentAttachment::send(const xmpp::Stanza& stanza) {
    auto sent = link_->send(stanza);
    if (sent && *sent) count(stanzas_out_, stanza.kind());
    return sent;
}

}  // namespace sallyport::app
