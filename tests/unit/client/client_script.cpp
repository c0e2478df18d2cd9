// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/client/client_script.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp::test {
namespace {

struct OptionRow {
    std::string_view word;
    void (*set)(ClientOptions& options);
};

void resume(ClientOptions& o) {
    auto management = std::make_unique<Management>(ManagementLimits{}, "old");
    for (const char* id : {"m1", "m2", "m3"})
        management->keep("<message id='" + std::string(id) + "' to='romeo@example.net'/>", {});
    for (int i = 0; i < 5; ++i) management->count_received();
    o.resumable = std::make_unique<Resumable>(Resumable{
        *Jid::parse("juliet@example.org/balcony"),
        "old",
        std::string(ns::sm3),
        std::move(management),
        {}});
}

constexpr OptionRow option_rows[] = {
    {"tls=required", [](ClientOptions& o) { o.tls = ClientTls::required; }},
    {"tls=optional", [](ClientOptions& o) { o.tls = ClientTls::optional; }},
    {"legacy", [](ClientOptions& o) { o.allows_legacy = true; }},
    {"compression", [](ClientOptions& o) { o.allows_compression = true; }},
    {"management", [](ClientOptions& o) { o.wants_management = true; }},
    {"resource", [](ClientOptions& o) { o.resource = "balcony"; }},
    {"pinned", [](ClientOptions& o) { o.pinned_rank = 740; }},
    {"resume", resume},
    {"resume-there",
     [](ClientOptions& o) {
         resume(o);
         o.resumable->location = "there.example.org";
     }},
    {"resume-sm2",
     [](ClientOptions& o) {
         resume(o);
         o.resumable->ns = ns::sm2;
     }},
    {"carbons", [](ClientOptions& o) { o.wants_carbons = true; }},
    {"agent",
     [](ClientOptions& o) {
         o.agent = {"d4565fa7-4d72-4749-b3d3-740edbf87770", "Sallyport", "server room"};
     }},
    {"wants-token", [](ClientOptions& o) { o.wants_token = true; }},
    {"token",
     [](ClientOptions& o) {
         o.secrets.fast_token = "WXZzciBwYmFmdmZnZiBqdmd1IGp2eXFhcmZm";
         o.secrets.fast_mechanism = "HT-SHA-256-NONE";
     }},
    {"oauth",
     [](ClientOptions& o) {
         o.secrets.password.clear();
         o.secrets.token = "secret-token";
     }},
    {"anonymous",
     [](ClientOptions& o) {
         o.user.clear();
         o.secrets = {};
         o.secrets.is_anonymous = true;
     }},
    {"certificate",
     [](ClientOptions& o) {
         o.secrets.password.clear();
         o.secrets.has_certificate = true;
     }},
    {"authzid", [](ClientOptions& o) { o.authzid = "juliet@example.org"; }},
    {"seed000",
     [](ClientOptions& o) {
         o.user = "hxw";
         o.secrets.password = "1";
     }},
    {"seed001",
     [](ClientOptions& o) {
         o.user = "somenode";
         o.secrets.password = "secret";
         o.nonce = "OA6MHXh6VqTrRk";
         o.resource = "someresource";
     }},
    {"seed002",
     [](ClientOptions& o) {
         o.user = o.secrets.password = "10023";
         o.domain = *Jid::parse("zy-fordestiny");
         o.nonce = "Jdb3kV~f/60`}97K]~i63t<Z=xrgg#-R";
         o.resource = "ZY-fordestiny";
     }},
    {"seed003",
     [](ClientOptions& o) {
         o.domain = *Jid::parse("im.example.com");
         o.secrets.password = "r0m30myr0m30";
         o.nonce = "oMsTAAwAAAAMAAAANP0TAAAAAABPU0AA";
     }},
    {"seed004",
     [](ClientOptions& o) {
         o.user = "test";
         o.domain = *Jid::parse("ya.ru");
         o.secrets.password.clear();
         o.secrets.token = "c4181a7c2cf4521964a72ff57a34a07";
         o.resource = "push";
     }},
    {"shared-secret",
     [](ClientOptions& o) {
         o.secrets = {};
         o.secrets.shared_secret = "abc";
     }},
    {"iq-auth",
     [](ClientOptions& o) {
         o.user = "bill";
         o.secrets.password = "Calli0pe";
         o.resource = "globe";
     }},
    {"acknowledges",
     [](ClientOptions& o) {
         o.acknowledges = true;
         o.wants_management = true;
     }},
    {"roster", [](ClientOptions& o) { o.handles = {std::string(ns::roster)}; }},
    {"small-queue", [](ClientOptions& o) { o.management.stanzas = 2; }},
    {"small-bytes", [](ClientOptions& o) { o.management.bytes = 100; }},
};

std::string tell_one(const AckWanted& wanted) {
    return "acknowledgement wanted of " + std::to_string(wanted.count);
}
std::string tell_one(const KeyWanted& wanted) {
    return "key wanted by " + std::to_string(wanted.iterations) + " rounds";
}
std::string tell_one(const LoggedIn& in) {
    return "logged in by " + in.mechanism;
}
std::string tell_one(const TokenIssued& token) {
    return "token for " + token.mechanism + ": " + token.token + " until " + token.expiry;
}
std::string tell_one(const TokenRefused&) {
    return "token refused";
}
std::string tell_one(const LeftOver& left) {
    std::string text = "left over:";
    for (const auto& one : left.stanzas) text += " " + std::string(one.stanza.id());
    return text;
}
std::string tell_one(const Online& online) {
    const std::string where = online.location.empty() ? "" : ", to come back to " + online.location;
    return (online.is_resumed ? "resumed " : "online ") + online.full.str() + where;
}
std::string tell_one(const Forged& forged) {
    return "forged by " + forged.stanza.from().str();
}
std::string tell_one(const Acknowledged& acked) {
    return "acknowledged " + std::to_string(acked.count);
}
std::string tell_one(const Redirected& redirected) {
    return "redirected to " + redirected.host;
}
}  // namespace

ClientOptions client_options() {
    ClientOptions options;
    options.user = "juliet";
    options.domain = *Jid::parse("example.org");
    options.tls = ClientTls::direct;
    options.secrets.password = "r0m30";
    options.nonce = "clientnonce";
    options.wants_management = false;
    options.about.version = "1";
    options.about.time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 25);
    return options;
}

std::string tell(const ClientStream::Event& event) {
    using sallyport::test::words_of;
    return std::visit(
        [](const auto& one) {
            if constexpr (requires { words_of(one); })
                return words_of(one);
            else
                return tell_one(one);
        },
        event
    );
}

std::string ClientScript::tell(const ClientStream::Event& event) {
    if (const auto* wanted = std::get_if<KeyWanted>(&event)) key = wanted->derive().view();
    return test::tell(event);
}

ClientScript::ClientScript(const std::filesystem::path& transcript)
    : words(sallyport::test::option_words(transcript)) {}

std::unique_ptr<ClientStream> ClientScript::make() {
    ClientOptions options = client_options();
    for (const std::string& word : words)
        EXPECT_TRUE(sallyport::test::set_option(option_rows, options, word)) << word;
    return std::make_unique<ClientStream>(std::move(options));
}

std::optional<std::string> ClientScript::act(
    ClientStream& stream, std::string_view command, TimePoint now
) {
    std::string_view word = command.substr(0, command.find(' '));
    if (word == "send") {
        Result<void> sent = stream.send(parse_stanza(command.substr(5)), now);
        if (!sent) return "refused " + sent.error().detail;
    } else if (word == "close") {
        stream.close(now);
    } else if (word == "tls") {
        TlsDone binding;
        if (command == "tls bound") binding.exporter = "exporter";
        stream.tls_done(binding, now);
    } else if (word == "derive") {
        stream.derived(key, now);
    } else if (word == "safe") {
        stream.acknowledge(
            static_cast<std::uint32_t>(std::stoul(std::string(command.substr(5)))), now
        );
    } else if (word == "rest") {
        stream.rest();
    } else {
        ADD_FAILURE() << "no such command: " << command;
    }
    return std::nullopt;
}

}  // namespace sallyport::xmpp::test
