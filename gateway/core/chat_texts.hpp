// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "gateway/core/world.hpp"
#include "gateway/store/store.hpp"

/// The longer answers of the chat commands. Pure.
namespace sallyport::core {

/// "2027-01-15 08:00 UTC".
std::string build_minute(WallTime time);
/// One message of `why`: when, to whom, what became of it, in the network's own words.
std::string build_why_line(const store::OutboundRow& row);
/// What a registered user should know: number, provider, what waits. `open`: their messages that
/// have not ended.
std::string build_status(
    const Domain& domain, const port::Account& account, const std::vector<store::OutboundRow>& open
);
/// For admins: messages by transport and state.
std::string build_queue(const store::Counts::Answer& counts);

}  // namespace sallyport::core
