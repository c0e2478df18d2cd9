// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "xmpp/sasl/mechanism.hpp"

/// The messages of SCRAM (RFC 5802 §7) and the arithmetic that both sides share.
///
///     client-first  = ("n" / "y" / "p=" cb-name) "," ["a=" saslname] ","
///                     [reserved-mext ","] "n=" saslname ",r=" nonce ["," extensions]
///     server-first  = [reserved-mext ","] "r=" nonce ",s=" base64 ",i=" posit-number
///                     ["," extensions]          ; XEP-0474: "h=" base64
///     client-final  = "c=" base64 ",r=" nonce ["," extensions] ",p=" base64
///     server-final  = ("e=" value / "v=" base64) ["," extensions]
namespace sallyport::xmpp::sasl {

struct ClientFirst {
    char flag = 'n';         ///< n, y or p
    std::string binding;     ///< channel binding type after p=
    std::string authzid;     ///< decoded
    std::string user;        ///< decoded, as sent
    std::string nonce;       ///< of the client
    std::string gs2_header;  ///< up to the bare message
    std::string bare;
};
std::variant<ClientFirst, Fault> parse_client_first(std::string_view text);

struct ClientFinal {
    std::string binding;  ///< what c= holds, decoded
    std::string nonce;
    std::string proof;
    std::string without_proof;
};
std::optional<ClientFinal> parse_client_final(std::string_view text);

struct ServerFirst {
    std::string nonce;
    std::string salt;
    int iterations = 0;
    std::optional<std::string> offer_hash;  ///< XEP-0474, still in base64
};
/// Nothing: bad grammar, or an extension that we must know (m=).
std::optional<ServerFirst> parse_server_first(std::string_view text);

struct ServerFinal {
    std::string signature;  ///< v=
    std::string error;      ///< e=
};
std::optional<ServerFinal> parse_server_final(std::string_view text);

/// ',' and '=' as =2C and =3D, and back; nothing when an '=' is followed by anything else.
std::string encode_name(std::string_view name);
std::optional<std::string> decode_name(std::string_view text);

/// XEP-0474 §6.1: hash over what was offered, in base64. Without `bindings` nothing was announced
/// (XEP-0440).
std::string hash_of_offer(
    Hash hash, std::vector<std::string> mechanisms, std::vector<std::string> bindings
);
/// Some mechanism of this list binds channels.
bool offers_binding(std::span<const std::string> mechanisms);
/// The bytes that this channel binding type stands for, "" = not to be had here.
std::string_view binding_data(const Binding& binding, std::string_view type);
/// What a client binds with: the strongest type that it has and the server announced (XEP-0440 §3),
/// "" = none. A server that announces nothing means tls-unique, the default of RFC 5802 §6, which
/// TLS 1.3 does not have.
std::string_view choose_binding(const Binding& binding, std::span<const std::string> announced);

inline constexpr std::string_view tls_exporter = "tls-exporter";           // RFC 9266
inline constexpr std::string_view tls_end_point = "tls-server-end-point";  // RFC 5929
/// COMPAT(slixmpp 1.8, Python's ssl): the only type they know, whatever the version of TLS. It is
/// not defined for TLS 1.3 (RFC 9266 §1), so it is never offered; but what they send there, the
/// client's Finished, is a MAC over the whole handshake under a key that only its two ends have, so
/// it proves as much. Refused, they would go on without any binding, in the end by PLAIN. A `y` is
/// no way out: who sits in between could have taken the offer away from the client (RFC 5802 §6).
inline constexpr std::string_view tls_unique = "tls-unique";  // RFC 5929 §3

}  // namespace sallyport::xmpp::sasl
