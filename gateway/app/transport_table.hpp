// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "gateway/port/context.hpp"
#include "gateway/port/transport.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::app {

/// One row per transport: how it is made from its section of the configuration, and how it takes a
/// changed one.
struct TransportRow {
    std::string_view name;
    std::size_t settings;  ///< index in config::TransportConfig::settings
    std::function<
        Result<std::unique_ptr<port::Transport>>(const config::TransportConfig&, port::Context&)>
        make;
    /// Cannot fail: the files were checked when they were read.
    std::function<void(port::Transport&, const config::TransportConfig&)> reload;
    /// What the operator must set at the network's side, one line each; from the files alone.
    std::function<std::vector<std::string>(const config::Config&, const config::TransportConfig&)>
        setup;
};

/// The row for this section. REQUIRES: every alternative of `settings` has one (a test holds it).
const TransportRow& transport_row(const config::TransportConfig& config);

/// "paste this at the provider", for check-config and status; empty when there is nothing to set.
std::vector<std::string> setup_lines(
    const config::Config& config, const config::TransportConfig& section
);

}  // namespace sallyport::app
