// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "gateway/core/arrivals.hpp"
#include "gateway/core/delivery.hpp"
#include "gateway/core/router.hpp"
#include "gateway/core/seal.hpp"
#include "gateway/core/service_roster.hpp"
#include "gateway/core/world.hpp"

namespace sallyport::core {

/// True when there is something for the user to fill in.
bool asks_something(const port::Form& form);

/// How a registration ended well.
struct Joined {
    enum class How { registered, already, resumed };
    How how = How::registered;
    std::string text;  ///< to show: the number, what to set at the provider
};

/// Who is registered with a domain: joining, leaving, pausing and coming back, whichever way the
/// user asked (form, chat, command, roster). State is stored first, then told (gateway.md §2.3,
/// §2.5e, §2.6).
class Membership {
  public:
    using Refused = xmpp::StanzaError;
    using JoinDone = std::function<void(boost::system::result<Joined, Refused>)>;
    using Done = std::function<void(Handled)>;

    Membership(
        World& world,
        Users& users,
        Router& router,
        Arrivals& arrivals,
        Delivery& delivery,
        Roster& roster
    );
    void set_sealer(Sealer sealer) { sealer_ = std::move(sealer); }

    /// Registers a user or changes their registration; takes at most 20 s. `done` runs first, then
    /// the user is greeted: a question for their presence, our presence, and a message with the
    /// number.
    void join(Domain& domain, const xmpp::Jid& user, port::FormValues values, JoinDone done);
    /// Ends a registration. Between commit and farewell stanzas `done` runs. Assigned users cannot
    /// leave by themselves.
    void leave(Domain& domain, const xmpp::Jid& user, Done done);
    /// The user took the gateway out of their roster: kept for 7 days, then ended.
    void pause(Domain& domain, const xmpp::Jid& user);
    /// Ends a pause of the user's own making; refused when the operator suspended them.
    void resume(Domain& domain, const xmpp::Jid& user, Done done);
    /// Ends the pauses that lasted too long.
    void end_pauses(Domain& domain);

    /// Removes a registration without asking its user, who is told `text`: lost assignment, long
    /// pause, operator.
    void expel(Domain& domain, const port::Account& account, std::string text);
    /// Stores a registration that needs no judgement (assignment), then greets its user with
    /// `text`.
    void admit(Domain& domain, const xmpp::Jid& user, std::string own_address, std::string text);
    /// Removes a registration and tells nobody: its user gets another at once.
    void remove(
        Domain& domain, const port::Account& account, std::function<void(Result<>)> done = {}
    );
    /// The operator's switch: a suspended account sends nothing and cannot come back by itself.
    void set_suspended(
        Domain& domain,
        const port::Account& account,
        bool suspended,
        std::function<void(Result<>)> done
    );

    static constexpr std::chrono::seconds patience{20};
    static constexpr std::chrono::hours longest_pause{7 * 24};

  private:
    struct Joining;
    using Step = std::shared_ptr<Joining>;
    void start(const Step& step);
    boost::asio::awaitable<void> ask_transport(Step step);
    void granted(const Step& step, port::Answer<port::RegistrationGrant> answer);
    void finish(const Step& step, boost::system::result<Joined, Refused> result);
    static std::optional<Refused> complete(
        const port::Form& form, const port::Account* existing, port::FormValues& values
    );
    /// Stores an account and makes it known; false when its user or address is taken.
    void put(Domain& domain, port::Account account, std::function<void(Result<bool>)> done);
    void greet(Domain& domain, const xmpp::Jid& user, const std::string& text);
    void paused(Domain& domain, const port::Account& account);
    void resumed(Domain& domain, const xmpp::Jid& user);
    Result<store::RegistrationRow> row_of(const Domain& domain, const port::Account& account) const;
    const config::SmsConfig* settings(const Domain& domain) const;
    bool is_from_pool(const Domain& domain, const port::Account& account) const;
    std::optional<WallTime> rest_until(const Domain& domain, const port::Account& account) const;
    bool is_assigned(const Domain& domain, const port::Account& account) const;
    std::string pauses_ns(const Domain& domain) const { return "paused/" + domain.name; }

    World& world_;
    Users& users_;
    Router& router_;
    Arrivals& arrivals_;
    Delivery& delivery_;
    Roster& roster_;
    Sealer sealer_;
    std::set<std::pair<std::string, std::string>>
        changing_;  ///< (domain, user): one change at a time
};

}  // namespace sallyport::core
