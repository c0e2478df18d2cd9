// SPDX-License-Identifier: Apache-2.0
// What waits on disk: lanes whose time has come, attempts in doubt, and what waited too long.
#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "gateway/core/delivery.hpp"
#include "gateway/port/codec.hpp"

namespace sallyport::core {
namespace {

using port::DeliveryState;
using port::FailureClass;
using port::Reason;
using store::OutboundRow;

/// An ambiguous message blocks its conversation so long at most (sms.md §6.5).
constexpr std::chrono::seconds ambiguity_blocks{60};
constexpr std::chrono::minutes sweep_every{1};
/// A message whose network never reports ends as unconfirmed.
constexpr std::chrono::hours unconfirmed_after{72};
/// A network that does not answer when asked for a message is asked again after half of the time
/// that has passed, within these.
constexpr std::chrono::milliseconds shortest_wait{5'000};
constexpr std::chrono::milliseconds longest_wait{600'000};
/// Less is how a clock is kept right, not a step.
constexpr std::chrono::milliseconds smallest_step{1'000};

/// Time since the attempt. One in the future says that the clock was set back, not how long ago it
/// was: the time for a callback is then taken as over, since a look is due.
std::chrono::milliseconds age_of(const OutboundRow& row, WallTime now) {
    return row.attempted_at > now ? ambiguity_blocks : now - row.attempted_at;
}

std::chrono::milliseconds until_next_look(
    const port::SentStatus& status, std::chrono::milliseconds age
) {
    if (status.answer == port::SentStatus::Answer::absent) return status.settle;
    if (status.answer == port::SentStatus::Answer::unknown) return ambiguity_blocks - age;
    return std::clamp<std::chrono::milliseconds>(age / 2, shortest_wait, longest_wait);
}

std::chrono::milliseconds clocks_apart(const TimeSource& time) {
    return time.wall().time_since_epoch() -
           std::chrono::duration_cast<std::chrono::milliseconds>(time.now().time_since_epoch());
}

}  // namespace

void Delivery::wake(Domain& domain, const std::string& own) {
    store::WakeLanes op{domain.name, {}, world_.time.wall()};
    if (!own.empty()) op.owns.push_back(own);
    world_.store.write(std::move(op), [this](Result<store::WakeLanes::Answer> answer) {
        if (answer)
            claim();  // even when no lane slept: the operator may have made one due just before
    });
}

void Delivery::start() {
    claim();
    sweep();
}

/// Something becomes due then: one timer for the earliest.
void Delivery::look_at(WallTime when) {
    if (is_stopping_ || (claim_at_ && *claim_at_ <= when)) return;
    world_.scheduler.cancel(claim_timer_);
    claim_at_ = when;
    const auto wait = std::max(when - world_.time.wall(), WallTime::duration(0));
    claim_timer_ = world_.scheduler.at(world_.time.now() + wait, [this] {
        claim_at_.reset();
        claim();
    });
}

/// A reload took the domain away, or the account of this address is suspended.
bool Delivery::starts_nothing(const Domain& domain, const std::string& own) {
    const port::Account* account = domain.accounts.find_by_own_address(own);
    return domain.is_removed || (account && account->suspended);
}

std::shared_ptr<const std::map<std::pair<std::string, std::string>, store::LaneRoute>>
Delivery::routes() const {
    auto table =
        std::make_shared<std::map<std::pair<std::string, std::string>, store::LaneRoute>>();
    for (const auto& [name, domain] : domains_) {
        for (auto& [own, route] : domain->transport->routes()) {
            if (starts_nothing(*domain, own)) continue;
            store::LaneRoute lane{route.provider, route.allowance, to_wall(route.next_slot)};
            if (!route.trial.empty()) lane.trial = name + " " + route.trial;
            table->emplace(std::pair(name, own), std::move(lane));
        }
    }
    return table;
}

/// Takes due messages from disk, as many as there is room for.
void Delivery::claim() {
    if (is_stopping_) return;
    if (is_claiming_ || running_ >= max_running) {
        has_backlog_ = true;
        return;
    }
    is_claiming_ = true;
    has_backlog_ = false;
    store::ClaimDue op;
    op.routes = routes();
    const std::size_t limit = std::min<std::size_t>(max_running - running_, 256);
    op.limit = limit;
    op.now = world_.time.wall();
    world_.store.write(std::move(op), [this, limit](Result<store::ClaimDue::Answer> answer) {
        is_claiming_ = false;
        if (!answer) return look_at(world_.time.wall() + std::chrono::seconds(1));
        claimed(*std::move(answer), limit);
    });
}

void Delivery::claimed(store::ClaimDue::Answer answer, std::size_t limit) {
    const bool is_full = answer.rows.size() >= limit;
    for (OutboundRow& row : answer.rows) {
        auto at = domains_.find(row.transport);
        if (at == domains_.end()) {
            put_back(row);
            continue;
        }
        ++running_;
        if (row.state == DeliveryState::ambiguous) {
            settle(*at->second, std::move(row));
            continue;
        }
        at->second->transport->reserve(row.own);
        begin(*at->second, row);
    }
    if (answer.next_due) look_at(*answer.next_due);
    if (is_full || has_backlog_) claim();
}

/// What becomes of a message whose transport was removed while it was on its way from disk: nothing
/// was attempted or asked, and it waits for its deadline, or for the transport to come back.
store::RecordOutcome Delivery::unmoved(const OutboundRow& row) const {
    store::RecordOutcome op;
    op.now = world_.time.wall();
    op.transport = row.transport;
    op.attempt = row.attempts;
    op.outcome = port::Outcome(row.id, DeliveryState::queued);
    op.retry_at = op.now + held_pause;
    if (row.state != DeliveryState::ambiguous) return op;
    op.outcome.state = row.state;
    op.looks = row.looks;
    op.frees_lane = age_of(row, op.now) >= ambiguity_blocks;
    if (op.now < row.deadline) return op;
    op.outcome.state = DeliveryState::expired;
    op.outcome.failure = port::Failure(Reason::unknown_outcome);
    return op;
}

void Delivery::put_back(const OutboundRow& row) {
    auto done = [this, row](Result<store::RecordOutcome::Answer> answer) {
        // On disk it runs, and nobody else knows that it does not.
        if (!answer) {
            world_.scheduler.at(world_.time.now() + std::chrono::seconds(1), [this, row] {
                put_back(row);
            });
            return;
        }
        if (answer->changed) ledger_.moved(row.transport, answer->previous, answer->state);
        if (answer->shown) arrivals_.offer(*std::move(answer->shown));
        if (answer->next_due) look_at(*answer->next_due);
    };
    world_.store.write(unmoved(row), std::move(done));
}

void Delivery::settle(Domain& domain, OutboundRow row) {
    auto errand = look_for(&domain, row);
    boost::asio::co_spawn(
        world_.executor,
        std::move(errand),
        [this,
         &domain,
         row = std::move(row)](const std::exception_ptr& fault, port::SentStatus status) {
            if (fault) {
                world_.log.error("look.failed", {{"domain", domain.name}, {"id", row.id.text}});
                status.answer = port::SentStatus::Answer::later;
            }
            ended_one();
            looked(domain, row, status);
        }
    );
}

boost::asio::awaitable<port::SentStatus> Delivery::look_for(Domain* domain, OutboundRow row) {
    port::SentStatus status;
    const port::Account* found = domain->accounts.find(row.account);
    auto message = port::decode_send_message(row.payload);
    if (!found || !message) co_return status;
    const port::Account account = *found;
    port::FindSent question{row.id, *std::move(message), row.own, row.provider, row.attempted_at};
    port::Query query(std::move(question));
    auto reply = co_await domain->transport->ask(account, std::move(query));
    if (reply && std::holds_alternative<port::SentStatus>(*reply))
        status = std::get<port::SentStatus>(*reply);
    const bool is_for_good = reply || reply.error().failure_class() == FailureClass::permanent;
    if (!is_for_good) status.answer = port::SentStatus::Answer::later;
    co_return status;
}

/// What an ambiguous message becomes after a look (sms.md §6.2).
store::RecordOutcome Delivery::judge(
    const Domain& domain, const OutboundRow& row, const port::SentStatus& status
) const {
    using Answer = port::SentStatus::Answer;
    store::RecordOutcome op;
    op.now = world_.time.wall();
    op.transport = domain.name;
    op.attempt = row.attempts;
    op.outcome = port::Outcome(row.id, status.state);
    op.outcome.provider = row.provider;
    const auto age = age_of(row, op.now);
    const bool is_unknown = status.answer == Answer::unknown && age >= ambiguity_blocks;
    const bool is_too_late = status.answer == Answer::later && op.now >= row.deadline;
    if (status.answer == Answer::found) {
        op.outcome.refs = status.refs;
        const bool has_failed =
            status.state == DeliveryState::undelivered || status.state == DeliveryState::failed;
        if (has_failed) op.outcome.failure = port::Failure(Reason::unreachable);
        return op;
    }
    const bool is_absent = status.answer == Answer::absent && row.looks >= 1;
    if (is_absent || (is_unknown && domain.resend_ambiguous)) {
        op.outcome.state = DeliveryState::queued;
        op.retry_at = op.now;
        return op;
    }
    if (is_unknown || is_too_late) {
        op.outcome.state = DeliveryState::failed;
        op.outcome.failure = port::Failure(Reason::unknown_outcome);
        return op;
    }
    const auto wait = until_next_look(status, age);
    op.outcome.state = DeliveryState::ambiguous;
    op.looks = row.looks + (status.answer == Answer::absent ? 1 : 0);
    op.retry_at = op.now + wait;
    // What would block its conversation for longer than that steps aside: the line moves.
    op.frees_lane = age + wait > ambiguity_blocks;
    return op;
}

/// Decides an ambiguous message after a look.
void Delivery::looked(Domain& domain, const OutboundRow& row, const port::SentStatus& status) {
    // An id that another message already has is not this one: it is the next of those that were
    // found, or the look found nothing.
    auto taken = [this, &domain, row, status] {
        port::SentStatus other = status;
        other.state = DeliveryState::accepted;
        other.refs.clear();
        if (other.others.empty()) {
            other.answer = port::SentStatus::Answer::absent;
        } else {
            other.refs.push_back(std::move(other.others.front()));
            other.others.erase(other.others.begin());
        }
        looked(domain, row, other);
    };
    record(domain, row.own, judge(domain, row, status), {}, std::move(taken));
}

/// How far the wall clock fell behind the steady one since the last sweep; 0 in the first, for
/// nobody knows what happened before.
std::optional<std::chrono::milliseconds> Delivery::set_back() const {
    if (!clocks_apart_) return std::chrono::milliseconds(0);
    const auto fallen = *clocks_apart_ - clocks_apart(world_.time);
    if (fallen < smallest_step) return std::nullopt;
    return fallen;
}

void Delivery::sweep() {
    if (is_stopping_) return;
    store::SweepOutbound op;
    op.now = world_.time.wall();
    op.unconfirmed_before = op.now - unconfirmed_after;
    op.set_back = set_back();
    const auto apart = clocks_apart(world_.time);
    world_.store.write(op, [this, apart](const Result<store::SweepOutbound::Answer>& answer) {
        const bool has_more = answer && answer->more;
        if (answer) clocks_apart_ = apart;
        world_.scheduler.at(
            world_.time.now() +
                (has_more ? std::chrono::seconds(0) : std::chrono::seconds(sweep_every)),
            [this] { sweep(); }
        );
        if (!answer) return;
        for (const OutboundRow& row : answer->ended)
            ledger_.moved(row.transport, DeliveryState::queued, row.state);
        for (const store::InboxRow& row : answer->shown) arrivals_.offer(row);
        if (answer->next_due) look_at(*answer->next_due);
    });
}

}  // namespace sallyport::core
