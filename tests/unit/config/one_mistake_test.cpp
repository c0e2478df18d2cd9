// SPDX-License-Identifier: Apache-2.0
// One mistake at a time: what is said of it, and where.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "config/loader.hpp"
#include "tests/unit/config/loading.hpp"

namespace sallyport::config {
namespace {

/// One change of one of the two texts, and what must be said of it.
struct Row {
    bool is_main;
    std::string_view from;
    std::string_view to;
    std::string_view mistake;
};

class OneMistake : public testing::TestWithParam<Row> {};

TEST_P(OneMistake, is_told_with_its_place) {
    Loading loading;
    const Row& row = GetParam();
    std::string main = row.is_main ? with(main_text, row.from, row.to) : std::string(main_text);
    std::string sms = row.is_main ? std::string(sms_text) : with(sms_text, row.from, row.to);
    auto result = loading.load_texts(main, sms);
    EXPECT_FALSE(result.config);
    EXPECT_EQ(loading.lines(result.mistakes), std::string(row.mistake) + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    MainFile,
    OneMistake,
    testing::Values(
        Row{true, "version: 1\n", "", "sallyport.yaml:1:1: version: this key is missing"},
        Row{true,
            "data: data",
            "data: data\ndata: more",
            "sallyport.yaml:3:1: data: this key is here twice, first at line 2"},
        Row{true,
            "data: data",
            "storage: postgresql://x",
            "sallyport.yaml:2:10: storage: 'postgresql://x': PostgreSQL is not in this version: "
            "use sqlite:FILE"},
        Row{true,
            "127.0.0.1:5347",
            "127.0.0.1",
            "sallyport.yaml:5:19: hosts.main.address: '127.0.0.1': the port is missing: an address "
            "is host:port, [v6]:port or unix:/path"},
        Row{true,
            "127.0.0.1:5347",
            "127.0.0.1:0",
            "sallyport.yaml:5:19: hosts.main.address: port 0 cannot be connected to"},
        Row{true,
            "[example.org]",
            "[]",
            "sallyport.yaml:5:45: hosts.main.vhosts: at least one domain that this server serves "
            "belongs here"},
        Row{true,
            "vhosts:",
            "tls: maybe, vhosts:",
            "sallyport.yaml:5:42: hosts.main.tls: 'maybe': one of off, on belongs here"},
        Row{true,
            "https://gw.example.org/",
            "gw.example.org",
            "sallyport.yaml:7:43: http.public.url: a URL is written https://host[:port][/path], "
            "without query and user"},
        Row{true,
            "data: data",
            "retention: {ids: 1h}",
            "sallyport.yaml:2:18: retention.ids: providers repeat webhooks for up to 72h: ids are "
            "kept at least that long"},
        Row{true,
            "data: data",
            "logging: {level: inf}",
            "sallyport.yaml:2:18: logging.level: 'inf': one of debug, info, warn, error belongs "
            "here (did you mean info?)"},
        Row{true,
            "data: data",
            "access: [{who: nobody, role: user}]",
            "sallyport.yaml:2:16: access[0].who: 'nobody': who is a JID, *@domain or *"},
        Row{true, "data: data", "logging:", "sallyport.yaml:2:1: logging: the value is missing"},
        Row{true,
            "data: data",
            "transports: [a, b]",
            "sallyport.yaml:2:13: transports: a single value belongs here, not a list"},
        Row{true,
            "http:\n",
            "http:\n  admin: {listen: \"0.0.0.0:1\"}\n",
            "sallyport.yaml:7:10: http.admin.token_file: a token is required, because 0.0.0.0:1 is "
            "not loopback"},
        Row{true,
            "http:\n",
            "http:\n  admin: {listen: \"127.0.0.1:8080\"}\n",
            "sallyport.yaml:7:10: http.admin: public and admin cannot share one address"},
        Row{true,
            "http:\n  public: {listen: \"127.0.0.1:8080\", url: \"https://gw.example.org/\"}\n",
            "",
            "transports/sms.yaml:10:5: providers: their webhooks need http.public in "
            "sallyport.yaml"}
    )
);

INSTANTIATE_TEST_SUITE_P(
    SmsFile,
    OneMistake,
    testing::Values(
        Row{false,
            "transport: sms",
            "transport: irc",
            "transports/sms.yaml:1:12: transport: this kind of transport is not in this version"},
        Row{false,
            "transport: sms",
            "transport: smms",
            "transports/sms.yaml:1:12: transport: 'smms': one of sms, echo, irc, email belongs "
            "here (did you mean sms?)"},
        Row{false,
            "domain: sms.",
            "domain: ",
            "transports/sms.yaml:2:9: domain: example.org is taken: hosts.main serves it"},
        Row{false,
            "host: main",
            "host: server",
            "transports/sms.yaml:3:7: host: the main file has no server: section"},
        Row{false,
            "secret: s3cret\n",
            "",
            "transports/sms.yaml:1:1: secret: this key (or secret_file) is missing"},
        Row{false,
            "secret: s3cret",
            "secret: s3cret\nsecret_file: x",
            "transports/sms.yaml:5:14: secret_file: give either secret or secret_file, not both"},
        Row{false,
            "secret: s3cret",
            "secret: ${env:SALLYPORT_NOT_SET}",
            "transports/sms.yaml:4:9: secret: the environment variable SALLYPORT_NOT_SET is not "
            "set"},
        Row{false,
            "[US, \"NO\"]",
            "[usa]",
            "transports/sms.yaml:5:13: countries[0]: 'usa': a country is two capital letters (ISO "
            "3166), such as US"},
        Row{false,
            "[US, \"NO\"]",
            "[US, UK]",
            "transports/sms.yaml:5:17: countries[1]: 'UK': no country has this code (did you mean "
            "GB?)"},
        Row{false,
            "[US, \"NO\"]",
            "[XX]",
            "transports/sms.yaml:5:13: countries[0]: 'XX': no country has this code (ISO 3166)"},
        Row{false,
            "region: NO",
            "region: UK",
            "transports/sms.yaml:6:9: region: 'UK': no country has this code (did you mean GB?)"},
        Row{false,
            "[US, \"NO\"]",
            "US",
            "transports/sms.yaml:5:12: countries: a list belongs here, not a single value (did you "
            "mean [US]?)"},
        Row{false,
            "[US, \"NO\"]",
            "[]",
            "transports/sms.yaml:5:12: countries: no country is named: leave the key out for all"},
        Row{false,
            "{\"+15550001111\"",
            "{\"+15550009999\"",
            "transports/sms.yaml:7:10: assign.+15550009999: no provider of this file has this "
            "number"},
        Row{false,
            "{\"+15550001111\"",
            "{\"+15550002222\": alice@example.org, \"+15550001111\"",
            "transports/sms.yaml:7:61: assign.+15550001111: alice@example.org has a number "
            "already: one person, one number"},
        Row{false,
            "type: twilio",
            "type: twilo",
            "transports/sms.yaml:11:11: providers[0].type: no description of 'twilo'; there are "
            "kannel, telnyx, twilio (did you mean twilio?)"},
        Row{false,
            "+15550002222",
            "+15550001111",
            "transports/sms.yaml:10:5: providers.primary.numbers: +15550001111 is listed twice, "
            "first by 'primary'"},
        Row{false,
            "+15550002222",
            "555-0002",
            "transports/sms.yaml:13:31: providers[0].numbers[1]: '555-0002': a number is written "
            "+15551234567 (E.164), or is a short code of 3 to 6 digits"},
        Row{false,
            "name: primary",
            "name: Pri/mary",
            "transports/sms.yaml:10:11: providers[0].name: it stands in URLs: a-z, 0-9, _ and -, "
            "at most 32"},
        Row{false,
            "name: primary",
            "base_url: ftp://x",
            "transports/sms.yaml:10:15: providers[0].base_url: a URL is written "
            "https://host[:port][/path], without query and user"},
        Row{false,
            "per_number: 5/s",
            "per_numbr: 5/s",
            "transports/sms.yaml:14:14: providers[0].limits.per_numbr: this key is not known here "
            "(did you mean per_number?)"}
    )
);

}  // namespace
}  // namespace sallyport::config
