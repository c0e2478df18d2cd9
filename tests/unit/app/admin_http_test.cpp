// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/admin_http.hpp"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/resource.h>

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

/// As when the disk is full: files of this process cannot grow.
class FullDisk {
  public:
    FullDisk() {
        std::signal(SIGXFSZ, SIG_IGN);
        EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
        const rlimit none{0, before_.rlim_max};
        EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
    }
    ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

  private:
    rlimit before_{};
};

TEST_F(House, is_not_ready_while_its_store_cannot_write) {
    std::string full, mended;
    std::optional<FullDisk> disk(std::in_place);
    const store::PutRecord record{"ns", "key", "value", std::nullopt};
    gateway->store().write(record, [&](const Result<store::PutRecord::Answer>& refused) {
        full = readiness_text(*gateway, true);
        disk.reset();
        EXPECT_FALSE(refused);
        gateway->store().write(record, [&](const Result<store::PutRecord::Answer>& written) {
            EXPECT_TRUE(written);
            mended = readiness_text(*gateway, true);
            gateway->stop();
        });
    });
    EXPECT_EQ(gateway->run(), 0);
    EXPECT_NE(full.find("[-] store: the last write failed\n"), std::string::npos) << full;
    EXPECT_TRUE(full.ends_with("not ready\n")) << full;
    EXPECT_NE(mended.find("[+] store\n"), std::string::npos) << mended;
    EXPECT_TRUE(mended.ends_with("\nready\n")) << mended;
}

TEST_F(House, measures_its_store_and_its_process) {
    std::string text;
    gateway->store().read(store::Counts{}, [&](const Result<store::Counts::Answer>&) {
        text = metrics_text(*gateway);
        gateway->stop();
    });
    EXPECT_EQ(gateway->run(), 0);
    for (const char* line :
         {"# TYPE sallyport_db_query_seconds histogram\n",
          "sallyport_db_query_seconds_count{kind=\"read\"} ",
          "# TYPE process_resident_memory_bytes gauge\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << "in\n" << text;
    EXPECT_EQ(text.find("db_query_seconds_count{kind=\"read\"} 0\n"), std::string::npos) << text;
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
