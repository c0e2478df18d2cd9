// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

// OpenSSL's X509, which only sources may include.
struct x509_st;

namespace sallyport::net {

/// Whom a certificate is for: its alternative names. The common name never counts (RFC 9525 §2).
struct CertificateNames {
    std::vector<std::string> dns;        ///< DNS-ID
    std::vector<std::string> services;   ///< SRV-ID (RFC 4985): "_xmpp-client.example.org"
    std::vector<std::string> xmpp;       ///< XmppAddr (RFC 6120 §13.7.1.4)
    std::vector<std::string> addresses;  ///< IP-ID, as text

    /// For people: "example.org, _xmpp-client.example.org", or "nobody".
    std::string to_string() const;
};

/// A host's name without the dot at its end, which says that it is whole and is no label of it:
/// what RFC 9525 §6.3 compares are labels, and RFC 6066 §3 wants none in SNI. A view into `name`.
std::string_view without_root(std::string_view name);

CertificateNames read_names(const x509_st& certificate);

/// Whether a server's certificate is for `name` (as DNS spells it, or a literal address). With a
/// `service` ("_xmpp-client") its SRV-ID is as good, and the XmppAddr of the domain (RFC 6120
/// §13.7.2.1); an SRV-ID of another service is not. A `*` stands for one whole left-most label
/// (RFC 9525 §6.3), and never for a name right below the root. A dot at the end of either is no
/// part of it.
bool is_for(const CertificateNames& names, std::string_view name, std::string_view service);

/// Why a certificate was refused, as a sentence for an operator. `verdict`: OpenSSL's X509_V_ERR_…;
/// `name`: whom it should have been for.
std::string explain_refusal(const x509_st* certificate, int verdict, std::string_view name);

}  // namespace sallyport::net
