// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "config/config.hpp"
#include "gateway/port/context.hpp"
#include "gateway/port/transport.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::sms {

/// Texts to and from phones, through providers' HTTP APIs. REQUIRES: `context` outlives it.
std::unique_ptr<port::Transport> make_sms_transport(
    const config::SmsConfig& config, port::Context& context
);

/// Takes changed credentials, limits, numbers, countries and descriptions. Messages that run now
/// end as they began; webhooks signed with the credentials before are still believed. REQUIRES:
/// made by make_sms_transport.
void reload(port::Transport& transport, const config::SmsConfig& config);

}  // namespace sallyport::sms
