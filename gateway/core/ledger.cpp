// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/ledger.hpp"

#include <string_view>

namespace sallyport::core {
namespace {

using port::DeliveryState;
using Result = Ledger::Result;

constexpr std::array<std::string_view, Ledger::results> names{
    "taken", "delivered", "unconfirmed", "failed", "expired", "duplicate", "refused"};
constexpr std::string_view help =
    "messages by what became of them; taken is the sum of the others and of the open ones";

Result result_of(DeliveryState state) {
    switch (state) {
        case DeliveryState::delivered:
            return Result::delivered;
        case DeliveryState::unconfirmed:
            return Result::unconfirmed;
        case DeliveryState::expired:
            return Result::expired;
        default:
            return Result::failed;
    }
}

}  // namespace

bool is_final(DeliveryState state) {
    return state >= DeliveryState::unconfirmed;
}

Ledger::Row& Ledger::row(const std::string& domain) {
    auto [at, made] = rows_.try_emplace(domain);
    if (!made) return at->second;
    for (std::size_t i = 0; i < results; ++i) {
        const Metrics::Labels labels{{"transport", domain}, {"result", std::string(names[i])}};
        Metrics::Labels out = labels, in = labels;
        out["direction"] = "out";
        in["direction"] = "in";
        at->second.out[i] = &metrics_.counter("messages_total", std::move(out), help);
        at->second.in[i] = &metrics_.counter("messages_total", std::move(in), help);
    }
    metrics_.on_expose([this, domain] {
        for (const auto& [direction, word] :
             {std::pair(Direction::out, "out"), {Direction::in, "in"}})
            metrics_
                .gauge(
                    "messages_open",
                    {{"transport", domain}, {"direction", word}},
                    "messages that have not ended"
                )
                .set(static_cast<double>(open(domain, direction)));
    });
    return at->second;
}

void Ledger::out(const std::string& domain, Result result, std::uint64_t n) {
    row(domain).out[static_cast<std::size_t>(result)]->add(n);
}

void Ledger::in(const std::string& domain, Result result, std::uint64_t n) {
    row(domain).in[static_cast<std::size_t>(result)]->add(n);
}

void Ledger::moved(const std::string& domain, DeliveryState from, DeliveryState to) {
    if (is_final(from)) {
        // A better word came late (delivered after undelivered): the message has ended already and
        // ends but once.
        if (from != to)
            metrics_
                .counter(
                    "late_reports_total",
                    {{"transport", domain}},
                    "reports that corrected an ended message"
                )
                .add();
        return;
    }
    if (is_final(to)) out(domain, result_of(to));
}

std::uint64_t Ledger::value(const std::string& domain, Result result, Direction direction) const {
    auto at = rows_.find(domain);
    if (at == rows_.end()) return 0;
    const auto& counters = direction == Direction::out ? at->second.out : at->second.in;
    return counters[static_cast<std::size_t>(result)]->value();
}

std::uint64_t Ledger::open(const std::string& domain, Direction direction) const {
    std::uint64_t ended = 0;
    for (std::size_t i = 1; i < results; ++i)
        ended += value(domain, static_cast<Result>(i), direction);
    return value(domain, Result::taken, direction) - ended;
}

}  // namespace sallyport::core
