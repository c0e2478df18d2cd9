// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0334.
enum class Hint { no_permanent_store, no_store, no_copy, store };
bool has_hint(const Element& message, Hint hint);
Element build_hint(Hint hint);

}  // namespace sallyport::xmpp
