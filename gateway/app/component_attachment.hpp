// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>

#include "config/config.hpp"
#include "gateway/app/attachment.hpp"
#include "gateway/core/core.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/timers.hpp"
#include "gateway/net/xmpp_link.hpp"

namespace sallyport::app {

/// A component link (XEP-0114) to the server that serves the users.
class ComponentAttachment final : public Attachment,
                                  public net::LinkHandler,
                                  public core::StanzaSink {
  public:
    struct Tools {
        core::Core& core;
        net::Timers& timers;
        net::Resolver& resolver;
    };
    /// `domain` and the tools outlive it.
    ComponentAttachment(
        Tools tools,
        core::Domain& domain,
        const config::HostConfig& host,
        const config::TransportConfig& section
    );
    ~ComponentAttachment() override;

    core::StanzaSink& sink() override { return *this; }
    void start() override { link_->start(); }
    void stop(std::function<void()> stopped) override { link_->stop(std::move(stopped)); }
    void renew() override;
    void reload(const config::Config& config) override;
    bool is_up() const override { return link_->state() == net::LinkState::up; }
    std::string_view state() const override { return net::to_string(link_->state()); }
    std::string reason() const override { return link_->last_down().reason; }
    std::string detail() const override { return link_->last_down().detail; }

  private:
    /// Counters by kind of stanza, in the order of the enumeration.
    using Kinds = std::array<Metrics::Counter*, 3>;
    Kinds counters_of(const std::string& direction) const;
    void make_link();
    void resume_reading();

    void on_up() override;
    void on_down(const net::LinkDown& why) override;
    void on_stanza(xmpp::Stanza stanza) override;
    void on_malformed(xmpp::Element element, xmpp::StanzaError error) override;
    void on_writable() override;
    Result<bool> send(const xmpp::Stanza& stanza) override;

    Tools tools_;
    core::Domain& domain_;
    std::string host_;  ///< its key under `hosts:`
    net::LinkOptions options_;
    std::unique_ptr<net::XmppLink> link_;
    bool is_reading_ = true;
    std::shared_ptr<bool> alive_ =
        std::make_shared<bool>(true);  ///< for timers that may outlive this
    Kinds stanzas_in_;
    Kinds stanzas_out_;
    Metrics::Gauge& connected_;
};

}  // namespace sallyport::app
