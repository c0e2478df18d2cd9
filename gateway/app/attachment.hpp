// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "gateway/core/world.hpp"

namespace sallyport::app {

/// How a transport's domain meets its people: over a component link to their server, or within
/// this process (decisions/0004-attachment.md). It tells the core when the way is open.
class Attachment {
  public:
    virtual ~Attachment() = default;
    /// Where the domain's stanzas leave; lives as long as this.
    virtual core::StanzaSink& sink() = 0;
    /// The domain's accounts are loaded: open the way.
    virtual void start() = 0;
    /// Closes it; what was sent to us before is still taken.
    virtual void stop(std::function<void()> stopped) = 0;
    /// The other side stopped answering: begin anew.
    virtual void renew() = 0;
    /// Takes a changed configuration from the next connection on.
    virtual void reload(const config::Config& config) = 0;

    virtual bool is_up() const = 0;
    virtual std::string_view state() const = 0;  ///< a stable word
    /// Why it is not up: a stable word and its explanation; "" = nothing to say.
    virtual std::string reason() const { return {}; }
    virtual std::string detail() const { return {}; }
};

}  // namespace sallyport::app
