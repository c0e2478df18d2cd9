// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>

#include "xmpp/core/jid.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::xmpp {

/// Our own queries to archives (XEP-0313) that are not answered yet: of a room, say. The newest
/// hundred.
class ArchiveQueries {
  public:
    void begin(const Stanza& sent);                    ///< anything else is no query
    void end(const Stanza& received, const Jid& own);  ///< when it answers one
    /// Whether an archive that was asked sent this, a message with a <result/> of that very query.
    bool cover(const Stanza& message) const;

  private:
    struct Query {
        Jid asked;
        std::string id;
        std::string query_id;
    };
    std::deque<Query> all_;
};

/// Whether the sender of a stanza that reached the session `own` may say what is in it. Roster and
/// block-list pushes and carbons come from our own account alone (RFC 6121 §2.1.6, XEP-0191 §3.3,
/// XEP-0280 §11), archive results from there or from an archive that was `asked` (XEP-0313 §8);
/// clients that took them from anybody have been made to show forged messages and contacts
/// (CVE-2015-8688, CVE-2016-9928, CVE-2017-5589, …).
bool may_say(const Stanza& stanza, const Jid& own, const ArchiveQueries& asked);

/// Whether an iq result or error is the answer of `asked`. Our own account answers as nobody, as
/// its bare address or, in old servers, as the domain or the full one (RFC 6120 §8.1.2.1, §10.3.3).
bool answers(const Stanza& answer, const Jid& asked, const Jid& own);

}  // namespace sallyport::xmpp
