// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "xmpp/core/result.hpp"

namespace sallyport::xmpp {

/// SASLprep (RFC 4013) of a password or user name; code points newer than Unicode 3.2 are allowed,
/// so that a password of today works on both sides. Errors: a word for the log, without the text.
Result<std::string> saslprep(std::string_view text);

}  // namespace sallyport::xmpp
