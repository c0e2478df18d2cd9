// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0054 vcard-temp, as far as a contact of a gateway has one.
struct VCard {
    std::string full_name;
    std::string nickname;
    std::string description;
    std::string url;
    std::vector<std::string> telephones;
    std::vector<std::string> emails;
    std::string photo_type;   ///< media type
    std::string photo_bytes;  ///< may be empty: no photo
};
Element build_vcard(const VCard& card);
/// Nothing when it is no vCard. A photo that is no base64 is left out.
std::optional<VCard> parse_vcard(const Element& element);
/// XEP-0153 §3: SHA-1 of the photo in hexadecimal; "" when the card has none that can be read.
std::string vcard_photo_hash(const Element& card);
/// XEP-0153: the child of a presence; the hash of the photo in hexadecimal, "" says that there is
/// none.
Element build_vcard_update(std::string_view photo_hash);

}  // namespace sallyport::xmpp
