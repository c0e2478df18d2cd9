// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "xmpp/core/result.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::xmpp {

/// What one side may say. A host closes the whole stream on a stanza that breaks these rules
/// (invalid-from, improper-addressing, not-well-formed, policy-violation), so such a stanza must
/// not reach the wire.
struct EgressRules {
    std::string domain;     ///< `from` is on it or below it; "" = anybody: a host speaks for many
    std::string stream_ns;  ///< content namespace of the stream
    std::size_t stanza_bytes = 256 * 1024;  ///< half of what the smallest host accepts
    std::size_t depth = 64;
};

/// The egress guard: appends the stanza's bytes, or refuses and appends nothing. Characters that
/// XML forbids are replaced. The refusal's `detail` is one of "from-missing", "from-foreign",
/// "to-missing", "header-mismatch", "too-deep", "too-long".
Result<void> append_guarded(std::string& out, const Stanza& stanza, const EgressRules& rules);

}  // namespace sallyport::xmpp
