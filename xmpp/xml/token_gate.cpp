// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xml/token_gate.hpp"

namespace sallyport::xmpp {

TokenGate::Verdict TokenGate::open(std::string_view pending) {
    if (pending.starts_with('&') || pending.starts_with("<!") || pending.starts_with("<?"))
        return Verdict::refused;
    if (!pending.starts_with('<')) return Verdict::data;
    open_ = true;
    quote_ = 0;
    // The token is unfinished, so its end is not in here; this leaves the gate knowing whether a
    // quote is open.
    pass(pending);
    return Verdict::tag;
}

std::size_t TokenGate::pass(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        if (quote_ != 0) {
            at = bytes.find(quote_, at);
            if (at == bytes.npos) return bytes.npos;
            quote_ = 0;
            ++at;
            continue;
        }
        at = bytes.find_first_of("'\">", at);
        if (at == bytes.npos) return bytes.npos;
        char c = bytes[at++];
        if (c == '>') {
            open_ = false;
            return at;
        }
        quote_ = c;
    }
    return bytes.npos;
}

}  // namespace sallyport::xmpp
