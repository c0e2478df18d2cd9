// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace sallyport::core {

/// The duplicate guard (product.md): a hash of bare from, to, id and body. 32 bytes.
std::string duplicate_guard(
    std::string_view from_bare, std::string_view to, std::string_view id, std::string_view body
);

}  // namespace sallyport::core
