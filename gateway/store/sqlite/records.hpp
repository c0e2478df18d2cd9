// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace sallyport::store {

/// The first text after all that begin with `prefix`; nothing when there is none.
std::optional<std::string> end_of_prefix(std::string prefix);

}  // namespace sallyport::store
