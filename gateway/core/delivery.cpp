// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/delivery.hpp"

#include <algorithm>
#include <utility>

#include "gateway/core/delivery_seconds.hpp"
#include "gateway/core/guard.hpp"
#include "gateway/port/codec.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::core {
namespace {

using port::DeliveryState;
using port::FailureClass;
using port::Reason;
using store::OutboundRow;

/// How long a callback may prove an ambiguous attempt before the network is asked (sms.md §6.2).
constexpr std::chrono::seconds first_look{45};

/// Full-jitter back-off would want randomness; the lanes' own spread is enough: 1 s, 2 s, 4 s … 5
/// min.
std::chrono::milliseconds back_off(int attempt) {
    const int doublings = std::clamp(attempt - 1, 0, 9);
    return std::min<std::chrono::milliseconds>(
        std::chrono::seconds(1) * (1 << doublings), std::chrono::minutes(5)
    );
}

OutboundRow make_row(const Domain& domain, const Dispatch& dispatch, WallTime now) {
    OutboundRow row;
    row.id.text = make_ulid(now);
    row.transport = domain.name;
    row.account = dispatch.account;
    row.user = std::string(dispatch.from.bare_view());
    row.own = dispatch.own;
    row.peer = dispatch.message.to.text;
    row.from = dispatch.from.str();
    row.stanza_id = dispatch.stanza_id;
    row.wants_receipt = dispatch.wants_receipt && !dispatch.stanza_id.empty();
    row.payload = port::encode(dispatch.message);
    row.preview = truncate_characters(dispatch.message.text, 40);
    row.accepted_at = now;
    row.deadline = now + domain.message_ttl;
    return row;
}

std::string guard_of(const Dispatch& dispatch) {
    if (dispatch.unique_id.empty()) return {};
    return duplicate_guard(
        dispatch.from.bare_view(),
        dispatch.message.to.text,
        dispatch.unique_id,
        dispatch.message.text
    );
}

}  // namespace

Delivery::Delivery(World& world, Arrivals& arrivals, Ledger& ledger)
    : world_(world), arrivals_(arrivals), ledger_(ledger) {}

void Delivery::add(Domain& domain) {
    domains_[domain.name] = &domain;
}

void Delivery::remove(Domain& domain) {
    domains_.erase(domain.name);
}

WallTime Delivery::to_wall(std::chrono::steady_clock::time_point when) const {
    return world_.time.wall() +
           std::chrono::ceil<std::chrono::milliseconds>(when - world_.time.now());
}

/// Takes a sending slot and a place among the running attempts. Nothing: not now; `not_before` says
/// when to look again.
std::optional<std::string> Delivery::reserve(
    Domain& domain, const std::string& own, std::optional<WallTime>& not_before
) {
    const WallTime now = world_.time.wall();
    if (is_stopping_) return std::nullopt;
    if (starts_nothing(domain, own)) {
        not_before = now + held_pause;
        return std::nullopt;
    }
    if (running_ >= max_running) {
        has_backlog_ = true;
        return std::nullopt;
    }
    auto route = domain.transport->route(own);
    if (!route) {
        not_before = now + held_pause;
        return std::nullopt;
    }
    if (!domain.transport->reserve(own)) {
        not_before = std::max(to_wall(route->next_slot), now);
        return std::nullopt;
    }
    ++running_;
    return route->provider;
}

void Delivery::unreserve(Domain& domain, const std::string& own) {
    domain.transport->refund(own);
    ended_one();
}

void Delivery::take(Domain& domain, Dispatch dispatch, std::function<void()> refused) {
    const WallTime now = world_.time.wall();
    ledger_.out(domain.name, Ledger::Result::taken);
    store::TakeOutbound op;
    op.now = now;
    op.guard = guard_of(dispatch);
    op.message = make_row(domain, dispatch, now);
    op.start = reserve(domain, dispatch.own, op.not_before);
    const bool wants_start = op.start.has_value();
    const WallTime look = op.not_before.value_or(now);
    Start start{op.message.id.text, dispatch.own, dispatch.account, 1};
    world_.store.write(
        std::move(op),
        [this,
         &domain,
         start = std::move(start),
         wants_start,
         look,
         message = std::move(dispatch.message),
         refused = std::move(refused)](Result<store::TakeOutbound::Answer> answer) mutable {
            if (wants_start && !(answer && answer->started)) unreserve(domain, start.own);
            if (!answer) {
                ledger_.out(domain.name, Ledger::Result::refused);
                world_.log.error(
                    "message.refused",
                    {{"domain", domain.name}, {"why", answer.error().to_string()}}
                );
                return refused();
            }
            if (answer->duplicate) return ledger_.out(domain.name, Ledger::Result::duplicate);
            start.place = answer->place;
            if (answer->started)
                begin(domain, start, std::move(message));
            else if (!wants_start)
                look_at(look);
        }
    );
}

void Delivery::hop(
    Domain& domain, const Dispatch& dispatch, const port::Account& to, std::function<void()> refused
) {
    const WallTime now = world_.time.wall();
    ledger_.out(domain.name, Ledger::Result::taken);
    store::LocalHop op;
    op.out.now = now;
    op.out.guard = guard_of(dispatch);
    op.out.message = make_row(domain, dispatch, now);
    port::MessageReceived shown(
        port::Address(dispatch.own), to.own_address, {}, dispatch.message.text
    );
    shown.attachments = dispatch.message.attachments;
    // One id for both rows: the receipt of the other client names it, and so finds the sender's
    // row.
    op.in.id = op.out.message.id.text;
    op.in.transport = domain.name;
    op.in.user = to.user.text;
    op.in.own = to.own_address;
    op.in.peer = dispatch.own;
    op.in.payload = port::encode(shown);
    op.in.received_at = now;
    world_.store.write(
        std::move(op),
        [this, &domain, refused = std::move(refused)](Result<store::LocalHop::Answer> answer) {
            if (!answer) {
                ledger_.out(domain.name, Ledger::Result::refused);
                return refused();
            }
            if (answer->duplicate) return ledger_.out(domain.name, Ledger::Result::duplicate);
            ledger_.in(domain.name, Ledger::Result::taken);
            arrivals_.offer(answer->row);
        }
    );
}

void Delivery::hop_received(Domain& domain, const port::Account& by, std::string id) {
    store::FindOutbound query{port::OutId{std::move(id)}};
    world_.store.read(
        std::move(query),
        [this, &domain, own = by.own_address](Result<store::FindOutbound::Answer> answer) {
            // Only the receiver of that very text may say that it came.
            if (!answer || !answer->row || answer->row->peer != own ||
                answer->row->transport != domain.name || !answer->row->provider.empty())
                return;
            port::Outcome outcome(answer->row->id, DeliveryState::delivered);
            report(domain, std::move(outcome), [](const Result<port::Accepted>&) {});
        }
    );
}

void Delivery::begin(Domain& domain, const OutboundRow& row) {
    const Start start{row.id.text, row.own, row.account, row.attempts, {row.row, row.lane}};
    auto message = port::decode_send_message(row.payload);
    if (message) return begin(domain, start, *std::move(message));
    port::Outcome outcome(row.id, DeliveryState::failed);
    outcome.failure = port::Failure(Reason::bad_request, message.error().to_string());
    attempts_[row.id.text] = {row.own, start.place};
    attempted(domain, row.attempts, std::move(outcome));
}

void Delivery::begin(Domain& domain, const Start& start, port::SendMessage message) {
    attempts_[start.id] = {start.own, start.place};
    port::Outcome outcome(port::OutId{start.id}, DeliveryState::accepted);
    const port::Account* account = domain.accounts.find(start.account);
    if (!account) {
        outcome.failure =
            port::Failure(Reason::refused_by_policy, "the sender is no longer registered");
        return attempted(domain, start.attempt, std::move(outcome));
    }
    if (starts_nothing(domain, start.own)) {  // since the attempt was written
        outcome.failure = port::Failure(Reason::suspended);
        return attempted(domain, start.attempt, std::move(outcome));
    }
    if (start.attempt > 1)
        world_.metrics
            .counter("delivery_retries_total", {{"transport", domain.name}}, "repeated attempts")
            .add();
    port::Submitted submitted = domain.transport->submit(
        *account, port::OutId{start.id}, start.attempt, std::move(message)
    );
    if (std::holds_alternative<port::Pending>(submitted)) return;
    if (auto* failure = std::get_if<port::Failure>(&submitted))
        outcome.failure = std::move(*failure);
    if (auto* done = std::get_if<port::Done>(&submitted)) {
        outcome.refs = std::move(done->refs);
        outcome.state = done->state;
    }
    attempted(domain, start.attempt, std::move(outcome));
}

/// What the result of an attempt means for its row: the table of sms.md §6.1(3).
store::RecordOutcome Delivery::classify(Domain& domain, int attempt, port::Outcome outcome) const {
    store::RecordOutcome op;
    op.now = world_.time.wall();
    op.transport = domain.name;
    op.attempt = attempt;
    if (outcome.failure) {
        const port::Failure& failure = *outcome.failure;
        switch (failure.failure_class()) {
            case FailureClass::permanent:
                outcome.state = DeliveryState::failed;
                break;
            case FailureClass::retryable:
                outcome.state = DeliveryState::queued;
                op.retry_at =
                    op.now + std::max(
                                 back_off(attempt),
                                 failure.retry_after.value_or(std::chrono::milliseconds(0))
                             );
                break;
            case FailureClass::held:
                outcome.state = DeliveryState::queued;
                op.retry_at = op.now + held_pause;
                break;
            case FailureClass::ambiguous:
                outcome.state = DeliveryState::ambiguous;
                op.retry_at = op.now + first_look;
                break;
        }
    }
    op.outcome = std::move(outcome);
    return op;
}

void Delivery::attempted(Domain& domain, int attempt, port::Outcome outcome) {
    if (!outcome.id) return;
    auto running = attempts_.extract(outcome.id->text);
    if (running.empty())
        return;  // told twice: a bug of the transport that must not count twice here
    ended_one();
    if (outcome.failure)
        world_.log.info(
            "attempt.failed",
            {{"domain", domain.name},
             {"id", outcome.id->text},
             {"attempt", attempt},
             {"reason", port::to_string(outcome.failure->reason)},
             {"code", outcome.failure->code}}
        );
    auto op = classify(domain, attempt, std::move(outcome));
    op.place = running.mapped().place;
    record(domain, std::move(running.mapped().own), std::move(op));
}

void Delivery::report(
    Domain& domain, port::Outcome outcome, std::function<void(Result<port::Accepted>)> done
) {
    store::RecordOutcome op;
    op.now = world_.time.wall();
    op.transport = domain.name;
    const bool has_failed =
        outcome.state == DeliveryState::undelivered || outcome.state == DeliveryState::failed;
    if (has_failed && !outcome.failure) outcome.failure = port::Failure(Reason::unreachable);
    op.outcome = std::move(outcome);
    record(domain, {}, std::move(op), std::move(done));
}

/// Writes an outcome. When it may free the lane, the lane's next message starts in the same commit.
void Delivery::record(
    Domain& domain,
    std::string own,
    store::RecordOutcome op,
    Told done,
    std::function<void()> refs_taken
) {
    const bool may_free = op.outcome.state != DeliveryState::queued &&
                          (op.outcome.state != DeliveryState::ambiguous || op.frees_lane);
    if (may_free && !own.empty()) op.start_next = reserve(domain, own, op.next_not_before);
    const bool is_reserved = op.start_next.has_value();
    // Kept for the case that the disk is full: an outcome that we know must not be forgotten.
    auto again = std::make_shared<store::RecordOutcome>(op);
    world_.store.write(
        std::move(op),
        [this,
         &domain,
         own = std::move(own),
         is_reserved,
         again,
         done = std::move(done),
         refs_taken = std::move(refs_taken)](Result<store::RecordOutcome::Answer> answer) mutable {
            if (is_reserved && !(answer && answer->next)) unreserve(domain, own);
            if (answer && answer->refs_taken && refs_taken) return refs_taken();
            if (answer) {
                const bool is_news = answer->found && answer->changed;
                recorded(domain, *std::move(answer));
                if (done) done(is_news ? port::Accepted::stored : port::Accepted::duplicate);
                return;
            }
            if (done) return done(answer.error());  // not acknowledged upstream: it comes again
            again->start_next.reset();
            world_.scheduler.at(
                world_.time.now() + std::chrono::seconds(1),
                [this, &domain, own, again, refs_taken = std::move(refs_taken)] {
                    record(domain, own, std::move(*again), {}, refs_taken);
                }
            );
        }
    );
}

void Delivery::recorded(Domain& domain, store::RecordOutcome::Answer answer) {
    if (answer.changed) {
        ledger_.moved(domain.name, answer.previous, answer.state);
        if (answer.state == DeliveryState::delivered)
            observe_delivery(
                world_.metrics,
                domain.name,
                "out",
                answer.message->changed_at - answer.message->accepted_at
            );
    }
    if (answer.shown) arrivals_.offer(*std::move(answer.shown));
    if (answer.next) begin(domain, *answer.next);
    if (answer.next_due) look_at(*answer.next_due);
}

void Delivery::ended_one() {
    --running_;
    if (has_backlog_ && running_ < max_running / 2) claim();
    if (drained_ && running_ == 0) std::exchange(drained_, nullptr)();
}

void Delivery::ended(Domain& domain, const std::vector<store::InboxRow>& shown) {
    for (const store::InboxRow& row : shown) {
        ledger_.moved(domain.name, DeliveryState::queued, DeliveryState::failed);
        arrivals_.offer(row);
    }
}

void Delivery::drain(std::function<void()> drained) {
    is_stopping_ = true;
    world_.scheduler.cancel(claim_timer_);
    if (running_ == 0) return drained();
    drained_ = std::move(drained);
}

}  // namespace sallyport::core
