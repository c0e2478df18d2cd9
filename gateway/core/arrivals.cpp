// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/arrivals.hpp"

#include <algorithm>

#include "gateway/core/media.hpp"
#include "gateway/core/shown.hpp"
#include "gateway/port/codec.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::core {
namespace {

using store::InboxRow;
using xmpp::Jid;
using xmpp::Stanza;

/// Rows on the wire that the barrier has not proved: the rest waits on disk.
constexpr std::size_t window = 2000;
constexpr std::size_t page = 256;
constexpr std::chrono::hours give_up_after{7 * 24};
constexpr std::chrono::seconds barrier_dead_after{30};
/// A text never waits longer for its picture.
constexpr std::chrono::seconds media_patience{10};

/// The instant that a ULID of ours was made: its first ten characters count milliseconds.
std::optional<WallTime> made_at(std::string_view ulid) {
    constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    if (ulid.size() != 26) return std::nullopt;
    std::int64_t ms = 0;
    for (char c : ulid.substr(0, 10)) {
        const auto digit = digits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        ms = ms * 32 + static_cast<std::int64_t>(digit);
    }
    return WallTime(std::chrono::milliseconds(ms));
}

/// When to show a returned row again: after as long as it has waited already, from a minute to six
/// hours; never after 7 days.
std::optional<WallTime> retry_time(WallTime made, WallTime now) {
    const auto age = now - made;
    if (age > give_up_after) return std::nullopt;
    return now +
           std::clamp<WallTime::duration>(age, std::chrono::minutes(1), std::chrono::hours(6));
}

}  // namespace

/// The queue of one domain's link.
struct Arrivals::Lane {
    Domain* domain;
    std::uint64_t incarnation = 0;     ///< of the link, as counted here: part of barrier ids
    std::optional<Barrier> barrier;    ///< while the link is up
    std::set<std::int64_t> in_flight;  ///< rows shown on this link or held for a picture, until
                                       ///< their InboxRead is committed
    std::set<std::int64_t>
        finished;  ///< rows committed as read while a page is being read: the page may be older
    std::map<std::int64_t, std::string>
        errors;  ///< unproved failures shown as errors: row -> resource
    std::map<std::string, std::deque<InboxRow>>
        held;                 ///< conversations whose first row waits for its picture
    std::int64_t cursor = 0;  ///< rows up to here were looked at
    bool is_reading = false;
    bool is_caught_up = false;  ///< nothing due lies on disk beyond the cursor
    bool look_again = false;    ///< something was committed while reading
    bool rescan = false;        ///< returned rows became due: begin at the first row again
    Scheduler::Id barrier_timer = 0;
    Barrier::Time barrier_at{};  ///< when barrier_timer runs
    Scheduler::Id due_timer = 0;
};

Arrivals::Arrivals(World& world, Users& users) : world_(world), users_(users) {}
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
    Domain& domain, port::MessageReceived message, std::function<void(Result<port::Accepted>)> done
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
    world_.store.write(
        std::move(op),
        [this, done = std::move(done)](Result<store::AcceptInbound::Answer> answer) {
            if (!answer) return done(answer.error());
            if (answer->duplicate) return done(port::Accepted::duplicate);
            const bool is_owned = !answer->row.user.empty();
            done(is_owned ? port::Accepted::stored : port::Accepted::unowned);
            offer(std::move(answer->row));
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
    world_.store.write(std::move(op), [this](Result<store::AcceptInbound::Answer> answer) {
        if (answer)
            offer(std::move(answer->row));
        else
            world_.log.error("notice.lost", {{"why", answer.error().to_string()}});
    });
}

void Arrivals::notify_admins(Domain& domain, std::string text) {
    for (const Jid& admin : world_.config->admins) notify(domain, admin, text);
}

void Arrivals::offer(InboxRow row) {
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

/// Reads the next page of due rows and shows them, until the window, the link or the disk has no
/// more.
void Arrivals::fill(Lane& lane) {
    if (!lane.barrier || lane.is_reading || lane.is_caught_up || lane.in_flight.size() >= window)
        return;
    if (lane.rescan) lane.cursor = 0;
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
                world_.scheduler.cancel(lane.due_timer);
                const auto wait = std::max(
                    *answer->next_due - world_.time.wall(),
                    WallTime::duration(std::chrono::seconds(1))
                );
                lane.due_timer = world_.scheduler.at(world_.time.now() + wait, [this, &lane] {
                    lane.rescan = true;
                    lane.is_caught_up = false;
                    fill(lane);
                });
            }
            fill(lane);
        }
    );
}

/// Sends a row, or holds it for its picture. False: the link is full, try again when it is
/// writable.
bool Arrivals::show(Lane& lane, const InboxRow& row) {
    const std::string conversation = row.user + '\n' + row.peer;
    if (auto waiting = lane.held.find(conversation); waiting != lane.held.end()) {
        lane.in_flight.insert(row.row);
        waiting->second.push_back(row);
        return true;
    }
    if (wants_media(row) && media_) {
        lane.in_flight.insert(row.row);
        lane.held[conversation].push_back(row);
        fetch_media(lane, conversation, row);
        return true;
    }
    return send(lane, row, {});
}

bool Arrivals::send(
    Lane& lane, const InboxRow& row, std::optional<port::MessageReceived> with_media
) {
    Domain& domain = *lane.domain;
    std::vector<Stanza> stanzas = build_shown(world_, users_, domain, row, std::move(with_media));
    for (const Stanza& stanza : stanzas)
        if (!domain.send(stanza, world_)) return false;
    lane.in_flight.insert(row.row);
    if (!stanzas.empty() && stanzas.front().type() == xmpp::StanzaType::error)
        lane.errors[row.row] = row.to_full;
    lane.barrier->sent(row.row, world_.time.now());
    pump_barrier(lane);
    return true;
}

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

void Arrivals::pump_barrier(Lane& lane) {
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
    std::vector<std::int64_t> rows = lane.barrier->answered(iq.id());
    for (std::int64_t row : rows) lane.errors.erase(row);
    if (!rows.empty()) prove(lane, {std::move(rows), world_.time.wall()});
    pump_barrier(lane);
    return true;
}

/// The host read these rows. Until that is written they count as shown, so that nothing is shown
/// twice because the disk is full.
void Arrivals::prove(Lane& lane, store::InboxRead proof) {
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
        for (std::int64_t row : proof.rows) {
            lane.in_flight.erase(row);
            if (lane.is_reading) lane.finished.insert(row);
        }
        fill(lane);
        check_drained();
    });
}

void Arrivals::returned(Domain& domain, const Stanza& message) {
    const auto made = made_at(message.id());
    if (!made) return;  // not an id of ours
    const WallTime now = world_.time.wall();
    const auto error = xmpp::StanzaError::from_stanza(message.element());
    store::InboxReturned op{
        std::string(message.id()),
        std::string(to_string(error.condition)),
        retry_time(*made, now),
        now};
    const bool gives_up = !op.retry_at;
    world_.store.write(
        std::move(op),
        [this, &domain, gives_up](Result<store::InboxReturned::Answer> answer) {
            if (!answer || !answer->row) return;
            const InboxRow& row = *answer->row;
            world_.log.info(
                "inbox.returned",
                {{"domain", domain.name},
                 {"user", Personal{row.user}},
                 {"id", row.id},
                 {"times", row.attempts}}
            );
            show_again(this->lane(domain), row.row);
            if (gives_up)
                notify_admins(
                    domain,
                    "A text from " + row.peer + " could not be shown to " + row.user +
                        " for 7 days and was given up (" + row.id + ")."
                );
        }
    );
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
    for (const auto& [name, lane] : lanes_)
        if (lane->barrier && lane->barrier->unproved() > 0) return;
    std::exchange(drained_, nullptr)();
}

}  // namespace sallyport::core
