// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/number_book.hpp"

#include <utility>

namespace sallyport::sms {

NumberBook::Known& NumberBook::find(std::string_view e164) {
    std::string key(e164);
    if (const auto found = young_.find(key); found != young_.end()) return found->second;
    if (young_.size() >= most_) old_ = std::exchange(young_, {});
    Known known;
    if (auto before = old_.extract(key)) known = std::move(before.mapped());
    return young_.emplace(std::move(key), std::move(known)).first->second;
}

port::Answer<Peer> NumberBook::parse(std::string_view typed, std::string_view region) {
    if (kind_of(typed) != PeerKind::number || typed.size() > 16) return parse_peer(typed, region);
    if (find(typed).is_possible) return Peer(std::string(typed), PeerKind::number);
    auto peer = parse_peer(typed, region);
    // Only fixed points: another spelling of a number must stay recognisable as one.
    if (peer && peer->text == typed) find(typed).is_possible = true;
    return peer;
}

std::string NumberBook::region(std::string_view e164) {
    Known& known = find(e164);
    if (known.region.empty()) known.region = region_of(e164);
    return known.region;
}

}  // namespace sallyport::sms
