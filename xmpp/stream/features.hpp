// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

class ServerMachine;

/// What stands on a stream, as bits.
namespace state {
inline constexpr unsigned tls = 1;            ///< the connection is encrypted
inline constexpr unsigned secure = 2;         ///< as encrypted as the policy wants it
inline constexpr unsigned authenticated = 4;  ///< the user is known
inline constexpr unsigned bound = 8;          ///< a session stands
inline constexpr unsigned managed = 16;       ///< XEP-0198 is enabled
inline constexpr unsigned managed_old = 32;   ///< … in its older namespace
inline constexpr unsigned compressed = 64;    ///< XEP-0138
inline constexpr unsigned old = 128;          ///< the peer's stream has no version: no features
}  // namespace state

/// One thing that a stream may offer, and what it does with the elements of it. The order of rows
/// is that of the offers.
struct FeatureRow {
    enum class Carrier { element, iq };  ///< a top-level element, or the payload of an iq
    using Handler = void (ServerMachine::*)(Element element);

    std::string_view name;
    std::string_view ns;  ///< of what it handles; "" = it only offers
    Carrier carrier = Carrier::element;
    unsigned needs = 0;    ///< all of these must stand
    unsigned forbids = 0;  ///< none of these may
    /// Appends its elements, if this stream's options want it; null = offers nothing.
    void (*advertise)(std::string& out, const ServerMachine& machine) = nullptr;
    Handler handle = nullptr;
    /// When it comes while it must not; null = as anything unknown.
    Handler refuse = nullptr;

    bool fits(unsigned bits) const { return (bits & needs) == needs && (bits & forbids) == 0; }
};

/// The row that handles what is in this namespace, whether it may now or not, or null.
const FeatureRow* find_feature(std::string_view ns, FeatureRow::Carrier carrier);
/// What may be offered now, as the children of <stream:features/>.
std::string make_features(const ServerMachine& machine);

}  // namespace sallyport::xmpp
