// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "gateway/port/http.hpp"

namespace sallyport::net {

/// RFC 6455 §4.2, a server's answer to a request that wants to become a WebSocket: 101 when it
/// does, else why not. `path`: the only one that there is; `protocol`: the subprotocol that the
/// client must name (RFC 7395 §3.1: "xmpp").
///
/// Any Origin may come: a page has no power here that its user did not give it, for a login needs
/// the password and no browser adds one by itself, as it does with cookies (§10.2).
port::HttpResponse judge_upgrade(
    const port::HttpRequest& request, std::string_view path, std::string_view protocol
);
/// §4.2.2: what a server makes of the client's key.
std::string websocket_accept(std::string_view key);

}  // namespace sallyport::net
