// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "xmpp/core/jid.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::server {

class Hub;

/// Ends an account for good, so that who takes its name later inherits nothing (A23): leaves the
/// transports (numbers go back to their pool), ends its sessions, tells its contacts, and erases
/// all that is stored of it. `done`: whether there was one; it runs when that is on disk, before
/// the sessions end, so that one of them can still be answered (XEP-0077 §3.2).
void remove_account(Hub& hub, const xmpp::Jid& bare, std::function<void(Result<bool>)> done);

}  // namespace sallyport::server
