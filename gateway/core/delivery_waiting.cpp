// SPDX-License-Identifier: Apache-2.0
// What waits on disk: lanes whose time has come, attempts in doubt, and what waited too long.
#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/core/delivery.hpp"
#include "gateway/port/codec.hpp"

namespace sallyport::core {
namespace {

using port::DeliveryState;
using port::Reason;
using store::OutboundRow;

/// An ambiguous message blocks its conversation so long at most (sms.md §6.5).
constexpr std::chrono::seconds ambiguity_blocks{60};
constexpr std::chrono::minutes sweep_every{1};
/// A message whose network never reports ends as unconfirmed.
constexpr std::chrono::hours unconfirmed_after{72};

}  // namespace

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

std::shared_ptr<const std::map<std::pair<std::string, std::string>, store::LaneRoute>>
Delivery::routes() const {
    auto table =
        std::make_shared<std::map<std::pair<std::string, std::string>, store::LaneRoute>>();
    for (const auto& [name, domain] : domains_) {
        for (auto& [own, route] : domain->transport->routes())
            table->emplace(
                std::pair(name, own),
                store::LaneRoute{route.provider, route.allowance, to_wall(route.next_slot)}
            );
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
    op.limit = std::min<std::size_t>(max_running - running_, 256);
    op.now = world_.time.wall();
    world_.store.write(
        std::move(op),
        [this, limit = op.limit](Result<store::ClaimDue::Answer> answer) {
            is_claiming_ = false;
            if (!answer) return look_at(world_.time.wall() + std::chrono::seconds(1));
            claimed(*std::move(answer), limit);
        }
    );
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

/// Its transport was removed while it was on its way from disk: nothing was attempted, and it waits
/// for its deadline, or for the transport to come back. A look just comes again.
void Delivery::put_back(const OutboundRow& row) {
    if (row.state == DeliveryState::ambiguous) return;
    store::RecordOutcome op;
    op.now = world_.time.wall();
    op.transport = row.transport;
    op.attempt = row.attempts;
    op.outcome = port::Outcome(row.id, DeliveryState::queued);
    op.retry_at = op.now + held_pause;
    world_.store.write(std::move(op));
}

void Delivery::settle(Domain& domain, OutboundRow row) {
    auto errand = look_for(&domain, std::move(row));
    boost::asio::co_spawn(world_.executor, std::move(errand), boost::asio::detached);
}

boost::asio::awaitable<void> Delivery::look_for(Domain* domain, OutboundRow row) {
    port::SentStatus status;
    const port::Account* found = domain->accounts.find(row.account);
    auto message = port::decode_send_message(row.payload);
    if (found && message) {
        const port::Account account = *found;
        port::FindSent question{
            row.id, *std::move(message), row.own, row.provider, row.attempted_at};
        port::Query query(std::move(question));
        auto reply = co_await domain->transport->ask(account, std::move(query));
        if (reply && std::holds_alternative<port::SentStatus>(*reply))
            status = std::get<port::SentStatus>(*reply);
    }
    ended_one();
    looked(*domain, row, status);
}

/// Decides an ambiguous message after a look (sms.md §6.2).
void Delivery::looked(Domain& domain, const OutboundRow& row, const port::SentStatus& status) {
    using Answer = port::SentStatus::Answer;
    store::RecordOutcome op;
    op.now = world_.time.wall();
    op.transport = domain.name;
    op.attempt = row.attempts;
    op.outcome = port::Outcome(row.id, status.state);
    op.outcome.provider = row.provider;
    const auto age = op.now - row.attempted_at;
    const bool is_absent = status.answer == Answer::absent && row.looks >= 1;
    if (status.answer == Answer::found) {
        op.outcome.refs = status.refs;
        const bool has_failed =
            status.state == DeliveryState::undelivered || status.state == DeliveryState::failed;
        if (has_failed) op.outcome.failure = port::Failure(Reason::unreachable);
    } else if (is_absent || (status.answer == Answer::unknown && age >= ambiguity_blocks && domain.resend_ambiguous)) {
        op.outcome.state = DeliveryState::queued;
        op.retry_at = op.now;
    } else if (status.answer == Answer::unknown && age >= ambiguity_blocks) {
        op.outcome.state = DeliveryState::failed;
        op.outcome.failure = port::Failure(Reason::unknown_outcome);
    } else {
        op.outcome.state = DeliveryState::ambiguous;
        op.looks = row.looks + (status.answer == Answer::absent ? 1 : 0);
        op.retry_at = status.answer == Answer::absent ? op.now + status.settle
                                                      : row.attempted_at + ambiguity_blocks;
        // What would block its conversation for longer than that is parked: the line moves.
        op.frees_lane = *op.retry_at - row.attempted_at > ambiguity_blocks;
    }
    // An id that another message already has is not this one: it is the next of those that were
    // found, or the look found nothing.
    auto taken = [this, &domain, row, status] {
        port::SentStatus other = status;
        other.state = DeliveryState::accepted;
        other.refs.clear();
        if (other.others.empty()) {
            other.answer = Answer::absent;
        } else {
            other.refs.push_back(std::move(other.others.front()));
            other.others.erase(other.others.begin());
        }
        looked(domain, row, other);
    };
    record(domain, row.own, std::move(op), {}, std::move(taken));
}

void Delivery::sweep() {
    if (is_stopping_) return;
    store::SweepOutbound op;
    op.now = world_.time.wall();
    op.unconfirmed_before = op.now - unconfirmed_after;
    world_.store.write(std::move(op), [this](Result<store::SweepOutbound::Answer> answer) {
        const bool has_more = answer && answer->more;
        world_.scheduler.at(
            world_.time.now() +
                (has_more ? std::chrono::seconds(0) : std::chrono::seconds(sweep_every)),
            [this] { sweep(); }
        );
        if (!answer) return;
        for (const OutboundRow& row : answer->ended)
            ledger_.moved(row.transport, DeliveryState::queued, row.state);
        for (store::InboxRow& row : answer->shown) arrivals_.offer(std::move(row));
        if (answer->next_due) look_at(*answer->next_due);
    });
}

}  // namespace sallyport::core
