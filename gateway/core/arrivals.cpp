// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/arrivals.hpp"

#include <algorithm>

#include "gateway/core/arrivals_lane.hpp"
#include "gateway/core/delivery_seconds.hpp"
#include "gateway/core/shown.hpp"
#include "gateway/port/codec.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::core {
namespace {

using store::InboxRow;
using xmpp::Jid;
using xmpp::Stanza;

/// Rows on the wire that the barrier has not proved: the rest waits on disk.
constexpr std::size_t window = 2000;
constexpr std::size_t page = 256;

}  // namespace

Arrivals::Arrivals(World& world, Users& users, Ledger& ledger)
    : world_(world), users_(users), ledger_(ledger) {}
Arrivals::~Arrivals() = default;

Arrivals::Lane& Arrivals::lane(Domain& domain) {
    auto& slot = lanes_[domain.name];
    if (!slot) {
        slot = std::make_unique<Lane>();
        slot->domain = &domain;
    }
    return *slot;
}

void Arrivals::accept(
    Domain& domain,
    const port::MessageReceived& message,
    std::function<void(Result<port::Accepted>)> done
) {
    const port::Account* account = domain.accounts.find_by_own_address(message.own_address);
    const WallTime now = world_.time.wall();
    store::AcceptInbound op;
    op.now = now;
    op.row.id = make_ulid(now);
    op.row.transport = domain.name;
    op.row.user = account ? account->user.text : "";
    op.row.own = message.own_address;
    op.row.peer = message.from.text;
    op.row.payload = port::encode(message);
    op.row.received_at = now;
    if (!message.ref.id.empty())
        op.dedupe = domain.name + '|' + message.ref.provider + '|' + message.ref.id;
    ledger_.in(domain.name, Ledger::Result::taken);
    world_.store.write(
        std::move(op),
        [this, &domain, done = std::move(done)](const Result<store::AcceptInbound::Answer>& answer
        ) {
            if (!answer) {
                ledger_.in(domain.name, Ledger::Result::refused);
                return done(answer.error());
            }
            if (answer->duplicate) {
                ledger_.in(domain.name, Ledger::Result::duplicate);
                return done(port::Accepted::duplicate);
            }
            const bool is_owned = !answer->row.user.empty();
            done(is_owned ? port::Accepted::stored : port::Accepted::unowned);
            offer(answer->row);
        }
    );
}

void Arrivals::notify(Domain& domain, const Jid& user, std::string text, std::string peer) {
    const WallTime now = world_.time.wall();
    store::AcceptInbound op;
    op.now = now;
    op.row.id = make_ulid(now);
    op.row.transport = domain.name;
    op.row.user = std::string(user.bare_view());
    op.row.peer = std::move(peer);
    op.row.kind = InboxRow::Kind::notice;
    op.row.payload = std::move(text);
    op.row.received_at = now;
    world_.store.write(std::move(op), [this](const Result<store::AcceptInbound::Answer>& answer) {
        if (answer)
            offer(answer->row);
        else
            world_.log.error("notice.lost", {{"why", answer.error().to_string()}});
    });
}

void Arrivals::notify_admins(Domain& domain, const std::string& text) {
    for (const Jid& admin : world_.config->admins) notify(domain, admin, text);
}

void Arrivals::offer(const InboxRow& row) {
    auto at = lanes_.find(row.transport);
    if (at == lanes_.end() || !at->second->barrier) return;  // on disk until the link is up
    Lane& lane = *at->second;
    if (lane.is_reading || !lane.is_caught_up || lane.in_flight.size() >= window) {
        lane.look_again = true;
        lane.is_caught_up = false;
        return fill(lane);
    }
    lane.cursor = std::max(lane.cursor, row.row);
    if (!show(lane, row)) {
        lane.cursor = row.row - 1;
        lane.is_caught_up = false;
    }
}

void Arrivals::link_up(Domain& domain) {
    Lane& lane = this->lane(domain);
    if (lane.domain != &domain) {  // a reload took it away and another one brought it back
        forget_link(lane);
        lane.domain = &domain;
    }
    ++lane.incarnation;
    lane.barrier.emplace("b-" + world_.node + "-" + random_id(6) + "-");
    lane.cursor = 0;
    lane.is_caught_up = false;
    fill(lane);
}

void Arrivals::link_down(Domain& domain) {
    Lane& lane = this->lane(domain);
    if (lane.domain != &domain) return;  // its successor is up already
    forget_link(lane);
    check_drained();
}

void Arrivals::forget_link(Lane& lane) {
    // What was shown and not proved is shown again on the next link, with the same id.
    lane.barrier.reset();
    lane.in_flight.clear();
    lane.errors.clear();
    lane.held.clear();
    world_.scheduler.cancel(lane.barrier_timer);
    world_.scheduler.cancel(lane.due_timer);
    lane.barrier_timer = lane.due_timer = 0;
}

void Arrivals::writable(Domain& domain) {
    fill(lane(domain));
}

void Arrivals::reloaded(Domain& domain) {
    look_again_at(lane(domain), world_.time.now());
}

/// Reads the next page of due rows and shows them, until the window, the link or the disk has no
/// more.
void Arrivals::fill(Lane& lane) {
    if (!lane.barrier || lane.is_reading || lane.is_caught_up || lane.in_flight.size() >= window)
        return;
    if (lane.rescan) lane.cursor = 0;
    if (lane.cursor == 0) lane.pace.begin_pass();
    lane.rescan = lane.look_again = false;
    lane.is_reading = true;
    lane.finished.clear();
    const store::InboxDue query{lane.domain->name, lane.cursor, world_.time.wall(), page};
    world_.store.read(
        query,
        [this, &lane, incarnation = lane.incarnation](Result<store::InboxDue::Answer> answer) {
            lane.is_reading = false;
            if (!lane.barrier || incarnation != lane.incarnation) return fill(lane);
            if (!answer) {
                world_.log.error(
                    "inbox.unread",
                    {{"domain", lane.domain->name}, {"why", answer.error().to_string()}}
                );
                world_.scheduler.at(world_.time.now() + std::chrono::seconds(1), [this, &lane] {
                    fill(lane);
                });
                return;
            }
            for (const InboxRow& row : answer->rows) {
                const bool is_new =
                    !lane.in_flight.contains(row.row) && !lane.finished.contains(row.row);
                if (is_new && !show(lane, row)) return;  // writable() goes on
                lane.cursor = row.row;
            }
            lane.is_caught_up = answer->rows.size() < page && !lane.look_again && !lane.rescan;
            if (lane.is_caught_up && answer->next_due) {
                const auto wait = *answer->next_due - world_.time.wall();
                look_again_at(lane, world_.time.now() + wait);
            }
            fill(lane);
        }
    );
}

/// Begins at the first row again, at most once a second: all that waits is read.
void Arrivals::look_again_at(Lane& lane, std::chrono::steady_clock::time_point when) {
    when = std::max(when, world_.time.now() + std::chrono::seconds(1));
    if (lane.due_timer != 0 && lane.due_at <= when) return;
    world_.scheduler.cancel(lane.due_timer);
    lane.due_at = when;
    lane.due_timer = world_.scheduler.at(when, [this, &lane] {
        lane.due_timer = 0;
        lane.rescan = true;
        lane.is_caught_up = false;
        fill(lane);
    });
}

/// A text over the rate stays on disk, and is looked at again. What is shown once more is not
/// counted twice.
bool Arrivals::comes_later(Lane& lane, const InboxRow& row) {
    if (row.kind != InboxRow::Kind::message || row.user.empty()) return false;
    if (row.attempts > 0 || lane.counted.contains(row.row)) return false;
    const Domain& domain = *lane.domain;
    lane.pace.set_rates(domain.user_limit.rate(), domain.peer_limit.rate());
    const auto age = std::max(world_.time.wall() - row.received_at, std::chrono::milliseconds(0));
    const auto later = lane.pace.hold(row, world_.time.now(), age);
    if (later) {
        look_again_at(lane, *later);
        return true;
    }
    const auto is_gone = [&lane](std::int64_t counted) {
        return !lane.in_flight.contains(counted);
    };
    if (lane.counted.size() > 2 * window) std::erase_if(lane.counted, is_gone);
    lane.counted.insert(row.row);
    return false;
}

/// Sends a row, holds it for its picture, or leaves it for later. False: the link is full, try
/// again when it is writable.
bool Arrivals::show(Lane& lane, const InboxRow& row) {
    if (row.user.empty() && world_.config->admins.empty()) return true;  // until there is somebody
    const std::string conversation = row.user + '\n' + row.peer;
    if (comes_later(lane, row)) return true;
    auto fetch = media_ && wants_media(row) ? std::make_shared<MediaFetch>(row) : nullptr;
    if (fetch || lane.held.contains(conversation)) {
        lane.show(row);
        lane.held[conversation].push_back({row, fetch});
        if (fetch) fetch_media(lane, conversation, row.own, fetch);
        return true;
    }
    return send(lane, row, {});
}

/// What the link will never take as it is must not vanish: it is shown shortened, and if that is
/// refused too, the admins are told.
bool Arrivals::send_whole_or_cut(Domain& domain, const InboxRow& row, const Stanza& stanza) {
    Result<bool> sent = domain.offer(stanza, world_);
    if (!sent) sent = domain.offer(shortened(stanza), world_);
    if (sent) return *sent;
    if (row.kind == InboxRow::Kind::message && !row.user.empty())
        notify_admins(
            domain,
            "A text from " + row.peer + " could not be shown to " + row.user + ": " +
                sent.error().to_string() + " (" + row.id + ")."
        );
    return true;
}

bool Arrivals::send(
    Lane& lane, const InboxRow& row, std::optional<port::MessageReceived> with_media
) {
    Domain& domain = *lane.domain;
    std::vector<Stanza> stanzas = build_shown(world_, users_, domain, row, std::move(with_media));
    for (const Stanza& stanza : stanzas)
        if (!send_whole_or_cut(domain, row, stanza)) return false;
    lane.show(row);
    if (!stanzas.empty() && stanzas.front().type() == xmpp::StanzaType::error)
        lane.errors[row.row] = row.to_full;
    if (row.kind == InboxRow::Kind::message)
        observe_delivery(world_.metrics, domain.name, "in", world_.time.wall() - row.received_at);
    if (lane.barrier) lane.barrier->sent(row.row, world_.time.now());
    pump_barrier(lane);
    return true;
}

}  // namespace sallyport::core
