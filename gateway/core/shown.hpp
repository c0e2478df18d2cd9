// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/core/media.hpp"
#include "gateway/core/users.hpp"
#include "gateway/core/world.hpp"
#include "gateway/port/inbound.hpp"
#include "gateway/store/store.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::core {

/// The stanzas that show an inbox row: one to its user; for a row that nobody owns, one to each
/// admin. The first carries the row's id. `with_media` replaces the row's message when its pictures
/// were copied.
std::vector<xmpp::Stanza> build_shown(
    const World& world,
    Users& users,
    const Domain& domain,
    const store::InboxRow& row,
    std::optional<port::MessageReceived> with_media
);

/// What a row says, with the links of its pictures, for admins who see it in its user's place: 2000
/// characters at most. "" for what says nothing by itself.
std::string text_for_admins(const store::InboxRow& row);

/// The same message for a link that refuses it because of its size: the beginning of its text,
/// which says that it was cut.
xmpp::Stanza shortened(const xmpp::Stanza& message);

/// True for a message whose pictures must be copied before it is shown.
bool wants_media(const store::InboxRow& row);

/// The pictures of one message on their way into our store.
struct MediaFetch {
    port::MessageReceived message;
    std::vector<std::optional<MediaResult>> results;
    std::size_t missing = 0;
    bool is_done = false;

    explicit MediaFetch(const store::InboxRow& row);
    void put(std::size_t index, MediaResult result);
    /// The message with our links; a picture that is not there is told in the text: "[picture could
    /// not be fetched: why]".
    port::MessageReceived finished() const;
};

}  // namespace sallyport::core
