// SPDX-License-Identifier: Apache-2.0
// What becomes of rows on the wire: proved by the barrier, given back by the host, or on their way
// to somebody who left.
#include <algorithm>
#include <utility>

#include "gateway/core/arrivals_lane.hpp"
#include "gateway/core/shown.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::core {
namespace {

using store::InboxRow;
using xmpp::Jid;
using xmpp::Stanza;

constexpr std::chrono::hours give_up_after{7 * 24};
constexpr std::chrono::hours longest_pause{6};
constexpr std::chrono::seconds barrier_dead_after{30};

/// When to show a returned row again: after as long as it has waited already, from a minute to six
/// hours; never after 7 days.
std::optional<WallTime> retry_time(WallTime made, WallTime now) {
    const auto age = now - made;
    if (age > give_up_after) return std::nullopt;
    return now + std::clamp<WallTime::duration>(age, std::chrono::minutes(1), longest_pause);
}

}  // namespace

void Arrivals::pump_barrier(Lane& lane) {
    if (!lane.barrier) return;
    const auto now = world_.time.now();
    if (auto id = lane.barrier->ping(now)) {
        auto target = lane.domain->vhosts.front().with_resource(random_id(8));
        Stanza ping = Stanza::iq(
            xmpp::StanzaType::get,
            lane.domain->jid,
            target ? *target : lane.domain->vhosts.front(),
            *id
        );
        ping.element().add("ping", xmpp::ns::ping);
        // A full link takes no ping either: nobody may wait for the answer to it.
        if (!lane.domain->send(ping, world_)) lane.barrier->unsent(now);
    }
    watch_barrier(lane);
}

/// One timer: for the next ping, or for the answer to the last.
void Arrivals::watch_barrier(Lane& lane) {
    if (!lane.barrier) return;
    const auto now = world_.time.now();
    std::optional<Barrier::Time> next = lane.barrier->deadline();
    const auto asked = lane.barrier->waiting_since();
    if (asked) next = *asked + barrier_dead_after;
    if (!next || (lane.barrier_timer && lane.barrier_at <= *next)) return;
    world_.scheduler.cancel(lane.barrier_timer);
    // A silent link is looked at once a second until its owner gives it up.
    if (asked && *next <= now) next = now + std::chrono::seconds(1);
    lane.barrier_at = *next;
    lane.barrier_timer = world_.scheduler.at(*next, [this, &lane] {
        lane.barrier_timer = 0;
        if (!lane.barrier) return;
        const auto since = lane.barrier->waiting_since();
        if (since && world_.time.now() - *since >= barrier_dead_after && on_dead_)
            return on_dead_(*lane.domain);
        pump_barrier(lane);
    });
}

bool Arrivals::answered(Domain& domain, const Stanza& iq) {
    Lane& lane = this->lane(domain);
    if (!lane.barrier || !lane.barrier->is_ours(iq.id())) return false;
    store::InboxRead proof;
    for (std::int64_t row : lane.barrier->answered(iq.id())) {
        lane.errors.erase(row);
        auto shown = lane.in_flight.find(row);  // none: a proof of an older link came first
        if (shown != lane.in_flight.end()) proof.rows.push_back({row, shown->second.attempts});
    }
    if (!proof.rows.empty()) prove(lane, proof);
    pump_barrier(lane);
    return true;
}

/// The host read these rows. Until that is written they count as shown, so that nothing is shown
/// twice because the disk is full.
void Arrivals::prove(Lane& lane, const store::InboxRead& proof) {
    world_.store.write(proof, [this, &lane, proof](Result<store::InboxRead::Answer> answer) {
        if (!answer) {
            world_.log.error(
                "inbox.unproved",
                {{"domain", lane.domain->name}, {"why", answer.error().to_string()}}
            );
            world_.scheduler.at(world_.time.now() + std::chrono::seconds(1), [this, &lane, proof] {
                prove(lane, proof);
            });
            return;
        }
        ledger_.in(lane.domain->name, Ledger::Result::delivered, answer->messages);
        for (const auto& [row, attempts] : proof.rows) {
            auto at = lane.in_flight.find(row);
            if (at == lane.in_flight.end() || at->second.attempts != attempts) continue;
            lane.in_flight.erase(at);
            if (lane.is_reading) lane.finished.insert(row);
        }
        fill(lane);
        check_drained();
    });
}

void Arrivals::returned(Domain& domain, const Stanza& message) {
    const WallTime made = ulid_time(message.id());
    if (made == WallTime()) return;  // not an id of ours
    const WallTime now = world_.time.wall();
    const auto error = xmpp::StanzaError::from_stanza(message.element());
    store::InboxReturned op{
        std::string(message.id()),
        std::string(to_string(error.condition)),
        retry_time(made, now),
        now};
    const bool nobody_would_see_it = world_.config->admins.empty();
    if (!op.retry_at && nobody_would_see_it) op.retry_at = now + longest_pause;
    leave_wire(lane(domain), message.id());
    give_back(domain, op);
}

/// No answer to a ping proves the row any more. It counts as in flight until its return is written.
void Arrivals::leave_wire(Lane& lane, std::string_view id) {
    if (!lane.barrier) return;
    for (const auto& [row, showing] : lane.in_flight)
        if (showing.id == id) return lane.barrier->forget(row);
}

void Arrivals::count_return(
    const store::InboxReturned& op, const store::InboxReturned::Answer& answer
) {
    if (answer.row->kind != InboxRow::Kind::message) return;
    if (answer.was_read) ledger_.in(answer.row->transport, Ledger::Result::taken);
    if (!op.retry_at) ledger_.in(answer.row->transport, Ledger::Result::failed);
}

/// Writes that the host returned a row, for as long as the disk is full.
void Arrivals::give_back(Domain& domain, const store::InboxReturned& op) {
    world_.store.write(op, [this, &domain, op](Result<store::InboxReturned::Answer> answer) {
        if (!answer) {
            world_.log.error(
                "inbox.return_unwritten",
                {{"domain", domain.name}, {"why", answer.error().to_string()}}
            );
            world_.scheduler.at(world_.time.now() + std::chrono::seconds(1), [this, &domain, op] {
                give_back(domain, op);
            });
            return;
        }
        if (!answer->row) return;
        const InboxRow& row = *answer->row;
        count_return(op, *answer);
        world_.log.info(
            "inbox.returned",
            {{"domain", domain.name},
             {"user", Personal{row.user}},
             {"id", row.id},
             {"times", row.attempts}}
        );
        show_again(lane(domain), row.row);
        check_drained();
        if (!op.retry_at)
            notify_admins(
                domain,
                "A text from " + row.peer + " could not be shown to " + row.user +
                    " for 7 days and was given up (" + row.id + "): " + text_for_admins(row)
            );
    });
}

/// Takes a row off the wire: it is looked at again, now or when it is due.
void Arrivals::show_again(Lane& lane, std::int64_t row) {
    if (lane.barrier) lane.barrier->forget(row);
    lane.in_flight.erase(row);
    lane.rescan = true;
    lane.is_caught_up = false;
    fill(lane);
}

void Arrivals::user_left(const Jid& full) {
    for (auto& [name, lane] : lanes_) {
        std::vector<std::int64_t> rows;
        std::erase_if(lane->errors, [&](const auto& error) {
            if (error.second != full.str()) return false;
            rows.push_back(error.first);
            return true;
        });
        for (std::int64_t row : rows) show_again(*lane, row);
    }
}

void Arrivals::user_came(const Jid& bare) {
    world_.store.write(
        store::WakeInbox{std::string(bare.bare_view()), world_.time.wall()},
        [this](Result<store::WakeInbox::Answer> answer) {
            if (!answer || answer->rows == 0) return;
            for (auto& [name, lane] : lanes_) {
                lane->rescan = true;
                lane->is_caught_up = false;
                fill(*lane);
            }
        }
    );
}

void Arrivals::drain(std::function<void()> drained) {
    drained_ = std::move(drained);
    check_drained();
}

void Arrivals::check_drained() {
    if (!drained_) return;
    for (const auto& [name, lane] : lanes_) {
        const auto& barrier = lane->barrier;
        if (barrier && barrier->unproved() > 0) return;
    }
    std::exchange(drained_, nullptr)();
}

}  // namespace sallyport::core
