// SPDX-License-Identifier: Apache-2.0
// What is accepted is a fixed point and joins its parts; any text comes back from XEP-0106.
#include <cstdlib>
#include <string_view>

#include "xmpp/core/jid.hpp"
#include "xmpp/core/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace sallyport::xmpp;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    if (unescape_local(escape_local(text)) != text) std::abort();
    auto jid = Jid::parse(text);
    if (!jid) return 0;
    if (!sallyport::is_xml_text(jid->str())) std::abort();
    auto again = Jid::parse(jid->str());
    if (!again || *again != *jid || again->resource() != jid->resource()) std::abort();
    auto joined = Jid::from_parts(jid->local(), jid->domain(), jid->resource());
    if (!joined || *joined != *jid) std::abort();
    if (jid->bare().str() != jid->bare_view()) std::abort();
    return 0;
}
