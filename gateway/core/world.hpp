// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "config/config.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/scheduler.hpp"
#include "gateway/core/accounts.hpp"
#include "gateway/core/limits.hpp"
#include "gateway/port/transport.hpp"
#include "gateway/store/store.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::core {

/// Where stanzas of one domain leave: a component link, later the local hub. Order is kept.
class StanzaSink {
  public:
    virtual ~StanzaSink() = default;
    /// False: not connected or full, the stanza was not taken. Error: the egress guard refused this
    /// stanza for good.
    virtual Result<bool> send(const xmpp::Stanza& stanza) = 0;
};

/// What the rooms of the core share: given at construction, outlives them all. One network thread.
struct World {
    store::Store& store;
    const TimeSource& time;
    Scheduler& scheduler;
    const Log& log;
    Metrics& metrics;
    boost::asio::any_io_executor executor;
    const config::Config* config;  ///< replaced by a reload; never null
    std::string node;              ///< of this process: in IQ and barrier ids, "n0" today

    bool is_admin(const xmpp::Jid& jid) const { return config->is_admin(jid.bare()); }
    bool may_use(const xmpp::Jid& jid) const {
        return is_admin(jid) || config->role_of(jid.bare()) == config::Role::user;
    }
};

/// One transport's domain as the core sees it.
struct Domain {
    std::string name;  ///< "sms.example.org"
    xmpp::Jid jid;
    std::string title;  ///< shown to people: "SMS"
    port::Transport* transport = nullptr;
    StanzaSink* sink = nullptr;
    AccountBook accounts;
    std::vector<xmpp::Jid> vhosts;  ///< of the host; the first is pinged for the ack barrier
    Buckets user_limit;
    Buckets peer_limit;
    bool resend_ambiguous = false;
    std::chrono::hours message_ttl{24};
    bool is_up = false;
    bool is_removed = false;  ///< by a reload: finishes what runs, takes nothing new

    /// Sends a stanza. False: the link has no room, or is down. Error: the egress guard refused it
    /// for good, which is logged and counted here.
    Result<bool> offer(const xmpp::Stanza& stanza, const World& world);
    /// The same for what may be dropped when the guard refuses it: true, nobody should try again.
    bool send(const xmpp::Stanza& stanza, const World& world);
};

}  // namespace sallyport::core
