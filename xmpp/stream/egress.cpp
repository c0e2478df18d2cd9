// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/egress.hpp"

#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp {
namespace {

bool is_on(std::string_view domain, std::string_view of) {
    if (domain == of || of.empty()) return true;
    return domain.size() > of.size() && domain.ends_with(of) &&
           domain[domain.size() - of.size() - 1] == '.';
}

bool is_deeper(const Element& element, std::size_t levels) {
    if (levels == 0) return true;
    bool deeper = false;
    element.for_each([&](const Element& child) { deeper = deeper || is_deeper(child, levels - 1); }
    );
    return deeper;
}

// The addresses that were checked must be those that are written.
bool header_matches(const Stanza& stanza) {
    const Element& element = stanza.element();
    return element.attribute("from") == std::string_view(stanza.from().str()) &&
           element.attribute("to") == std::string_view(stanza.to().str());
}

}  // namespace

Result<void> append_guarded(std::string& out, const Stanza& stanza, const EgressRules& rules) {
    if (stanza.from().is_empty()) return Error("from-missing");
    if (stanza.to().is_empty()) return Error("to-missing");
    if (!is_on(stanza.from().domain(), rules.domain)) return Error("from-foreign");
    if (!header_matches(stanza)) return Error("header-mismatch");
    if (is_deeper(stanza.element(), rules.depth)) return Error("too-deep");
    std::size_t before = out.size();
    write(out, stanza.element(), rules.stream_ns, rules.stream_ns);
    if (out.size() - before <= rules.stanza_bytes) return {};
    out.resize(before);
    return Error("too-long");
}

}  // namespace sallyport::xmpp
