// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "gateway/net/link_life.hpp"

namespace sallyport::net {

/// The class of an ended component stream, by its stable word.
LinkFault fault_of(std::string_view reason);

}  // namespace sallyport::net
