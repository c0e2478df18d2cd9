// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/machine.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::net {

/// TLS between plain bytes and wire bytes: no socket, so it works over any stream. TLS 1.2 or
/// newer.
class TlsSession {
  public:
    virtual ~TlsSession() = default;
    /// Begins the handshake: a client's first flight is appended to `wire`.
    virtual Result<> start(std::string& wire) = 0;
    /// Takes bytes from the wire; plain bytes go to `plain` in pieces that live for that call,
    /// answers are appended to `wire`. After an error the session is dead; what `wire` got (an
    /// alert) is still to be sent.
    virtual Result<> feed(
        std::string_view bytes,
        std::string& wire,
        const std::function<void(std::string_view)>& plain
    ) = 0;
    /// REQUIRES: is_established().
    virtual Result<> write(std::string_view plain, std::string& wire) = 0;
    virtual void close(std::string& wire) = 0;  ///< appends close_notify
    virtual bool is_established() const = 0;
    virtual bool is_closed_by_peer() const = 0;  ///< close_notify was read: no truncation
    virtual TlsDone binding() const = 0;         ///< REQUIRES: is_established().
};

/// Shared settings of many sessions: trust or certificate. Reloading makes a new one; running
/// sessions keep theirs.
class TlsContext {
  public:
    virtual ~TlsContext() = default;
    /// Client: the certificate must be for `name`, a domain (also an internationalised one), which
    /// is sent as SNI, or a literal address. Server: `name` is ignored.
    virtual std::unique_ptr<TlsSession> make_session(std::string_view name) const = 0;
};

/// A certificate to show, with its issuers behind it, and its key (PEM).
struct TlsIdentity {
    std::filesystem::path chain;
    std::filesystem::path key;
};
/// What a client asks of TLS beside a trusted certificate and, in TLS 1.2, the extended master
/// secret (RFC 7627).
struct ClientTlsOptions {
    std::string alpn;     ///< the one application protocol that is offered; "" = none
    std::string service;  ///< "_xmpp-client": see is_for() (tls_names.hpp)
    std::optional<TlsIdentity> identity = {};  ///< shown to servers that ask for one
};
/// Trusts the issuers in `ca`, or the system's when absent. Errors name the file. Certificates that
/// are not accepted end a session with Fault::certificate, which says what is wrong with them.
Result<std::shared_ptr<const TlsContext>> make_client_tls(
    const std::optional<std::filesystem::path>& ca, const ClientTlsOptions& options = {}
);
/// What a server asks of TLS beside its certificate.
struct ServerTlsOptions {
    /// The application protocol that a client which names any must name (RFC 7301): bytes meant for
    /// another protocol do not get in. "" = any.
    std::string alpn;
    bool requires_alpn_match = true;  ///< false (STARTTLS): another name is overlooked
    /// TLS 1.2 only with the extended master secret (RFC 7627), and no session tickets: an idle
    /// session is small, and channel bindings mean what they say.
    bool is_strict = false;
    /// Clients are asked for a certificate of these issuers: see ask_clients() (tls_verify.hpp) for
    /// what is believed, and TlsDone for what comes of it.
    std::optional<std::filesystem::path> client_ca = {};
};
/// Errors name the file, and say when key and certificate do not match.
Result<std::shared_ptr<const TlsContext>> make_server_tls(
    const std::filesystem::path& chain,
    const std::filesystem::path& key,
    const ServerTlsOptions& options = {}
);

}  // namespace sallyport::net
