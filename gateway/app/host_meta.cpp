// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/host_meta.hpp"

#include <string_view>
#include <utility>

#include "gateway/app/json_text.hpp"
#include "gateway/server/c2s_listener.hpp"

namespace sallyport::app {
namespace {

constexpr std::string_view relation = "urn:xmpp:alt-connections:websocket";

// RFC 6415 §3. What may stand in a URL of the configuration needs no escaping.
std::string as_xrd(const std::string& url) {
    std::string text =
        "<?xml version='1.0' encoding='utf-8'?>\n"
        "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n  <Link rel='";
    return text.append(relation).append("' href='").append(url).append("'/>\n</XRD>\n");
}

std::string as_json(const std::string& url) {
    JsonText link;
    link.open('{').field("rel", relation).field("href", url).close('}');
    return "{\"links\":[" + link.text() + "]}\n";
}

void serve(net::HttpServer& http, std::string path, std::string body, std::string type) {
    port::HttpResponse answer(200, std::move(body), std::move(type));
    // XEP-0156 §2.3: it is pages that ask.
    answer.headers.emplace_back("Access-Control-Allow-Origin", "*");
    http.route(
        std::move(path),
        {"GET"},
        [answer = std::move(answer)](const port::HttpRequest&, const port::Respond& respond) {
            respond(answer);
        }
    );
}

}  // namespace

std::optional<std::string> public_websocket(const config::ServerConfig& server) {
    if (server.websocket_url) return server.websocket_url;
    const auto& address = server.listen.websocket;
    if (!address || address->is_loopback()) return std::nullopt;
    const std::string port = address->port == 443 ? "" : ':' + std::to_string(address->port);
    return "wss://" + server.domain.str() + port + std::string(server::websocket_path);
}

void install_host_meta(net::HttpServer& http, const config::ServerConfig& server) {
    const auto url = public_websocket(server);
    if (!url) return;
    serve(http, "/.well-known/host-meta", as_xrd(*url), "application/xrd+xml; charset=utf-8");
    serve(http, "/.well-known/host-meta.json", as_json(*url), "application/json");
}

}  // namespace sallyport::app
