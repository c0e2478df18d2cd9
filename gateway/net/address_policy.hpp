// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/units.hpp"

struct sockaddr;

namespace sallyport::net {

/// An address as 16 bytes in network order; IPv4 as ::ffff:a.b.c.d (the form of config::Cidr).
using AddressBytes = std::array<std::uint8_t, 16>;

/// AF_INET and AF_INET6 only; anything else gives :: (which is not public).
AddressBytes address_bytes(const sockaddr& address);

/// True for globally reachable unicast (IANA special-purpose registries): not private, loopback,
/// link-local, shared, documentation, benchmark, multicast or reserved, nor IPv6 forms that tunnel
/// to IPv4 (6to4, Teredo, NAT64).
bool is_public(const AddressBytes& address);

/// What users may make us fetch: public addresses over https, and anything from the trusted
/// networks.
class FetchPolicy {
  public:
    /// Networks that cannot be read are ignored: they trust nobody.
    explicit FetchPolicy(std::span<const std::string> trusted_networks);
    bool allows(const AddressBytes& address, bool encrypted) const;

  private:
    std::vector<config::Cidr> trusted_;
};

}  // namespace sallyport::net
