// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/reply.hpp"

#include <algorithm>
#include <vector>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::xmpp {
namespace {

struct Range {
    std::size_t start;
    std::size_t end;
};

std::optional<std::size_t> parse_index(std::optional<std::string_view> text) {
    return parse_decimal<std::size_t>(text.value_or(""));
}

/// Byte offset of every character, and of the end.
std::vector<std::size_t> character_offsets(std::string_view text) {
    std::vector<std::size_t> offsets;
    for (std::size_t i = 0; i < text.size(); ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) offsets.push_back(i);
    offsets.push_back(text.size());
    return offsets;
}

std::vector<Range> fallback_ranges(const Element& fallback, std::size_t characters) {
    std::vector<Range> ranges;
    bool names_a_part = false;
    fallback.for_each([&](const Element& part) {
        names_a_part = true;
        if (!part.is("body", ns::fallback)) return;
        auto start = parse_index(part.attribute("start"));
        auto end = parse_index(part.attribute("end"));
        if (!part.attribute("start") && !part.attribute("end"))
            ranges.push_back({0, characters});
        else if (start && end && *start < *end && *end <= characters)
            ranges.push_back({*start, *end});
    });
    if (!names_a_part) ranges.push_back({0, characters});
    return ranges;
}

}  // namespace

Element build_reply(std::string_view id, std::string_view to) {
    Element reply("reply", ns::reply);
    reply.set("to", to).set("id", id);
    return reply;
}

std::optional<Reply> parse_reply(const Element& message) {
    const Element* reply = message.child("reply", ns::reply);
    std::string_view id = reply ? reply->attribute("id").value_or("") : std::string_view{};
    if (id.empty()) return std::nullopt;
    return Reply{std::string(id), std::string(reply->attribute("to").value_or(""))};
}

Element build_fallback(std::string_view for_ns, std::size_t start, std::size_t end) {
    Element fallback("fallback", ns::fallback);
    fallback.set("for", for_ns);
    Element& body = fallback.add("body", ns::fallback);
    body.set("start", std::to_string(start)).set("end", std::to_string(end));
    return fallback;
}

std::string strip_fallback(
    const Element& message,
    std::string_view body,
    std::initializer_list<std::string_view> for_namespaces
) {
    std::vector<Range> ranges;
    const std::vector<std::size_t> offsets = message.child("fallback", ns::fallback)
                                                 ? character_offsets(body)
                                                 : std::vector<std::size_t>{};
    message.for_each([&](const Element& child) {
        if (!child.is("fallback", ns::fallback)) return;
        const std::string_view of = child.attribute("for").value_or("");
        if (std::find(for_namespaces.begin(), for_namespaces.end(), of) == for_namespaces.end())
            return;
        const std::vector<Range> found = fallback_ranges(child, offsets.size() - 1);
        ranges.insert(ranges.end(), found.begin(), found.end());
    });
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
        return a.start < b.start;
    });
    std::string kept;
    std::size_t at = 0;
    for (const Range& range : ranges) {
        const std::size_t start = offsets[range.start];
        if (start > at) kept.append(body.substr(at, start - at));
        at = std::max(at, offsets[range.end]);
    }
    kept.append(body.substr(std::min(at, body.size())));
    return kept;
}

}  // namespace sallyport::xmpp
