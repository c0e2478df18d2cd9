// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// True for a message whose content is encrypted end to end (OMEMO, OpenPGP, OTR, or announced by XEP-0380): the body beside it
/// is a note for clients that cannot decrypt, never the text.
bool is_encrypted(const Element& message);

}  // namespace sallyport::xmpp
