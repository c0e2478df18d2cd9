// SPDX-License-Identifier: Apache-2.0
// SIGHUP applies all of a changed configuration, or nothing of it.
#include <boost/algorithm/string/replace.hpp>
#include <gtest/gtest.h>

#include "config/loader.hpp"
#include "gateway/app/gateway.hpp"
#include "gateway/net/self_signed.hpp"
#include "tests/support/temp_folder.hpp"

namespace sallyport::app {
namespace {

using test::read_all;

constexpr std::string_view config_text = R"(version: 1
data: data
access: [{who: "*@example.org", role: ROLE}]
hosts:
  main: {address: "unix:FOLDER/host.sock", tls: {ca: TRUSTED}, vhosts: [example.org]}
server:
  domain: example.net
  listen: {c2s: "unix:FOLDER/c2s.sock", c2s_tls: "unix:FOLDER/host.sock"}
  certificate: {chain: server.pem, key: server.key}
http:
  public:
    listen: "unix:FOLDER/public.sock"
    url: "https://gw.example.org"
    certificate: {chain: public.pem, key: public.key}
)";

/// A gateway with every kind of file that a reload reads again: certificates of both listeners, the
/// issuers that a host is trusted by.
class Reload : public testing::Test {
  protected:
    Reload() {
        make_pair("public");
        make_pair("server");
        make_pair("trusted");
        write("user");
        std::optional<DataDir::Held> held;
        auto loaded = config::load(folder_ / "sallyport.yaml");
        for (const auto& mistake : loaded.mistakes) ADD_FAILURE() << mistake.to_string();
        auto data = DataDir::open(loaded.config->data, held);
        gateway_.emplace(*std::move(loaded.config), *std::move(data), log_);
        const auto opened = gateway_->open();
        EXPECT_TRUE(opened) << opened.error().to_string();
    }

    void make_pair(const std::string& name) {
        EXPECT_TRUE(net::make_self_signed(
            "example.org", folder_ / (name + ".pem"), folder_ / (name + ".key")
        ));
    }
    /// What differs between two reloads: the role of *@example.org.
    void write(const std::string& role) {
        std::string text(config_text);
        boost::replace_all(text, "ROLE", role);
        boost::replace_all(text, "TRUSTED", trusted_);
        boost::replace_all(text, "FOLDER", folder_.path().string());
        folder_.write("sallyport.yaml", text);
    }
    void add_transport() {
        folder_.write("transports/echo.yaml", "transport: echo\ndomain: echo.net\nhost: server\n");
    }

    config::Role role() const { return gateway_->config().access.at(0).role; }
    double successful() {
        return gateway_->metrics().gauge("config_last_reload_successful").value();
    }
    /// The reload is refused with a line that has this text, and the gateway is as it was.
    void expect_refused(std::string_view why) {
        const std::string fingerprint = gateway_->server()->fingerprint();
        const Gateway::Reload result = gateway_->reload();
        EXPECT_FALSE(result.is_applied);
        std::string lines;
        for (const std::string& line : result.lines) lines += line + "\n";
        EXPECT_NE(lines.find(why), std::string::npos) << lines;
        EXPECT_EQ(successful(), 0);
        EXPECT_EQ(role(), config::Role::user);
        EXPECT_EQ(gateway_->core().world().config, &gateway_->config());
        EXPECT_EQ(gateway_->server()->fingerprint(), fingerprint);
        EXPECT_TRUE(gateway_->attached().empty());
    }

    test::TempFolder folder_;
    std::string trusted_ = "trusted.pem";
    std::string link_down_;  ///< what is logged of a link; it ends the gateway
    Log log_{[this](std::string_view line) {
        if (line.find("link.down") == std::string_view::npos) return;
        link_down_ = line;
        gateway_->stop();
    }};
    std::optional<Gateway> gateway_;
};

TEST_F(Reload, applies_access_certificates_and_transports_together) {
    const std::string fingerprint = gateway_->server()->fingerprint();
    write("none");
    make_pair("server");
    add_transport();
    const Gateway::Reload result = gateway_->reload();
    EXPECT_TRUE(result.is_applied);
    EXPECT_EQ(result.lines, std::vector<std::string>{"applied access"});
    EXPECT_EQ(successful(), 1);
    EXPECT_EQ(role(), config::Role::none);
    EXPECT_NE(gateway_->server()->fingerprint(), fingerprint);
    EXPECT_EQ(gateway_->attached().count("echo.net"), 1U);
}

TEST_F(Reload, applies_nothing_when_a_key_is_not_of_its_certificate) {
    write("none");
    make_pair("server");
    add_transport();
    folder_.write("public.key", read_all(folder_ / "trusted.key"));
    expect_refused("http.public.certificate: ");
}

TEST_F(Reload, applies_nothing_when_the_servers_key_is_not_of_its_certificate) {
    write("none");
    add_transport();
    folder_.write("server.key", read_all(folder_ / "trusted.key"));
    expect_refused("server.certificate: ");
}

TEST_F(Reload, applies_nothing_when_the_issuers_of_a_host_are_no_certificates) {
    write("none");
    make_pair("server");
    add_transport();
    folder_.write("trusted.pem", "not a certificate");
    expect_refused("hosts.main.tls.ca: ");
}

/// The host is our own server, which shows its certificate. At a path of this machine no name can
/// be right: that is what is wrong with it once its issuer is trusted.
TEST_F(Reload, lets_a_link_trust_the_issuers_that_are_named_now) {
    folder_.write(
        "transports/echo.yaml",
        "transport: echo\ndomain: echo.example.org\nhost: main\nsecret: of-the-test\n"
    );
    ASSERT_TRUE(gateway_->reload().is_applied);
    trusted_ = "server.pem";
    write("user");
    const Gateway::Reload result = gateway_->reload();
    EXPECT_EQ(result.lines, std::vector<std::string>{"applied hosts.main.tls.certificate.ca"});
    gateway_->run();
    EXPECT_NE(link_down_.find("the certificate is for example.org"), std::string::npos)
        << link_down_;
}

TEST_F(Reload, names_all_that_is_wrong_in_one_go) {
    folder_.write("public.key", read_all(folder_ / "trusted.key"));
    folder_.write("trusted.pem", "not a certificate");
    EXPECT_EQ(gateway_->reload().lines.size(), 2U);
}

}  // namespace
}  // namespace sallyport::app
