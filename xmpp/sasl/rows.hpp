// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "xmpp/sasl/mechanism.hpp"

/// What the table of mechanisms is put together from: makers for each family.
namespace sallyport::xmpp::sasl {

enum class UsesBinding { no, yes };

using MakeServer = std::unique_ptr<ServerMechanism> (*)(const ServerSetting&);
using MakeClient = std::unique_ptr<ClientMechanism> (*)(const ClientSetting&);

std::unique_ptr<ServerMechanism> make_scram_server(
    Hash hash, UsesBinding uses, const ServerSetting& setting
);
std::unique_ptr<ClientMechanism> make_scram_client(
    Hash hash, UsesBinding uses, const ClientSetting& setting
);
std::unique_ptr<ServerMechanism> make_plain_server(const ServerSetting& setting);
std::unique_ptr<ClientMechanism> make_plain_client(const ClientSetting& setting);
std::unique_ptr<ServerMechanism> make_external_server(const ServerSetting& setting);
std::unique_ptr<ClientMechanism> make_external_client(const ClientSetting& setting);
std::unique_ptr<ServerMechanism> make_anonymous_server(const ServerSetting& setting);
std::unique_ptr<ClientMechanism> make_anonymous_client(const ClientSetting& setting);
std::unique_ptr<ServerMechanism> make_bearer_server(const ServerSetting& setting);
std::unique_ptr<ClientMechanism> make_bearer_client(const ClientSetting& setting);

/// How an opaque-token mechanism lays out its one message.
enum class TokenLayout {
    nul_user_nul_token,  ///< NUL user NUL token
    user_nul_token       ///< user NUL token
};
std::unique_ptr<ServerMechanism> make_token_server(
    std::string_view name, TokenLayout layout, const ServerSetting& setting
);
std::unique_ptr<ClientMechanism> make_token_client(
    TokenLayout layout, const ClientSetting& setting
);

/// Which channel binding a hashed-token mechanism is bound to.
enum class TokenBinding { none, end_point, exporter };
std::unique_ptr<ServerMechanism> make_hashed_token_server(
    std::string_view name, TokenBinding binding, const ServerSetting& setting
);
std::unique_ptr<ClientMechanism> make_hashed_token_client(
    TokenBinding binding, const ClientSetting& setting
);

// legacy/
std::unique_ptr<ServerMechanism> make_digest_md5_server(const ServerSetting& setting);
std::unique_ptr<ClientMechanism> make_digest_md5_client(const ClientSetting& setting);
std::unique_ptr<ServerMechanism> make_cram_md5_server(const ServerSetting& setting);
std::unique_ptr<ClientMechanism> make_cram_md5_client(const ClientSetting& setting);
std::unique_ptr<ServerMechanism> make_shared_secret_server(const ServerSetting& setting);
std::unique_ptr<ClientMechanism> make_shared_secret_client(const ClientSetting& setting);

}  // namespace sallyport::xmpp::sasl
