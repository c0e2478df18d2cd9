// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xmpp/core/stanza.hpp"

namespace sallyport::xmpp {

/// Whether the sender of a stanza that reached the session `own` may say what is in it. Roster and
/// block-list pushes, carbons and archive results come from our own account alone (RFC 6121
/// §2.1.6, XEP-0191 §3.3, XEP-0280 §11, XEP-0313 §4); clients that took them from anybody have been
/// made to show forged messages and contacts (CVE-2015-8688, CVE-2016-9928, CVE-2017-5589, …).
bool may_say(const Stanza& stanza, const Jid& own);

/// Whether an iq result or error is the answer of `asked`. Our own account answers as nobody, as
/// its bare address or, in old servers, as the domain or the full one (RFC 6120 §8.1.2.1, §10.3.3).
bool answers(const Stanza& answer, const Jid& asked, const Jid& own);

}  // namespace sallyport::xmpp
