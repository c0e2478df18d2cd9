// SPDX-License-Identifier: Apache-2.0
// Any bytes in any pieces: the same events as whole, bounded work, and what was read is written and
// read back the same.
#include <cstdlib>
#include <string_view>
#include <vector>

#include "xmpp/xml/reader.hpp"
#include "xmpp/xml/writer.hpp"

namespace {

using namespace sallyport::xmpp;

struct Heard {
    std::vector<Element> elements;
    bool faulted = false;
};

Heard hear(std::string_view bytes, std::size_t piece) {
    XmlReader reader;
    Heard heard;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader.feed(bytes.substr(at, piece));
        while (auto event = reader.next())
            if (auto* element = std::get_if<Element>(&*event))
                heard.elements.push_back(std::move(*element));
        if (reader.at_rest()) reader.release();
    }
    heard.faulted = reader.fault().has_value();
    if (reader.work() > 2048 * bytes.size() + 4096) std::abort();
    return heard;
}

void check_round_trip(const Element& element) {
    XmlReader reader;
    reader.feed("<root>");
    reader.next();
    reader.feed(to_xml(element));
    auto event = reader.next();
    // Escaping may make a tag or stanza longer than what is accepted; nothing else may go wrong.
    if (reader.fault() == XmlFault::policy_violation) return;
    if (!event || std::get<Element>(*event) != element) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (bytes.empty()) return 0;
    std::size_t piece = static_cast<unsigned char>(bytes.back()) % 7 + 1;
    Heard whole = hear(bytes, bytes.size()), pieces = hear(bytes, piece);
    if (whole.elements != pieces.elements) std::abort();
    for (const Element& element : whole.elements) check_round_trip(element);
    return 0;
}
