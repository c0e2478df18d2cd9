// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "config/loader.hpp"
#include "tests/support/source_dir.hpp"
#include "tests/unit/config/loading.hpp"

namespace sallyport::config {
namespace {

TEST(LoaderMistakes, ten_of_them_in_three_files_are_told_in_one_run) {
    Loading loading;
    loading.folder().write("transports/zz.yaml", "transport: [sms\n");
    std::string main = with(
        main_text, "version: 1", "version: 2\nretension: {}\nmedia: {max: 10, trust: 10.0.0.0/8}"
    );
    main = with(main, "admins: [ops@example.org]", "admins: [ops@]");
    std::string sms = with(sms_text, "host: main", "host: mian");
    sms = with(sms, "alice@example.org", "alice");
    sms = with(sms, "user: off", "user: 60");
    sms = with(sms, "auth_token: tok", "auth_tokn: tok");
    EXPECT_EQ(
        loading.mistakes(main, sms),
        "sallyport.yaml:1:10: version: this program reads version 1, not 2\n"
        "sallyport.yaml:2:1: retension: this key is not known here (did you mean retention?)\n"
        "sallyport.yaml:3:14: media.max: '10': a size is a number with a unit: 512B, 256KiB, "
        "10MiB, 1MB\n"
        "sallyport.yaml:3:25: media.trust: a list belongs here, not a single value (did you mean "
        "[10.0.0.0/8]?)\n"
        "sallyport.yaml:5:10: admins[0]: 'ops@': a JID without resource belongs here, such as "
        "alice@example.org\n"
        "transports/sms.yaml:3:7: host: hosts: has no 'mian' (did you mean main?)\n"
        "transports/sms.yaml:7:26: assign.+15550001111: 'alice': a JID without resource belongs "
        "here, such as alice@example.org\n"
        "transports/sms.yaml:8:16: limits.user: '60': a rate is a number per unit: 1/s, 60/m, "
        "1000/h, 5000/d\n"
        "transports/sms.yaml:12:18: providers[0].credentials.auth_token: this key (or "
        "auth_token_file) is missing\n"
        "transports/sms.yaml:12:37: providers[0].credentials.auth_tokn: this key is not known here "
        "(did you mean auth_token?)\n"
        "transports/zz.yaml:2:1: this is not YAML: end of sequence flow not found\n"
    );
}

TEST(LoaderMistakes, never_show_a_secret) {
    Loading loading;
    ::setenv("SALLYPORT_TEST_LEAK", "hunter2", 1);
    std::string sms = with(sms_text, "region: NO", "region: ${env:SALLYPORT_TEST_LEAK}");
    sms = with(sms, "auth_token: tok", "auth_token: [hunter2]");
    sms = with(sms, "secret: s3cret", "secret: {hunter2: x}");
    std::string said = loading.mistakes(main_text, sms);
    ::unsetenv("SALLYPORT_TEST_LEAK");
    EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 3) << said;
}

TEST(LoaderMistakes, two_transports_cannot_share_a_domain) {
    Loading loading;
    loading.folder().write(
        "transports/b.yaml", "transport: echo\ndomain: sms.example.org\nhost: main\nsecret: x\n"
    );
    std::string said = loading.mistakes(main_text, sms_text);
    EXPECT_NE(
        said.find(
            "sms.yaml:2:9: domain: sms.example.org is taken: it is the domain of transports/b.yaml"
        ),
        std::string::npos
    ) << said;
}

TEST(LoaderMistakes, a_gateway_without_transports_has_nothing_to_do) {
    TempFolder folder;
    auto result = load(folder.write("sallyport.yaml", main_text));
    ASSERT_EQ(result.mistakes.size(), 1U);
    EXPECT_EQ(result.mistakes[0].key, "transports");
}

TEST(LoaderMistakes, a_missing_main_file_is_named) {
    auto result = load("/nowhere/sallyport.yaml");
    ASSERT_EQ(result.mistakes.size(), 1U);
    EXPECT_EQ(
        result.mistakes[0].to_string().find(
            "/nowhere/sallyport.yaml: cannot read /nowhere/sallyport.yaml: No such file"
        ),
        0U
    );
}

TEST(LoaderMistakes, an_empty_main_file_is_no_map) {
    TempFolder folder;
    auto result = load(folder.write("sallyport.yaml", "# nothing\n"));
    ASSERT_FALSE(result.mistakes.empty());
    EXPECT_EQ(result.mistakes[0].what, "a map of keys belongs here, not nothing");
}

TEST(LoaderMistakes, the_embedded_server_is_checked) {
    Loading loading;
    std::string main = std::string(main_text) + R"(server:
  domain: example.net
  listen: {c2s: "0.0.0.0:5222", c2ss: "0.0.0.0:5223"}
  registration: closed
)";
    EXPECT_EQ(
        loading.mistakes(main, sms_text),
        "sallyport.yaml:10:33: server.listen.c2ss: this key is not known here\n"
    );
}

TEST(LoaderMistakes, tls_is_optional_on_loopback_alone) {
    Loading loading;
    const std::string main = std::string(main_text) + R"(server:
  domain: example.net
  listen: {c2s: "0.0.0.0:5222"}
  tls: optional
  read_rate: 10B
)";
    EXPECT_EQ(
        loading.mistakes(main, sms_text),
        "sallyport.yaml:11:8: server.tls: it is required, because listen.c2s (0.0.0.0:5222) is "
        "not loopback\n"
        "sallyport.yaml:12:14: server.read_rate: '10B': less than 1KiB a second is not usable\n"
    );
}

TEST(LoaderMistakes, an_account_has_some_sessions_and_one_of_two_rules) {
    Loading loading;
    const std::string main = std::string(main_text) + R"(server:
  domain: example.net
  listen: {c2s: "0.0.0.0:5222"}
  conflict: replce
  sessions: 0
)";
    EXPECT_EQ(
        loading.mistakes(main, sms_text),
        "sallyport.yaml:11:13: server.conflict: 'replce': one of replace, refuse belongs here (did "
        "you "
        "mean replace?)\n"
        "sallyport.yaml:12:13: server.sessions: '0': it is between 1 and 1000\n"
    );
}

TEST(LoaderMistakes, issuers_of_clients_certificates_must_be_some) {
    Loading loading;
    loading.folder().write("empty.pem", "");
    loading.folder().write("der.pem", std::string(32, 0));
    loading.folder().write("key.pem", "-----BEGIN PRIVATE KEY-----\n");
    loading.folder().write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
    const auto said = [&](const std::string& file, const std::string& listen = "c2s") {
        return loading.mistakes(
            std::string(main_text) + "server:\n  domain: example.net\n  listen: {" + listen +
                ": \"0.0.0.0:5222\"}\n  client_ca: " + file + "\n",
            sms_text
        );
    };
    const std::string at = "sallyport.yaml:11:14: server.client_ca: ";
    const std::string belongs = ": the issuers of clients' certificates belong there, as PEM\n";
    EXPECT_EQ(said("ca.pem"), "");
    EXPECT_EQ(said("empty.pem"), at + "empty.pem is empty" + belongs);
    EXPECT_EQ(said("der.pem"), at + "der.pem holds no certificate" + belongs);
    EXPECT_EQ(said("key.pem"), at + "key.pem holds a private key, and no certificate" + belongs);
    EXPECT_TRUE(
        said("absent.pem").starts_with(at + "cannot read absent.pem: No such file or directory")
    ) << said("absent.pem");
    EXPECT_EQ(
        said("ca.pem", "websocket"),
        at + "only server.listen.c2s and c2s_tls ask for certificates\n"
    );
}

TEST(LoaderMistakes, an_archive_keeps_for_an_hour_at_least) {
    Loading loading;
    EXPECT_EQ(
        loading.mistakes(std::string(main_text) + "retention: {archive: 5m}\n", sms_text),
        "sallyport.yaml:8:22: retention.archive: an archive keeps messages for 1h at least; off = "
        "there is none\n"
    );
}

TEST(LoaderMistakes, a_server_needs_a_listener) {
    Loading loading;
    const std::string main = std::string(main_text) + "server: {domain: example.net, listen: {}}\n";
    EXPECT_NE(loading.mistakes(main, sms_text).find("nobody could log in"), std::string::npos);
}

TEST(LoaderMistakes, a_websocket_is_shown_to_the_world_with_tls) {
    Loading loading;
    const auto said = [&](std::string_view listen, std::string_view url) {
        return loading.mistakes(
            std::string(main_text) + "server:\n  domain: example.net\n  listen: {" +
                std::string(listen) + "}\n  websocket_url: " + std::string(url) + "\n",
            sms_text
        );
    };
    const std::string_view here = "websocket: \"127.0.0.1:5280\"";
    EXPECT_EQ(said(here, "wss://example.net/ws"), "");
    for (const std::string_view bad :
         {"ws://example.net/ws", "wss://", "wss://a@b/", "'wss://a b'"})
        EXPECT_NE(said(here, bad).find("server.websocket_url: "), std::string::npos) << bad;
    EXPECT_NE(
        said("c2s: \"127.0.0.1:5222\"", "wss://example.net/ws").find("no server.listen.websocket"),
        std::string::npos
    );
}

TEST(LoaderMistakes, components_must_be_able_to_connect_each_by_its_own_domain) {
    Loading loading;
    const auto said = [&](std::string_view listen, std::string_view domains) {
        std::string list;
        for (std::size_t at = 0; at < domains.size();) {
            const std::size_t end = std::min(domains.find(' ', at), domains.size());
            list += "{domain: " + std::string(domains.substr(at, end - at)) + ", secret: s},";
            at = end + 1;
        }
        return loading.mistakes(
            std::string(main_text) +
                "server:\n  domain: example.net\n  listen: {c2s: \"[::1]:5222\"" +
                std::string(listen) + "}\n  components: [" + list + "]\n",
            sms_text
        );
    };
    const std::string_view here = ", components: \"127.0.0.1:5347\"";
    EXPECT_EQ(said(here, "irc.example.net muc.example.net"), "");
    EXPECT_EQ(
        said("", "irc.example.net"),
        "sallyport.yaml:11:15: server.components: they need server.listen.components to connect "
        "to\n"
    );
    EXPECT_NE(said(here, "").find("is of no use without server.components"), std::string::npos);
    EXPECT_NE(said(here, "a.example.net a.example.net").find("listed twice"), std::string::npos);
    EXPECT_NE(said(here, "example.net").find("is the server's own"), std::string::npos);
    EXPECT_NE(said(here, "sms.example.org").find("sms.example.org is taken"), std::string::npos);
}

TEST(LoaderMistakes, a_description_that_needs_more_than_this_version_is_refused_where_it_is_used) {
    Loading loading;
    auto builtin = test::source_dir() / "config/providers/twilio.yaml";
    std::string_view parts = "text: Body\n        parts: {reference: r, number: n, total: t}";
    loading.folder().write("providers/mine.yaml", with(read_all(builtin), "text: Body", parts));
    EXPECT_EQ(
        loading.mistakes(main_text, sms_text),
        "transports/sms.yaml:11:11: providers[0].type: joining the parts of long texts is not in "
        "this version\n"
    );
}

TEST(LoaderMistakes, an_unreadable_certificate_is_named) {
    Loading loading;
    std::string main = with(main_text, "url:", "certificate: {chain: c.pem, key: k.pem}, url:");
    std::string said = loading.mistakes(main, sms_text);
    EXPECT_NE(
        said.find("http.public.certificate.chain: cannot read c.pem: No such file or directory "
                  "(running as uid "),
        std::string::npos
    ) << said;
}

}  // namespace
}  // namespace sallyport::config
