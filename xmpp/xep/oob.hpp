// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0066 jabber:x:oob: links that are attachments.
struct OobData {
    std::string url;
    std::string description;
};
/// All with a URL that is not empty.
std::vector<OobData> parse_oob(const Element& message);
Element build_oob(std::string_view url, std::string_view description = {});

}  // namespace sallyport::xmpp
