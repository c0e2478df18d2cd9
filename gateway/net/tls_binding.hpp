// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xmpp/core/machine.hpp"

// OpenSSL's SSL, which only sources may include.
struct ssl_st;

namespace sallyport::net {

/// TLS 1.2 without the extended master secret: a man in the middle can splice two of them (RFC 7627
/// §5.1), so neither a channel binding nor a certificate of the client's means anything.
bool is_spliceable(const ssl_st& session);

/// The channel bindings of a finished handshake. REQUIRES: !is_spliceable().
TlsDone read_bindings(ssl_st& session);

}  // namespace sallyport::net
