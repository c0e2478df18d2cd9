// SPDX-License-Identifier: Apache-2.0
#include "config/loader.hpp"

#include <chrono>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/support/source_dir.hpp"
#include "tests/unit/config/loading.hpp"

namespace sallyport::config {
namespace {

using namespace std::chrono_literals;

TEST(Loader, fills_in_every_default) {
    Loading loading;
    auto result = loading.load_texts(main_text, sms_text);
    EXPECT_EQ(loading.lines(result.mistakes), "");
    ASSERT_TRUE(result.config);
    const Config& config = *result.config;
    EXPECT_EQ(config.data, loading.folder().path() / "data");
    EXPECT_EQ(config.storage.path, loading.folder().path() / "data/sallyport.db");
    EXPECT_EQ(config.media.max_bytes, 10U * 1024 * 1024);
    EXPECT_EQ(config.media.keep, 30 * 24h);
    EXPECT_EQ(config.retention.bodies, 7 * 24h);
    EXPECT_EQ(config.retention.ids, 90 * 24h);
    EXPECT_EQ(config.retention.archive, 30 * 24h);
    EXPECT_EQ(config.logging.level, LoggingConfig::Level::info);
    EXPECT_EQ(config.hosts.at("main").tls.mode, Tls::Mode::off);
    EXPECT_EQ(config.http.open->url, "https://gw.example.org");
    EXPECT_FALSE(config.http.admin);
}

TEST(Loader, keeps_archives_for_a_time_or_has_none) {
    Loading loading;
    const std::string main(main_text);
    auto result = loading.load_texts(main + "retention: {archive: 7d}\n", sms_text);
    ASSERT_TRUE(result.config);
    EXPECT_EQ(result.config->retention.archive, 7 * 24h);
    result = loading.load_texts(main + "retention: {archive: off}\n", sms_text);
    ASSERT_TRUE(result.config);
    EXPECT_FALSE(result.config->retention.archive);
}

/// A server, to which keys of its own can be added.
const std::string with_server = std::string(main_text) + R"(server:
  domain: example.net
  listen: {c2s: "127.0.0.1:5222"}
)";

TEST(Loader, a_server_on_loopback_may_be_spoken_to_in_the_clear) {
    Loading loading;
    auto result = loading.load_texts(with_server, sms_text);
    ASSERT_TRUE(result.config);
    EXPECT_EQ(result.config->server->tls, ServerConfig::TlsNeed::required);
    EXPECT_EQ(result.config->server->read_rate_bytes, 10U * 1024);
    result = loading.load_texts(with_server + "  tls: optional\n  read_rate: off\n", sms_text);
    ASSERT_TRUE(result.config) << loading.lines(result.mistakes);
    EXPECT_EQ(result.config->server->tls, ServerConfig::TlsNeed::optional);
    EXPECT_EQ(result.config->server->read_rate_bytes, 0U);
}

TEST(Loader, says_how_many_sessions_an_account_has_and_which_gives_way) {
    Loading loading;
    auto result = loading.load_texts(with_server, sms_text);
    ASSERT_TRUE(result.config);
    EXPECT_EQ(result.config->server->conflict, ServerConfig::Conflict::replace);
    EXPECT_EQ(result.config->server->sessions, 10);
    result = loading.load_texts(with_server + "  conflict: refuse\n  sessions: 3\n", sms_text);
    ASSERT_TRUE(result.config) << loading.lines(result.mistakes);
    EXPECT_EQ(result.config->server->conflict, ServerConfig::Conflict::refuse);
    EXPECT_EQ(result.config->server->sessions, 3);
}

TEST(Loader, streams_are_compressed_only_when_that_is_asked_for) {
    Loading loading;
    auto result = loading.load_texts(with_server, sms_text);
    ASSERT_TRUE(result.config);
    EXPECT_EQ(result.config->server->compression, ServerConfig::Compression::off);
    result = loading.load_texts(with_server + "  compression: zlib\n", sms_text);
    ASSERT_TRUE(result.config) << loading.lines(result.mistakes);
    EXPECT_EQ(result.config->server->compression, ServerConfig::Compression::zlib);
    result = loading.load_texts(with_server + "  compression: lzw\n", sms_text);
    EXPECT_FALSE(result.config);
}

TEST(Loader, old_ways_to_log_in_are_offered_only_when_that_is_asked_for) {
    Loading loading;
    auto result = loading.load_texts(with_server, sms_text);
    ASSERT_TRUE(result.config);
    EXPECT_EQ(result.config->server->legacy, ServerConfig::Legacy::off);
    result = loading.load_texts(with_server + "  legacy: on\n", sms_text);
    ASSERT_TRUE(result.config) << loading.lines(result.mistakes);
    EXPECT_EQ(result.config->server->legacy, ServerConfig::Legacy::on);
    result = loading.load_texts(with_server + "  legacy: md5\n", sms_text);
    EXPECT_FALSE(result.config);
    EXPECT_NE(loading.lines(result.mistakes).find("server.legacy"), std::string::npos);
}

TEST(Loader, finds_the_issuers_of_clients_beside_the_main_file) {
    Loading loading;
    const auto file = loading.folder().write("tls/clients.pem", "-----BEGIN CERTIFICATE-----\n");
    auto result = loading.load_texts(with_server, sms_text);
    ASSERT_TRUE(result.config);
    EXPECT_FALSE(result.config->server->client_ca);
    result = loading.load_texts(with_server + "  client_ca: tls/clients.pem\n", sms_text);
    ASSERT_TRUE(result.config) << loading.lines(result.mistakes);
    EXPECT_EQ(result.config->server->client_ca, file);
}

TEST(Loader, gives_access_to_the_people_of_the_vhosts) {
    Loading loading;
    auto result = loading.load_texts(main_text, sms_text);
    ASSERT_TRUE(result.config);
    EXPECT_EQ(result.config->role_of(*xmpp::Jid::parse("bob@example.org/phone")), Role::user);
    EXPECT_EQ(result.config->role_of(*xmpp::Jid::parse("bob@elsewhere.org")), Role::none);
    EXPECT_TRUE(result.config->is_admin(*xmpp::Jid::parse("ops@example.org/desk")));
    EXPECT_FALSE(result.config->is_admin(*xmpp::Jid::parse("bob@example.org")));
}

TEST(Loader, takes_the_first_access_line_that_matches) {
    Loading loading;
    std::string main =
        std::string(main_text) +
        "access: [{who: m@example.org, role: none}, {who: \"*@example.org\", role: user}]\n";
    auto result = loading.load_texts(main, sms_text);
    ASSERT_TRUE(result.config);
    EXPECT_EQ(result.config->role_of(*xmpp::Jid::parse("m@example.org")), Role::none);
    EXPECT_EQ(result.config->role_of(*xmpp::Jid::parse("a@example.org")), Role::user);
}

TEST(Loader, reads_an_sms_transport) {
    Loading loading;
    auto result = loading.load_texts(main_text, sms_text);
    ASSERT_TRUE(result.config);
    const TransportConfig& transport = result.config->transports.at(0);
    EXPECT_EQ(transport.domain.str(), "sms.example.org");
    EXPECT_EQ(transport.secret.reveal(), "s3cret");
    EXPECT_EQ(transport.name, "SMS");
    const auto& sms = std::get<SmsConfig>(transport.settings);
    EXPECT_EQ(sms.region, "NO");
    EXPECT_FALSE(sms.limits.user);
    EXPECT_EQ(sms.limits.peer, (Rate{20, 1min}));
    EXPECT_EQ(sms.limits.segments, 4U);
    EXPECT_EQ(sms.assign.at("+15550001111").str(), "alice@example.org");
}

TEST(Loader, takes_codes_of_countries_and_of_none) {
    Loading loading;
    std::string sms = with(sms_text, "region: NO", "region: ZZ");
    sms = with(sms, "[US, \"NO\"]", "[GB, XK, AC]");
    const auto result = loading.load_texts(main_text, sms);
    ASSERT_TRUE(result.config);
    const auto& read = std::get<SmsConfig>(result.config->transports.at(0).settings);
    EXPECT_EQ(read.region, "ZZ");
    EXPECT_EQ(read.countries, (std::vector<std::string>{"GB", "XK", "AC"}));
}

TEST(Loader, lays_a_providers_entry_over_its_description) {
    Loading loading;
    auto result = loading.load_texts(main_text, sms_text);
    ASSERT_TRUE(result.config);
    const auto& sms = std::get<SmsConfig>(result.config->transports.at(0).settings);
    const ProviderConfig& provider = sms.providers.at(0);
    EXPECT_EQ(provider.base_url(), "https://api.twilio.com");
    EXPECT_EQ(provider.limits.per_number, (Rate{5, 1s}));
    EXPECT_FALSE(provider.limits.ttl);
    EXPECT_EQ(provider.limits.text, 1600U);
    EXPECT_EQ(provider.credentials.at("auth_token").reveal(), "tok");
    EXPECT_EQ(provider.credentials.count("previous_auth_token"), 0U);
}

TEST(Loader, takes_an_operators_description_before_a_builtin_one) {
    Loading loading;
    auto builtin = test::source_dir() / "config/providers/twilio.yaml";
    loading.folder().write(
        "providers/mine.yaml", with(read_all(builtin), "api.twilio.com", "t.example.org")
    );
    auto result = loading.load_texts(main_text, sms_text);
    ASSERT_TRUE(result.config);
    const auto& sms = std::get<SmsConfig>(result.config->transports.at(0).settings);
    EXPECT_EQ(sms.providers.at(0).base_url(), "https://t.example.org");
}

TEST(Loader, reads_secrets_from_files_and_the_environment) {
    Loading loading;
    loading.folder().write("transports/token", "from file\n");
    ::setenv("SALLYPORT_TEST_COMPONENT", "from env", 1);
    std::string sms = with(sms_text, "auth_token: tok", "auth_token_file: token");
    auto result =
        loading.load_texts(main_text, with(sms, "s3cret", "${env:SALLYPORT_TEST_COMPONENT}"));
    ::unsetenv("SALLYPORT_TEST_COMPONENT");
    ASSERT_TRUE(result.config) << loading.lines(result.mistakes);
    const TransportConfig& transport = result.config->transports.at(0);
    EXPECT_EQ(transport.secret.reveal(), "from env");
    const auto& sms_config = std::get<SmsConfig>(transport.settings);
    EXPECT_EQ(sms_config.providers.at(0).credentials.at("auth_token").reveal(), "from file");
}

TEST(Loader, warns_when_texts_may_go_everywhere) {
    Loading loading;
    auto result = loading.load_texts(main_text, with(sms_text, "countries: [US, \"NO\"]\n", ""));
    EXPECT_TRUE(result.config);
    EXPECT_EQ(
        loading.lines(result.warnings),
        "transports/sms.yaml:1:1: countries: this key is missing: texts may go to every country, "
        "at every price\n"
    );
}

TEST(Loader, warns_when_nobody_is_there_to_be_told) {
    Loading loading;
    auto result = loading.load_texts(with(main_text, "admins: [ops@example.org]\n", ""), sms_text);
    EXPECT_TRUE(result.config);
    EXPECT_EQ(
        loading.lines(result.warnings),
        "sallyport.yaml:1:1: admins: this key is missing: nobody is told of held providers, and "
        "texts to numbers that nobody has wait unseen\n"
    );
}

TEST(Loader, warns_of_plain_http_beyond_loopback) {
    Loading loading;
    auto result = loading.load_texts(with(main_text, "https://gw", "http://gw"), sms_text);
    EXPECT_TRUE(result.config);
    EXPECT_NE(
        loading.lines(result.warnings).find("http.public.url: plain http to gw.example.org"),
        std::string::npos
    );
    result = loading.load_texts(
        with(main_text, "https://gw.example.org/", "http://127.0.0.1:8080"), sms_text
    );
    EXPECT_EQ(loading.lines(result.warnings), "");
}

TEST(Loader, warns_of_an_assigned_person_without_access) {
    Loading loading;
    auto result =
        loading.load_texts(main_text, with(sms_text, "alice@example.org", "alice@other.org"));
    EXPECT_TRUE(result.config);
    EXPECT_NE(
        loading.lines(result.warnings).find("alice@other.org may not use this gateway"),
        std::string::npos
    );
}

TEST(Loader, needs_no_credentials_where_people_bring_their_own) {
    Loading loading;
    std::string sms = R"(transport: sms
domain: sms.example.org
host: main
secret: x
countries: [US]
registration: own
providers: [{type: telnyx}]
)";
    auto result = loading.load_texts(main_text, sms);
    EXPECT_TRUE(result.config) << loading.lines(result.mistakes);
}

/// The example's text with every key that is written as a comment left alone and secrets read from
/// `folder`.
std::string example(const std::string& name, const TempFolder& folder) {
    std::string text = read_all(test::source_dir() / "config" / name);
    for (std::size_t at; (at = text.find("/run/secrets")) != std::string::npos;) {
        text.replace(at, std::string("/run/secrets").size(), (folder.path() / "secrets").string());
    }
    return text;
}

TEST(Examples, load_without_mistake_or_warning) {
    TempFolder folder;
    for (std::string name : {"admin_token", "sms_component", "twilio", "telnyx"})
        folder.write("secrets/" + name, "x\n");
    for (std::string name : {"tls/chain.pem", "tls/key.pem"}) folder.write(name, "x");
    folder.write("transports/sms.yaml", example("transports/sms.example.yaml", folder));
    auto result = load(folder.write("sallyport.yaml", example("sallyport.example.yaml", folder)));
    for (const Mistake& mistake : result.mistakes) ADD_FAILURE() << mistake.to_string();
    for (const Mistake& warning : result.warnings) ADD_FAILURE() << warning.to_string();
    ASSERT_TRUE(result.config);
    EXPECT_EQ(std::get<SmsConfig>(result.config->transports.at(0).settings).providers.size(), 2U);
}

}  // namespace
}  // namespace sallyport::config
