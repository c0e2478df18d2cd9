// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/country.hpp"

#include <algorithm>
#include <array>

#include <unicode/uloc.h>

namespace sallyport {

bool is_country(std::string_view code) {
    constexpr std::array<std::string_view, 2> reserved{"AC", "TA"};  // Ascension, Tristan da Cunha
    for (const char* const* one = uloc_getISOCountries(); *one != nullptr; ++one)
        if (code == *one) return true;
    return std::find(reserved.begin(), reserved.end(), code) != reserved.end();
}

}  // namespace sallyport
