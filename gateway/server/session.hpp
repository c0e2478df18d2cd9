// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/scheduler.hpp"
#include "xmpp/core/jid.hpp"
#include "xmpp/core/stanza.hpp"
#include "xmpp/stream/management.hpp"
#include "xmpp/stream/stream_error.hpp"

namespace sallyport::server {

class AccountState;
class Session;

/// The connection under a session, as the hub sees it (a C2sSession; in tests a fake). Its calls
/// never lead back into the hub: that a connection ended is told on a later turn of the loop.
class SessionLink {
  public:
    virtual ~SessionLink() = default;
    /// Queues a stanza; one write per loop turn. With stream management it is kept until
    /// acknowledged.
    virtual void deliver(const xmpp::Stanza& stanza) = 0;
    /// The hub ends this session, or gives it to another connection: end the stream with this
    /// error. The Session of this link is not to be used any more.
    virtual void close(const xmpp::StreamError& error) = 0;
    /// Directly after close(): what the peer has not acknowledged (XEP-0198), null without stream
    /// management.
    virtual std::unique_ptr<xmpp::Management> take_management() { return nullptr; }
    /// What the peer has not taken yet: who has much to deliver waits until it is little.
    virtual std::size_t unsent_bytes() const { return 0; }
};

/// Takes what is delivered to a session whose connection is gone and may come back.
class SessionKeeper {
  public:
    virtual ~SessionKeeper() = default;
    virtual void keep(Session& session, const xmpp::Stanza& stanza) = 0;
};

/// One bound resource as the hub sees it. Made by Hub::bind, gone with Hub::unbind (or,
/// hibernating, when its time is over). Services read it and set what is theirs.
class Session {
  public:
    Session(xmpp::Jid full, AccountState& account, SessionLink& link, std::string client_id)
        : client(std::move(client_id)), full_(std::move(full)), account_(&account), link_(&link) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    const xmpp::Jid& full() const { return full_; }
    AccountState& account() const { return *account_; }
    /// Null while the connection is gone and may come back (XEP-0198 §5).
    SessionLink* link() const { return link_; }
    void deliver(const xmpp::Stanza& stanza) {
        link_ != nullptr ? link_->deliver(stanza) : keeper_->keep(*this, stanza);
    }

    bool is_available() const { return presence != nullptr; }
    /// Takes messages to the bare JID: available with priority >= 0 (RFC 6121 §8.5.2.1).
    bool takes_messages() const { return presence != nullptr && priority >= 0; }

    std::unique_ptr<xmpp::Stanza> presence;  ///< the last broadcast one, null = unavailable
    /// To whom presence was directed (RFC 6121 §4.6): they must hear when it ends.
    std::vector<xmpp::Jid> directed;
    std::int8_t priority = 0;
    bool is_interested = false;    ///< asked for the roster (RFC 6121 §2.2): gets pushes
    bool wants_carbons = false;    ///< XEP-0280
    bool wants_blocklist = false;  ///< asked for it: gets pushes (XEP-0191)
    bool is_inactive = false;      ///< XEP-0352
    const std::string client;      ///< user-agent id (XEP-0388), "" = unknown

  private:
    friend class Sessions;
    xmpp::Jid full_;
    AccountState* account_;
    SessionLink* link_;
    SessionKeeper* keeper_ = nullptr;
    std::string resume_id_;                         ///< XEP-0198, "" = cannot be resumed
    std::unique_ptr<xmpp::Management> management_;  ///< while hibernating
    std::vector<xmpp::Stanza> overflow_;            ///< what it had no room for
    Scheduler::Id timer_ = 0;
};

}  // namespace sallyport::server
