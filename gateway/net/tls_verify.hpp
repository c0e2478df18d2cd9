// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "xmpp/core/result.hpp"

// OpenSSL's SSL and SSL_CTX, which only sources may include.
struct ssl_st;
struct ssl_ctx_st;

namespace sallyport::net {

/// What the certificate that a peer shows has to be, or has turned out to be.
struct TlsPeer {
    std::string name;                    ///< to a client: whom it wants to meet, as DNS spells it
    std::string service;                 ///< likewise: see is_for() (tls_names.hpp)
    std::string problem;                 ///< why the certificate was refused; "" = it was not
    std::vector<std::string> addresses;  ///< to a server: the XmppAddrs of one that it believes
};

/// A client's session takes a certificate for `peer` alone, and says in it why one was refused.
/// `peer` outlives the handshake.
void expect_server(ssl_st& session, TlsPeer& peer);

/// A server's context asks clients for a certificate, which they need not have. Issuers in `ca`
/// (PEM) are believed, whether or not somebody has signed them in turn; when their CRLs stand there
/// as well, what these revoke is not (RFC 5280 §6.3), and who has no current one signs nothing.
/// Errors name the file.
Result<> ask_clients(ssl_ctx_st& context, const std::filesystem::path& ca);

/// A session of such a context puts there what became of the certificate, when one was shown. No
/// certificate ends a session: one that is not believed names nobody (RFC 6120 §13.7.2.2). `peer`
/// outlives the handshake.
void judge_client_into(ssl_st& session, std::unique_ptr<TlsPeer>& peer);

}  // namespace sallyport::net
