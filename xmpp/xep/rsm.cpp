// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/rsm.hpp"

#include <string_view>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::xmpp {
namespace {

std::optional<std::size_t> parse_count(std::string_view text) {
    return parse_decimal<std::size_t>(trim(text));
}

void add_text(Element& set, std::string_view name, std::string_view text) {
    set.add(name, ns::rsm).add_text(text);
}

}  // namespace

Result<PageRequest> parse_page_request(const Element& parent) {
    PageRequest request;
    const Element* set = parent.child("set", ns::rsm);
    if (!set) return request;
    if (const auto max = set->child_text("max", ns::rsm)) {
        request.max = parse_count(*max);
        if (!request.max) return Error("<max/> is no number");
    }
    request.after = set->child_text("after", ns::rsm);
    request.before = set->child_text("before", ns::rsm);
    return request;
}

Element build_page_request(const PageRequest& request) {
    Element set("set", ns::rsm);
    if (request.max) add_text(set, "max", std::to_string(*request.max));
    if (request.after) add_text(set, "after", *request.after);
    if (request.before) add_text(set, "before", *request.before);
    return set;
}

PageInfo parse_page_info(const Element& parent) {
    PageInfo info;
    const Element* set = parent.child("set", ns::rsm);
    if (!set) return info;
    if (const Element* first = set->child("first", ns::rsm)) {
        info.first = first->text();
        info.first_index = parse_count(first->attribute("index").value_or(""));
    }
    info.last = set->child_text("last", ns::rsm).value_or("");
    info.count = parse_count(set->child_text("count", ns::rsm).value_or(""));
    return info;
}

Element build_page_info(const PageInfo& info) {
    Element set("set", ns::rsm);
    if (!info.first.empty()) {
        Element& first = set.add("first", ns::rsm);
        first.add_text(info.first);
        if (info.first_index) first.set("index", std::to_string(*info.first_index));
        add_text(set, "last", info.last);
    }
    if (info.count) add_text(set, "count", std::to_string(*info.count));
    return set;
}

}  // namespace sallyport::xmpp
