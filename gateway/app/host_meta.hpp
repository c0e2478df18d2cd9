// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "config/config.hpp"
#include "gateway/net/http_server.hpp"

namespace sallyport::app {

/// Where the world finds the embedded server's WebSocket; nothing when it is nowhere to be found.
std::optional<std::string> public_websocket(const config::ServerConfig& server);
/// Tells clients of it at /.well-known/host-meta and host-meta.json (XEP-0156), if there is one.
void install_host_meta(net::HttpServer& http, const config::ServerConfig& server);

}  // namespace sallyport::app
