// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0066 §3: a link beside a message.
struct OobData {
    std::string url;
    std::string description;  ///< "" = none
};
Element build_oob(std::string_view url, std::string_view description = {});
/// All links of a message; those without a url are left out.
std::vector<OobData> parse_oob(const Element& message);

}  // namespace sallyport::xmpp
