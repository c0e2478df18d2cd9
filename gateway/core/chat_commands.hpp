// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/core/service_membership.hpp"
#include "gateway/core/world.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::core {

/// A command on its way, by chat or as an ad-hoc command: the same handlers answer both.
struct Asked {
    enum class Via { chat, adhoc };
    Domain& domain;
    xmpp::Jid user;    ///< bare
    std::string rest;  ///< what followed the word, lower case
    Via via = Via::chat;
    std::function<void(std::string)> say;  ///< called at most once
};

/// What the gateway itself understands (product.md): words, their meaning, and who may say them.
class ChatCommands {
  public:
    struct Row {
        std::string_view word;
        std::string_view title;  ///< as an ad-hoc command
        std::string_view help;
        enum class For { everybody, admins } who;
        void (ChatCommands::*run)(Asked);
    };

    ChatCommands(World& world, Membership& membership) : world_(world), membership_(membership) {}
    /// The commands that this user may give.
    std::vector<const Row*> list(const xmpp::Jid& user) const;
    /// Null when the word is unknown, or not for this user.
    const Row* find(std::string_view word, const xmpp::Jid& user) const;
    void run(const Row& row, Asked asked) { (this->*row.run)(std::move(asked)); }
    /// Answers to a word that nobody knows.
    void run_unknown(Asked asked);

  private:
    static std::span<const Row> table();
    const port::Account* account(const Asked& asked) const;
    void help(Asked asked);
    void join(Asked asked);
    void status(Asked asked);
    void why(Asked asked);
    void leave(Asked asked);
    void resume(Asked asked);
    void queue(Asked asked);
    World& world_;
    Membership& membership_;
};

}  // namespace sallyport::core
