// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "gateway/net/http_server.hpp"

namespace sallyport::app {

class Gateway;

/// Routes of the admin listener: /livez /readyz /metrics /status (gateway.md §5). `gateway` must
/// outlive the server.
void install_admin(Gateway& gateway, net::HttpServer& server);

/// "ok", or one line per check with ?verbose: "[+] name" or "[-] name: why".
std::string readiness_text(const Gateway& gateway, bool verbose);
/// All that is counted, and what the process takes of the machine: Prometheus' text format.
std::string metrics_text(Gateway& gateway);
/// The state of the program as JSON: links, providers, queues, last webhooks. `done` runs when the
/// store has answered.
void status_json(Gateway& gateway, std::function<void(std::string)> done);

}  // namespace sallyport::app
