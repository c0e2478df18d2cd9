// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

#include "xmpp/core/element.hpp"
#include "xmpp/core/jid.hpp"
#include "xmpp/core/stanza_error.hpp"
#include "xmpp/xep/forms.hpp"
#include "xmpp/xep/rsm.hpp"

namespace sallyport::xmpp {

using ArchiveTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// XEP-0313 §4: what a query asks for. Absent conditions do not count.
struct ArchiveQuery {
    std::string query_id;  ///< "" = none
    std::optional<Jid> with;
    std::optional<ArchiveTime> start, end;
    std::optional<std::string> after_id, before_id;
    std::vector<std::string> ids;
    PageRequest page;
    bool is_flipped = false;
};
/// Errors to bounce with: bad-request for what cannot be read, feature-not-implemented for fields
/// that we do not know (§4.1.5).
boost::system::result<ArchiveQuery, StanzaError> parse_archive_query(const Element& query);
Element build_archive_query(const ArchiveQuery& query);
/// The fields that a query may have (§4.1.5).
Element build_archive_form();

/// One found message, as it goes out in a message of its own (§4.2).
Element build_archive_result(
    std::string_view query_id, std::string_view id, ArchiveTime stamp, const Element& stanza
);
struct ArchiveFin {
    bool is_complete = false;
    PageInfo page;
};
Element build_archive_fin(const ArchiveFin& fin);
ArchiveFin parse_archive_fin(const Element& fin);

/// The ends of an archive (§5.2), none when it is empty.
using ArchiveEnd = std::pair<std::string, ArchiveTime>;
Element build_archive_metadata(
    const std::optional<ArchiveEnd>& first, const std::optional<ArchiveEnd>& last
);

/// XEP-0441: whose messages the archive keeps.
enum class ArchiveDefault { always, never, roster };
struct ArchivePreferences {
    ArchiveDefault otherwise = ArchiveDefault::always;
    std::vector<Jid> always, never;
    friend bool operator==(const ArchivePreferences&, const ArchivePreferences&) = default;
};
/// An error: no known default, or an address that is none.
boost::system::result<ArchivePreferences, StanzaError> parse_archive_preferences(
    const Element& prefs
);
Element build_archive_preferences(const ArchivePreferences& preferences);

}  // namespace sallyport::xmpp
