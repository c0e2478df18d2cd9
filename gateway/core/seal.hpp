// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "xmpp/core/result.hpp"

namespace sallyport::core {

/// Encrypts what users trust us with (credentials of `own` accounts) before it reaches the store.
/// The key is the app's (data/key). An empty Sealer refuses: nothing is ever stored in the clear.
struct Sealer {
    std::function<std::string(std::string_view clear)> seal;
    std::function<Result<std::string>(std::string_view sealed)>
        open;  ///< error: another key, or tampered with

    explicit operator bool() const { return seal && open; }
};

}  // namespace sallyport::core
