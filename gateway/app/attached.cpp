// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/attached.hpp"

#include <utility>

#include "gateway/app/transport_table.hpp"

namespace sallyport::app {
namespace {

/// Writes under way above which a host is not read: it buffers, and no row is promised that memory
/// must hold.
constexpr std::size_t busy_writes = 16 * 1024;
constexpr std::chrono::milliseconds busy_pause{5};

}  // namespace

Attached::Attached(Tools tools, const config::TransportConfig& section)
    : tools_(std::move(tools)),
      context_(
          TransportContext::Tools{tools_.core, tools_.http, tools_.webhooks, tools_.hook_secret},
          domain_
      ),
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
      )) {}

Result<std::unique_ptr<Attached>> Attached::make(
    Tools tools, const config::Config& config, const config::TransportConfig& section
) {
    std::unique_ptr<Attached> made(new Attached(std::move(tools), section));
    made->apply(config, section);
    auto transport = transport_row(section).make(section, made->context_);
    if (!transport) return transport.error();
    made->transport_ = *std::move(transport);
    made->domain_.transport = made->transport_.get();
    made->domain_.sink = made.get();
    const config::HostConfig& host = config.hosts.at(section.host);
    made->link_options_.address = host.address;
    made->link_options_.tls = host.tls;
    made->link_options_.domain = section.domain;
    made->link_options_.secret = section.secret;
    made->make_link();
    return made;
}

Attached::~Attached() {
    *alive_ = false;
}

/// What the core needs of a section; limits keep their buckets when unchanged.
void Attached::apply(const config::Config& config, const config::TransportConfig& section) {
    domain_.name = section.domain.str();
    domain_.jid = section.domain;
    domain_.title = section.name;
    if (auto host = config.hosts.find(section.host); host != config.hosts.end())
        domain_.vhosts = host->second.vhosts;
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

void Attached::make_link() {
    net::XmppLink::Tools tools(
        tools_.timers,
        tools_.core.world().log,
        net::tcp_connector(tools_.timers, tools_.resolver, link_options_)
    );
    link_ = std::make_unique<net::XmppLink>(std::move(tools), link_options_, *this);
}

void Attached::start() {
    transport_->open();
    link_->start();
}

Result<> Attached::reload(const config::Config& config, const config::TransportConfig& section) {
    apply(config, section);
    return transport_row(section).reload(*transport_, section);
}

void Attached::close_transport(std::function<void()> closed) {
    transport_->close(std::move(closed));
}

void Attached::stop(std::function<void()> stopped) {
    link_->stop(std::move(stopped));
}

void Attached::break_link() {
    if (!link_->is_reading()) return;  // the answer waits in the socket: it is we who do not read
    tools_.core.world().log.error("link.silent", {{"domain", domain_.name}});
    if (domain_.is_up) tools_.core.link_down(domain_);
    up_.set(0);
    make_link();  // the old one is aborted: there is nobody to say goodbye to
    link_->start();
}

void Attached::on_up() {
    up_.set(1);
    is_reading_ = true;
    link_->set_reading(true);  // the last link may have gone while it was not read
    tools_.core.link_up(domain_);
}

void Attached::on_down(const net::LinkDown& why) {
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

void Attached::on_stanza(xmpp::Stanza stanza) {
    stanzas_in_.add();
    tools_.core.handle(domain_, std::move(stanza));
    if (is_reading_ && tools_.core.world().store.pending() > busy_writes) {
        is_reading_ = false;
        link_->set_reading(false);
        resume_reading();
    }
}

void Attached::resume_reading() {
    auto& world = tools_.core.world();
    world.scheduler.at(world.time.now() + busy_pause, [this, alive = alive_] {
        if (!*alive || is_reading_) return;
        if (tools_.core.world().store.pending() > busy_writes / 2) return resume_reading();
        is_reading_ = true;
        link_->set_reading(true);
    });
}

void Attached::on_malformed(xmpp::Element element, xmpp::StanzaError error) {
    stanzas_in_.add();
    tools_.core.malformed(domain_, element, error);
}

void Attached::on_writable() {
    tools_.core.writable(domain_);
}

Result<bool> Attached::send(const xmpp::Stanza& stanza) {
    auto sent = link_->send(stanza);
    if (sent && *sent) stanzas_out_.add();
    return sent;
}

}  // namespace sallyport::app
