// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/config.hpp"
#include "gateway/app/transport_context.hpp"
#include "gateway/core/core.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/timers.hpp"
#include "gateway/net/xmpp_link.hpp"
#include "gateway/port/transport.hpp"

namespace sallyport::app {

/// One transport's domain, attached to its host: the link, the transport and what the core knows of
/// both.
class Attached final : public net::LinkHandler, public core::StanzaSink {
  public:
    struct Tools {
        core::Core& core;
        net::Timers& timers;
        net::Resolver& resolver;
        net::HttpClient& http;
        port::Webhooks& webhooks;
        std::string hook_secret;
    };
    /// Makes the transport; nothing runs yet.
    static Result<std::unique_ptr<Attached>> make(
        Tools tools, const config::Config& config, const config::TransportConfig& section
    );
    ~Attached() override;

    core::Domain& domain() { return domain_; }
    const core::Domain& domain() const { return domain_; }
    port::Transport& transport() { return *transport_; }
    const TransportContext& context() const { return context_; }
    const net::XmppLink& link() const { return *link_; }
    bool is_ready() const { return link_->state() == net::LinkState::up; }

    /// Opens the transport and connects. The domain's accounts are loaded.
    void start();
    /// Takes a changed section: credentials, limits, numbers, assignments.
    Result<> reload(const config::Config& config, const config::TransportConfig& section);
    /// Closes the transport's intake.
    void close_transport(std::function<void()> closed);
    /// Says goodbye to the host; what it sent before its own goodbye is still taken.
    void stop(std::function<void()> stopped);
    void break_link();  ///< the host stopped answering: begin anew

  private:
    Attached(Tools tools, const config::TransportConfig& section);
    void apply(const config::Config& config, const config::TransportConfig& section);
    void make_link();
    void resume_reading();

    void on_up() override;
    void on_down(const net::LinkDown& why) override;
    void on_stanza(xmpp::Stanza stanza) override;
    void on_malformed(xmpp::Element element, xmpp::StanzaError error) override;
    void on_writable() override;
    Result<bool> send(const xmpp::Stanza& stanza) override;

    Tools tools_;
    core::Domain domain_;
    TransportContext context_;
    std::unique_ptr<port::Transport> transport_;
    net::LinkOptions link_options_;
    std::unique_ptr<net::XmppLink> link_;
    bool is_reading_ = true;
    std::shared_ptr<bool> alive_ =
        std::make_shared<bool>(true);  ///< for timers that may outlive this
    Metrics::Counter& stanzas_in_;
    Metrics::Counter& stanzas_out_;
    Metrics::Gauge& up_;
};

}  // namespace sallyport::app
