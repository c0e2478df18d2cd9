// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "config/config.hpp"
#include "gateway/port/context.hpp"
#include "gateway/port/transport.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::app {

/// One row per transport: how it is made from its section of the configuration, and how it takes a changed one.
struct TransportRow {
    std::string_view name;
    std::size_t settings;  ///< index in config::TransportConfig::settings
    std::function<Result<std::unique_ptr<port::Transport>>(const config::TransportConfig&, port::Context&)> make;
    std::function<Result<>(port::Transport&, const config::TransportConfig&)> reload;
};

/// The row for this section. REQUIRES: every alternative of `settings` has one (a test holds it).
const TransportRow& transport_row(const config::TransportConfig& config);

}  // namespace sallyport::app
