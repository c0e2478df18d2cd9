// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "xmpp/core/stanza.hpp"

namespace sallyport::core {

struct Domain;

/// One user (bare JID): which of their resources are known to be there, and their mailbox.
///
/// The mailbox keeps a user's stanzas in order while an errand of theirs (a credentials check, a
/// picture) waits: stanzas queue behind it and are drained when it ends. It never waits itself.
class User {
  public:
    explicit User(xmpp::Jid bare) : bare_(std::move(bare)) {}
    const xmpp::Jid& bare() const { return bare_; }

    /// Presence seen by us (gateway.md §2.4): a resource is known available until it says otherwise
    /// or the link is lost. True when this resource was not known before.
    bool came(const xmpp::Jid& full);
    void left(const xmpp::Jid& full) { resources_.erase(full); }
    bool is_available(const xmpp::Jid& full) const { return resources_.contains(full); }
    const std::set<xmpp::Jid>& resources() const { return resources_; }

    bool is_busy() const { return errands_ > 0; }
    /// A stanza now would overtake others: an errand runs, or stanzas that waited for it are not
    /// drained yet.
    bool must_wait() const { return is_busy() || !mailbox_.empty(); }
    struct Waiting {
        Domain* domain = nullptr;
        xmpp::Stanza stanza;
    };
    static constexpr std::size_t mailbox_limit = 500;
    /// False: full, the caller refuses with resource-constraint.
    bool park(Domain& domain, xmpp::Stanza stanza);
    std::optional<Waiting> unpark();
    bool is_idle() const { return errands_ == 0 && mailbox_.empty() && resources_.empty(); }

  private:
    friend class Errand;
    xmpp::Jid bare_;
    std::set<xmpp::Jid> resources_;
    std::deque<Waiting> mailbox_;
    int errands_ = 0;
};

/// Held while a user's errand runs; when the last copy goes, `drain` is called on the next turn.
class Errand {
  public:
    Errand(std::shared_ptr<User> user, std::function<void(std::shared_ptr<User>)> drain);
    ~Errand();
    Errand(const Errand&) = delete;
    Errand& operator=(const Errand&) = delete;
    User& user() { return *user_; }

  private:
    std::shared_ptr<User> user_;
    std::function<void(std::shared_ptr<User>)> drain_;
};

/// The registry of users, made on demand and forgotten when nothing is known of them.
class Users {
  public:
    std::shared_ptr<User> find(const xmpp::Jid& any);  ///< null when unknown
    std::shared_ptr<User> of(const xmpp::Jid& any);    ///< made when unknown
    void forget_if_idle(const xmpp::Jid& bare);
    std::size_t size() const { return users_.size(); }
    template <class F>
    void for_each(F&& f) {
        for (auto& [key, user] : users_) f(*user);
    }

  private:
    std::unordered_map<std::string, std::shared_ptr<User>> users_;
};

}  // namespace sallyport::core
