// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/matrix.hpp"

#include <array>
#include <cstddef>

namespace sallyport::server {
namespace {

using enum Fate;

constexpr std::size_t type_count = 5;
/// By type: normal, chat, groupchat, headline, error.
using Line = std::array<Fate, type_count>;
/// By aim: bare, match, no_match.
using Block = std::array<Line, 3>;

// Where the RFC leaves a choice (S/E): an error, which tells the sender something, but for
// headlines and errors. `no_account` must look as `none` does (xmpp.md A16): what would be kept for
// an account is swallowed without one; see Hub.
constexpr Line to_match{deliver, deliver, deliver, deliver, deliver};
constexpr Block nobody{{
    {keep, keep, bounce, ignore, ignore},
    to_match,
    {bounce, keep, bounce, ignore, ignore},
}};
constexpr Block somebody{{
    {best, best, bounce, all, ignore},
    to_match,
    {bounce, best, bounce, ignore, ignore},
}};
constexpr std::array<Block, 4> table{nobody, nobody, nobody, somebody};

}  // namespace

Fate fate_of(Reach reach, Aim aim, xmpp::StanzaType type) {
    // Messages' types come first in StanzaType, in the order of a Line, and error comes last.
    const auto column =
        type == xmpp::StanzaType::error ? type_count - 1 : static_cast<std::size_t>(type);
    return table[static_cast<std::size_t>(reach)][static_cast<std::size_t>(aim)][column];
}

}  // namespace sallyport::server
