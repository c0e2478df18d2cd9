// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/config.hpp"
#include "gateway/app/attachment.hpp"
#include "gateway/app/transport_context.hpp"
#include "gateway/core/core.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/timers.hpp"
#include "gateway/port/transport.hpp"
#include "gateway/server/hub.hpp"

namespace sallyport::app {

/// One transport's domain, attached to its host: the transport, the way to its people, and what the
/// core knows of both.
class Attached final {
  public:
    struct Tools {
        core::Core& core;
        net::Timers& timers;
        net::Resolver& resolver;
        net::HttpClient& http;
        port::Webhooks& webhooks;
        std::string hook_secret;
        server::Hub* hub;  ///< of the embedded server; null when there is none
    };
    /// Makes the transport; nothing runs yet.
    static Result<std::unique_ptr<Attached>> make(
        Tools tools, const config::Config& config, const config::TransportConfig& section
    );
    ~Attached();
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;

    core::Domain& domain() { return domain_; }
    const core::Domain& domain() const { return domain_; }
    port::Transport& transport() { return *transport_; }
    const TransportContext& context() const { return context_; }
    const Attachment& attachment() const { return *attachment_; }
    bool is_ready() const { return attachment_->is_up(); }

    /// Opens the transport and the way to its people. The domain's accounts are loaded.
    void start();
    /// Takes a changed section: credentials, limits, numbers, assignments.
    void reload(const config::Config& config, const config::TransportConfig& section);
    /// Closes the transport's intake.
    void close_transport(std::function<void()> closed);
    /// Says goodbye to the host; what it sent before its own goodbye is still taken.
    void stop(std::function<void()> stopped);
    void renew() { attachment_->renew(); }  ///< the host stopped answering: begin anew

  private:
    explicit Attached(Tools tools);
    void apply(const config::Config& config, const config::TransportConfig& section);

    Tools tools_;
    core::Domain domain_;
    TransportContext context_;
    std::unique_ptr<port::Transport> transport_;
    std::unique_ptr<Attachment> attachment_;
};

}  // namespace sallyport::app
