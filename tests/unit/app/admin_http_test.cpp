// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/admin_http.hpp"

#include <gtest/gtest.h>

#include "gateway/app/gateway.hpp"
#include "tests/support/temp_folder.hpp"

namespace sallyport::app {
namespace {

using test::mode_of;
using test::TempFolder;

/// A gateway without transports: nothing of the network but its control socket.
struct House : testing::Test {
    explicit House(std::optional<config::ServerConfig> server = {}) {
        std::optional<DataDir::Held> held;
        auto data = DataDir::open(folder.path() / "data", held);
        config::Config config;
        config.data = folder.path() / "data";
        config.storage.path = config.data / "sallyport.db";
        config.server = std::move(server);
        gateway.emplace(std::move(config), *std::move(data), log);
        const auto opened = gateway->open();
        EXPECT_TRUE(opened) << opened.error().to_string();
    }
    TempFolder folder;
    Log log{[](std::string_view) {}};
    std::optional<Gateway> gateway;
};

TEST_F(House, is_ready_when_nothing_is_missing) {
    EXPECT_EQ(readiness_text(*gateway, false), "ready\n");
    EXPECT_NE(readiness_text(*gateway, true).find("[+] store\n"), std::string::npos);
}

TEST_F(House, is_not_ready_while_it_stops) {
    gateway->stop();
    const std::string text = readiness_text(*gateway, false);
    EXPECT_NE(text.find("[-] draining: the program is stopping\n"), std::string::npos) << text;
    EXPECT_TRUE(text.ends_with("not ready\n"));
}

TEST_F(House, tells_its_status_as_json) {
    std::string json;
    status_json(*gateway, [&](std::string text) {
        json = std::move(text);
        gateway->stop();
    });
    EXPECT_EQ(gateway->run(), 0);
    EXPECT_TRUE(json.starts_with("{\"version\":\"")) << json;
    EXPECT_NE(json.find("\"ready\":true,\"store\":true"), std::string::npos) << json;
    EXPECT_NE(json.find("\"transports\":[]"), std::string::npos) << json;
}

config::ServerConfig server_section() {
    config::ServerConfig server;
    server.domain = *xmpp::Jid::parse("example.org");
    config::Endpoint loopback;
    loopback.host = "127.0.0.1";
    server.listen.c2s = server.listen.components = loopback;
    server.components.push_back(
        {*xmpp::Jid::parse("rooms.example.org"), config::Secret("of rooms"), {}}
    );
    return server;
}

struct ServedHouse : House {
    ServedHouse() : House(server_section()) {}
};

TEST_F(ServedHouse, tells_of_its_server_and_of_the_components_there) {
    std::string json;
    status_json(*gateway, [&](std::string text) {
        json = std::move(text);
        gateway->stop();
    });
    EXPECT_EQ(gateway->run(), 0);
    EXPECT_NE(
        json.find("\"server\":{\"domain\":\"example.org\",\"sessions\":0,\"connections\":0,"
                  "\"components\":[{\"domain\":\"rooms.example.org\",\"connected\":false}]}"),
        std::string::npos
    ) << json;
}

TEST_F(House, guards_its_control_socket) {
    const auto mode = mode_of(folder.path() / "data" / "control.sock");
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace
}  // namespace sallyport::app
