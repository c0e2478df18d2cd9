// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "gateway/app/attachment.hpp"
#include "gateway/core/core.hpp"
#include "gateway/server/hub.hpp"

namespace sallyport::app {

/// The embedded server is the host: the way is open from the start, for both sides live in one
/// process.
class HubAttachment final : public Attachment {
  public:
    /// All outlive it.
    HubAttachment(core::Core& core, core::Domain& domain, server::Hub& hub)
        : core_(core), domain_(domain), hub_(hub) {}

    /// The hub itself: it knows the domains that speak through it as its neighbours.
    core::StanzaSink& sink() override { return hub_; }
    void start() override { core_.link_up(domain_); }
    void stop(std::function<void()> stopped) override {
        if (domain_.is_up) core_.link_down(domain_);
        stopped();
    }
    void renew() override {
        core_.link_down(domain_);
        core_.link_up(domain_);
    }
    void reload(const config::Config&) override {}  // all of it is the domain's
    bool is_up() const override { return domain_.is_up; }
    std::string_view state() const override { return domain_.is_up ? "embedded" : "closed"; }

  private:
    core::Core& core_;
    core::Domain& domain_;
    server::Hub& hub_;
};

}  // namespace sallyport::app
