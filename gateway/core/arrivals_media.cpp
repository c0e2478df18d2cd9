// SPDX-License-Identifier: Apache-2.0
// Texts that wait for their pictures, and what is behind them in their conversation.
#include <utility>

#include "gateway/core/arrivals_lane.hpp"
#include "gateway/core/media.hpp"
#include "gateway/core/shown.hpp"

namespace sallyport::core {
namespace {

using store::InboxRow;

/// A text never waits longer for its picture.
constexpr std::chrono::seconds media_patience{10};

}  // namespace

void Arrivals::fetch_media(Lane& lane, const std::string& conversation, const InboxRow& row) {
    auto fetch = std::make_shared<MediaFetch>(row);
    auto finish = [this, &lane, conversation, fetch, incarnation = lane.incarnation] {
        if (fetch->is_done) return;
        fetch->is_done = true;
        if (incarnation == lane.incarnation && lane.barrier)
            release(lane, conversation, fetch->finished());
    };
    world_.scheduler.at(world_.time.now() + media_patience, finish);
    fetch->missing = fetch->message.attachments.size();
    for (std::size_t i = 0; i < fetch->message.attachments.size(); ++i) {
        media_->copy_in(
            *lane.domain,
            row.own,
            fetch->message.attachments[i],
            [fetch, i, finish](MediaResult copied) {
                fetch->put(i, std::move(copied));
                if (--fetch->missing == 0) finish();
            }
        );
    }
}

/// The picture of a conversation's first row came (or will not): that row and those behind it go
/// out.
void Arrivals::release(Lane& lane, const std::string& conversation, port::MessageReceived first) {
    auto held = lane.held.find(conversation);
    if (held == lane.held.end()) return;
    std::deque<InboxRow> rows = std::move(held->second);
    lane.held.erase(held);
    std::optional<port::MessageReceived> with_media(std::move(first));
    while (!rows.empty()) {
        const InboxRow row = std::move(rows.front());
        rows.pop_front();
        lane.in_flight.erase(row.row);
        const bool is_sent =
            with_media ? send(lane, row, std::exchange(with_media, std::nullopt)) : show(lane, row);
        if (is_sent && lane.held.contains(conversation)) {  // the next one has a picture too
            for (InboxRow& later : rows) lane.held[conversation].push_back(std::move(later));
            return;
        }
        if (is_sent) continue;
        for (const InboxRow& later : rows) lane.in_flight.erase(later.row);
        lane.rescan = true;
        lane.is_caught_up = false;
        return;
    }
    fill(lane);
}

}  // namespace sallyport::core
