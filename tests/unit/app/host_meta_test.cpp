// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/host_meta.hpp"

#include <map>

#include <gtest/gtest.h>

namespace sallyport::app {
namespace {

/// Remembers what is to be served.
class Routes final : public net::HttpServer {
  public:
    std::map<std::string, port::WebhookHandler> handlers;

    port::HttpResponse get(const std::string& path) {
        port::HttpResponse got;
        handlers.at(path)(port::HttpRequest("GET", path), [&got](port::HttpResponse response) {
            got = std::move(response);
        });
        return got;
    }

    void mount(std::string, port::WebhookHandler) override {}
    void unmount(std::string_view) override {}
    const std::string& public_url() const override { return none_; }
    void route(std::string path, std::vector<std::string> methods, port::WebhookHandler handler)
        override {
        EXPECT_EQ(methods, std::vector<std::string>{"GET"});
        handlers[std::move(path)] = std::move(handler);
    }
    void serve_files(std::string, net::FileHandler) override {}
    void receive(std::string, std::vector<std::string>, net::ReceiveHandler) override {}
    Result<> open() override { return {}; }
    config::Endpoint endpoint() const override { return {}; }
    void set_tls(std::shared_ptr<const net::TlsContext>) override {}
    void set_token(std::optional<config::Secret>) override {}
    void set_draining(bool) override {}
    void stop(std::chrono::milliseconds, std::function<void()> done) override { done(); }
    const Counters& counters() const override { return counters_; }

  private:
    std::string none_;
    Counters counters_;
};

config::ServerConfig section(const char* websocket, std::optional<std::string> url = {}) {
    config::ServerConfig server;
    server.domain = *xmpp::Jid::parse("example.org");
    if (websocket != nullptr) server.listen.websocket = *config::parse_endpoint(websocket);
    server.websocket_url = std::move(url);
    return server;
}

TEST(HostMeta, tells_pages_from_anywhere_where_the_websocket_is) {
    Routes routes;
    install_host_meta(routes, section("127.0.0.1:5280", "wss://gw.example.org/xmpp-websocket"));
    const port::HttpResponse xml = routes.get("/.well-known/host-meta");
    EXPECT_EQ(xml.status, 200);
    EXPECT_NE(
        xml.body.find("<Link rel='urn:xmpp:alt-connections:websocket' "
                      "href='wss://gw.example.org/xmpp-websocket'/>"),
        std::string::npos
    ) << xml.body;
    EXPECT_EQ(port::header(xml.headers, "Content-Type"), "application/xrd+xml; charset=utf-8");
    EXPECT_EQ(port::header(xml.headers, "Access-Control-Allow-Origin"), "*");
    const port::HttpResponse json = routes.get("/.well-known/host-meta.json");
    EXPECT_EQ(
        json.body,
        "{\"links\":[{\"rel\":\"urn:xmpp:alt-connections:websocket\","
        "\"href\":\"wss://gw.example.org/xmpp-websocket\"}]}\n"
    );
    EXPECT_EQ(port::header(json.headers, "Content-Type"), "application/json");
    EXPECT_EQ(port::header(json.headers, "Access-Control-Allow-Origin"), "*");
}

TEST(HostMeta, names_the_listener_itself_when_others_can_reach_it) {
    EXPECT_EQ(public_websocket(section("0.0.0.0:5443")), "wss://example.org:5443/xmpp-websocket");
    EXPECT_EQ(public_websocket(section("[::]:443")), "wss://example.org/xmpp-websocket");
}

TEST(HostMeta, names_nothing_that_is_not_there) {
    EXPECT_EQ(public_websocket(section("127.0.0.1:5280")), std::nullopt);
    EXPECT_EQ(public_websocket(section(nullptr)), std::nullopt);
    Routes routes;
    install_host_meta(routes, section("127.0.0.1:5280"));
    EXPECT_TRUE(routes.handlers.empty());
}

}  // namespace
}  // namespace sallyport::app
