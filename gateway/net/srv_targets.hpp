// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::net {

/// One answer for _xmpp-client._tcp or _xmpps-client._tcp (RFC 2782).
struct SrvRecord {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string host;  ///< "" or "." = decidedly not available
};

/// Where to connect to, and whether TLS begins at once (XEP-0368).
struct Target {
    std::string host;
    std::uint16_t port = 0;
    bool is_direct_tls = false;
    friend bool operator==(const Target&, const Target&) = default;
};

/// The five things that are not the same (seeds 001 and 004): who we talk to, where that is, and
/// what its certificate says. Empty or absent ones follow from the domain.
struct ClientPlace {
    std::string domain;
    std::string connect_host;
    std::optional<std::uint16_t> port;
    std::optional<bool> direct_tls;
    std::string tls_name;

    /// The name that the certificate must be for: never what DNS said (RFC 6120 §13.7.2.1).
    const std::string& certificate_name() const { return tls_name.empty() ? domain : tls_name; }
    /// The place itself when the operator has named one: then DNS is not asked for services.
    std::optional<Target> fixed() const;
    /// What DNS said, less what `direct_tls` rules out.
    std::vector<Target> narrow(std::vector<Target> targets) const;
};

/// A number below the bound.
using RandomBelow = std::function<std::uint32_t(std::uint32_t bound)>;

/// The order in which to try what DNS says for both services: by priority, within one by weighted
/// chance (RFC 2782, XEP-0368 §3 mixes the two). Without any records, or with nothing
/// but a refusal of direct TLS: the domain itself at 5222
/// (RFC 6120 §3.2.2), which is no fall-back for targets that fail. Empty: the domain says that it
/// has no such service, which is final.
std::vector<Target> order_targets(
    const std::vector<SrvRecord>& starttls,
    const std::vector<SrvRecord>& direct,
    std::string_view domain,
    const RandomBelow& random
);

/// Reads the text of see-other-host: host, host:port, or [address]:port; 5222 without a port.
/// Nothing when it is none.
std::optional<Target> parse_other_host(std::string_view text);

}  // namespace sallyport::net
