// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/backoff.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace sallyport::net {
namespace {

using std::chrono::milliseconds;

struct Waits {
    milliseconds first;
    milliseconds longest;
    double least;  ///< jitter: from this share of the wait…
    double most;   ///< …to this one
};

// gateway.md §2.1. A conflict means that another instance serves the domain: never sooner than 30
// s.
Waits waits_of(LinkFault fault) {
    switch (fault) {
        case LinkFault::refused:
            return {milliseconds(5'000), milliseconds(300'000), 1.0, 1.2};
        case LinkFault::conflict:
            return {milliseconds(30'000), milliseconds(300'000), 1.0, 1.2};
        case LinkFault::unreachable:
        case LinkFault::lost:
            return {milliseconds(1'000), milliseconds(30'000), 0.8, 1.2};
        case LinkFault::stopped:
            break;
    }
    return {milliseconds(0), milliseconds(0), 1.0, 1.0};
}

struct Word {
    std::string_view reason;
    LinkFault fault;
};

// Words that waiting alone does not mend; all others are passing.
constexpr std::array words{
    Word{"not-authorized", LinkFault::refused},
    Word{"host-unknown", LinkFault::refused},
    Word{"host-gone", LinkFault::refused},
    Word{"invalid-from", LinkFault::refused},
    Word{"invalid-namespace", LinkFault::refused},
    Word{"unsupported-version", LinkFault::refused},
    Word{"see-other-host", LinkFault::refused},
    Word{"conflict", LinkFault::conflict},
};

}  // namespace

milliseconds Backoff::next(LinkFault fault, double random) {
    in_a_row_ = fault == last_ ? in_a_row_ + 1 : 0;
    last_ = fault;
    const Waits waits = waits_of(fault);
    const milliseconds grown = waits.first * (1LL << std::min(in_a_row_, 16U));
    const double share = waits.least + (waits.most - waits.least) * random;
    const auto wait = static_cast<double>(std::min(grown, waits.longest).count());
    return milliseconds(std::llround(wait * share));
}

void Backoff::was_up(milliseconds how_long) {
    if (how_long >= std::chrono::minutes(1)) last_ = LinkFault::stopped;
}

LinkFault fault_of(std::string_view reason) {
    const auto* const found =
        std::find_if(words.begin(), words.end(), [&](const Word& w) { return w.reason == reason; });
    return found == words.end() ? LinkFault::lost : found->fault;
}

std::string_view to_string(LinkState state) {
    constexpr std::array<std::string_view, 6> names{
        "idle", "connecting", "up", "waiting", "stopping", "stopped"};
    return names[static_cast<std::size_t>(state)];
}

std::string_view to_string(LinkFault fault) {
    constexpr std::array<std::string_view, 5> names{
        "refused", "conflict", "unreachable", "lost", "stopped"};
    return names[static_cast<std::size_t>(fault)];
}

}  // namespace sallyport::net
