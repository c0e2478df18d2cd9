// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "xmpp/core/result.hpp"

namespace sallyport::app {

/// A password: asked for twice without echo when standard input is a terminal, else its first line.
Result<std::string> read_password();

}  // namespace sallyport::app
