// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace sallyport {

/// A country by the two capital letters of ISO 3166, or a territory with telephone numbers of its
/// own for which these are reserved.
bool is_country(std::string_view code);

}  // namespace sallyport
