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

// A conflict means that another instance serves the domain: never sooner than 30 s.
Waits waits_of_component(LinkFault fault) {
    switch (fault) {
        case LinkFault::refused:
            return {milliseconds(5'000), milliseconds(300'000), 1.0, 1.2};
        case LinkFault::conflict:
        case LinkFault::busy:
            return {milliseconds(30'000), milliseconds(300'000), 1.0, 1.2};
        case LinkFault::unreachable:
        case LinkFault::lost:
            return {milliseconds(1'000), milliseconds(30'000), 0.8, 1.2};
        case LinkFault::stopped:
            break;
    }
    return {milliseconds(0), milliseconds(0), 1.0, 1.0};
}

// RFC 6120 §3.3: at first somewhere within a minute. A wrong password is wrong the next time too,
// and two sessions that want one place would throw each other out for ever: those wait for a
// person.
Waits waits_of_client(LinkFault fault) {
    switch (fault) {
        case LinkFault::unreachable:
        case LinkFault::lost:
            return {milliseconds(60'000), milliseconds(600'000), 0.01, 1.0};
        case LinkFault::busy:
            return {milliseconds(120'000), milliseconds(1'800'000), 0.5, 1.0};
        case LinkFault::refused:
        case LinkFault::conflict:
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
    const Waits waits =
        kind_ == LinkKind::client ? waits_of_client(fault) : waits_of_component(fault);
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

}  // namespace sallyport::net
