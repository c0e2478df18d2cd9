// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/subscription.hpp"

#include <array>
#include <cstddef>

namespace sallyport::server {
namespace {

/// What one stanza does to the bits of an item. Written as rows over the nine states of Appendix
/// A.1, so that they can be held against the RFC's tables line by line.
enum class State : std::uint8_t {
    none,
    none_out,
    none_in,
    none_out_in,
    to,
    to_in,
    from,
    from_out,
    both
};
constexpr std::size_t state_count = 9;

constexpr std::array<Subscription, state_count> bits_of{{
    {},
    {.pending_out = true},
    {.pending_in = true},
    {.pending_out = true, .pending_in = true},
    {.to = true},
    {.to = true, .pending_in = true},
    {.from = true},
    {.from = true, .pending_out = true},
    {.to = true, .from = true},
}};

State state_of(const Subscription& now) {
    if (now.to && now.from) return State::both;
    if (now.from) return now.pending_out ? State::from_out : State::from;
    if (now.to) return now.pending_in ? State::to_in : State::to;
    if (now.pending_out) return now.pending_in ? State::none_out_in : State::none_out;
    return now.pending_in ? State::none_in : State::none;
}

using enum State;

/// One stanza: the next state for each state, and whether it passes ('y'): outbound is routed,
/// inbound is delivered.
struct Row {
    std::array<State, state_count> next;
    std::string_view passes;
};
using Table = std::array<Row, 4>;  ///< subscribe, subscribed, unsubscribe, unsubscribed

/// RFC 6121 Tables 2, 4, 3 and 5.
constexpr Table outbound{{
    {{none_out, none_out, none_out_in, none_out_in, to, to_in, from_out, from_out, both},
     "yyyyyyyyy"},
    {{none, none_out, from, from_out, to, both, from, from_out, both}, "--yy-y---"},
    {{none, none, none_in, none_in, none, none_in, from, from, from}, "yyyyyyyyy"},
    {{none, none_out, none, none_out, to, to, none, none_out, to}, "--yy-yyyy"},
}};

/// RFC 6121 Tables 6, 8, 7 and 9.
constexpr Table inbound{{
    {{none_in, none_out_in, none_in, none_out_in, to_in, to_in, from, from_out, both}, "yy--y----"},
    {{none, to, none_in, to_in, to, to_in, from, both, both}, "-y-y---y-"},
    {{none, none_out, none, none_out, to, to, none, none_out, to}, "--yy-yyyy"},
    {{none, none, none_in, none_in, none, none_in, from, from, from}, "-y-yyy-yy"},
}};

/// Clients see `subscription`, `ask` and `approved`; a request that waits is not shown to them.
bool is_seen(const Subscription& before, const Subscription& after) {
    return before.to != after.to || before.from != after.from ||
           before.pending_out != after.pending_out || before.approved != after.approved;
}

SubscriptionStep look_up(const Table& table, const Subscription& now, SubscriptionVerb verb) {
    const Row& row = table[static_cast<std::size_t>(verb)];
    const auto state = static_cast<std::size_t>(state_of(now));
    SubscriptionStep step;
    step.next = bits_of[static_cast<std::size_t>(row.next[state])];
    step.next.approved = now.approved;
    step.route = row.passes[state] == 'y';
    return step;
}

/// What both directions have in common: who begins or ceases to get our presence.
void conclude(SubscriptionStep& step, const Subscription& before) {
    step.push = is_seen(before, step.next);
    step.announces = step.next.from && !before.from;
    step.hides = before.from && !step.next.from;
}

}  // namespace

std::string_view Subscription::word() const {
    if (to) return from ? "both" : "to";
    return from ? "from" : "none";
}

SubscriptionStep step_outbound(Subscription now, SubscriptionVerb verb) {
    SubscriptionStep step = look_up(outbound, now, verb);
    // §3.4.2: approving what was not asked for yet approves it in advance.
    if (verb == SubscriptionVerb::subscribed && !now.from && !now.pending_in)
        step.next.approved = true;
    if (verb == SubscriptionVerb::unsubscribed) step.next.approved = false;
    conclude(step, now);
    return step;
}

SubscriptionStep step_inbound(Subscription now, SubscriptionVerb verb) {
    SubscriptionStep step = look_up(inbound, now, verb);
    if (verb == SubscriptionVerb::subscribe) {
        if (now.approved && !now.from) {  // §3.4.2: granted in the user's name, not shown to them
            step.next = now;
            step.next.from = true;
            step.next.pending_in = step.next.approved = false;
            step.route = false;
        }
        step.answer = step.next.from;
        step.verb = SubscriptionVerb::subscribed;
    }
    if (verb == SubscriptionVerb::unsubscribe) {
        step.answer = step.route;
        step.verb = SubscriptionVerb::unsubscribed;
    }
    conclude(step, now);
    return step;
}

}  // namespace sallyport::server
