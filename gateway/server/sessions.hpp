// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <boost/system/result.hpp>

#include "gateway/server/account_state.hpp"
#include "gateway/server/session.hpp"
#include "xmpp/stream/server_stream.hpp"

namespace sallyport::server {

class Hub;

/// Called once with the session, or why there is none (RFC 6120 §7.6.2, 7.7.2).
using BindDone = std::function<void(boost::system::result<Session*, xmpp::StanzaError>)>;
/// A session that goes on over another connection.
struct Resumption {
    Session* session;
    xmpp::Resumed resumed;
};
using ResumeAnswer = std::variant<Resumption, xmpp::NotResumed>;
using ResumeDone = std::function<void(ResumeAnswer)>;

/// The life of sessions: bound, ended, hibernating while their connection may come back (XEP-0198
/// §5), resumed. Owns them.
class Sessions final : public SessionKeeper {
  public:
    static constexpr std::size_t max_hibernating = 20'000;  ///< of all accounts together
    static constexpr std::size_t max_remembered = 4'096;    ///< counts of sessions that are gone

    explicit Sessions(Hub& hub) : hub_(hub) {}

    void bind(SessionLink& link, const xmpp::AskBind& ask, BindDone done);
    void abandon(SessionLink& link) { asking_.erase(&link); }
    void unbind(Session& session, std::unique_ptr<xmpp::Management> management);
    /// Unbinds it when all that it sent has been handled.
    void leave(Session& session, std::unique_ptr<xmpp::Management> management);
    void end(Session& session, const xmpp::StreamError& error);
    void set_resumable(Session& session, std::string resume_id);
    void hibernate(Session& session, std::unique_ptr<xmpp::Management> management);
    void resume(SessionLink& link, const xmpp::AskResume& ask, ResumeDone done);

    std::size_t count() const { return sessions_.size(); }
    std::size_t hibernating() const { return hibernating_; }
    std::size_t hibernating_bytes() const { return hibernating_bytes_; }
    std::vector<Session*> all() const;
    /// Frees sessions that ended: on the way out of the hub, when nobody holds them any more.
    void bury() { graves_.clear(); }

  private:
    using Waiting = xmpp::Management::Waiting;
    ResumeAnswer take_up(SessionLink& link, const xmpp::AskResume& ask);
    struct Remembered {
        std::string user;
        std::uint32_t handled;
    };

    void keep(Session& session, const xmpp::Stanza& stanza) override;
    void refuse_long(Session& session, const xmpp::Stanza& stanza) override;
    bool keep_asleep(Session& session, const xmpp::Stanza& stanza);
    void stop_sleeping(Session& session);
    boost::system::result<xmpp::Jid, xmpp::StanzaError> address(const xmpp::AskBind& ask) const;
    boost::system::result<Session*, xmpp::StanzaError> make(
        AccountState* account, SessionLink& link, const xmpp::AskBind& ask
    );
    bool make_room(AccountState& account, const xmpp::Jid& full, const std::string& client);
    void remove(Session& session);
    void expire(Session& session);
    void wake(Session& session);
    void remember(const std::string& id, const Session& session);
    void relay(AccountState& account, std::vector<Waiting> left);

    Hub& hub_;
    std::unordered_map<const Session*, std::unique_ptr<Session>> sessions_;
    std::vector<std::unique_ptr<Session>> graves_;
    std::unordered_map<const SessionLink*, std::uint64_t> asking_;  ///< binds and resumes under way
    std::uint64_t last_ask_ = 0;
    std::unordered_map<std::string, Session*> resumable_;
    std::unordered_map<std::string, Remembered> gone_;
    std::deque<std::string> gone_order_;
    std::size_t hibernating_ = 0;
    std::size_t hibernating_bytes_ = 0;
};

}  // namespace sallyport::server
