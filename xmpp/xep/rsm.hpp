// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "xmpp/core/element.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::xmpp {

/// XEP-0059: which page of a result is wanted.
struct PageRequest {
    std::optional<std::size_t> max;     ///< 0 = only the count
    std::optional<std::string> after;   ///< the page follows this item
    std::optional<std::string> before;  ///< the page precedes this item; "" = the last page
};
/// Which page it is.
struct PageInfo {
    std::string first, last;  ///< "" = the page is empty
    std::optional<std::size_t> first_index;
    std::optional<std::size_t> count;  ///< of the whole result
};
/// The request among the children; nothing asked for when there is none. An error: a <max/> that is
/// no number.
Result<PageRequest> parse_page_request(const Element& parent);
Element build_page_request(const PageRequest& request);
PageInfo parse_page_info(const Element& parent);
Element build_page_info(const PageInfo& info);

}  // namespace sallyport::xmpp
