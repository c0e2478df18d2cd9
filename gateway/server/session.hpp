// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

/// What became of a stanza that was given to a connection.
enum class Delivery : std::uint8_t {
    taken,
    over,     ///< not taken, and nothing will be: the stream ends, which is told on a later turn
    too_long  ///< not taken: longer than clients must accept
};

/// The connection under a session, as the hub sees it (a C2sSession; in tests a fake). Its calls
/// never lead back into the hub: that a connection ended is told on a later turn of the loop.
class SessionLink {
  public:
    virtual ~SessionLink() = default;
    /// Queues a stanza; one write per loop turn. With stream management it is kept until
    /// acknowledged.
    virtual Delivery deliver(const xmpp::Stanza& stanza) = 0;
    /// The hub ends this session, or gives it to another connection: end the stream with this
    /// error. The Session of this link is not to be used any more.
    virtual void close(const xmpp::StreamError& error) = 0;
    /// Directly after close(): what the peer has not acknowledged (XEP-0198), null without stream
    /// management.
    virtual std::unique_ptr<xmpp::Management> take_management() { return nullptr; }
    /// Little waits to be sent and acknowledged: who has much to deliver waits for that.
    virtual bool has_room() const { return true; }
};

/// What an archive held when it was looked at: the ids of its messages grow.
struct ArchiveSpan {
    std::string first, last;
    bool holds(std::string_view id) const { return first <= id && id <= last; }
};

/// Takes what no connection of the session takes.
class SessionKeeper {
  public:
    virtual ~SessionKeeper() = default;
    /// The connection is gone and may come back, or is about to end.
    virtual void keep(Session& session, const xmpp::Stanza& stanza) = 0;
    /// Tells whoever waits for it.
    virtual void refuse_long(Session& session, const xmpp::Stanza& stanza) = 0;
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
        const Delivery fate = link_ != nullptr ? link_->deliver(stanza) : Delivery::over;
        if (fate == Delivery::over) keeper_->keep(*this, stanza);
        if (fate == Delivery::too_long) keeper_->refuse_long(*this, stanza);
    }
    bool has_room() const {
        if (link_ != nullptr) return overflow_.empty() && link_->has_room();
        return management_ && management_->has_room();
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
    /// When a text last came to the account that this session did not get (Hub::note_takers): all
    /// that came later it has.
    TimePoint missed{};
    /// It finds this in the archive (XEP-0386 §4): that does not wait for it.
    std::optional<ArchiveSpan> reads_archive;
    const std::string client;  ///< user-agent id (XEP-0388), "" = unknown

  private:
    friend class Sessions;
    xmpp::Jid full_;
    AccountState* account_;
    SessionLink* link_;
    SessionKeeper* keeper_ = nullptr;
    std::string resume_id_;                         ///< XEP-0198, "" = cannot be resumed
    std::unique_ptr<xmpp::Management> management_;  ///< while hibernating
    std::vector<xmpp::Management::Waiting>
        overflow_;                ///< what it had no room for, and since when: its end is near
    std::size_t kept_bytes_ = 0;  ///< of management_, counted by Sessions
    Scheduler::Id timer_ = 0;     ///< while hibernating
};

}  // namespace sallyport::server
