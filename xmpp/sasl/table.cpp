// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "xmpp/sasl/mechanism.hpp"
#include "xmpp/sasl/rows.hpp"

namespace sallyport::xmpp::sasl {
namespace {

using Server = std::unique_ptr<ServerMechanism>;
using Client = std::unique_ptr<ClientMechanism>;

template <Hash hash, UsesBinding uses>
constexpr MechanismRow scram_row(std::string_view name, int rank) {
    bool binds = uses == UsesBinding::yes;
    MakeServer server = [](const ServerSetting& setting) -> Server {
        return make_scram_server(hash, uses, setting);
    };
    MakeClient client = [](const ClientSetting& setting) -> Client {
        return make_scram_client(hash, uses, setting);
    };
    return {name, rank, Credential::password, {binds, binds, false, false}, true, server, client};
}

// Server and client learn their own name from the row, which a template cannot take as text.
constexpr std::string_view hashed_names[] = {
    "HT-SHA-256-NONE", "HT-SHA-256-ENDP", "HT-SHA-256-EXPR"};

constexpr std::string_view name_of(TokenBinding binding) {
    return hashed_names[static_cast<std::size_t>(binding)];
}

template <TokenBinding binding>
constexpr MechanismRow hashed_row(int rank) {
    bool binds = binding != TokenBinding::none;
    MakeServer server = [](const ServerSetting& setting) -> Server {
        return make_hashed_token_server(name_of(binding), binding, setting);
    };
    MakeClient client = [](const ClientSetting& setting) -> Client {
        return make_hashed_token_client(binding, setting);
    };
    Needs needs{true, binds, false, false};
    return {name_of(binding), rank, Credential::fast_token, needs, true, server, client};
}

constexpr std::string_view token_names[] = {"X-OAUTH2", "X-GOOGLE-TOKEN", "X-YANDEX-OAUTH"};

template <std::size_t which, TokenLayout layout>
constexpr MechanismRow token_row(int rank) {
    MakeServer server = [](const ServerSetting& setting) -> Server {
        return make_token_server(token_names[which], layout, setting);
    };
    MakeClient client = [](const ClientSetting& setting) -> Client {
        return make_token_client(layout, setting);
    };
    Needs needs{true, false, false, true};
    return {token_names[which], rank, Credential::token, needs, true, server, client};
}

constexpr Needs tls{true, false, false, false};
constexpr Needs legacy{false, false, false, true};
constexpr Needs legacy_under_tls{true, false, false, true};

// Strongest first. A mechanism that proves both sides to each other is stronger than one that
// shows the secret; a bound channel is stronger than an unbound one, whatever the hash.
constexpr std::array<MechanismRow, 19> rows{{
    {"EXTERNAL",
     1000,
     Credential::certificate,
     {true, false, true, false},
     true,
     make_external_server,
     make_external_client},
    hashed_row<TokenBinding::exporter>(930),
    hashed_row<TokenBinding::end_point>(920),
    scram_row<Hash::sha512, UsesBinding::yes>("SCRAM-SHA-512-PLUS", 860),
    scram_row<Hash::sha256, UsesBinding::yes>("SCRAM-SHA-256-PLUS", 850),
    scram_row<Hash::sha1, UsesBinding::yes>("SCRAM-SHA-1-PLUS", 840),
    hashed_row<TokenBinding::none>(800),
    scram_row<Hash::sha512, UsesBinding::no>("SCRAM-SHA-512", 760),
    scram_row<Hash::sha256, UsesBinding::no>("SCRAM-SHA-256", 750),
    scram_row<Hash::sha1, UsesBinding::no>("SCRAM-SHA-1", 740),
    {"OAUTHBEARER", 600, Credential::token, tls, true, make_bearer_server, make_bearer_client},
    token_row<0, TokenLayout::nul_user_nul_token>(550),
    token_row<1, TokenLayout::nul_user_nul_token>(540),
    token_row<2, TokenLayout::user_nul_token>(530),
    {"DIGEST-MD5",
     400,
     Credential::password,
     legacy,
     false,
     make_digest_md5_server,
     make_digest_md5_client},
    {"CRAM-MD5",
     300,
     Credential::password,
     legacy_under_tls,
     false,
     make_cram_md5_server,
     make_cram_md5_client},
    {"PLAIN", 200, Credential::password, tls, true, make_plain_server, make_plain_client},
    {"JIVE-SHAREDSECRET",
     100,
     Credential::shared_secret,
     legacy_under_tls,
     true,
     make_shared_secret_server,
     make_shared_secret_client},
    {"ANONYMOUS", 10, Credential::nothing, {}, true, make_anonymous_server, make_anonymous_client},
}};

}  // namespace

std::span<const MechanismRow> mechanisms() {
    return rows;
}

const MechanismRow* find_mechanism(std::string_view name) {
    auto row = std::find_if(rows.begin(), rows.end(), [&](const MechanismRow& one) {
        return one.name == name;
    });
    return row == rows.end() ? nullptr : &*row;
}

}  // namespace sallyport::xmpp::sasl
