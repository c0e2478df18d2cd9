// SPDX-License-Identifier: Apache-2.0
// Texts that wait for their pictures, and what is behind them in their conversation.
#include <utility>

#include "gateway/core/arrivals_lane.hpp"
#include "gateway/core/media.hpp"
#include "gateway/core/shown.hpp"

namespace sallyport::core {
namespace {

/// A text never waits longer for its picture.
constexpr std::chrono::seconds media_patience{10};

}  // namespace

/// Copies the pictures of a row that is held.
void Arrivals::fetch_media(
    Lane& lane,
    const std::string& conversation,
    const std::string& own,
    const std::shared_ptr<MediaFetch>& fetch
) {
    auto finish = [this, &lane, conversation, fetch, incarnation = lane.incarnation] {
        if (fetch->is_done) return;
        fetch->is_done = true;
        if (incarnation == lane.incarnation && lane.barrier) release(lane, conversation);
    };
    world_.scheduler.at(world_.time.now() + media_patience, finish);
    fetch->missing = fetch->message.attachments.size();
    for (std::size_t i = 0; i < fetch->message.attachments.size(); ++i) {
        media_->copy_in(
            *lane.domain,
            own,
            fetch->message.attachments[i],
            [fetch, i, finish](MediaResult copied) {
                fetch->put(i, std::move(copied));
                if (--fetch->missing == 0) finish();
            }
        );
    }
}

/// A picture came, or will not: what waits for nothing any more goes out, up to the next row that
/// does.
void Arrivals::release(Lane& lane, const std::string& conversation) {
    for (;;) {
        const auto held = lane.held.find(conversation);
        if (held == lane.held.end() || !held->second.front().is_ready()) break;
        const Lane::Held first = std::move(held->second.front());
        held->second.pop_front();
        if (held->second.empty()) lane.held.erase(held);
        lane.in_flight.erase(first.row.row);
        const bool is_sent = first.fetch ? send(lane, first.row, first.fetch->finished())
                                         : send(lane, first.row, {});
        if (is_sent) continue;
        const auto behind = lane.held.extract(conversation);
        if (!behind.empty())
            for (const Lane::Held& later : behind.mapped()) lane.in_flight.erase(later.row.row);
        lane.rescan = true;
        lane.is_caught_up = false;
        return;
    }
    fill(lane);
}

}  // namespace sallyport::core
